//! A report as a page of its own: no script, no style or image from elsewhere.

use minijinja::{AutoEscape, Environment, Value, context};

use crate::domain::outline::{Outline, Section, Sentence, Span, ranges};

/// Renders reports; everything that is put in is escaped by the engine.
#[derive(Debug)]
pub(crate) struct HtmlRenderer {
    templates: Environment<'static>,
}

impl HtmlRenderer {
    /// Compiles the template.
    pub(crate) fn new() -> Result<Self, minijinja::Error> {
        let mut templates = Environment::new();
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.add_template("report", include_str!("../templates/report.html.j2"))?;
        Ok(Self { templates })
    }

    /// Renders; links begin with `public_url`, without a slash at its end.
    pub(crate) fn html(
        &self,
        outline: &Outline,
        public_url: &str,
    ) -> Result<String, minijinja::Error> {
        let references: Vec<Value> = outline
            .references
            .iter()
            .map(|reference| {
                context! {
                    key => reference.key.clone(),
                    title => reference.title.clone(),
                    place => reference.place.clone(),
                    url => format!("{public_url}/exposures/{}", reference.key),
                }
            })
            .collect();
        let sections: Vec<Value> = outline.sections.iter().map(section).collect();
        self.templates.get_template("report")?.render(context! {
            title => outline.title.clone(),
            sections => Value::from(sections),
            references => Value::from(references),
        })
    }
}

fn section(section: &Section) -> Value {
    let sentences: Vec<Value> = section.sentences.iter().map(sentence).collect();
    context! { heading => section.heading, sentences => Value::from(sentences) }
}

fn sentence(sentence: &Sentence) -> Value {
    let text: String = sentence
        .spans
        .iter()
        .map(|span| match span {
            Span::Plain(text) | Span::Quoted(text) => text.as_str(),
        })
        .collect();
    let cites: Vec<Value> = ranges(&sentence.cites)
        .into_iter()
        .map(|(start, end)| context! { start => start, end => end })
        .collect();
    context! { text => text, cites => Value::from(cites) }
}

#[cfg(test)]
mod tests {
    use super::HtmlRenderer;
    use crate::domain::outline::{Outline, Reference, Section, Sentence, Span};

    fn with(foreign: &str) -> String {
        let outline = Outline {
            title: "Scan".to_owned(),
            sections: vec![Section {
                heading: "What changed",
                sentences: vec![Sentence {
                    spans: vec![Span::Quoted(foreign.to_owned())],
                    cites: vec![1, 2, 3, 5],
                }],
            }],
            references: vec![Reference {
                key: foreign.to_owned(),
                title: foreign.to_owned(),
                place: foreign.to_owned(),
            }],
        };
        HtmlRenderer::new()
            .unwrap()
            .html(&outline, "https://wt.example")
            .unwrap()
    }

    #[test]
    fn foreign_text_is_escaped_wherever_it_stands() {
        let html = with("<script>x</script>\" onclick=\"y' <img src=z>");
        assert!(
            !html.contains("<script") && !html.contains("<img") && !html.contains("\" onclick")
        );
        assert_eq!(html.matches("&lt;script&gt;").count(), 5);
    }

    #[test]
    fn citations_lead_to_their_references() {
        let html = with("x");
        assert!(html.contains("<a href=\"#ref-1\">1</a>–<a href=\"#ref-3\">3</a>"));
        assert!(html.contains("<a href=\"#ref-5\">5</a>") && html.contains("id=\"ref-1\""));
    }
}
