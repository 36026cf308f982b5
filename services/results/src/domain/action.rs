//! What a user may decide, and what it changes of how an exposure is shown (contracts §8).
use std::collections::BTreeSet;

use time::OffsetDateTime;
use wt_model::{ActionKind, ExposureState, Tag};
use wt_proto::{convert::from_timestamp, results::RecordActionRequest};

use super::standing::TAGS_MAX;
use crate::error::ResultsFault;

/// Longest reason or note, in characters: a long e-mail.
const TEXT_CHARS_MAX: usize = 4_000;
/// Longest assignee, in characters.
const ASSIGNEE_CHARS_MAX: usize = 320;

/// A checked decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) kind: ActionKind,
    pub(crate) reason: String,
    pub(crate) note: String,
    pub(crate) assignee: String,
    pub(crate) until: Option<OffsetDateTime>,
    pub(crate) run_id: Option<String>,
    /// Of `tag` and `untag`.
    pub(crate) tags: BTreeSet<String>,
}

/// What a decision does to the standing decision of an exposure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: it is only on record.
    Recorded,
    /// It becomes the standing decision.
    Stands,
    /// The standing decision is withdrawn.
    Withdrawn,
    /// Somebody else is responsible.
    Assigned,
    /// It has more tags.
    Tagged,
    /// It has fewer tags.
    Untagged,
}

/// Checks a request: what each kind needs to be understood later.
pub(crate) fn read(
    request: &RecordActionRequest,
    now: OffsetDateTime,
) -> Result<Decision, ResultsFault> {
    let kind: ActionKind = request
        .kind
        .parse()
        .map_err(|error| ResultsFault::field("kind", error))?;
    let until = from_timestamp(request.until.as_ref());
    for (field, text, max) in [
        ("reason", &request.reason, TEXT_CHARS_MAX),
        ("note", &request.note, TEXT_CHARS_MAX),
        ("assignee", &request.assignee, ASSIGNEE_CHARS_MAX),
    ] {
        if text.chars().count() > max {
            return Err(ResultsFault::field(
                field,
                format!("at most {max} characters"),
            ));
        }
    }
    let missing = |field: &str, text: &str| {
        if text.trim().is_empty() {
            Err(ResultsFault::field(field, format!("{kind} needs one")))
        } else {
            Ok(())
        }
    };
    match kind {
        ActionKind::AcceptRisk => {
            missing("reason", &request.reason)?;
            match until {
                Some(until) if until > now => {}
                Some(_) => return Err(ResultsFault::field("until", "must be in the future")),
                None => return Err(ResultsFault::field("until", "accept_risk needs an end")),
            }
        }
        ActionKind::FalsePositive => missing("reason", &request.reason)?,
        ActionKind::Assign => missing("assignee", &request.assignee)?,
        ActionKind::Note => missing("note", &request.note)?,
        ActionKind::RequestVerify => missing("run_id", &request.run_id)?,
        ActionKind::Tag | ActionKind::Untag if request.tags.is_empty() => {
            return Err(ResultsFault::field("tags", format!("{kind} needs one")));
        }
        ActionKind::Acknowledge
        | ActionKind::FixInProgress
        | ActionKind::Reopen
        | ActionKind::Tag
        | ActionKind::Untag => {}
    }
    Ok(Decision {
        kind,
        reason: request.reason.clone(),
        note: request.note.clone(),
        assignee: request.assignee.clone(),
        until,
        run_id: (!request.run_id.is_empty()).then(|| request.run_id.clone()),
        tags: tags(&request.tags)?,
    })
}

fn tags(texts: &[String]) -> Result<BTreeSet<String>, ResultsFault> {
    if texts.len() > TAGS_MAX {
        let reason = format!("at most {TAGS_MAX}");
        return Err(ResultsFault::field("tags", reason));
    }
    let tags = texts.iter().map(|text| {
        text.parse::<Tag>()
            .map(|tag| tag.to_string())
            .map_err(|error| ResultsFault::field("tags", error))
    });
    tags.collect()
}

/// What the decision changes, or why it makes no sense now.
pub(crate) fn decide(kind: ActionKind, state: ExposureState) -> Result<Effect, ResultsFault> {
    let live = matches!(state, ExposureState::Open | ExposureState::Unresponsive);
    let effect = match kind {
        ActionKind::Note | ActionKind::RequestVerify => Effect::Recorded,
        ActionKind::Assign => Effect::Assigned,
        ActionKind::Tag => Effect::Tagged,
        ActionKind::Untag => Effect::Untagged,
        ActionKind::Reopen => Effect::Withdrawn,
        ActionKind::Acknowledge
        | ActionKind::FixInProgress
        | ActionKind::AcceptRisk
        | ActionKind::FalsePositive => Effect::Stands,
    };
    if effect == Effect::Stands && !live {
        return Err(ResultsFault::ActionUnsuitable {
            reason: format!("the exposure is {state}; there is nothing left to decide"),
        });
    }
    Ok(effect)
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use wt_model::{ActionKind, ExposureState};
    use wt_proto::{convert::to_timestamp, results::RecordActionRequest};

    use super::{Effect, decide, read};

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn request(kind: &str) -> RecordActionRequest {
        RecordActionRequest {
            kind: kind.to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn a_risk_is_accepted_only_with_a_reason_and_a_future_end() {
        assert!(read(&request("accept_risk"), NOW).is_err());
        let mut whole = RecordActionRequest {
            reason: "behind a VPN".to_owned(),
            until: Some(to_timestamp(NOW)),
            ..request("accept_risk")
        };
        assert!(read(&whole, NOW).is_err());
        whole.until = Some(to_timestamp(NOW + time::Duration::days(1)));
        assert!(read(&whole, NOW).is_ok());
    }

    #[test]
    fn an_unknown_kind_names_the_field() {
        let refused = read(&request("delete"), NOW).unwrap_err();
        assert_eq!(wt_fault::Fault::fields(&refused)[0].field, "kind");
    }

    #[test]
    fn a_fixed_exposure_takes_notes_but_no_decisions() {
        assert_eq!(
            decide(ActionKind::Note, ExposureState::Fixed).unwrap(),
            Effect::Recorded
        );
        assert!(decide(ActionKind::AcceptRisk, ExposureState::Fixed).is_err());
        assert_eq!(
            decide(ActionKind::FixInProgress, ExposureState::Open).unwrap(),
            Effect::Stands
        );
    }
}
