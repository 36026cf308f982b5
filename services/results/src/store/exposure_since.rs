//! The way into a list of exposures by when something happened to them.
//!
//! That one is new is told once, at the time that stays its `first_seen` (contracts §6): what was
//! found since a day is a stretch of each severity in the order of the list, however much it is.
//! Everything else that happens is rare, and has an index of its own.
use std::collections::BTreeSet;

use time::OffsetDateTime;
use wt_filter::What;
use wt_model::{EventType, Severity};
use wt_pg::{PgFault, TenantRead};

use super::{
    exposure_branch::Branch,
    exposure_name::Names,
    exposure_page::{Filter, Sort},
    exposure_way::{KEYS_MAX, few, within},
};

/// More keys than this are not asked for where what is new lies together anyway.
const KEYS_PROBED: usize = 500;

/// What a filter asks of time.
struct Asked {
    since: Option<OffsetDateTime>,
    /// What may have happened; none means anything.
    types: Option<Vec<EventType>>,
    runs: Vec<String>,
}

/// The exposures to which something happened, where the filter asks for that and they are few or lie
/// together.
pub(super) async fn branches(
    read: &mut TenantRead,
    filter: &mut Filter,
    sort: Sort,
) -> Result<Option<Vec<Branch>>, PgFault> {
    let asked = Asked::of(filter);
    if asked.runs.is_empty() && asked.types.is_none() && asked.since.is_none() {
        return Ok(None);
    }
    let fresh = asked.fresh_since().filter(|_| sort == Sort::Severity);
    let most = if fresh.is_some() {
        KEYS_PROBED
    } else {
        KEYS_MAX
    };
    if let Some(keys) = keys(read, &asked, asked.types.as_deref(), most).await? {
        said_by_keys(&asked, filter);
        return Ok(Some(vec![Branch::Keys(keys, Names::default())]));
    }
    match fresh {
        Some(since) => found_since(read, filter, &asked, since).await,
        None => Ok(None),
    }
}

impl Asked {
    fn of(filter: &Filter) -> Self {
        let text = &filter.text;
        let types: Option<Vec<EventType>> = text
            .with
            .what
            .iter()
            .map(|what| match what {
                What::Event(event) => Some(*event),
                What::State(_) => None,
            })
            .collect();
        Self {
            since: text.since.map(|since| since.from(filter.now)),
            types: types.filter(|types| !types.is_empty()),
            runs: text.with.runs.iter().map(ToString::to_string).collect(),
        }
    }

    /// Since when, where what was found since fits.
    fn fresh_since(&self) -> Option<OffsetDateTime> {
        let types = self.types.as_deref().unwrap_or(EventType::ALL);
        self.since
            .filter(|_| self.runs.is_empty() && types.contains(&EventType::New))
    }
}

/// What was first seen since then, and what was there before and something else happened to.
async fn found_since(
    read: &mut TenantRead,
    filter: &Filter,
    asked: &Asked,
    since: OffsetDateTime,
) -> Result<Option<Vec<Branch>>, PgFault> {
    let mut branches = vec![Branch::Fresh(severities(filter), since)];
    let types = asked.types.as_deref().unwrap_or(EventType::ALL);
    let but_new = |kind: &EventType| *kind != EventType::New;
    let others: Vec<EventType> = types.iter().copied().filter(but_new).collect();
    if !others.is_empty() {
        let Some(keys) = keys(read, asked, Some(&others), KEYS_MAX).await? else {
            return Ok(None);
        };
        branches.push(Branch::Older(keys, since));
    }
    Ok(Some(branches))
}

/// The severities that may fit.
fn severities(filter: &Filter) -> Vec<Severity> {
    let asked = &filter.text.with.severities;
    let may_fit = |severity: &Severity| {
        (asked.is_empty() || asked.contains(severity))
            && filter.min_rank.is_none_or(|least| severity.rank() >= least)
    };
    Severity::ALL.iter().copied().filter(may_fit).collect()
}

/// The keys of what something of these kinds happened to, anything without; none when they are many.
async fn keys(
    read: &mut TenantRead,
    asked: &Asked,
    types: Option<&[EventType]>,
    most: usize,
) -> Result<Option<Vec<String>>, PgFault> {
    let mut sql = within(
        read,
        "select v.key from results.events v where v.tenant_key = ",
    );
    if asked.runs.is_empty() {
        if let Some(types) = types {
            sql.push(" and v.type = any(");
            sql.push_bind(types.iter().map(ToString::to_string).collect::<Vec<_>>());
            sql.push(")");
            if !types.contains(&EventType::New) {
                // What the index of everything else asks for.
                sql.push(" and v.type <> 'NEW'");
            }
        }
        if let Some(since) = asked.since {
            sql.push(" and v.at >= ").push_bind(since);
        }
    } else {
        sql.push(" and v.run_id = any(")
            .push_bind(asked.runs.clone());
        sql.push(")");
    }
    let keys = few(read, sql, most).await?;
    Ok(keys.map(|keys| BTreeSet::from_iter(keys).into_iter().collect()))
}

/// Takes out of the filter what the keys answer by themselves.
fn said_by_keys(asked: &Asked, filter: &mut Filter) {
    let text = &mut filter.text;
    if !asked.runs.is_empty() {
        text.with.runs.clear();
        return;
    }
    // Unless the time has to do with what must not have happened, too.
    if text.without.what.is_empty() && (asked.types.is_some() || text.with.what.is_empty()) {
        text.with.what.clear();
        text.since = None;
    }
}
