//! The way into a list of exposures: which rows are looked at, so that the first page of a narrow
//! filter is found without walking everything.
//!
//! What a filter means is said by `narrow` alone. Everything here follows from it and leaves out
//! nothing that fits, so it makes a question fast and never another one.
use std::collections::BTreeSet;

use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use wt_filter::{Clocked, Decided, Place, Tagged, What};
use wt_model::{EventType, ExposureState, Severity};
use wt_pg::{PgFault, TenantRead};
use wt_risk::Terms;

use super::{
    exposure_name::{self, Names},
    exposure_page::{Filter, Sort},
    exposure_text,
};

type Sql = QueryBuilder<Postgres>;

/// More keys than this are found sooner on the walk: at 1,000,000 exposures it is half of a hundredth.
pub(super) const KEYS_MAX: usize = 5_000;
/// More hosts than this are likely to be met on the walk.
pub(super) const HOSTS_MAX: usize = 1_000;
/// Each check is a question of its own, because one check's exposures are all as bad as each other
/// and so lie together somewhere on the walk.
pub(super) const CHECKS_MAX: usize = 16;

/// A part of the list, read in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Branch {
    /// All of it.
    Walk,
    /// What has these keys and is not on these hosts nor seen by these checks, which have branches of
    /// their own.
    Keys(Vec<String>, Names),
    /// What is on these hosts and is not seen by these checks, which have branches of their own.
    Hosts(Vec<String>, Vec<String>),
    /// What this check sees.
    Check(String),
    /// What is this bad, attacked or not, and was there before.
    Since(Severity, bool, OffsetDateTime),
}

/// The parts of the list that hold everything that fits; none of them holds what another does.
/// Takes out of the filter what they answer by themselves.
pub(super) async fn find(
    read: &mut TenantRead,
    filter: &mut Filter,
    sort: Sort,
    terms: &Terms,
) -> Result<Vec<Branch>, PgFault> {
    if let Some(keys) = keys_of_events(read, filter).await? {
        return Ok(vec![Branch::Keys(keys, Names::default())]);
    }
    if let Some(found) = on_hosts(read, filter).await? {
        return Ok(found);
    }
    for word in &filter.text.words {
        if let Some(found) = of_word(read, word).await? {
            return Ok(found);
        }
    }
    if let Some(found) = of_checks(read, filter).await? {
        return Ok(found);
    }
    if sort == Sort::Severity && only(&filter.text.with.sla, "breached") {
        return Ok(overdue(terms, filter.now));
    }
    Ok(vec![Branch::Walk])
}

/// The exposures to which something happened, where the filter asks for that and it was rare.
async fn keys_of_events(
    read: &mut TenantRead,
    filter: &mut Filter,
) -> Result<Option<Vec<String>>, PgFault> {
    let text = &mut filter.text;
    let since = text.since.map(|since| since.from(filter.now));
    let types: Option<Vec<EventType>> = text
        .with
        .what
        .iter()
        .map(|what| match what {
            What::Event(event) => Some(*event),
            What::State(_) => None,
        })
        .collect();
    let types = types.filter(|types| !types.is_empty());
    let runs: Vec<String> = text.with.runs.iter().map(ToString::to_string).collect();
    if runs.is_empty() && types.is_none() && since.is_none() {
        return Ok(None);
    }
    let mut sql = within(
        read,
        "select v.key from results.events v where v.tenant_key = ",
    );
    if runs.is_empty() {
        if let Some(types) = &types {
            sql.push(" and v.type = any(");
            sql.push_bind(types.iter().map(ToString::to_string).collect::<Vec<_>>());
            sql.push(")");
            if !types.contains(&EventType::New) {
                // What the index of everything else asks for.
                sql.push(" and v.type <> 'NEW'");
            }
        }
        if let Some(since) = since {
            sql.push(" and v.at >= ").push_bind(since);
        }
    } else {
        sql.push(" and v.run_id = any(").push_bind(runs.clone());
        sql.push(")");
    }
    let Some(keys) = few(read, sql, KEYS_MAX).await? else {
        return Ok(None);
    };
    if runs.is_empty() {
        // Said by the keys, unless the time has to do with what must not have happened, too.
        if text.without.what.is_empty() && (types.is_some() || text.with.what.is_empty()) {
            text.with.what.clear();
            text.since = None;
        }
    } else {
        text.with.runs.clear();
    }
    let keys: BTreeSet<String> = keys.into_iter().collect();
    Ok(Some(keys.into_iter().collect()))
}

/// The exposures of the hosts or assets the filter names, where those have few hosts.
async fn on_hosts(read: &mut TenantRead, filter: &Filter) -> Result<Option<Vec<Branch>>, PgFault> {
    let (mut assets, mut globs) = (Vec::new(), Vec::new());
    for place in &filter.text.with.places {
        match place {
            Place::Asset(asset) => assets.push(asset.to_string()),
            Place::Host(glob) => globs.push(glob.like()),
        }
    }
    if assets.is_empty() && globs.is_empty() {
        assets.extend(filter.asset_id.clone());
    }
    if assets.is_empty() && globs.is_empty() {
        return Ok(None);
    }
    let hosts = exposure_name::hosts(read, assets, globs, HOSTS_MAX).await?;
    Ok(hosts.map(|hosts| vec![Branch::Hosts(hosts, Vec::new())]))
}

/// The exposures of the checks the filter names, where those are few.
async fn of_checks(read: &mut TenantRead, filter: &Filter) -> Result<Option<Vec<Branch>>, PgFault> {
    let with = &filter.text.with;
    let checks = if let Some(check) = &filter.check_id {
        Some(vec![check.clone()])
    } else if !with.checks.is_empty() {
        let globs = with.checks.iter().map(wt_filter::Glob::like).collect();
        exposure_name::checks(read, globs, CHECKS_MAX).await?
    } else if !with.cves.is_empty() {
        let cves: Vec<String> = with.cves.iter().map(ToString::to_string).collect();
        let mut sql = within(
            read,
            "select k.check_id from results.checks k where k.tenant_key = ",
        );
        sql.push(" and k.cve && ").push_bind(cves);
        few(read, sql, CHECKS_MAX).await?
    } else {
        None
    };
    Ok(checks.map(|checks| checks.into_iter().map(Branch::Check).collect()))
}

/// The exposures that have this word in a name or in what was seen of them, where those are few.
async fn of_word(read: &mut TenantRead, word: &str) -> Result<Option<Vec<Branch>>, PgFault> {
    let names = exposure_name::with_word(read, word, HOSTS_MAX + CHECKS_MAX).await?;
    let Some(names) = names.filter(|n| n.hosts.len() <= HOSTS_MAX && n.checks.len() <= CHECKS_MAX)
    else {
        return Ok(None);
    };
    let Some(keys) = exposure_text::with_word(read, word, KEYS_MAX).await? else {
        return Ok(None);
    };
    // No branch for what nothing has: where nothing has the word, nobody is asked.
    let checks: Vec<String> = names.checks.iter().cloned().collect();
    let mut branches: Vec<Branch> = checks.iter().cloned().map(Branch::Check).collect();
    if !names.hosts.is_empty() {
        let hosts = names.hosts.iter().cloned().collect();
        branches.push(Branch::Hosts(hosts, checks));
    }
    if !keys.is_empty() {
        branches.push(Branch::Keys(keys, names));
    }
    Ok(Some(branches))
}

/// A clock begins when something is first seen or later, so what ran out was there a term ago.
fn overdue(terms: &Terms, now: OffsetDateTime) -> Vec<Branch> {
    let mut branches = Vec::new();
    for severity in Severity::ALL {
        for kev in [false, true] {
            if let Some(days) = terms.term(*severity, kev) {
                let before = now - time::Duration::days(i64::from(days));
                branches.push(Branch::Since(*severity, kev, before));
            }
        }
    }
    branches
}

/// Begins a statement that enters the organization and asks for one column of its rows (see
/// [`TenantRead`]); [`few`] ends it.
pub(super) fn within(read: &TenantRead, asked: &'static str) -> Sql {
    let tenant = read.tenant_key().to_string();
    let mut sql = QueryBuilder::new("select f.* from (select set_config('app.tenant_key', ");
    sql.push_bind(tenant.clone());
    sql.push(", true) as tenant_key) c cross join lateral (");
    // Compared with the value itself, by which the rows of this organization are reckoned.
    sql.push(asked).push_bind(tenant);
    sql.push(" and c.tenant_key is not null");
    sql
}

/// What was asked for, unless it is more than that.
pub(super) async fn few(
    read: &mut TenantRead,
    mut sql: Sql,
    most: usize,
) -> Result<Option<Vec<String>>, PgFault> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" limit ").push_bind(limit).push(") f");
    let rows: Vec<String> = sql
        .build_query_scalar()
        .persistent(false)
        .fetch_all(read.conn())
        .await?;
    Ok((rows.len() <= most).then_some(rows))
}

impl Branch {
    /// Adds `and …` about rows `x` of `results.exposures`.
    pub(super) fn push(&self, sql: &mut Sql) {
        match self {
            Self::Walk => {}
            Self::Keys(keys, but) => {
                any(sql, "x.key", keys.iter());
                none(sql, "x.host", but.hosts.iter());
                none(sql, "x.check_id", but.checks.iter());
            }
            Self::Hosts(hosts, checks) => {
                any(sql, "x.host", hosts.iter());
                none(sql, "x.check_id", checks.iter());
            }
            Self::Check(check) => {
                sql.push(" and x.check_id = ").push_bind(check.clone());
            }
            Self::Since(severity, kev, before) => {
                sql.push(" and x.severity_rank = ").push(severity.rank());
                sql.push(if *kev { " and x.kev" } else { " and not x.kev" });
                sql.push(" and x.first_seen < ").push_bind(*before);
            }
        }
    }
}

fn any<'a>(sql: &mut Sql, column: &'static str, of: impl Iterator<Item = &'a String>) {
    sql.push(" and ").push(column).push(" = any(");
    sql.push_bind(of.cloned().collect::<Vec<_>>()).push(")");
}

fn none<'a>(sql: &mut Sql, column: &'static str, of: impl Iterator<Item = &'a String>) {
    let left_out: Vec<String> = of.cloned().collect();
    if !left_out.is_empty() {
        sql.push(" and ").push(column).push(" <> all(");
        sql.push_bind(left_out).push(")");
    }
}

/// Adds what the filter implies and an index of few rows asks for, in the index's own words.
pub(super) fn implied(sql: &mut Sql, filter: &Filter) {
    let with = &filter.text.with;
    let states: Option<BTreeSet<ExposureState>> = with
        .what
        .iter()
        .map(|what| match what {
            What::State(state) => Some(*state),
            What::Event(_) => None,
        })
        .collect();
    let states = states.unwrap_or_default();
    if !states.is_empty() && !states.contains(&ExposureState::Open) {
        sql.push(" and x.state <> 'open'");
        if let (1, Some(state)) = (states.len(), states.first()) {
            sql.push(" and x.state = ").push_bind(state.to_string());
        }
    }
    if !with.decisions.is_empty() && !with.decisions.contains(&Decided::No) {
        sql.push(" and x.decision is not null");
    }
    if !with.assignees.is_empty() && !with.assignees.contains("none") {
        sql.push(" and x.assignee <> ''");
    }
    if !with.tags.is_empty() && !with.tags.contains(&Tagged::No) {
        sql.push(" and x.tags <> '{}'");
    }
    if with.kev.iter().eq([&true]) {
        sql.push(" and x.kev");
    }
    if !with.sla.is_empty() && with.sla.iter().all(|clock| clock.as_str() != "none") {
        sql.push(" and x.state in ('open', 'unresponsive')");
        if only(&with.sla, "paused") {
            sql.push(" and x.paused_at is not null");
        }
    }
}

fn only(clocks: &BTreeSet<Clocked>, word: &str) -> bool {
    clocks.len() == 1 && clocks.iter().all(|clock| clock.as_str() == word)
}
