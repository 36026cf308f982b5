//! What one mail says: a run's committed events that are worth telling, in a fixed order.

use std::{cmp::Reverse, collections::BTreeMap};

use time::OffsetDateTime;
use wt_model::{EventType, RunKind, RunState, Severity};

/// Most events listed in one mail; the rest is counted and linked. A mail is read, not searched.
pub(crate) const LISTED_MAX: usize = 50;

/// One committed transition, as results tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The event's id.
    pub(crate) id: String,
    /// Exposure key.
    pub(crate) key: String,
    /// When it was seen.
    pub(crate) at: Option<OffsetDateTime>,
    /// The check that saw it.
    pub(crate) check_id: String,
    /// The asset it was seen at.
    pub(crate) asset_id: String,
    /// What happened.
    pub(crate) event: EventType,
    /// How bad the exposure is.
    pub(crate) severity: Severity,
    /// The check's title.
    pub(crate) title: String,
    /// Where.
    pub(crate) host: String,
    /// Which port.
    pub(crate) port: u32,
    /// Why, where a reason is part of the event.
    pub(crate) reason: String,
    /// Names of what differs, for `CHANGED`.
    pub(crate) fields: Vec<String>,
}

/// The run the mail is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunFacts {
    /// `run_…`
    pub(crate) run_id: String,
    /// Why it ran.
    pub(crate) kind: RunKind,
    /// How it ended.
    pub(crate) state: RunState,
}

/// Everything a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunDigest {
    /// Header line; holds counts and contract words only, never text a target chose.
    pub(crate) subject: String,
    /// Events listed, worst news first.
    pub(crate) changes: Vec<Change>,
    /// Events worth telling beyond those listed.
    pub(crate) unlisted: usize,
    /// Whether the run could not finish everything.
    pub(crate) partial: bool,
}

/// What to tell about a run; `None` when nothing changed that is worth it.
pub(crate) fn digest(run: &RunFacts, changes: Vec<Change>, least: Severity) -> Option<RunDigest> {
    let mut told: Vec<Change> = changes
        .into_iter()
        .filter(|change| change.severity >= least && is_news(run, change))
        .collect();
    if told.is_empty() {
        return None;
    }
    worst_first(&mut told);
    let subject = subject(&told);
    let unlisted = told.len().saturating_sub(LISTED_MAX);
    told.truncate(LISTED_MAX);
    Some(RunDigest {
        subject,
        changes: told,
        unlisted,
        partial: run.state == RunState::Partial,
    })
}

/// `STILL_OPEN` is the answer to a verify run; anywhere else it is no change.
pub(crate) fn is_news(run: &RunFacts, change: &Change) -> bool {
    change.event != EventType::StillOpen || run.kind == RunKind::Verify
}

/// The one order changes are told in, whatever order they arrived in.
pub(crate) fn worst_first(changes: &mut [Change]) {
    changes.sort_by(|a, b| order(a).cmp(&order(b)));
}

/// What decides that order.
pub(crate) fn order(change: &Change) -> (u8, Reverse<Severity>, &str, u32, &str) {
    (
        rank(change.event),
        Reverse(change.severity),
        &change.host,
        change.port,
        &change.key,
    )
}

/// A host and its port; brackets keep an IPv6 address apart from it (RFC 3986 §3.2.2).
pub(crate) fn place(host: &str, port: u32) -> String {
    match (port, host.contains(':')) {
        (0, _) => host.to_owned(),
        (port, true) => format!("[{host}]:{port}"),
        (port, false) => format!("{host}:{port}"),
    }
}

/// Bad news first.
fn rank(event: EventType) -> u8 {
    match event {
        EventType::Reopened => 0,
        EventType::New => 1,
        EventType::Changed => 2,
        EventType::StillOpen => 3,
        EventType::Responsive => 4,
        EventType::Unresponsive => 5,
        EventType::Fixed => 6,
        EventType::Retired => 7,
        EventType::StaleCheck => 8,
    }
}

/// The event in a reader's words.
pub(crate) fn words(event: EventType) -> &'static str {
    match event {
        EventType::New => "new",
        EventType::Changed => "changed",
        EventType::Fixed => "fixed",
        EventType::Unresponsive => "unresponsive",
        EventType::Responsive => "responsive again",
        EventType::Reopened => "reopened",
        EventType::StillOpen => "still open",
        EventType::Retired => "retired",
        EventType::StaleCheck => "no longer checked",
    }
}

/// Counts and contract words only: it becomes a header line.
pub(crate) fn subject(changes: &[Change]) -> String {
    let mut counts: BTreeMap<(u8, &'static str), usize> = BTreeMap::new();
    for change in changes {
        *counts
            .entry((rank(change.event), words(change.event)))
            .or_default() += 1;
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|((_, words), count)| format!("{count} {words}"))
        .collect();
    let worst = changes
        .iter()
        .filter(|change| matches!(change.event, EventType::New | EventType::Reopened))
        .map(|change| change.severity)
        .max();
    match worst {
        Some(worst) => format!("Watchtower: {} (worst: {worst})", parts.join(", ")),
        None => format!("Watchtower: {}", parts.join(", ")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wt_model::{EventType, RunKind, RunState, Severity};

    use super::{Change, LISTED_MAX, RunFacts, digest};

    pub(crate) fn change(event: EventType, severity: Severity, host: &str) -> Change {
        Change {
            id: "evt_1".to_owned(),
            at: None,
            check_id: String::new(),
            asset_id: String::new(),
            key: format!("exp1_{host}"),
            event,
            severity,
            title: "A title".to_owned(),
            host: host.to_owned(),
            port: 443,
            reason: String::new(),
            fields: Vec::new(),
        }
    }

    fn run(kind: RunKind) -> RunFacts {
        RunFacts {
            run_id: "run_1".to_owned(),
            kind,
            state: RunState::Completed,
        }
    }

    #[test]
    fn nothing_is_said_when_nothing_changed() {
        assert_eq!(
            digest(&run(RunKind::OnDemand), Vec::new(), Severity::Info),
            None
        );
    }

    #[test]
    fn what_is_below_the_least_severity_is_not_told() {
        let low = vec![change(EventType::New, Severity::Low, "a")];
        assert_eq!(
            digest(&run(RunKind::OnDemand), low.clone(), Severity::Medium),
            None
        );
        assert!(digest(&run(RunKind::OnDemand), low, Severity::Low).is_some());
    }

    #[test]
    fn still_open_is_told_as_the_answer_to_a_verify_run_only() {
        let still = vec![change(EventType::StillOpen, Severity::High, "a")];
        assert_eq!(
            digest(&run(RunKind::OnDemand), still.clone(), Severity::Info),
            None
        );
        let told = digest(&run(RunKind::Verify), still, Severity::Info).unwrap();
        assert_eq!(told.subject, "Watchtower: 1 still open");
    }

    #[test]
    fn bad_news_come_first_and_the_order_does_not_depend_on_arrival() {
        let mut changes = vec![
            change(EventType::Fixed, Severity::Critical, "a"),
            change(EventType::New, Severity::Low, "b"),
            change(EventType::New, Severity::High, "c"),
            change(EventType::Reopened, Severity::Low, "d"),
        ];
        let told = digest(&run(RunKind::OnDemand), changes.clone(), Severity::Info).unwrap();
        let hosts: Vec<&str> = told
            .changes
            .iter()
            .map(|change| change.host.as_str())
            .collect();
        assert_eq!(hosts, ["d", "c", "b", "a"]);
        assert_eq!(
            told.subject,
            "Watchtower: 1 reopened, 2 new, 1 fixed (worst: high)"
        );
        changes.reverse();
        assert_eq!(
            digest(&run(RunKind::OnDemand), changes, Severity::Info).unwrap(),
            told
        );
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let many: Vec<Change> = (0..LISTED_MAX + 7)
            .map(|n| change(EventType::New, Severity::High, &format!("h{n:03}")))
            .collect();
        let told = digest(&run(RunKind::OnDemand), many, Severity::Info).unwrap();
        assert_eq!((told.changes.len(), told.unlisted), (LISTED_MAX, 7));
        assert!(told.subject.contains("57 new"));
    }

    #[test]
    fn the_subject_holds_no_text_a_target_chose() {
        let mut nasty = change(EventType::New, Severity::High, "a\r\nBcc: x@example.com");
        nasty.title = "t\r\nX: y".to_owned();
        let told = digest(&run(RunKind::OnDemand), vec![nasty], Severity::Info).unwrap();
        assert_eq!(told.subject, "Watchtower: 1 new (worst: high)");
    }
}
