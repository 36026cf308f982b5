//! What is known about an exposure from looking at it. What users decided is kept elsewhere:
//! there is no room for it here, so no rescan can touch it.
use std::collections::BTreeMap;

use wt_exposure::{
    CheckRef, ExposureKey, Fingerprint, InconclusiveReason, JobReport, Observation, Subject,
};
use wt_model::{ExposureState, RunId, RunKind, Severity, TenantKey};

use crate::{Applied, Coverage, Seen, apply};

/// The observed side of one exposure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Identity.
    pub key: ExposureKey,
    /// Where it is.
    pub subject: Subject,
    /// The check that sees it, with the digest it was last seen by.
    pub check: CheckRef,
    /// Separates findings of one check on one subject.
    pub discriminator: String,
    /// Where it stands.
    pub state: ExposureState,
    /// How bad it is.
    pub severity: Severity,
    /// Sentence for people.
    pub title: String,
    /// Meaningful attributes when last seen. May be left empty by a caller that knows the
    /// fingerprint is unchanged: they are read only to name the fields of a CHANGED.
    pub attributes: BTreeMap<String, String>,
    /// Fingerprint of `attributes`.
    pub fingerprint: Fingerprint,
    /// Effort that opened it; only an equal or greater one may close it.
    pub opened_strength: u8,
    /// Sequence number of the run that last changed any of this.
    pub seq: i64,
    /// Why it could not be concluded; of `unresponsive`.
    pub unresponsive_reason: Option<InconclusiveReason>,
    /// The run that saw it gone without a second probe of its own: a later run that agrees is
    /// the second probe.
    pub gone_seq: Option<i64>,
}

impl Observed {
    /// Whether an on-demand run numbered `seq` that sees this, with this fingerprint, has nothing
    /// to write and nothing to tell.
    pub fn is_as_known(&self, seen: &Observation, fingerprint: &Fingerprint, seq: i64) -> bool {
        self.state == ExposureState::Open
            && self.gone_seq.is_none()
            && self.seq < seq
            && self.fingerprint == *fingerprint
            && self.is_told_alike(seen)
    }

    /// Whether what is kept beside the fingerprint is the same: severity and title are what
    /// people read, and the digest decides later whether an absence counts.
    pub(crate) fn is_told_alike(&self, seen: &Observation) -> bool {
        self.severity == seen.severity
            && self.title == seen.title
            && self.check.digest == seen.check.digest
    }
}

/// The run a report belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunContext {
    /// Organization.
    pub tenant_key: TenantKey,
    /// The run.
    pub run_id: RunId,
    /// Why it exists; a `verify` run answers `STILL_OPEN`.
    pub kind: RunKind,
    /// Its place among the organization's runs: later runs know better.
    pub seq: i64,
}

/// Everything observed in one organization, for replay and for tests of the laws. The results
/// service keeps the same in tables and loads only what a report may touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Every exposure.
    pub exposures: BTreeMap<ExposureKey, Observed>,
    /// How the runs settled each cell.
    pub coverage: Coverage,
}

impl State {
    /// Applies one report and returns what it led to.
    pub fn apply(&mut self, report: &JobReport, run: &RunContext) -> Applied {
        let seen = Seen::in_report(report, run.tenant_key);
        let applied = apply(&self.exposures, &seen, &self.coverage, report, run);
        for change in &applied.changes {
            self.exposures
                .insert(change.next.key.clone(), change.next.clone());
        }
        self.coverage.record(&report.cells, run.seq);
        applied
    }
}
