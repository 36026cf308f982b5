//! Judging the page at `/`: headers, cookies, defaults.
use std::collections::BTreeMap;

use wt_exposure::{Control, InconclusiveReason};

use super::{
    Check, Finding, Verdict,
    hiding::{hides_content, hides_home},
    judge::{evidence_of, unanswered},
};
use crate::probe::{Exchange, PortFacts, Probed, WebFacts};

/// What a rule says of a page.
pub(super) enum PageVerdict {
    /// Found, each with a discriminator, attributes and what matched.
    Found(Vec<PageFinding>),
    /// Not there.
    Fine,
    /// The rule is about another kind of port.
    NotApplicable,
}

/// One thing found on a page.
pub(super) struct PageFinding {
    pub(super) discriminator: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) matched: String,
}

impl PageVerdict {
    /// One finding without attributes, or none.
    pub(super) fn found_if(condition: bool, matched: &str) -> Self {
        if condition {
            Self::Found(vec![PageFinding {
                discriminator: String::new(),
                attributes: BTreeMap::new(),
                matched: matched.to_owned(),
            }])
        } else {
            Self::Fine
        }
    }

    /// One finding with attributes.
    pub(super) fn found_with(attributes: &[(&str, String)], matched: &str) -> Self {
        Self::Found(vec![PageFinding {
            discriminator: String::new(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            matched: matched.to_owned(),
        }])
    }
}

/// Judges by a rule over the page.
pub(super) fn judge(
    check: &Check,
    rule: fn(&WebFacts) -> PageVerdict,
    facts: &PortFacts,
) -> Verdict {
    let web = match &facts.web {
        Probed::Facts(web) => web,
        other => return unanswered(other),
    };
    if let Some(reason) = hides_content(&web.home) {
        return Verdict::Inconclusive(reason);
    }
    let absent = || {
        hides_home(web).map_or(
            Verdict::Absent(Control::VhostAnswered),
            Verdict::Inconclusive,
        )
    };
    match rule(web) {
        PageVerdict::NotApplicable => Verdict::Inconclusive(InconclusiveReason::Skipped),
        PageVerdict::Fine => absent(),
        PageVerdict::Found(found) if found.is_empty() => absent(),
        PageVerdict::Found(found) => Verdict::Present(
            found
                .into_iter()
                .map(|item| {
                    let mut finding = Finding::new(
                        title_of(check, &item.discriminator),
                        evidence_of(facts, &web.home, vec![item.matched]),
                    )
                    .told_apart_by(item.discriminator);
                    finding.attributes = item.attributes;
                    finding
                })
                .collect(),
        ),
    }
}

fn title_of(check: &Check, discriminator: &str) -> String {
    if discriminator.is_empty() {
        check.title.to_owned()
    } else {
        format!("{} ({discriminator})", check.title)
    }
}

/// Whether a foreign origin may read answers made with the visitor's cookies.
pub(super) fn judge_cross_origin(check: &Check, facts: &PortFacts) -> Verdict {
    judge_extra(
        check,
        facts,
        |web| web.cross_origin.as_ref(),
        |answer| {
            let allowed = answer.header("access-control-allow-origin");
            let has_credentials = answer
                .header("access-control-allow-credentials")
                .eq_ignore_ascii_case("true");
            let trusts = allowed == crate::probe::FOREIGN_ORIGIN || matches!(allowed, "*" | "null");
            (trusts && has_credentials).then(|| {
                format!(
                    "access-control-allow-origin: {}",
                    crate::text::line(allowed)
                )
            })
        },
    )
}

/// Whether `TRACE` is echoed.
pub(super) fn judge_trace(check: &Check, facts: &PortFacts) -> Verdict {
    judge_extra(
        check,
        facts,
        |web| web.trace.as_ref(),
        |answer| {
            let is_echo = answer.status == 200 && answer.text().contains("TRACE / HTTP/1.");
            is_echo.then(|| "TRACE / HTTP/1.1".to_owned())
        },
    )
}

fn judge_extra(
    check: &Check,
    facts: &PortFacts,
    pick: impl Fn(&WebFacts) -> Option<&Result<Exchange, InconclusiveReason>>,
    find: impl Fn(&Exchange) -> Option<String>,
) -> Verdict {
    let web = match &facts.web {
        Probed::Facts(web) => web,
        other => return unanswered(other),
    };
    match pick(web) {
        None => Verdict::Inconclusive(InconclusiveReason::Skipped),
        Some(Err(reason)) => Verdict::Inconclusive(*reason),
        Some(Ok(answer)) => match (find(answer), hides_home(web).or(hides_content(answer))) {
            (Some(matched), _) => Verdict::Present(vec![Finding::new(
                check.title.to_owned(),
                evidence_of(facts, answer, vec![matched]),
            )]),
            // 501 is the ordinary way to decline a method.
            (None, Some(reason)) if answer.status != 501 || hides_home(web).is_some() => {
                Verdict::Inconclusive(reason)
            }
            (None, _) => Verdict::Absent(Control::VhostAnswered),
        },
    }
}
