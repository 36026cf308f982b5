//! Rules as people write them, and as they are kept.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{DAY_MINUTES, Day, Rule, RuleKind};

/// Most rules of an organization: reading them all is part of every request for a run.
pub(crate) const RULES_MAX: usize = 100;
/// Most assets that one rule names.
pub(crate) const ASSETS_PER_RULE_MAX: usize = 500;

/// One rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RuleWords {
    /// `window` or `blackout`.
    pub(crate) kind: String,
    /// Name of the IANA database, such as `Europe/Berlin`.
    pub(crate) time_zone: String,
    /// `mon` to `sun`.
    pub(crate) days: Vec<String>,
    /// `HH:MM`.
    pub(crate) from: String,
    /// `HH:MM`, up to `24:00`.
    pub(crate) to: String,
    /// Empty: every asset.
    pub(crate) asset_ids: Vec<String>,
}

/// Words that make no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub(crate) struct BadRule {
    /// Path of the field.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// Reads all rules, or says what is wrong with the first that is none.
pub(crate) fn read(all: &[RuleWords]) -> Result<Vec<Rule>, BadRule> {
    if all.len() > RULES_MAX {
        return Err(BadRule {
            field: "rules".to_owned(),
            reason: format!("at most {RULES_MAX}"),
        });
    }
    all.iter()
        .enumerate()
        .map(|(at, words)| {
            words.read().map_err(|(field, reason)| BadRule {
                field: format!("rules.{at}.{field}"),
                reason,
            })
        })
        .collect()
}

type Bad = (&'static str, String);

impl RuleWords {
    fn read(&self) -> Result<Rule, Bad> {
        let bad = |field, reason: &str| (field, reason.to_owned());
        let kind = match self.kind.as_str() {
            "window" => RuleKind::Window,
            "blackout" => RuleKind::Blackout,
            _ => return Err(bad("kind", "expected window or blackout")),
        };
        let zone = TimeZone::get(&self.time_zone)
            .map_err(|_| bad("time_zone", "no such zone, expected one like Europe/Berlin"))?;
        let days: Option<BTreeSet<Day>> = self.days.iter().map(|word| Day::of(word)).collect();
        let days = days
            .filter(|days| !days.is_empty())
            .ok_or_else(|| bad("days", "expected at least one of mon, tue, … sun"))?;
        let from = minute_of(&self.from)
            .filter(|minute| *minute < DAY_MINUTES)
            .ok_or_else(|| bad("from", "expected 00:00 to 23:59"))?;
        let to = minute_of(&self.to).ok_or_else(|| bad("to", "expected 00:00 to 24:00"))?;
        if from == to {
            return Err(bad(
                "to",
                "a rule has to last; a whole day is 00:00 to 24:00",
            ));
        }
        if self.asset_ids.len() > ASSETS_PER_RULE_MAX {
            let reason = format!("at most {ASSETS_PER_RULE_MAX}");
            return Err(("asset_ids", reason));
        }
        let assets = self
            .asset_ids
            .iter()
            .map(|id| {
                id.parse()
                    .map_err(|_| bad("asset_ids", "not an asset's id"))
            })
            .collect::<Result<_, Bad>>()?;
        Ok(Rule {
            kind,
            zone,
            days,
            from,
            to,
            assets,
        })
    }
}

/// `HH:MM` as a minute of the day; `24:00` is its end.
fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, max: u16| {
        let is_two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u16 = text.parse().ok().filter(|_| is_two_digits)?;
        (number <= max).then_some(number)
    };
    let minute = number(hours, 24)? * 60 + number(minutes, 59)?;
    (minute <= DAY_MINUTES).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::{RULES_MAX, RuleWords, minute_of, read};

    type Spoil = fn(&mut RuleWords);

    fn words() -> RuleWords {
        RuleWords {
            kind: "window".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            days: vec!["sat".to_owned(), "sun".to_owned()],
            from: "22:00".to_owned(),
            to: "24:00".to_owned(),
            asset_ids: vec!["ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()],
        }
    }

    #[test]
    fn times_have_two_digits_and_a_day_has_an_end() {
        assert_eq!(minute_of("00:00"), Some(0));
        assert_eq!(minute_of("24:00"), Some(1_440));
        for wrong in [
            "24:01", "7:00", "07:60", "0700", "+7:00", "-1:00", "", "25:00",
        ] {
            assert_eq!(minute_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        assert_eq!(read(&[words()]).unwrap().len(), 1);
        let to_midnight = RuleWords {
            to: "00:00".to_owned(),
            ..words()
        };
        assert_eq!(read(&[to_midnight]).unwrap().len(), 1);
        let wrong: [(&str, Spoil); 9] = [
            ("kind", |w| w.kind = "holiday".to_owned()),
            ("time_zone", |w| w.time_zone = "Mars/Olympus".to_owned()),
            ("time_zone", |w| w.time_zone = "../../etc/passwd".to_owned()),
            ("days", |w| w.days.clear()),
            ("days", |w| w.days = vec!["Sunday".to_owned()]),
            ("from", |w| w.from = "24:00".to_owned()),
            ("to", |w| w.to = "24:01".to_owned()),
            ("to", |w| w.to = w.from.clone()),
            ("asset_ids", |w| w.asset_ids = vec!["all".to_owned()]),
        ];
        for (field, spoil) in wrong {
            let mut second = words();
            spoil(&mut second);
            let bad = read(&[words(), second]).unwrap_err();
            assert_eq!(bad.field, format!("rules.1.{field}"));
        }
        let many = vec![words(); RULES_MAX + 1];
        assert_eq!(read(&many).unwrap_err().field, "rules");
    }
}
