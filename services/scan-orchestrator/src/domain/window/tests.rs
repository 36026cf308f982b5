//! Windows and blackouts: what they mean on ordinary days, and when clocks are changed.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime, macros::datetime};
use wt_model::AssetId;

use super::{DAY_MINUTES, Day, LEAST_LEFT_S, Opening, Rule, RuleKind, opening, opening_of_unnamed};

const EVERY_DAY: [&str; 7] = Day::WORDS;

fn asset(n: u8) -> AssetId {
    format!("ast_01ARZ3NDEKTSV4RRFFQ69G5F{n:02}")
        .parse()
        .unwrap()
}

fn rule(kind: RuleKind, zone: &str, days: &[&str], from: u16, to: u16) -> Rule {
    Rule {
        kind,
        zone: TimeZone::get(zone).unwrap(),
        days: days.iter().map(|word| Day::of(word).unwrap()).collect(),
        from,
        to,
        assets: [].into(),
    }
}

fn window(days: &[&str], from: u16, to: u16) -> Rule {
    rule(RuleKind::Window, "Europe/Berlin", days, from, to)
}

fn blackout(days: &[&str], from: u16, to: u16) -> Rule {
    rule(RuleKind::Blackout, "Europe/Berlin", days, from, to)
}

fn hours(hours: u16) -> u16 {
    hours * 60
}

fn open_until(until: OffsetDateTime) -> Opening {
    Opening::Open { until: Some(until) }
}

fn closed_until(opens: OffsetDateTime) -> Opening {
    Opening::Closed { opens: Some(opens) }
}

#[test]
fn without_rules_every_time_is_a_window() {
    let at = datetime!(2026-11-21 12:00 UTC);
    assert_eq!(
        opening(&[], asset(1), at),
        Opening::Open { until: None },
        "and it does not end"
    );
}

#[test]
fn a_night_that_begins_on_friday_ends_on_saturday() {
    // In November Berlin is an hour ahead.
    let rules = [window(&["fri"], hours(22), hours(6))];
    let state = |at| opening(&rules, asset(1), at);
    let begins = datetime!(2026-11-20 21:00 UTC);
    let ends = datetime!(2026-11-21 05:00 UTC);
    assert_eq!(
        state(begins - Duration::SECOND),
        closed_until(begins),
        "a second before"
    );
    assert_eq!(state(begins), open_until(ends));
    assert_eq!(state(datetime!(2026-11-21 03:00 UTC)), open_until(ends));
    let again = begins + Duration::WEEK;
    assert_eq!(state(ends), closed_until(again));
    assert_eq!(
        state(ends - Duration::seconds(LEAST_LEFT_S - 1)),
        closed_until(again),
        "too little is left to begin anything"
    );
}

#[test]
fn a_blackout_is_taken_out_of_windows_and_of_all_time() {
    let work = blackout(&["mon", "tue", "wed", "thu", "fri"], hours(8), hours(18));
    let monday_noon = datetime!(2026-11-23 11:00 UTC);
    let evening = datetime!(2026-11-23 17:00 UTC);
    let tuesday = datetime!(2026-11-24 07:00 UTC);
    let alone = [work.clone()];
    assert_eq!(
        opening(&alone, asset(1), monday_noon),
        closed_until(evening)
    );
    assert_eq!(opening(&alone, asset(1), evening), open_until(tuesday));
    let both = [work, window(&["mon"], hours(6), hours(20))];
    assert_eq!(
        opening(&both, asset(1), evening),
        open_until(datetime!(2026-11-23 19:00 UTC))
    );
}

#[test]
fn windows_that_name_an_asset_replace_the_others_and_blackouts_add_up() {
    let night = window(&EVERY_DAY, hours(0), hours(4));
    let mut own = window(&EVERY_DAY, hours(10), hours(14));
    own.assets = [asset(1)].into();
    let mut noon = blackout(&EVERY_DAY, hours(12), hours(13));
    noon.assets = [asset(1)].into();
    let rules = [night, own, noon];
    let at = datetime!(2026-11-21 10:00 UTC);
    assert_eq!(
        opening(&rules, asset(1), at),
        open_until(datetime!(2026-11-21 11:00 UTC))
    );
    assert_eq!(
        opening(&rules, asset(2), at),
        closed_until(datetime!(2026-11-21 23:00 UTC))
    );
}

#[test]
fn assets_that_no_rule_names_keep_to_the_rules_that_name_none() {
    let mut own = window(&EVERY_DAY, hours(10), hours(14));
    own.assets = [asset(1)].into();
    let at = datetime!(2026-11-21 10:00 UTC);
    let all_time = Opening::Open { until: None };
    assert_eq!(opening_of_unnamed(&[own.clone()], at), all_time);
    let rules = [own, window(&EVERY_DAY, hours(0), hours(4))];
    let midnight = closed_until(datetime!(2026-11-21 23:00 UTC));
    assert_eq!(opening_of_unnamed(&rules, at), midnight);
}

#[test]
fn an_hour_that_exists_twice_or_never_is_given_to_who_scans_less() {
    // 25 October 2026: at 3:00 the clocks of Berlin go back to 2:00. The window from 2:30 begins
    // at the second half past two, and the one to 2:30 ends at the first.
    let first = datetime!(2026-10-25 0:30 UTC);
    let second = datetime!(2026-10-25 1:30 UTC);
    let from = [window(&["sun"], hours(2) + 30, hours(5))];
    assert_eq!(opening(&from, asset(1), first), closed_until(second));
    let to = [window(&["sun"], hours(1), hours(2) + 30)];
    assert_eq!(
        opening(&to, asset(1), datetime!(2026-10-25 0:00 UTC)),
        open_until(first)
    );
    let dark = [blackout(&["sun"], hours(2) + 30, hours(2) + 45)];
    assert_eq!(
        opening(&dark, asset(1), first),
        closed_until(second + Duration::minutes(15))
    );
    // 29 March 2026: at 2:00 they go forward to 3:00; there is no half past two.
    let begins = datetime!(2026-03-29 1:30 UTC);
    assert_eq!(
        opening(&from, asset(1), begins - Duration::MINUTE),
        closed_until(begins),
        "half past three"
    );
    let gap = [window(&["sun"], hours(2), hours(3))];
    assert_eq!(
        opening(&gap, asset(1), datetime!(2026-03-29 0:59 UTC)),
        closed_until(datetime!(2026-04-05 0:00 UTC)),
        "nothing is left of it"
    );
}

#[test]
fn a_rule_that_closes_everything_never_opens() {
    let rules = [blackout(&EVERY_DAY, 0, DAY_MINUTES)];
    let at = datetime!(2026-11-21 12:00 UTC);
    assert_eq!(
        opening(&rules, asset(1), at),
        Opening::Closed { opens: None }
    );
}

#[test]
fn words_that_are_no_days_are_none() {
    assert_eq!(Day::of("monday"), None);
    assert_eq!(Day::of("sun"), Some(Day(6)));
}

/// By the clock there and nothing else: whether a rule lasts at a time.
fn lasts(rule: &Rule, at: OffsetDateTime) -> bool {
    let moment = Timestamp::from_second(at.unix_timestamp()).unwrap();
    let there: Zoned = moment.to_zoned(rule.zone.clone());
    let now = u16::try_from(there.hour()).unwrap() * 60 + u16::try_from(there.minute()).unwrap();
    let today = rule.days.contains(&Day::of_date(there.date()));
    let yesterday = there.date().yesterday().unwrap();
    let before = rule.days.contains(&Day::of_date(yesterday));
    if rule.to > rule.from {
        today && (rule.from..rule.to).contains(&now)
    } else {
        today && now >= rule.from || before && now < rule.to
    }
}

fn any_rule() -> impl Strategy<Value = Rule> {
    // Places that never change their clocks, so that the clock alone says everything.
    let zones = prop::sample::select(vec!["UTC", "Asia/Tokyo", "Asia/Kolkata", "America/Phoenix"]);
    let days = prop::sample::subsequence(EVERY_DAY.to_vec(), 1..=7);
    (any::<bool>(), zones, days, 0..DAY_MINUTES, 0..=DAY_MINUTES)
        .prop_filter("a rule lasts some time", |(.., from, to)| from != to)
        .prop_map(|(is_window, zone, days, from, to)| {
            let kind = if is_window {
                RuleKind::Window
            } else {
                RuleKind::Blackout
            };
            rule(kind, zone, &days, from, to)
        })
}

proptest! {
    #[test]
    fn what_is_open_is_what_the_clocks_say(rules in prop::collection::vec(any_rule(), 0..5), minutes in 0..20_160_i64) {
        let at = datetime!(2026-11-02 0:00 UTC) + Duration::minutes(minutes);
        let is_in = |kind| rules.iter().any(|rule| rule.kind == kind && lasts(rule, at));
        let has_windows = rules.iter().any(|rule| rule.kind == RuleKind::Window);
        let is_open = (!has_windows || is_in(RuleKind::Window)) && !is_in(RuleKind::Blackout);
        match opening(&rules, asset(1), at) {
            Opening::Open { until } => {
                prop_assert!(is_open);
                let until = until.unwrap_or(at + Duration::days(14));
                prop_assert!(until - at >= Duration::seconds(LEAST_LEFT_S));
            }
            // At whole minutes, what is open is so for a minute.
            Opening::Closed { opens } => {
                prop_assert!(!is_open);
                prop_assert!(opens.is_none_or(|opens| opens > at));
            }
        }
    }

    #[test]
    fn nothing_within_an_opening_is_closed(rules in prop::collection::vec(any_rule(), 1..5), minutes in 0..20_160_i64, part in 0..100_i32) {
        let at = datetime!(2026-11-02 0:00 UTC) + Duration::minutes(minutes);
        if let Opening::Open { until: Some(until) } = opening(&rules, asset(1), at) {
            let within = at + (until - at) * part / 100;
            prop_assert!(!rules.iter().any(|r| r.kind == RuleKind::Blackout && lasts(r, within)));
            let later = opening(&rules, asset(1), until);
            prop_assert!(matches!(later, Opening::Closed { .. }), "{later:?}");
        }
    }
}
