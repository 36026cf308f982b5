//! The list of changes: `results.events`, newest first.
use std::collections::BTreeSet;

use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use wt_filter::{Glob, Place};
use wt_model::{EventType, Limit};
use wt_pg::{Cursor, PgFault, TenantRead};

use super::{
    event::EventRow,
    exposure_branch::any,
    exposure_name::{self, Names},
    exposure_way::{CHECKS_MAX, HOSTS_MAX, few, within},
    narrow,
};
use crate::error::ResultsFault;

/// More keys than this are met sooner on the walk.
const KEYS_MAX: usize = 1_000;

/// What a list of changes is narrowed to; none and empty mean all.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) types: Option<Vec<String>>,
    pub(crate) min_rank: Option<i16>,
    pub(crate) asset_id: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) since: Option<OffsetDateTime>,
    /// The grammar's part.
    pub(crate) text: wt_filter::Filter,
    /// What its stretches of time end with.
    pub(crate) now: OffsetDateTime,
}

/// One page. Asks for one row more than the page holds. Planned for this organization and these values
/// each time, as the exposures are (docs/decisions/0027).
pub(crate) async fn page(
    read: &mut TenantRead,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<EventRow>, ResultsFault> {
    let rows = limit.as_i64() + 1;
    let tenant = read.tenant_key().to_string();
    let mut sql = QueryBuilder::new("select f.* from (select set_config('app.tenant_key', ");
    sql.push_bind(tenant.clone());
    sql.push(", true) as tenant_key) c cross join lateral (select * from (");
    let mut filter = filter.clone();
    let checks = take_checks(read, &mut filter).await?;
    let branches = branches(read, &filter, checks.as_ref()).await?;
    for (nth, branch) in branches.iter().enumerate() {
        sql.push(if nth == 0 { "(" } else { " union all (" });
        sql.push(
            "select x.id, x.key, x.type, x.run_id, x.job_id, x.at, x.title, x.severity, x.asset_id,
                    x.host, x.port, x.check_id, x.check_digest, x.changed, x.reason, x.settled,
                    x.strength
             from results.events x
             where x.tenant_key = ",
        );
        sql.push_bind(tenant.clone());
        sql.push(" and c.tenant_key is not null");
        branch.push(&mut sql);
        if let Some(checks) = &checks {
            sql.push(" and x.check_id = any(").push_bind(checks.clone());
            sql.push(")");
        }
        filter.push(&mut sql)?;
        if let Some((at, id)) = after.map(Cursor::position) {
            sql.push(" and (x.at, x.id) < (");
            sql.separated(", ").push_bind(at).push_bind(id.clone());
            sql.push(")");
        }
        sql.push(" order by x.at desc, x.id desc limit ");
        sql.push(rows).push(")");
    }
    sql.push(") b order by b.at desc, b.id desc limit ")
        .push(rows);
    sql.push(") f order by f.at desc, f.id desc");
    let query = sql.build_query_as().persistent(false);
    Ok(query.fetch_all(read.conn()).await?)
}

impl Filter {
    /// Adds `and …` about rows `x` of `results.events`.
    fn push(&self, sql: &mut QueryBuilder<Postgres>) -> Result<(), ResultsFault> {
        if let Some(types) = &self.types {
            sql.push(" and x.type = any(").push_bind(types.clone());
            sql.push(")");
        }
        if let Some(rank) = self.min_rank {
            sql.push(" and x.severity_rank >= ").push_bind(rank);
        }
        for (column, value) in [("asset_id", &self.asset_id), ("run_id", &self.run_id)] {
            if let Some(value) = value {
                sql.push(" and x.").push(column).push(" = ");
                sql.push_bind(value.clone());
            }
        }
        if let Some(since) = self.since {
            sql.push(" and x.at >= ").push_bind(since);
        }
        narrow::events(sql, &self.text, self.now)
            .map_err(|fault| ResultsFault::field("filter", fault))
    }

    /// What may have happened, where the filter says it.
    fn types(&self) -> Option<Vec<EventType>> {
        // A term that no event has is refused where it is written down.
        let [with, _] = self.text.event_types().ok()?;
        let asked = |kind: &EventType| {
            let word = kind.to_string();
            (with.is_empty() || with.contains(kind))
                && self
                    .types
                    .as_ref()
                    .is_none_or(|types| types.contains(&word))
        };
        (self.types.is_some() || !with.is_empty())
            .then(|| EventType::ALL.iter().copied().filter(asked).collect())
    }
}

/// A part of the list, read in the list's order.
enum Branch {
    /// All of it.
    Walk,
    /// What happened to these exposures.
    Keys(Vec<String>),
    /// Of one kind, which few are: all but that something was found.
    Type(EventType),
}

impl Branch {
    fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Self::Walk => {}
            Self::Keys(keys) => any(sql, "x.key", keys.iter()),
            Self::Type(kind) => {
                // As the index of everything that is not new says it.
                sql.push(" and x.type <> 'NEW' and x.type = ");
                sql.push_bind(kind.to_string());
            }
        }
    }
}

/// Takes the checks out of the filter, where they are few: an id is held against each row of the walk
/// in half the time of a pattern.
async fn take_checks(
    read: &mut TenantRead,
    filter: &mut Filter,
) -> Result<Option<Vec<String>>, PgFault> {
    let with = &mut filter.text.with;
    if with.checks.is_empty() {
        return Ok(None);
    }
    let globs = with.checks.iter().map(Glob::like).collect();
    let checks = exposure_name::checks(read, globs, CHECKS_MAX).await?;
    if checks.is_some() {
        with.checks.clear();
    }
    Ok(checks)
}

/// The parts of the list that hold everything that fits; none of them holds what another does.
async fn branches(
    read: &mut TenantRead,
    filter: &Filter,
    checks: Option<&Vec<String>>,
) -> Result<Vec<Branch>, PgFault> {
    if let Some(keys) = keys(read, filter, checks).await? {
        return Ok(vec![Branch::Keys(keys)]);
    }
    match filter.types() {
        Some(types) if !types.is_empty() && !types.contains(&EventType::New) => {
            Ok(types.into_iter().map(Branch::Type).collect())
        }
        _ => Ok(vec![Branch::Walk]),
    }
}

/// The exposures whose events they are, where the filter names places, checks or words and those have
/// few. Leaves out nothing that fits: an exposure's host and check never change, and its titles are kept.
async fn keys(
    read: &mut TenantRead,
    filter: &Filter,
    checks: Option<&Vec<String>>,
) -> Result<Option<Vec<String>>, PgFault> {
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
    let names = if !assets.is_empty() || !globs.is_empty() {
        let hosts = exposure_name::hosts(read, assets, &globs, HOSTS_MAX).await?;
        hosts.map(Names::of_hosts)
    } else {
        checks.map(|checks| Names::of_checks(checks.clone()))
    };
    if let Some(names) = names {
        return keys_of(read, names).await;
    }
    for word in &filter.text.words {
        if let Some(names) = exposure_name::with_word(read, word, HOSTS_MAX + CHECKS_MAX).await?
            && let Some(keys) = keys_of(read, names).await?
        {
            return Ok(Some(keys));
        }
    }
    Ok(None)
}

/// The exposures on these hosts and seen by these checks; none when they are many.
async fn keys_of(read: &mut TenantRead, names: Names) -> Result<Option<Vec<String>>, PgFault> {
    let mut keys = BTreeSet::new();
    for (column, of) in [("e.host", names.hosts), ("e.check_id", names.checks)] {
        if of.is_empty() {
            continue;
        }
        let asked = "select e.key from results.exposures e where e.tenant_key = ";
        let mut sql = within(read, asked);
        sql.push(" and ").push(column).push(" = any(");
        sql.push_bind(of.into_iter().collect::<Vec<_>>()).push(")");
        let Some(found) = few(read, sql, KEYS_MAX).await? else {
            return Ok(None);
        };
        keys.extend(found);
    }
    Ok(Some(keys.into_iter().collect()))
}
