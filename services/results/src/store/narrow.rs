//! A filter as SQL: the one place where the grammar of `wt_filter` meets the tables.
//!
//! Built for each question, so that a question asks for nothing but what it names and Postgres
//! plans it for its values; every value is bound, no text of a caller becomes SQL.
use sqlx::{Postgres, QueryBuilder, query_builder::Separated};
use time::OffsetDateTime;
use wt_filter::{Clocked, Decided, Filter, FilterFault, Glob, Place, Side, Tagged, What};
use wt_model::EventType;
use wt_risk::Terms;

use super::exposure_text;
use crate::domain::sla;

type Sql = QueryBuilder<Postgres>;
/// What is said before a term and after it.
type Ends<'a> = (&'a str, &'a str);

/// The organization the statement is for. A question of its own, because the setting may be made
/// by the same statement: what is no constant is not asked for while it is planned.
const TENANT: &str = "(select current_setting('app.tenant_key', true))";

/// Adds `and …` for every term, about rows `x` of `results.exposures`.
///
/// `terms` are the organization's, where clocks are asked for.
pub(crate) fn exposures(sql: &mut Sql, filter: &Filter, now: OffsetDateTime, terms: &Terms) {
    let since = filter.since.map(|since| since.from(now));
    for (side, begin, end, wanted) in [
        (&filter.with, " and (", ")", true),
        (&filter.without, " and not (", ")", false),
    ] {
        common(sql, side, (begin, end), "x.");
        if !side.what.is_empty() {
            sql.push(begin);
            became(sql, side, since);
            sql.push(end);
        }
        decided(sql, side, (begin, end), wanted, now);
        assigned(sql, side, (begin, end), wanted);
        risk(sql, side, (begin, end));
        tags(sql, side, (begin, end));
        clock(sql, side, (begin, end), now, terms);
        if !side.runs.is_empty() {
            sql.push(begin).push(
                "exists (select from results.events v
                 where v.tenant_key = x.tenant_key and v.key = x.key and v.run_id = any(",
            );
            let runs: Vec<String> = side.runs.iter().map(ToString::to_string).collect();
            sql.push_bind(runs).push("))");
            sql.push(end);
        }
    }
    if let Some(since) = since {
        sql.push(
            " and exists (select from results.events v
              where v.tenant_key = x.tenant_key and v.key = x.key and v.at >= ",
        );
        sql.push_bind(since).push(")");
    }
    for word in &filter.words {
        named(sql.push(" and ("), word);
        if let Some(pattern) = exposure_text::pattern(word) {
            sql.push(" or results.said(x.attributes) ~ ");
            sql.push_bind(pattern);
        }
        sql.push(")");
    }
}

/// Adds `and …` for every term, about rows `x` of `results.events`.
///
/// # Errors
/// A term that no event has: where an exposure stands, what was decided, who takes care of it.
pub(crate) fn events(
    sql: &mut Sql,
    filter: &Filter,
    now: OffsetDateTime,
) -> Result<(), FilterFault> {
    let types = filter.event_types()?;
    let sides = [
        (&filter.with, " and (", ")"),
        (&filter.without, " and not (", ")"),
    ];
    for ((side, begin, end), types) in sides.into_iter().zip(types) {
        for (field, asked) in [
            ("decision", !side.decisions.is_empty()),
            ("assignee", !side.assignees.is_empty()),
            ("score", !side.scores.is_empty()),
            ("kev", !side.kev.is_empty()),
            ("cve", !side.cves.is_empty()),
            ("tag", !side.tags.is_empty()),
            ("sla", !side.sla.is_empty()),
        ] {
            if asked {
                return Err(FilterFault::Value {
                    field,
                    reason: "exposures have it, changes do not".to_owned(),
                });
            }
        }
        common(sql, side, (begin, end), "x.");
        if !types.is_empty() {
            sql.push(begin).push("x.type = any(");
            sql.push_bind(texts(&types)).push(")");
            sql.push(end);
        }
        if !side.runs.is_empty() {
            // Null is no run of those named.
            sql.push(begin).push("coalesce(x.run_id, '') = any(");
            let runs: Vec<String> = side.runs.iter().map(ToString::to_string).collect();
            sql.push_bind(runs).push(")");
            sql.push(end);
        }
    }
    if let Some(since) = filter.since {
        sql.push(" and x.at >= ").push_bind(since.from(now));
    }
    for word in &filter.words {
        named(sql.push(" and "), word);
    }
    Ok(())
}

/// What exposures and events share.
fn common(sql: &mut Sql, side: &Side, (begin, end): Ends<'_>, x: &str) {
    if !side.severities.is_empty() {
        let ranks: Vec<i16> = side.severities.iter().map(|s| s.rank()).collect();
        sql.push(begin).push(x).push("severity_rank");
        match (ranks.iter().min(), ranks.iter().max()) {
            // Without a gap: a stretch of the list as it is ordered.
            (Some(low), Some(high)) if usize::from(high.abs_diff(*low)) + 1 == ranks.len() => {
                sql.push(" between ").push_bind(*low);
                sql.push(" and ").push_bind(*high);
            }
            _ => {
                sql.push(" = any(").push_bind(ranks).push(")");
            }
        }
        sql.push(end);
    }
    if !side.places.is_empty() {
        let (mut assets, mut hosts) = (Vec::new(), Vec::new());
        for place in &side.places {
            match place {
                Place::Asset(asset) => assets.push(asset.to_string()),
                Place::Host(glob) => hosts.push(glob),
            }
        }
        sql.push(begin).push(x).push("asset_id = any(");
        sql.push_bind(assets).push(")");
        for glob in hosts {
            like(sql.push(" or ").push(x).push("host"), glob);
        }
        sql.push(end);
    }
    if !side.checks.is_empty() {
        let checks: Vec<String> = side.checks.iter().map(Glob::like).collect();
        sql.push(begin).push("lower(").push(x);
        sql.push("check_id) like any(").push_bind(checks).push(")");
        sql.push(end);
    }
    if !side.ports.is_empty() {
        sql.push(begin);
        let mut ranges: Separated<'_, Postgres, &str> = sql.separated(" or ");
        for ports in &side.ports {
            // Numbers, no text: as such they are held against the index of the rarer ports.
            if ports.low == ports.high {
                ranges.push(x).push_unseparated("port = ");
                ranges.push_unseparated(ports.low);
                continue;
            }
            ranges.push(x).push_unseparated("port between ");
            ranges.push_unseparated(ports.low);
            ranges.push_unseparated(" and ");
            ranges.push_unseparated(ports.high);
        }
        sql.push(end);
    }
}

/// What was decided and still holds. What is wanted is said as an index has it; null is no answer to
/// what is not wanted.
fn decided(sql: &mut Sql, side: &Side, (begin, end): Ends<'_>, wanted: bool, now: OffsetDateTime) {
    if side.decisions.is_empty() {
        return;
    }
    let words: Vec<String> = side.decisions.iter().map(Decided::to_string).collect();
    if wanted && !side.decisions.contains(&Decided::No) {
        is_one_of(sql.push(begin), "x.decision", words);
        sql.push(" and (x.decision_until is null or x.decision_until > ");
        sql.push_bind(now).push(")").push(end);
        return;
    }
    sql.push(begin)
        .push("coalesce(case when x.decision_until is null or x.decision_until > ");
    sql.push_bind(now);
    sql.push(" then x.decision end, 'none') = any(");
    sql.push_bind(words).push(")").push(end);
}

/// Who takes care of it; what is wanted as an index has it.
fn assigned(sql: &mut Sql, side: &Side, (begin, end): Ends<'_>, wanted: bool) {
    if side.assignees.is_empty() {
        return;
    }
    let who: Vec<String> = side.assignees.iter().cloned().collect();
    if wanted
        && !side
            .assignees
            .iter()
            .any(|who| who == "none" || who.is_empty())
    {
        is_one_of(sql.push(begin), "x.assignee", who);
        sql.push(end);
        return;
    }
    sql.push(begin)
        .push("coalesce(nullif(x.assignee, ''), 'none') = any(");
    sql.push_bind(who).push(")").push(end);
}

/// One of these; of one, as it: rows of one value lie in the order of the list in an index of it.
fn is_one_of(sql: &mut Sql, column: &str, words: Vec<String>) {
    sql.push(column);
    match <[String; 1]>::try_from(words) {
        Ok([word]) => sql.push(" = ").push_bind(word),
        Err(words) => sql.push(" = any(").push_bind(words).push(")"),
    };
}

/// How urgent, and because of which vulnerabilities.
fn risk(sql: &mut Sql, side: &Side, (begin, end): Ends<'_>) {
    if !side.scores.is_empty() {
        sql.push(begin);
        let mut ranges: Separated<'_, Postgres, &str> = sql.separated(" or ");
        for scores in &side.scores {
            ranges.push("x.score between ");
            ranges.push_bind_unseparated(i16::from(scores.low));
            ranges.push_unseparated(" and ");
            ranges.push_bind_unseparated(i16::from(scores.high));
        }
        sql.push(end);
    }
    if !side.kev.is_empty() {
        // Both is whatever it is.
        let kev = match (side.kev.contains(&true), side.kev.contains(&false)) {
            (true, false) => "x.kev",
            (false, _) => "not x.kev",
            (true, true) => "true",
        };
        sql.push(begin).push(kev).push(end);
    }
    if !side.cves.is_empty() {
        // An array, so that the checks are found once and not again for each row.
        sql.push(begin)
            .push("x.check_id = any(array(select k.check_id from results.checks k where k.tenant_key = ")
            .push(TENANT)
            .push(" and k.cve && ");
        let cves: Vec<String> = side.cves.iter().map(ToString::to_string).collect();
        sql.push_bind(cves).push("))").push(end);
    }
}

/// What people marked it with.
fn tags(sql: &mut Sql, side: &Side, (begin, end): Ends<'_>) {
    if side.tags.is_empty() {
        return;
    }
    let tags: Vec<String> = side
        .tags
        .iter()
        .filter(|tagged| **tagged != Tagged::No)
        .map(Tagged::to_string)
        .collect();
    sql.push(begin).push("x.tags && ").push_bind(tags);
    if side.tags.contains(&Tagged::No) {
        sql.push(" or x.tags = '{}'");
    }
    sql.push(end);
}

/// How the clock stands by these terms. They are bound: with a question in their place Postgres would
/// call the function for every row instead of taking it apart.
fn clock(sql: &mut Sql, side: &Side, (begin, end): Ends<'_>, now: OffsetDateTime, terms: &Terms) {
    if side.sla.is_empty() {
        return;
    }
    sql.push(begin).push(
        "results.sla_word(x.state, x.severity_rank, x.kev, coalesce(x.clock_from, x.first_seen),
             x.stood_s - x.stood_before_s, x.paused_at, x.decision_until, ",
    );
    sql.push_bind(sla::stored(terms));
    sql.push(", ").push_bind(now).push(") = any(");
    let words = side.sla.iter().map(Clocked::to_string);
    sql.push_bind(words.collect::<Vec<_>>()).push(")");
    sql.push(end);
}

fn became(sql: &mut Sql, side: &Side, since: Option<OffsetDateTime>) {
    let (mut states, mut events) = (Vec::new(), Vec::new());
    for what in &side.what {
        match what {
            What::State(state) => states.push(state.to_string()),
            What::Event(event) => events.push(*event),
        }
    }
    if !states.is_empty() {
        is_one_of(sql, "x.state", states);
        if events.is_empty() {
            return;
        }
        sql.push(" or ");
    }
    sql.push(
        "exists (select from results.events v
          where v.tenant_key = x.tenant_key and v.key = x.key and v.type = any(",
    );
    sql.push_bind(texts(&events)).push(")");
    if let Some(since) = since {
        sql.push(" and v.at >= ").push_bind(since);
    }
    sql.push(")");
}

/// Adds that what was pushed last fits; what a pattern without `*` means is found by an index.
pub(super) fn like(sql: &mut Sql, glob: &Glob) {
    if glob.is_plain() {
        sql.push(" = ").push_bind(glob.to_string());
    } else {
        sql.push(" like ").push_bind(glob.like());
    }
}

/// The word is somewhere in title, host or check.
fn named(sql: &mut Sql, word: &str) {
    sql.push("strpos(lower(x.title || E'\\n' || x.host || E'\\n' || x.check_id), ");
    sql.push_bind(word.to_owned()).push(") > 0");
}

fn texts(types: &[EventType]) -> Vec<String> {
    types.iter().map(ToString::to_string).collect()
}
