//! Reading a filter.
use std::{collections::BTreeSet, str::FromStr};

use wt_model::Severity;
use wt_risk::SCORE_MAX;

use crate::{FILTER_BYTES_MAX, Filter, FilterFault, Scores, Side, VALUES_MAX};

impl FromStr for Filter {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(FilterFault::TooLong);
        }
        let mut filter = Self::default();
        for (term, quoted) in terms(text)? {
            filter.take(&term, quoted)?;
        }
        Ok(filter)
    }
}

/// Terms between spaces; one in double quotes is a word as it stands.
fn terms(text: &str) -> Result<Vec<(String, bool)>, FilterFault> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('"') {
            let (word, after) = inner.split_once('"').ok_or_else(|| {
                FilterFault::value("text", "a double quote is opened and not closed")
            })?;
            terms.push((word.to_owned(), true));
            rest = after.trim_start();
        } else {
            let (term, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            terms.push((term.to_owned(), false));
            rest = after.trim_start();
        }
    }
    Ok(terms)
}

impl Filter {
    fn take(&mut self, term: &str, quoted: bool) -> Result<(), FilterFault> {
        let at = term.find([':', '<', '>', '=']).filter(|_| !quoted);
        let Some(at) = at else {
            return self.take_word(term, quoted);
        };
        let (name, rest) = term.split_at(at);
        let name = name.to_ascii_lowercase();
        let (without, field) = match name.strip_prefix('-') {
            Some(field) => (true, field),
            None => (false, name.as_str()),
        };
        if field == "since" {
            return self.take_since(rest, without);
        }
        let side = if without {
            &mut self.without
        } else {
            &mut self.with
        };
        if field == "severity" {
            return take_severity(side, rest);
        }
        if field == "score" {
            return take_score(side, rest);
        }
        let values = rest.strip_prefix(':').unwrap_or_default();
        match field {
            "state" => fill("state", &mut side.what, values),
            "asset" => fill("asset", &mut side.places, values),
            "check" => fill("check", &mut side.checks, values),
            "port" => fill("port", &mut side.ports, values),
            "decision" => fill("decision", &mut side.decisions, values),
            "assignee" => fill("assignee", &mut side.assignees, values),
            "run" => fill("run", &mut side.runs, values),
            "kev" => fill("kev", &mut side.kev, values),
            "cve" => fill("cve", &mut side.cves, values),
            "tag" => fill("tag", &mut side.tags, values),
            "sla" => fill("sla", &mut side.sla, values),
            other => Err(FilterFault::Field {
                field: other.chars().take(64).collect(),
            }),
        }
    }

    fn take_word(&mut self, word: &str, quoted: bool) -> Result<(), FilterFault> {
        if !quoted && (word.starts_with('-') || word.contains('"')) {
            return Err(FilterFault::value(
                "text",
                "put a word with a minus or quotes in double quotes; a minus before a field \
                 leaves out",
            ));
        }
        let word = word.trim().to_lowercase();
        if word.chars().any(char::is_control) {
            return Err(FilterFault::value("text", "it holds control characters"));
        }
        if !word.is_empty() {
            self.words.insert(word);
        }
        Ok(())
    }

    fn take_since(&mut self, rest: &str, without: bool) -> Result<(), FilterFault> {
        if without {
            return Err(FilterFault::value("since", "it can't be left out"));
        }
        if self.since.is_some() {
            return Err(FilterFault::Twice { field: "since" });
        }
        let text = rest.strip_prefix(':').unwrap_or_default();
        self.since = Some(text.parse()?);
        Ok(())
    }
}

/// `severity>=high`, `severity<medium`, `severity:low,info`.
fn take_severity(side: &mut Side, rest: &str) -> Result<(), FilterFault> {
    let bound = |text: &str| -> Result<Severity, FilterFault> { value("severity", text) };
    let those = |fits: &dyn Fn(Severity) -> bool| -> BTreeSet<Severity> {
        let all = Severity::ALL.iter().copied();
        all.filter(|severity| fits(*severity)).collect()
    };
    let set = if let Some(text) = rest.strip_prefix(">=") {
        let bound = bound(text)?;
        those(&|severity| severity >= bound)
    } else if let Some(text) = rest.strip_prefix("<=") {
        let bound = bound(text)?;
        those(&|severity| severity <= bound)
    } else if let Some(text) = rest.strip_prefix('>') {
        let bound = bound(text)?;
        those(&|severity| severity > bound)
    } else if let Some(text) = rest.strip_prefix('<') {
        let bound = bound(text)?;
        those(&|severity| severity < bound)
    } else {
        let text = rest.strip_prefix([':', '=']).unwrap_or_default();
        return fill("severity", &mut side.severities, text);
    };
    if set.is_empty() {
        return Err(FilterFault::value("severity", "there is none beyond it"));
    }
    if !side.severities.is_empty() {
        return Err(FilterFault::Twice { field: "severity" });
    }
    side.severities = set;
    Ok(())
}

/// `score>=70`, `score<40`, `score:40-69,90`.
fn take_score(side: &mut Side, rest: &str) -> Result<(), FilterFault> {
    let (bound, up, itself) = if let Some(text) = rest.strip_prefix(">=") {
        (text, true, true)
    } else if let Some(text) = rest.strip_prefix("<=") {
        (text, false, true)
    } else if let Some(text) = rest.strip_prefix('>') {
        (text, true, false)
    } else if let Some(text) = rest.strip_prefix('<') {
        (text, false, false)
    } else {
        let text = rest.strip_prefix([':', '=']).unwrap_or_default();
        return fill("score", &mut side.scores, text);
    };
    if !side.scores.is_empty() {
        return Err(FilterFault::Twice { field: "score" });
    }
    let bound = Scores::bound(bound)?;
    let none = || FilterFault::value("score", "there is none beyond it");
    let scores = match (up, itself) {
        (true, true) => Scores {
            low: bound,
            high: SCORE_MAX,
        },
        (false, true) => Scores {
            low: 0,
            high: bound,
        },
        (true, false) if bound < SCORE_MAX => Scores {
            low: bound + 1,
            high: SCORE_MAX,
        },
        (false, false) => Scores {
            low: 0,
            high: bound.checked_sub(1).ok_or_else(none)?,
        },
        (true, false) => return Err(none()),
    };
    side.scores.insert(scores);
    Ok(())
}

fn fill<T>(field: &'static str, set: &mut BTreeSet<T>, text: &str) -> Result<(), FilterFault>
where
    T: FromStr + Ord,
    T::Err: std::fmt::Display,
{
    if !set.is_empty() {
        return Err(FilterFault::Twice { field });
    }
    let values: Vec<&str> = text.split(',').collect();
    if values.len() > VALUES_MAX {
        return Err(FilterFault::value(
            field,
            format!("at most {VALUES_MAX} values"),
        ));
    }
    for text in values {
        if text.is_empty() || text.chars().any(|c| c.is_control() || c == '"') {
            return Err(FilterFault::value(field, "expected :value or :value,value"));
        }
        set.insert(value(field, text)?);
    }
    Ok(())
}

fn value<T>(field: &'static str, text: &str) -> Result<T, FilterFault>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| {
        let said = error.to_string();
        let reason = said.strip_prefix(&format!("{field}: ")).unwrap_or(&said);
        FilterFault::value(field, reason)
    })
}
