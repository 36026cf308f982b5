//! `results.exposures`: what people and other services read.
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use wt_exposure::ExposureKey;
use wt_model::Limit;
use wt_pg::{PgFault, TenantRead, TenantTx};
use wt_risk::Terms;

use super::{exposure_way, narrow, sla};

/// An exposure as it is shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ExposureRow {
    pub(crate) key: String,
    pub(crate) state: String,
    pub(crate) severity: String,
    pub(crate) severity_rank: i16,
    pub(crate) title: String,
    pub(crate) check_id: String,
    pub(crate) asset_id: String,
    pub(crate) host: String,
    pub(crate) transport: String,
    pub(crate) port: i32,
    pub(crate) discriminator: String,
    pub(crate) first_seen: OffsetDateTime,
    pub(crate) last_seen: OffsetDateTime,
    pub(crate) last_run_id: String,
    pub(crate) decision: Option<String>,
    pub(crate) decision_until: Option<OffsetDateTime>,
    pub(crate) assignee: Option<String>,
    pub(crate) unresponsive_reason: Option<String>,
    /// How urgent, 0 to 100.
    pub(crate) score: i16,
    /// Whether attacks with it are known.
    pub(crate) kev: bool,
    pub(crate) tags: Vec<String>,
    /// When its clock began again.
    pub(crate) clock_from: Option<OffsetDateTime>,
    /// Seconds its clock stood since.
    pub(crate) stood_s: i64,
    /// Since when its clock stands.
    pub(crate) paused_at: Option<OffsetDateTime>,
    /// The organization's own terms.
    pub(crate) terms: Option<Vec<Option<i16>>>,
    /// The newest look at its host that saw everything open as it is known.
    pub(crate) look_run_id: Option<String>,
    pub(crate) look_at: Option<OffsetDateTime>,
}

/// What a list of exposures is narrowed to; none and empty mean all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) states: Option<Vec<String>>,
    pub(crate) min_rank: Option<i16>,
    pub(crate) asset_id: Option<String>,
    pub(crate) check_id: Option<String>,
    /// `like` pattern of host or check id.
    pub(crate) pattern: Option<String>,
    pub(crate) decision: Option<String>,
    /// The grammar's part.
    pub(crate) text: wt_filter::Filter,
    /// What its stretches of time end with.
    pub(crate) now: OffsetDateTime,
}

impl Filter {
    /// Whether everything is wanted.
    fn is_empty(&self) -> bool {
        self.states.is_none()
            && self.min_rank.is_none()
            && self.asset_id.is_none()
            && self.check_id.is_none()
            && self.pattern.is_none()
            && self.decision.is_none()
            && self.text.is_empty()
    }
}

/// By what the list is ordered; then newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Worst severity first.
    Severity,
    /// Most urgent first.
    Score,
}

impl Sort {
    const fn column(self) -> &'static str {
        match self {
            Self::Severity => "severity_rank",
            Self::Score => "score",
        }
    }
}

/// Position in the list: rank or score, first seen, key.
pub(crate) type Position = (i16, OffsetDateTime, String);

/// Before every row: ranks end at 4, and no run is that late.
const FIRST: (i16, OffsetDateTime) = (i16::MAX, time::macros::datetime!(9999-12-31 0:00 UTC));

/// One page, worst first, then newest. Asks for one row more than the page holds.
pub(crate) async fn page(
    read: &mut TenantRead,
    filter: &Filter,
    sort: Sort,
    after: Option<Position>,
    limit: Limit,
) -> Result<Vec<ExposureRow>, PgFault> {
    if filter.is_empty() && sort == Sort::Severity {
        page_all(read, after, limit).await
    } else {
        page_filtered(read, filter, sort, after, limit).await
    }
}

/// The list people look at all day. Sets the tenant in the same round trip (see [`TenantRead`]),
/// and has no optional condition, so that Postgres plans it once and walks the index.
async fn page_all(
    read: &mut TenantRead,
    after: Option<Position>,
    limit: Limit,
) -> Result<Vec<ExposureRow>, PgFault> {
    let tenant = read.tenant_key().to_string();
    let (rank, at, key) = after.unwrap_or((FIRST.0, FIRST.1, String::new()));
    Ok(sqlx::query_as!(
        ExposureRow,
        r#"select e.key, e.state, e.severity, e.severity_rank, e.title, e.check_id, e.asset_id,
                  e.host, e.transport, e.port, e.discriminator, e.first_seen, e.last_seen,
                  e.last_run_id, e.decision, e.decision_until, e.assignee, e.unresponsive_reason, e.score,
                  e.kev, e.tags, e.clock_from, e.stood_s - e.stood_before_s as "stood_s!", e.paused_at,
                  (select s.terms from results.sla_terms s where s.tenant_key = $1)
                      as "terms?: Vec<Option<i16>>",
                  e.look_run_id as "look_run_id?", e.look_at as "look_at?"
           from (select set_config('app.tenant_key', $1, true) as tenant_key) c
           cross join lateral (
               select p.*, l.run_id as look_run_id, l.at as look_at
               from (
                   select * from results.exposures x
                   where x.tenant_key = c.tenant_key
                     and (x.severity_rank, x.first_seen, x.key) < ($2, $3, $4)
                   order by x.severity_rank desc, x.first_seen desc, x.key desc
                   limit $5
               ) p
               left join results.looks l
                 on l.tenant_key = p.tenant_key and l.asset_id = p.asset_id and l.host = p.host
                and p.state = 'open' and p.gone_seq is null
               limit $5
           ) e
           order by e.severity_rank desc, e.first_seen desc, e.key desc"#,
        tenant,
        rank,
        at,
        key,
        limit.as_i64() + 1,
    )
    .fetch_all(read.conn())
    .await?)
}

/// A narrowed list: asks for nothing but what narrows it, in the branches where it can be, and is
/// planned for this organization and these values each time: a plan for any would be one for the
/// small organizations, which are the most.
async fn page_filtered(
    read: &mut TenantRead,
    filter: &Filter,
    sort: Sort,
    after: Option<Position>,
    limit: Limit,
) -> Result<Vec<ExposureRow>, PgFault> {
    let tenant = read.tenant_key().to_string();
    let terms = if filter.text.asks_clock() {
        sla::read(read).await?
    } else {
        Terms::default()
    };
    let mut filter = filter.clone();
    let branches = exposure_way::find(read, &mut filter, sort, &terms).await?;
    if branches.is_empty() {
        return Ok(Vec::new());
    }
    let column = sort.column();
    let rows = limit.as_i64() + 1;
    let mut sql = QueryBuilder::new(
        "select e.key, e.state, e.severity, e.severity_rank, e.title, e.check_id, e.asset_id,
                e.host, e.transport, e.port, e.discriminator, e.first_seen, e.last_seen,
                e.last_run_id, e.decision, e.decision_until, e.assignee, e.unresponsive_reason, e.score,
                  e.kev, e.tags, e.clock_from, e.stood_s - e.stood_before_s as stood_s, e.paused_at,
                (select s.terms from results.sla_terms s where s.tenant_key = c.tenant_key) as terms,
                e.look_run_id, e.look_at
         from (select set_config('app.tenant_key', ",
    );
    sql.push_bind(tenant.clone());
    sql.push(
        ", true) as tenant_key) c
         cross join lateral (
             select p.*, l.run_id as look_run_id, l.at as look_at
             from (select * from (",
    );
    for (nth, branch) in branches.iter().enumerate() {
        sql.push(if nth == 0 { "(" } else { " union all (" });
        branch.push_parts(&mut sql, rows, |sql, bounds| {
            sql.push("select * from results.exposures x where x.tenant_key = ");
            sql.push_bind(tenant.clone());
            sql.push(" and c.tenant_key is not null");
            exposure_way::implied(sql, &filter);
            branch.push(sql);
            sql.push(bounds);
            filter.push(sql, &terms);
            if let Some((rank, at, key)) = &after {
                sql.push(" and (x.").push(column);
                sql.push(", x.first_seen, x.key) < (");
                let mut position = sql.separated(", ");
                position.push_bind(*rank).push_bind(*at);
                position.push_bind(key.clone());
                sql.push(")");
            }
            sql.push(" order by x.").push(column);
            sql.push(" desc, x.first_seen desc, x.key desc limit ");
            sql.push(rows);
        });
        sql.push(")");
    }
    sql.push(") b order by b.").push(column);
    sql.push(" desc, b.first_seen desc, b.key desc limit ")
        .push(rows);
    sql.push(
        ") p
             left join results.looks l
               on l.tenant_key = p.tenant_key and l.asset_id = p.asset_id and l.host = p.host
              and p.state = 'open' and p.gone_seq is null
             limit ",
    );
    sql.push(rows);
    sql.push(") e order by e.").push(column);
    sql.push(" desc, e.first_seen desc, e.key desc");
    let query = sql.build_query_as().persistent(false);
    Ok(query.fetch_all(read.conn()).await?)
}

impl Filter {
    /// Adds `and …` about rows `x` of `results.exposures`.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Postgres>, terms: &Terms) {
        if let Some(states) = &self.states {
            sql.push(" and x.state = any(").push_bind(states.clone());
            sql.push(")");
        }
        if let Some(rank) = self.min_rank {
            sql.push(" and x.severity_rank >= ").push_bind(rank);
        }
        for (column, value) in [
            ("asset_id", &self.asset_id),
            ("check_id", &self.check_id),
            ("decision", &self.decision),
        ] {
            if let Some(value) = value {
                sql.push(" and x.").push(column).push(" = ");
                sql.push_bind(value.clone());
            }
        }
        if let Some(pattern) = &self.pattern {
            sql.push(" and (x.host like ").push_bind(pattern.clone());
            sql.push(" or x.check_id like ").push_bind(pattern.clone());
            sql.push(")");
        }
        narrow::exposures(sql, &self.text, self.now, terms);
    }
}

/// One exposure.
pub(crate) async fn find_by_key(
    tx: &mut TenantTx,
    key: &ExposureKey,
) -> Result<Option<ExposureRow>, PgFault> {
    Ok(list_by_keys(tx, &[key.to_string()]).await?.pop())
}

/// The exposures of these keys that exist, worst first.
pub(crate) async fn list_by_keys(
    tx: &mut TenantTx,
    keys: &[String],
) -> Result<Vec<ExposureRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ExposureRow,
        r#"select e.key, e.state, e.severity, e.severity_rank, e.title, e.check_id, e.asset_id,
                  e.host, e.transport, e.port, e.discriminator, e.first_seen, e.last_seen,
                  e.last_run_id, e.decision, e.decision_until, e.assignee, e.unresponsive_reason, e.score,
                  e.kev, e.tags, e.clock_from, e.stood_s - e.stood_before_s as "stood_s!", e.paused_at,
                  (select s.terms from results.sla_terms s where s.tenant_key = $1)
                      as "terms?: Vec<Option<i16>>",
                  l.run_id as "look_run_id?", l.at as "look_at?"
           from results.exposures e
           left join results.looks l
             on l.tenant_key = $1 and l.asset_id = e.asset_id and l.host = e.host
            and e.state = 'open' and e.gone_seq is null
           where e.tenant_key = $1 and e.key = any($2)
           order by e.severity_rank desc, e.first_seen desc, e.key desc"#,
        tenant,
        keys,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Attributes, strength and doubt of one exposure, for its detail.
pub(crate) async fn find_inner(
    tx: &mut TenantTx,
    key: &ExposureKey,
) -> Result<Option<(Value, i16, bool)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select attributes, opened_strength, gone_seq from results.exposures
         where tenant_key = $1 and key = $2",
        tenant,
        key.as_str(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.attributes, row.opened_strength, row.gone_seq.is_some())))
}

/// A cell that is open now.
pub(crate) struct OpenCellRow {
    pub(crate) key: String,
    pub(crate) asset_id: String,
    pub(crate) host: String,
    pub(crate) transport: String,
    pub(crate) port: i32,
    pub(crate) check_id: String,
    pub(crate) opened_strength: i16,
    pub(crate) state: String,
}

/// Open and unresponsive cells of these assets.
pub(crate) async fn list_open_by_assets(
    tx: &mut TenantTx,
    assets: &[String],
    limit: i64,
) -> Result<Vec<OpenCellRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        OpenCellRow,
        "select key, asset_id, host, transport, port, check_id, opened_strength, state
         from results.exposures
         where tenant_key = $1 and asset_id = any($2) and state in ('open', 'unresponsive')
         order by key
         limit $3",
        tenant,
        assets,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The cells of these exposures, whatever their state.
pub(crate) async fn list_cells_by_keys(
    tx: &mut TenantTx,
    keys: &[String],
) -> Result<Vec<OpenCellRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        OpenCellRow,
        "select key, asset_id, host, transport, port, check_id, opened_strength, state
         from results.exposures
         where tenant_key = $1 and key = any($2)
         order by key",
        tenant,
        keys,
    )
    .fetch_all(tx.conn())
    .await?)
}
