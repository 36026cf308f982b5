//! What an issue says. Whatever is not ours stands in blocks that are shown letter by letter, so
//! that it mentions nobody, links nowhere, loads no image and forms no markup; the rest are our words.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_model::EventType;

use super::{
    digest::{place, words},
    line::one_line,
    ticket::Deed,
};

/// Longest title of an exposure: with host and port an issue's stays below Jira's 255 characters.
const TITLE_CHARS_MAX: usize = 120;
/// Longest host, likewise.
const HOST_CHARS_MAX: usize = 100;
/// Longest advice: issues take 32,767 characters at Jira and 65,536 at GitHub.
const ADVICE_CHARS_MAX: usize = 4_000;
/// Most lines of it.
const ADVICE_LINES_MAX: usize = 60;
/// Longest other line.
const LINE_CHARS_MAX: usize = 300;
/// Letters of an id we may repeat outside a block.
const ID_CHARS_MAX: usize = 64;

/// What a tracker's texts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Markup {
    /// GitHub's Markdown.
    Markdown,
    /// Jira's wiki markup, which Cloud and Data Center both take (version 2 of its API).
    Wiki,
}

/// What is known of an exposure when its issue is made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) key: String,
    pub(crate) severity: String,
    pub(crate) title: String,
    pub(crate) host: String,
    pub(crate) port: u32,
    pub(crate) check_id: String,
    pub(crate) first_seen: Option<OffsetDateTime>,
    pub(crate) last_seen: Option<OffsetDateTime>,
    pub(crate) remediation: String,
}

/// Our addresses of an exposure.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// Where the web application shows it.
    pub(crate) exposure: String,
    /// Where its packet is.
    pub(crate) packet: String,
}

/// A new issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) body: String,
}

/// A new issue about an exposure. Its body ends with what it is found again by.
pub(crate) fn draft(markup: Markup, facts: &Facts, links: &Links) -> Draft {
    let at = place(&one_line(&facts.host, HOST_CHARS_MAX), facts.port);
    let title = one_line(&facts.title, TITLE_CHARS_MAX);
    let mut lines = vec![
        format!("What:     {title}"),
        format!("Where:    {at}"),
        format!("Severity: {}", one_line(&facts.severity, ID_CHARS_MAX)),
        format!("Check:    {}", one_line(&facts.check_id, HOST_CHARS_MAX)),
    ];
    for (name, at) in [
        ("First seen:", facts.first_seen),
        ("Last seen:", facts.last_seen),
    ] {
        lines.extend(at.and_then(moment).map(|at| format!("{name} {at}")));
    }
    lines.push(format!("Exposure: {}", id(&facts.key)));
    let mut parts = vec![
        "Watchtower found this exposure from outside.".to_owned(),
        literal(markup, &lines),
    ];
    let advice = advice(&facts.remediation);
    if !advice.is_empty() {
        parts.push("How to fix it:".to_owned());
        parts.push(literal(markup, &advice));
    }
    parts.push(format!(
        "{} has the evidence and the history. What happens to the exposure is told here; once it is proven \
         fixed, the proof's address is, too.",
        link(markup, "Watchtower", &links.exposure)
    ));
    parts.push(marked(markup, &facts.key));
    Draft {
        title: quiet(&format!("{title} at {at}")),
        body: parts.join("\n\n"),
    }
}

/// A comment on what happened. It ends with what it is found again by.
pub(crate) fn comment(markup: Markup, deed: &Deed, links: &Links) -> String {
    let said = match deed.event() {
        Some(EventType::New) => "Watchtower found the exposure again.",
        Some(EventType::Changed) => "What is exposed has changed.",
        Some(EventType::Fixed) => {
            "Proven fixed: the check that found it looked again, could see it, and it is gone."
        }
        Some(EventType::Unresponsive) => {
            "The host does not answer any more. That proves nothing: the exposure counts as open."
        }
        Some(EventType::Responsive) => "The host answers again, and the exposure is still there.",
        Some(EventType::Reopened) => "The exposure is back.",
        Some(EventType::StillOpen) => "Looked at again: the exposure is still there.",
        Some(EventType::Retired) => {
            "The exposure is not watched any more. That does not mean that it is fixed."
        }
        Some(EventType::StaleCheck) => {
            "The check that found it is not run any more. That does not mean that it is fixed."
        }
        None => "Watchtower was asked about it.",
    };
    let mut lines = Vec::new();
    lines.extend(
        deed.event()
            .map(|event| format!("Event:   {}", words(event))),
    );
    lines.extend(moment(deed.at).map(|at| format!("Seen:    {at}")));
    if !deed.reason.is_empty() {
        lines.push(format!(
            "Reason:  {}",
            one_line(&deed.reason, LINE_CHARS_MAX)
        ));
    }
    if !deed.fields.is_empty() {
        let fields = one_line(&deed.fields.join(", "), LINE_CHARS_MAX);
        lines.push(format!("Changed: {fields}"));
    }
    let leads = link(markup, "The exposure in Watchtower", &links.exposure);
    let leads = if deed.event() == Some(EventType::Fixed) {
        format!(
            "Proof: {}. {leads}.",
            link(markup, "evidence packet", &links.packet)
        )
    } else {
        format!("{leads}.")
    };
    [
        said.to_owned(),
        literal(markup, &lines),
        leads,
        marked(markup, &deed.event_id),
    ]
    .join("\n\n")
}

/// What a text about `of` (an exposure, an event) holds, so that it is found again.
pub(crate) fn marker(of: &str) -> String {
    format!("watchtower:{}", id(of))
}

/// The marker, where it disturbs least.
fn marked(markup: Markup, of: &str) -> String {
    match markup {
        Markup::Markdown => format!("<!-- {} -->", marker(of)),
        Markup::Wiki => literal(markup, &[marker(of)]),
    }
}

/// An id of ours; what is none loses what could form markup.
fn id(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(ID_CHARS_MAX)
        .collect()
}

/// Lines as a block that is shown letter by letter.
fn literal(markup: Markup, lines: &[String]) -> String {
    let text = lines.join("\n");
    match markup {
        Markup::Markdown => {
            // Longer than any row of backticks inside (CommonMark §4.5): nothing inside ends it.
            let fence = "`".repeat(longest_row(&text, '`').max(2) + 1);
            format!("{fence}text\n{text}\n{fence}")
        }
        // The block ends at its own name in braces: no brace inside begins a name.
        Markup::Wiki => format!(
            "{{noformat}}\n{}\n{{noformat}}",
            text.replace('{', "{\u{200b}")
        ),
    }
}

fn longest_row(text: &str, of: char) -> usize {
    let rows = text.split(|c| c != of);
    rows.map(|row| row.chars().count()).max().unwrap_or(0)
}

/// Words of ours that lead to an address of ours.
fn link(markup: Markup, words: &str, url: &str) -> String {
    match markup {
        Markup::Markdown => format!("[{words}](<{url}>)"),
        Markup::Wiki => format!("[{words}|{url}]"),
    }
}

/// A title is no markup anywhere, but a name in it may be told: a wide sign names nobody.
fn quiet(title: &str) -> String {
    title.replace('@', "\u{ff20}")
}

/// A check's advice, in lines; templates come from elsewhere, so it is bounded like a target's text.
fn advice(text: &str) -> Vec<String> {
    let bounded: String = text.chars().take(ADVICE_CHARS_MAX).collect();
    let lines = bounded.trim().lines().take(ADVICE_LINES_MAX);
    lines
        .flat_map(|line| wrapped(&one_line(line, ADVICE_CHARS_MAX)))
        .collect()
}

/// A line in lines that fit a screen: blocks of letters are not wrapped where they are shown.
fn wrapped(line: &str) -> Vec<String> {
    const WIDTH: usize = 100;
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        if let Some(last) = lines.last_mut()
            && (last.is_empty() || last.chars().count() + word.chars().count() < WIDTH)
        {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn moment(at: OffsetDateTime) -> Option<String> {
    at.replace_nanosecond(0).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use wt_model::{EventType, Severity};

    use super::{Deed, Facts, Links, Markup, comment, draft, marker};
    use crate::domain::digest::tests::change;

    const HOSTILE: &str = "@team ![x](https://evil.example/x.png) [y](https://evil.example) <img src=x> \
         ```` {noformat} [~admin] [z|https://evil.example] !https://evil.example/i.png! #1 \u{202e}";

    fn links() -> Links {
        Links {
            exposure: "https://wt.example/o/org_1/exposures/exp1_a".to_owned(),
            packet: "https://wt.example/api/v1/exposures/exp1_a/packet?format=html".to_owned(),
        }
    }

    fn hostile() -> Facts {
        Facts {
            key: "exp1_a".to_owned(),
            severity: "high".to_owned(),
            title: HOSTILE.to_owned(),
            host: HOSTILE.to_owned(),
            port: 443,
            check_id: HOSTILE.to_owned(),
            remediation: format!("{HOSTILE}\n{HOSTILE}\n```\n{{noformat}}\n~~~~~~"),
            ..Facts::default()
        }
    }

    /// What is left once blocks of letters are taken out, as the two renderers find them.
    fn outside(markup: Markup, body: &str) -> String {
        let mut fence: Option<String> = None;
        let mut left = String::new();
        for line in body.lines() {
            let opens = match markup {
                Markup::Markdown => {
                    let row: String = line.chars().take_while(|c| *c == '`').collect();
                    (row.len() >= 3).then_some(row)
                }
                Markup::Wiki => line.contains("{noformat}").then(|| "{noformat}".to_owned()),
            };
            match (&fence, opens) {
                (None, Some(row)) => fence = Some(row),
                (Some(of), Some(row)) if markup == Markup::Wiki || row.len() >= of.len() => {
                    fence = None;
                }
                (None, None) => {
                    left.push_str(line);
                    left.push('\n');
                }
                _ => {}
            }
        }
        assert!(fence.is_none(), "a block does not end: {body}");
        left
    }

    fn deed(event: EventType) -> Deed {
        let mut change = change(event, Severity::High, "a.example");
        change.reason = HOSTILE.to_owned();
        change.fields = vec![HOSTILE.to_owned(); 100];
        Deed::told("run_1", &change, true, OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn nothing_a_target_says_is_markup() {
        for markup in [Markup::Markdown, Markup::Wiki] {
            let mut bodies = vec![draft(markup, &hostile(), &links()).body];
            let all = EventType::ALL.iter();
            bodies.extend(all.map(|&event| comment(markup, &deed(event), &links())));
            for body in bodies {
                let left = outside(markup, &body);
                for piece in ["evil", "@", "![", "<img", "[~", "{", "#1", "\u{202e}"] {
                    assert!(!left.contains(piece), "{piece} in {left}");
                }
                assert!(left.contains("https://wt.example/o/org_1/exposures/exp1_a"));
                assert!(body.chars().count() < 30_000, "{}", body.chars().count());
            }
        }
    }

    #[test]
    fn a_title_is_one_short_line_that_names_nobody() {
        let title = draft(Markup::Markdown, &hostile(), &links()).title;
        assert!(title.chars().count() <= 250, "{}", title.chars().count());
        assert!(!title.contains('@') && !title.contains('\n'));
        let mut long = hostile();
        long.title = "@".repeat(1_000);
        let title = draft(Markup::Wiki, &long, &links()).title;
        assert!(title.chars().count() <= 250 && !title.contains('@'));
    }

    #[test]
    fn it_is_found_again_and_a_fix_names_its_proof() {
        for markup in [Markup::Markdown, Markup::Wiki] {
            assert!(
                draft(markup, &hostile(), &links())
                    .body
                    .contains(&marker("exp1_a"))
            );
            let fixed = comment(markup, &deed(EventType::Fixed), &links());
            assert!(fixed.contains("/packet?format=html") && fixed.contains(&marker("evt_1")));
            let changed = comment(markup, &deed(EventType::Changed), &links());
            assert!(!changed.contains("/packet"));
        }
    }
}
