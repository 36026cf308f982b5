//! Judging what lies at well-known paths.
use wt_exposure::{Control, InconclusiveReason};

use super::{
    Check, Finding, Verdict,
    hiding::hides_path,
    judge::{EVIDENCE_BYTES_MAX, evidence_of, unanswered},
};
use crate::probe::{Exchange, PortFacts, Probed, WebFacts};

/// What to ask for, and how to know it when it comes.
#[derive(Debug)]
pub(super) struct PathRule {
    /// Paths, each a finding of its own.
    pub(super) paths: &'static [&'static str],
    /// All of these stand in the body.
    pub(super) all: &'static [&'static str],
    /// At least one of these stands in the body, unless the list is empty.
    pub(super) any: &'static [&'static str],
    /// The body begins with one of these, unless the list is empty.
    pub(super) magic: &'static [&'static [u8]],
    /// Whether an HTML page is a sure sign of something else.
    pub(super) never_html: bool,
    /// Whether the content holds secrets, which must not be copied into evidence.
    pub(super) is_secret: bool,
}

/// A rule that matches nothing, to be filled in.
pub(super) const NOTHING: PathRule = PathRule {
    paths: &[],
    all: &[],
    any: &[],
    magic: &[],
    never_html: false,
    is_secret: false,
};

impl PathRule {
    /// Feeds what the rule concludes from to a digest.
    pub(super) fn feed(&self, sink: &mut dyn FnMut(&[u8])) {
        for list in [self.paths, self.all, self.any] {
            for text in list {
                sink(text.as_bytes());
            }
            sink(b"|");
        }
        for magic in self.magic {
            sink(magic);
        }
        sink(&[u8::from(self.never_html)]);
    }

    /// The marks found in `page`, or `None` when it is not the thing.
    fn marks(&self, page: &Exchange) -> Option<Vec<String>> {
        if page.status != 200 {
            return None;
        }
        let text = page.text();
        let is_html = page.header("content-type").contains("text/html")
            || text.trim_start().get(..5).is_some_and(|start| {
                start.eq_ignore_ascii_case("<!doc") || start.eq_ignore_ascii_case("<html")
            });
        if self.never_html && is_html {
            return None;
        }
        let magic = self.magic.iter().find(|magic| page.body.starts_with(magic));
        if !self.magic.is_empty() && magic.is_none() {
            return None;
        }
        if !self.all.iter().all(|mark| text.contains(mark)) {
            return None;
        }
        let any: Vec<&&str> = self
            .any
            .iter()
            .filter(|mark| text.contains(**mark))
            .collect();
        if !self.any.is_empty() && any.is_empty() {
            return None;
        }
        let marks = self.all.iter().chain(any).map(|mark| (*mark).to_owned());
        Some(
            marks
                .chain(magic.map(|magic| crate::text::snippet(magic)))
                .collect(),
        )
    }
}

/// Judges the pages at the rule's paths.
pub(super) fn judge(check: &Check, rule: &PathRule, facts: &PortFacts) -> Verdict {
    let web = match &facts.web {
        Probed::Facts(web) => web,
        other => return unanswered(other),
    };
    let mut findings = Vec::new();
    let mut hidden: Option<InconclusiveReason> = None;
    for path in rule.paths {
        match web.pages.get(path) {
            None => hidden = hidden.or(Some(InconclusiveReason::Skipped)),
            Some(Err(reason)) => hidden = hidden.or(Some(*reason)),
            Some(Ok(page)) => match matched(rule, web, page) {
                Some(marks) => findings.push(finding(check, rule, facts, page, marks)),
                None => hidden = hidden.or_else(|| hides_path(web, page)),
            },
        }
    }
    if !findings.is_empty() {
        return Verdict::Present(findings);
    }
    hidden.map_or(
        Verdict::Absent(Control::VhostAnswered),
        Verdict::Inconclusive,
    )
}

/// The marks of a page that is not simply what this server says to everything.
fn matched(rule: &PathRule, web: &WebFacts, page: &Exchange) -> Option<Vec<String>> {
    let is_said_to_everything = web
        .missing
        .as_ref()
        .is_some_and(|missing| missing.status == 200 && missing.sha256 == page.sha256);
    if is_said_to_everything {
        None
    } else {
        rule.marks(page)
    }
}

fn finding(
    check: &Check,
    rule: &PathRule,
    facts: &PortFacts,
    page: &Exchange,
    marks: Vec<String>,
) -> Finding {
    let mut evidence = evidence_of(facts, page, marks);
    if rule.is_secret {
        evidence.response = without_secrets(page);
    }
    Finding::new(format!("{} at {}", check.title, page.path), evidence)
        .told_apart_by(page.path.clone())
        .with("path", page.path.clone())
}

/// The answer with every value taken out: the names prove it, the values would be a second leak.
pub(crate) fn without_secrets(page: &Exchange) -> Vec<u8> {
    let head = Exchange {
        body: Vec::new(),
        ..page.clone()
    };
    let mut out = head.response_head_and_body(EVIDENCE_BYTES_MAX);
    for line in page.text().lines().take(200) {
        let line = crate::text::line(line);
        let end = line.find(['=', ':']).map_or(0, |at| at + 1);
        let kept = if line.starts_with("-----BEGIN") || line.starts_with('[') {
            line.as_str()
        } else {
            line.get(..end).unwrap_or_default()
        };
        out.extend_from_slice(kept.as_bytes());
        if kept.len() < line.len() {
            out.extend_from_slice(b"<removed>");
        }
        out.push(b'\n');
    }
    out.truncate(EVIDENCE_BYTES_MAX);
    out
}
