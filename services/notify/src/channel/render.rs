//! Digests and letters as text and as HTML. Whatever a stranger chose is escaped by the engine.

use minijinja::{AutoEscape, Environment, Value, context};
use url::Url;

use crate::domain::{
    digest::{Change, RunDigest, place, words},
    letter::Letter,
    line::one_line,
};

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
            // Compared as a whole: the engine knows templates by name, not by file.
            if name == "run.html" || name == "letter.html" {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        templates.add_template("run.html", include_str!("../templates/run.html.j2"))?;
        templates.add_template("run.txt", include_str!("../templates/run.txt.j2"))?;
        templates.add_template("letter.html", include_str!("../templates/letter.html.j2"))?;
        templates.add_template("letter.txt", include_str!("../templates/letter.txt.j2"))?;
        Ok(Self {
            templates,
            public_url: public_url.as_str().trim_end_matches('/').to_owned(),
        })
    }

    /// Both bodies of one digest.
    pub(crate) fn render(
        &self,
        organization: &str,
        run_id: &str,
        digest: &RunDigest,
    ) -> Result<Body, minijinja::Error> {
        let home = self.home(organization);
        let changes: Vec<Value> = digest
            .changes
            .iter()
            .map(|change| shown(&home, change))
            .collect();
        let values = context! {
            subject => digest.subject.clone(),
            changes => Value::from(changes),
            unlisted => digest.unlisted,
            partial => digest.partial,
            run_url => format!("{home}/scans/{run_id}"),
            settings_url => format!("{home}/settings/notifications"),
        };
        Ok(Body {
            text: self.templates.get_template("run.txt")?.render(&values)?,
            html: self.templates.get_template("run.html")?.render(&values)?,
        })
    }

    /// Both bodies of one letter.
    pub(crate) fn letter(&self, letter: &Letter) -> Result<Body, minijinja::Error> {
        let values = context! {
            subject => letter.subject.clone(),
            greeting => letter.greeting.clone(),
            paragraphs => letter.paragraphs.clone(),
            action => letter.action,
            url => format!("{}{}", self.public_url, letter.link),
            until => letter.until.clone(),
            otherwise => letter.otherwise,
        };
        Ok(Body {
            text: self.templates.get_template("letter.txt")?.render(&values)?,
            html: self
                .templates
                .get_template("letter.html")?
                .render(&values)?,
        })
    }

    /// Where the evidence packet of an exposure is, to read.
    pub(crate) fn packet(&self, exposure: &str) -> String {
        format!(
            "{}/api/v1/exposures/{exposure}/packet?format=html",
            self.public_url
        )
    }

    /// Where the web application shows an organization; links begin with it.
    pub(crate) fn home(&self, organization: &str) -> String {
        format!("{}/o/{organization}", self.public_url)
    }
}

fn shown(home: &str, change: &Change) -> Value {
    context! {
        event => words(change.event),
        severity => change.severity.as_str(),
        title => line(&change.title),
        place => place(&line(&change.host), change.port),
        reason => line(&change.reason),
        fields => line(&change.fields.join(", ")),
        url => format!("{home}/exposures/{}", line(&change.key)),
    }
}

/// A target's text as one bounded line.
fn line(text: &str) -> String {
    one_line(text, TEXT_CHARS_MAX)
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
                id: "evt_1".to_owned(),
                at: None,
                check_id: "tls.cert_expired".to_owned(),
                asset_id: String::new(),
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
            .render(
                "org_1",
                "run_1",
                &digest("Expired certificate", "2001:db8::1"),
            )
            .unwrap();
        for text in [&body.text, &body.html] {
            assert!(text.contains("Expired certificate"), "{text}");
            assert!(
                text.contains(
                    "https:&#x2f;&#x2f;wt.example&#x2f;o&#x2f;org_1&#x2f;exposures&#x2f;exp1_abc"
                ) || text.contains("https://wt.example/o/org_1/exposures/exp1_abc"),
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
            .render("org_1", "run_1", &digest(nasty, "x\"><img src=y>"))
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
            .render("org_1", "run_1", &digest(&nasty, "h"))
            .unwrap()
            .text;
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("The run:"))
            .collect();
        assert_eq!(lines, ["The run: https://wt.example/o/org_1/scans/run_1"]);
        assert!(!text.contains('\u{202e}') && !text.contains(&"x".repeat(250)));
    }
}
