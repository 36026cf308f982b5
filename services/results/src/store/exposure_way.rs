//! The way into a list of exposures: which rows are looked at, so that the first page of a narrow
//! filter is found without walking everything.
//!
//! What a filter means is said by `narrow` alone. Everything here follows from it and leaves out
//! nothing that fits, so it makes a question fast and never another one.
use std::collections::BTreeSet;

use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use wt_filter::{Clocked, Place, Tagged, What};
use wt_model::{ExposureState, Severity};
use wt_pg::{PgFault, TenantRead};
use wt_risk::Terms;

use super::{
    exposure_branch::Branch,
    exposure_name::{self, Names},
    exposure_page::{Filter, Sort},
    exposure_since, exposure_text,
};

type Sql = QueryBuilder<Postgres>;

/// More keys than this are found sooner on the walk: at 1,000,000 exposures it is half of a hundredth.
pub(super) const KEYS_MAX: usize = 5_000;
/// More hosts than this are likely to be met on the walk.
pub(super) const HOSTS_MAX: usize = 1_000;
/// The worst exposures of more hosts than this are asked for before the others.
const HOSTS_RANKED: usize = 64;
/// More exposures of one tag than this are found sooner among what has any.
const TAGGED_MAX: usize = 1_500;
/// Each check is a question of its own, because one check's exposures are all as bad as each other
/// and so lie together somewhere on the walk.
pub(super) const CHECKS_MAX: usize = 16;

/// The parts of the list that hold everything that fits; none of them holds what another does.
/// Takes out of the filter what they answer by themselves.
pub(super) async fn find(
    read: &mut TenantRead,
    filter: &mut Filter,
    sort: Sort,
    terms: &Terms,
) -> Result<Vec<Branch>, PgFault> {
    if let Some(found) = exposure_since::branches(read, filter, sort).await? {
        return Ok(found);
    }
    if let Some(found) = on_hosts(read, filter, sort).await? {
        return Ok(found);
    }
    if let Some(keys) = tagged(read, filter).await? {
        return Ok(vec![Branch::Keys(keys, Names::default())]);
    }
    for word in &filter.text.words {
        if let Some(found) = of_word(read, word, sort).await? {
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

/// The exposures of the hosts or assets the filter names, where those have few hosts.
async fn on_hosts(
    read: &mut TenantRead,
    filter: &mut Filter,
    sort: Sort,
) -> Result<Option<Vec<Branch>>, PgFault> {
    let (mut assets, mut globs) = (Vec::new(), Vec::new());
    for place in &filter.text.with.places {
        match place {
            Place::Asset(asset) => assets.push(asset.to_string()),
            Place::Host(glob) => globs.push(glob),
        }
    }
    if assets.is_empty() && globs.is_empty() {
        assets.extend(filter.asset_id.clone());
    }
    if assets.is_empty() && globs.is_empty() {
        return Ok(None);
    }
    let by_name = assets.is_empty();
    let Some(hosts) = exposure_name::hosts(read, assets, &globs, HOSTS_MAX).await? else {
        return Ok(None);
    };
    if hosts.is_empty() {
        return Ok(Some(Vec::new()));
    }
    if by_name {
        // Said by the hosts. A host may be of two assets, so that of assets it is not.
        filter.text.with.places.clear();
    }
    Ok(Some(vec![hosts_branch(hosts, Vec::new(), sort)]))
}

fn hosts_branch(hosts: Vec<String>, checks: Vec<String>, sort: Sort) -> Branch {
    if sort == Sort::Severity && hosts.len() > HOSTS_RANKED {
        Branch::Ranked(hosts, checks)
    } else {
        Branch::Hosts(hosts, checks)
    }
}

/// The exposures that bear a tag the filter names, where those are few. Some lost it since.
async fn tagged(read: &mut TenantRead, filter: &Filter) -> Result<Option<Vec<String>>, PgFault> {
    let tags = &filter.text.with.tags;
    if tags.is_empty() || tags.contains(&Tagged::No) {
        return Ok(None);
    }
    let mut sql = within(
        read,
        "select distinct t.key from results.exposure_tags t where t.tenant_key = ",
    );
    sql.push(" and t.tag = any(");
    sql.push_bind(tags.iter().map(Tagged::to_string).collect::<Vec<_>>());
    sql.push(")");
    few(read, sql, TAGGED_MAX).await
}

/// The exposures of the checks the filter names, where those are few.
async fn of_checks(
    read: &mut TenantRead,
    filter: &mut Filter,
) -> Result<Option<Vec<Branch>>, PgFault> {
    let with = &mut filter.text.with;
    // Said by the checks that are found.
    let checks = if let Some(check) = filter.check_id.take() {
        Some(vec![check])
    } else if !with.checks.is_empty() {
        let globs = with.checks.iter().map(wt_filter::Glob::like).collect();
        let checks = exposure_name::checks(read, globs, CHECKS_MAX).await?;
        if checks.is_some() {
            with.checks.clear();
        }
        checks
    } else if !with.cves.is_empty() {
        let cves: Vec<String> = with.cves.iter().map(ToString::to_string).collect();
        let mut sql = within(
            read,
            "select k.check_id from results.checks k where k.tenant_key = ",
        );
        sql.push(" and k.cve && ").push_bind(cves);
        let checks = few(read, sql, CHECKS_MAX).await?;
        if checks.is_some() {
            with.cves.clear();
        }
        checks
    } else {
        None
    };
    Ok(checks.map(|checks| checks.into_iter().map(Branch::Check).collect()))
}

/// The exposures that have this word in a name or in what was seen of them, where those are few.
async fn of_word(
    read: &mut TenantRead,
    word: &str,
    sort: Sort,
) -> Result<Option<Vec<Branch>>, PgFault> {
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
        branches.push(hosts_branch(hosts, checks, sort));
    }
    if !keys.is_empty() {
        branches.push(Branch::Keys(keys, names));
    }
    Ok(Some(branches))
}

/// A clock begins when something is first seen or later, so what ran out was there a term ago.
fn overdue(terms: &Terms, now: OffsetDateTime) -> Vec<Branch> {
    let mut branches = Vec::new();
    let before = |days: u16| now - time::Duration::days(i64::from(days));
    for severity in Severity::ALL {
        let [plain, attacked] = [false, true].map(|kev| terms.term(*severity, kev));
        if plain == attacked {
            branches.extend(plain.map(|days| Branch::Since(*severity, None, before(days))));
            continue;
        }
        for (kev, days) in [(false, plain), (true, attacked)] {
            branches.extend(days.map(|days| Branch::Since(*severity, Some(kev), before(days))));
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
    // Of one it follows from its name.
    if states.len() > 1 && !states.contains(&ExposureState::Open) {
        sql.push(" and x.state <> 'open'");
    }
    if !with.tags.is_empty() && !with.tags.contains(&Tagged::No) {
        sql.push(" and x.tags <> '{}'");
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
