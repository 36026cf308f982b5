//! One immutable transition of one exposure.
use sha2::{Digest, Sha256};
use ulid::Ulid;
use wt_exposure::{CheckRef, ExposureKey, FieldChange, Settled, Subject};
use wt_model::{EventId, EventType, RunId, Severity, TypedId};

/// A transition, with what it says about the exposure at that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Derived: see [`event_id`].
    pub id: EventId,
    /// The exposure.
    pub key: ExposureKey,
    /// What happened.
    pub event_type: EventType,
    /// The run that led to it; none when a person or the catalogue did.
    pub run_id: Option<RunId>,
    /// Where.
    pub subject: Subject,
    /// The check and the digest it ran with.
    pub check: CheckRef,
    /// Separates findings of one check on one subject.
    pub discriminator: String,
    /// Sentence for people.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Of CHANGED: which attributes.
    pub changed: Vec<FieldChange>,
    /// Of UNRESPONSIVE, RETIRED and what no run of ours saw: why.
    pub reason: Option<String>,
    /// How the cell behind it settled; none when no run led to it.
    pub settled: Option<Settled>,
    /// Effort of that cell.
    pub strength: u8,
    /// Index of the observation in the report, when something was seen.
    pub observation: Option<usize>,
}

/// The id of the event `(key, cause, type)`: the same cause never makes a second one. `cause` is
/// the run's id, or the id of what withdrew the exposure.
pub fn event_id(key: &ExposureKey, cause: &str, event_type: EventType) -> EventId {
    let mut hasher = Sha256::new();
    for field in [key.as_str(), cause, event_type.as_str()] {
        hasher.update(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        hasher.update(field);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let mut first = [0; 16];
    first.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    EventId::from_ulid(Ulid::from_bytes(first))
}
