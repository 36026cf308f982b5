//! What a program is told: the JSON of docs/guides/webhooks.md, in parts of bounded size.
//!
//! Fields are added, never renamed or removed: receivers hold us to it.

use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    digest::{Change, RunFacts, subject},
    line::one_line,
};

/// Most changes of one message: about 60 KB, well below what receivers commonly take.
pub(crate) const CHANGES_MAX: usize = 100;
/// Longest piece of text taken over from a target.
const TEXT_CHARS_MAX: usize = 500;

/// A message that is ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// What people see of it in a list.
    pub(crate) subject: String,
    /// The JSON.
    pub(crate) body: String,
}

/// Whom and what a message is about, beside the changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    /// `org_…`
    pub(crate) organization: &'a str,
    /// The run.
    pub(crate) run: &'a RunFacts,
    /// Changes of the run nobody listed, because there were too many.
    pub(crate) unlisted: usize,
    /// Where the web application shows the organization; links begin with it.
    pub(crate) home: &'a str,
    /// When this is written.
    pub(crate) now: OffsetDateTime,
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    r#type: &'a str,
    timestamp: String,
    data: T,
}

#[derive(Serialize)]
struct RunChanges<'a> {
    organization: &'a str,
    run: Run<'a>,
    part: usize,
    parts: usize,
    /// Changes of all parts together.
    total: usize,
    unlisted: usize,
    changes: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    id: &'a str,
    kind: &'static str,
    state: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    event: &'static str,
    at: Option<String>,
    exposure: &'a str,
    severity: &'static str,
    title: String,
    check_id: &'a str,
    asset_id: &'a str,
    host: String,
    port: u32,
    reason: String,
    changed_fields: &'a [String],
    url: String,
}

#[derive(Serialize)]
struct Test<'a> {
    organization: &'a str,
    integration: &'a str,
}

/// What changed in a run; nothing if nothing did.
pub(crate) fn run_changes(
    about: &About<'_>,
    changes: &[Change],
) -> Result<Vec<Message>, serde_json::Error> {
    let parts = changes.len().div_ceil(CHANGES_MAX);
    let all = subject(changes);
    let chunks = changes.chunks(CHANGES_MAX).enumerate();
    chunks
        .map(|(at, chunk)| {
            let part = at + 1;
            let data = RunChanges {
                organization: about.organization,
                run: Run {
                    id: &about.run.run_id,
                    kind: about.run.kind.as_str(),
                    state: about.run.state.as_str(),
                    url: format!("{}/scans/{}", about.home, about.run.run_id),
                },
                part,
                parts,
                total: changes.len(),
                unlisted: about.unlisted,
                changes: chunk.iter().map(|change| told(about, change)).collect(),
            };
            Ok(Message {
                subject: if parts == 1 {
                    all.clone()
                } else {
                    format!("{all}, part {part} of {parts}")
                },
                body: envelope("run.changes", about.now, data)?,
            })
        })
        .collect()
}

/// A message that says nothing but that it is a test.
pub(crate) fn test(
    organization: &str,
    integration: &str,
    now: OffsetDateTime,
) -> Result<Message, serde_json::Error> {
    let data = Test {
        organization,
        integration,
    };
    Ok(Message {
        subject: "Watchtower: a test".to_owned(),
        body: envelope("test", now, data)?,
    })
}

fn envelope<T: Serialize>(
    kind: &str,
    now: OffsetDateTime,
    data: T,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Envelope {
        r#type: kind,
        timestamp: moment(now).unwrap_or_default(),
        data,
    })
}

fn told<'a>(about: &About<'_>, change: &'a Change) -> Told<'a> {
    Told {
        id: &change.id,
        event: change.event.as_str(),
        at: change.at.and_then(moment),
        exposure: &change.key,
        severity: change.severity.as_str(),
        title: one_line(&change.title, TEXT_CHARS_MAX),
        check_id: &change.check_id,
        asset_id: &change.asset_id,
        host: one_line(&change.host, TEXT_CHARS_MAX),
        port: change.port,
        reason: one_line(&change.reason, TEXT_CHARS_MAX),
        changed_fields: &change.fields,
        url: format!("{}/exposures/{}", about.home, change.key),
    }
}

/// RFC 3339 in UTC, to the second.
fn moment(at: OffsetDateTime) -> Option<String> {
    at.to_offset(time::UtcOffset::UTC)
        .replace_nanosecond(0)
        .ok()?
        .format(&Rfc3339)
        .ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::OffsetDateTime;
    use wt_model::{EventType, RunKind, RunState, Severity};

    use super::{About, CHANGES_MAX, RunFacts, run_changes, test};
    use crate::domain::digest::tests::change;

    fn run() -> RunFacts {
        RunFacts {
            run_id: "run_1".to_owned(),
            kind: RunKind::Scheduled,
            state: RunState::Partial,
        }
    }

    fn about(run: &RunFacts) -> About<'_> {
        About {
            organization: "org_1",
            run,
            unlisted: 0,
            home: "https://wt.example/o/org_1",
            now: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn read(body: &str) -> Value {
        serde_json::from_str(body).unwrap()
    }

    /// The schema in docs/guides/webhooks.md, to the letter.
    #[test]
    fn a_message_has_the_fields_that_were_promised() {
        let mut changed = change(EventType::Changed, Severity::High, "a.example");
        changed.id = "evt_1".to_owned();
        changed.fields = vec!["not_after".to_owned()];
        changed.at = Some(OffsetDateTime::UNIX_EPOCH);
        let run = run();
        let told = run_changes(&about(&run), &[changed]).unwrap();
        assert_eq!(told[0].subject, "Watchtower: 1 changed");
        assert_eq!(
            read(&told[0].body),
            json!({
                "type": "run.changes",
                "timestamp": "1970-01-01T00:00:00Z",
                "data": {
                    "organization": "org_1",
                    "run": {
                        "id": "run_1", "kind": "scheduled", "state": "partial",
                        "url": "https://wt.example/o/org_1/scans/run_1",
                    },
                    "part": 1, "parts": 1, "total": 1, "unlisted": 0,
                    "changes": [{
                        "id": "evt_1", "event": "CHANGED", "at": "1970-01-01T00:00:00Z",
                        "exposure": "exp1_a.example", "severity": "high", "title": "A title",
                        "check_id": "", "asset_id": "", "host": "a.example", "port": 443,
                        "reason": "", "changed_fields": ["not_after"],
                        "url": "https://wt.example/o/org_1/exposures/exp1_a.example",
                    }],
                },
            })
        );
        let test = test("org_1", "int_1", OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            read(&test.body),
            json!({
                "type": "test",
                "timestamp": "1970-01-01T00:00:00Z",
                "data": { "organization": "org_1", "integration": "int_1" },
            })
        );
    }

    #[test]
    fn many_changes_are_told_in_parts_and_none_twice() {
        let many: Vec<_> = (0..=CHANGES_MAX)
            .map(|n| change(EventType::New, Severity::High, &format!("h{n:03}")))
            .collect();
        let run = run();
        let told = run_changes(&about(&run), &many).unwrap();
        let sizes: Vec<_> = told
            .iter()
            .map(|message| {
                read(&message.body)["data"]["changes"]
                    .as_array()
                    .unwrap()
                    .len()
            })
            .collect();
        assert_eq!(sizes, [CHANGES_MAX, 1]);
        assert!(told[1].subject.ends_with("part 2 of 2"));
        assert_eq!(run_changes(&about(&run), &[]).unwrap(), []);
    }

    #[test]
    fn target_text_stays_one_bounded_line() {
        let mut nasty = change(EventType::New, Severity::High, "a\u{202e}.example");
        nasty.key = "exp1_a".to_owned();
        nasty.title = format!("\u{0}\n{}", "x".repeat(100_000));
        let run = run();
        let told = run_changes(&about(&run), &[nasty]).unwrap().remove(0);
        assert!(told.body.len() < 2_000, "{}", told.body.len());
        assert!(!told.body.contains('\u{202e}') && !told.body.contains("\\n"));
    }
}
