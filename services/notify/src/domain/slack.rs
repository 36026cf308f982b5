//! What a chat is told: one message a run, in Slack's blocks, short enough to be read.

use serde_json::{Value, json};

use super::{
    digest::{Change, place, subject, words},
    line::one_line,
    webhook::{About, Message},
};

/// Most changes listed; the rest is counted and linked. A chat is read, not searched. Slack takes
/// at most 50 blocks a message.
const LISTED_MAX: usize = 20;
/// Longest title: escaped, at most five times as long, a section stays far below Slack's 3,000
/// characters.
const TITLE_CHARS_MAX: usize = 120;
/// Longest host, likewise.
const HOST_CHARS_MAX: usize = 100;
/// Longest header block Slack takes.
const HEADER_CHARS_MAX: usize = 150;

/// What changed in a run; `None` if nothing did.
pub(crate) fn run_changes(about: &About<'_>, changes: &[Change]) -> Option<Message> {
    if changes.is_empty() {
        return None;
    }
    let subject = subject(changes);
    let mut blocks = vec![header(&subject)];
    blocks.extend(
        changes
            .iter()
            .take(LISTED_MAX)
            .map(|change| section(&line(about, change))),
    );
    let more = changes.len().saturating_sub(LISTED_MAX) + about.unlisted;
    let run = format!("<{}/scans/{}|The run>", about.home, about.run.run_id);
    blocks.push(context(&if more > 0 {
        format!("{more} more. {run}")
    } else {
        run
    }));
    Some(message(subject, &blocks))
}

/// A message that says nothing but that it is a test.
pub(crate) fn test() -> Message {
    let says = "Watchtower: a test. Changes will be told here.";
    message(says.to_owned(), &[section(says)])
}

fn message(subject: String, blocks: &[Value]) -> Message {
    // `text` is what notifications and screen readers say.
    let body = json!({ "text": escaped(&subject), "blocks": blocks }).to_string();
    Message { subject, body }
}

fn header(text: &str) -> Value {
    let text = one_line(text, HEADER_CHARS_MAX - 1);
    json!({ "type": "header", "text": { "type": "plain_text", "text": text, "emoji": false } })
}

/// `verbatim`: what looks like an address, a name or a channel in a target's text stays text.
fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } })
}

fn context(text: &str) -> Value {
    json!({
        "type": "context",
        "elements": [{ "type": "mrkdwn", "text": text, "verbatim": true }],
    })
}

fn line(about: &About<'_>, change: &Change) -> String {
    let title = one_line(&change.title, TITLE_CHARS_MAX);
    let at = place(&one_line(&change.host, HOST_CHARS_MAX), change.port);
    format!(
        "*{}* {}: <{}/exposures/{}|{}> at {}",
        words(change.event),
        change.severity,
        about.home,
        escaped(&change.key),
        // A bar would end the link's address early in some readers.
        escaped(&title.replace('|', "/")),
        escaped(&at),
    )
}

/// Slack's three control characters, as its documentation says to escape them.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use time::OffsetDateTime;
    use wt_model::{EventType, RunKind, RunState, Severity};

    use super::{LISTED_MAX, run_changes, test};
    use crate::domain::{
        digest::{Change, RunFacts, tests::change},
        webhook::About,
    };

    fn told(changes: &[Change]) -> Value {
        let run = RunFacts {
            run_id: "run_1".to_owned(),
            kind: RunKind::OnDemand,
            state: RunState::Completed,
        };
        let about = About {
            organization: "org_1",
            run: &run,
            unlisted: 2,
            home: "https://wt.example/o/org_1",
            now: OffsetDateTime::UNIX_EPOCH,
        };
        serde_json::from_str(&run_changes(&about, changes).unwrap().body).unwrap()
    }

    #[test]
    fn what_a_target_calls_itself_can_neither_link_nor_mention() {
        let mut nasty = change(EventType::New, Severity::High, "<!channel>&");
        nasty.title = "x|> <https://evil.example|click> @here".to_owned();
        let said = told(&[nasty]);
        let text = said["blocks"][1]["text"]["text"].as_str().unwrap();
        assert_eq!(
            text,
            "*new* high: <https://wt.example/o/org_1/exposures/exp1_&lt;!channel&gt;&amp;|x/&gt; \
             &lt;https://evil.example/click&gt; @here> at &lt;!channel&gt;&amp;:443"
        );
        assert_eq!(said["blocks"][1]["text"]["verbatim"], true);
    }

    #[test]
    fn a_long_list_is_cut_and_counted_and_fits_what_slack_takes() {
        let mut nasty = change(EventType::New, Severity::High, &"&".repeat(10_000));
        nasty.title = "&".repeat(10_000);
        nasty.key = "exp1_a".to_owned();
        let said = told(&vec![nasty; LISTED_MAX + 5]);
        let blocks = said["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), LISTED_MAX + 2);
        for block in blocks {
            let text = block["text"]["text"].as_str().unwrap_or_default();
            assert!(text.chars().count() < 3_000, "{}", text.len());
        }
        let last = blocks.last().unwrap()["elements"][0]["text"].as_str();
        assert_eq!(
            last,
            Some("7 more. <https://wt.example/o/org_1/scans/run_1|The run>")
        );
        assert!(test().body.contains("a test"));
    }
}
