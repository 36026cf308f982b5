//! Where exposures stood at a moment: the fold of their events until then.
//!
//! Every event says where the exposure stands after it, so the fold of a history is its newest
//! event; of two at one moment the later in the ledger.
use wt_filter::{Filter, Side};
use wt_model::{EventType, ExposureState};

/// Where an exposure stands after an event.
pub(crate) const fn state_after(event: EventType) -> ExposureState {
    match event {
        EventType::New
        | EventType::Changed
        | EventType::Responsive
        | EventType::Reopened
        | EventType::StillOpen => ExposureState::Open,
        EventType::Unresponsive => ExposureState::Unresponsive,
        EventType::Fixed => ExposureState::Fixed,
        EventType::Retired => ExposureState::Retired,
        EventType::StaleCheck => ExposureState::StaleCheck,
    }
}

/// Words of the events that lead to a state, and the state's: for SQL.
pub(crate) fn states_by_event() -> (Vec<String>, Vec<String>) {
    EventType::ALL
        .iter()
        .map(|event| (event.to_string(), state_after(*event).to_string()))
        .unzip()
}

/// The first field of a filter that cannot be asked of the past: what people decided, how urgent
/// it was and what had happened before is known of today alone.
pub(crate) fn unknown_then(filter: &Filter) -> Option<&'static str> {
    let of_side = |side: &Side| {
        let events = |what: &wt_filter::What| matches!(what, wt_filter::What::Event(_));
        [
            ("decision", !side.decisions.is_empty()),
            ("assignee", !side.assignees.is_empty()),
            ("run", !side.runs.is_empty()),
            ("score", !side.scores.is_empty()),
            ("kev", !side.kev.is_empty()),
            ("tag", !side.tags.is_empty()),
            ("sla", !side.sla.is_empty()),
            ("state", side.what.iter().any(events)),
        ]
        .into_iter()
        .find_map(|(field, asked)| asked.then_some(field))
    };
    of_side(&filter.with)
        .or_else(|| of_side(&filter.without))
        .or_else(|| filter.since.map(|_| "since"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_decided_is_not_asked_of_the_past() {
        for (text, refused) in [
            (
                "severity>=high state:open asset:*.example.com port:443 git",
                None,
            ),
            ("check:http.* cve:CVE-2021-44228", None),
            ("state:open,new", Some("state")),
            ("decision:none", Some("decision")),
            ("-tag:edge", Some("tag")),
            ("score>=70", Some("score")),
            ("sla:breached", Some("sla")),
            ("since:7d", Some("since")),
        ] {
            assert_eq!(unknown_then(&text.parse().unwrap()), refused, "{text}");
        }
    }
}
