//! A digest as text and as HTML. Whatever a target may have chosen is escaped by the engine.

use minijinja::{AutoEscape, Environment, Value, context};
use url::Url;

use crate::domain::digest::{Change, RunDigest, words};

/// Longest piece of text taken over from a run: enough to recognise it, too short to deceive with.
const TEXT_CHARS_MAX: usize = 200;

/// A rendered mail body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// `text/plain`
    pub(crate) text: String,
    /// `text/html`
    pub(crate) html: String,
}

/// Renders mails with links to one public address.
#[derive(Debug)]
pub(crate) struct Renderer {
    templates: Environment<'static>,
    public_url: String,
}

impl Renderer {
    /// Compiles the templates; links start with `public_url`.
    pub(crate) fn new(public_url: &Url) -> Result<Self, minijinja::Error> {
        let mut templates = Environment::new();
        templates.set_auto_escape_callback(|name| {
            if name == "run.html" {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        templates.add_template("run.html", include_str!("../templates/run.html.j2"))?;
        templates.add_template("run.txt", include_str!("../templates/run.txt.j2"))?;
        Ok(Self {
            templates,
            public_url: public_url.as_str().trim_end_matches('/').to_owned(),
        })
    }

    /// Both bodies of one digest.
    pub(crate) fn render(
        &self,
        run_id: &str,
        digest: &RunDigest,
    ) -> Result<Body, minijinja::Error> {
        let changes: Vec<Value> = digest
            .changes
            .iter()
            .map(|change| self.line(change))
            .collect();
        let values = context! {
            subject => digest.subject.clone(),
            changes => Value::from(changes),
            unlisted => digest.unlisted,
            partial => digest.partial,
            run_url => format!("{}/scans/{run_id}", self.public_url),
            settings_url => format!("{}/settings/notifications", self.public_url),
        };
        Ok(Body {
            text: self.templates.get_template("run.txt")?.render(&values)?,
            html: self.templates.get_template("run.html")?.render(&values)?,
        })
    }

    fn line(&self, change: &Change) -> Value {
        let host = one_line(&change.host);
        // Brackets keep an IPv6 address apart from its port (RFC 3986 §3.2.2).
        let place = match (change.port, host.contains(':')) {
            (0, _) => host,
            (port, true) => format!("[{host}]:{port}"),
            (port, false) => format!("{host}:{port}"),
        };
        context! {
            event => words(change.event),
            severity => change.severity.as_str(),
            title => one_line(&change.title),
            place => place,
            reason => one_line(&change.reason),
            fields => one_line(&change.fields.join(", ")),
            url => format!("{}/exposures/{}", self.public_url, one_line(&change.key)),
        }
    }
}

/// One bounded line without control or direction-changing characters, which could forge lines of
/// the text body or show one name as another.
fn one_line(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| {
            if c.is_control() || is_direction(c) {
                ' '
            } else {
                c
            }
        })
        .take(TEXT_CHARS_MAX)
        .collect();
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        line.push('…');
    }
    line.trim().to_owned()
}

/// Unicode bidirectional controls (UAX #9) and line separators.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use wt_model::{EventType, Severity};

    use super::Renderer;
    use crate::domain::digest::{Change, RunDigest};

    fn renderer() -> Renderer {
        Renderer::new(&"https://wt.example/".parse().unwrap()).unwrap()
    }

    fn digest(title: &str, host: &str) -> RunDigest {
        RunDigest {
            subject: "Watchtower: 1 new (worst: high)".to_owned(),
            changes: vec![Change {
                key: "exp1_abc".to_owned(),
                event: EventType::New,
                severity: Severity::High,
                title: title.to_owned(),
                host: host.to_owned(),
                port: 443,
                reason: String::new(),
                fields: vec!["not_after".to_owned()],
            }],
            unlisted: 3,
            partial: true,
        }
    }

    #[test]
    fn both_bodies_name_the_change_and_link_to_it() {
        let body = renderer()
            .render("run_1", &digest("Expired certificate", "2001:db8::1"))
            .unwrap();
        for text in [&body.text, &body.html] {
            assert!(text.contains("Expired certificate"), "{text}");
            assert!(
                text.contains("https:&#x2f;&#x2f;wt.example&#x2f;exposures&#x2f;exp1_abc")
                    || text.contains("https://wt.example/exposures/exp1_abc"),
                "{text}"
            );
            assert!(text.contains("[2001:db8::1]:443"), "{text}");
            assert!(text.contains("differs in: not_after"));
            assert!(
                text.contains("3 more changes") && text.contains("Some jobs of this run failed")
            );
        }
    }

    #[test]
    fn target_text_stays_text_in_html() {
        let nasty = "<script>alert(1)</script><a href=\"https://evil.example\">";
        let html = renderer()
            .render("run_1", &digest(nasty, "x\"><img src=y>"))
            .unwrap()
            .html;
        assert!(
            !html.contains("<script")
                && !html.contains("<img")
                && !html.contains("href=\"https://evil")
        );
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn target_text_cannot_forge_lines_of_the_text_body() {
        let nasty = format!(
            "a\r\n\r\nThe run: https://evil.example\u{202e}{}",
            "x".repeat(500)
        );
        let text = renderer()
            .render("run_1", &digest(&nasty, "h"))
            .unwrap()
            .text;
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("The run:"))
            .collect();
        assert_eq!(lines, ["The run: https://wt.example/scans/run_1"]);
        assert!(!text.contains('\u{202e}') && !text.contains(&"x".repeat(250)));
    }
}
