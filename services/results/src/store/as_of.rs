//! `results.exposures` as their events had left them at a moment.
//!
//! Each exposure's newest event until then is found by its key, so a page costs what its rows
//! cost; the order is that of the inventory today, which is what its index keeps.
use sqlx::QueryBuilder;
use time::OffsetDateTime;
use wt_model::Limit;
use wt_pg::{PgFault, TenantRead, TenantTx};
use wt_risk::Terms;

use super::exposure_page::{ExposureRow, Filter, Position};
use crate::domain::as_of::states_by_event;

/// One page, worst first as it is known today, then newest. Asks for one row more than the page
/// holds.
pub(crate) async fn page(
    read: &mut TenantRead,
    filter: &Filter,
    as_of: OffsetDateTime,
    after: Option<Position>,
    limit: Limit,
) -> Result<Vec<ExposureRow>, PgFault> {
    let tenant = read.tenant_key().to_string();
    let (events, states) = states_by_event();
    let mut sql = QueryBuilder::new(
        "select p.key, p.state, p.severity, p.walk_rank as severity_rank, p.title, p.check_id,
                p.asset_id, p.host, p.transport, p.port, p.discriminator, p.first_seen,
                p.last_seen, p.last_run_id, null::text as decision,
                null::timestamptz as decision_until, null::text as assignee,
                p.unresponsive_reason, p.score, p.kev, '{}'::text[] as tags,
                null::timestamptz as clock_from, 0::bigint as stood_s,
                null::timestamptz as paused_at, null::smallint[] as terms,
                null::text as look_run_id, null::timestamptz as look_at
         from (select set_config('app.tenant_key', ",
    );
    sql.push_bind(tenant);
    sql.push(
        ", true) as tenant_key) c
         cross join lateral (
             select * from (
                 select e.tenant_key, e.key, e.asset_id, e.host, e.transport, e.port, e.check_id,
                        e.discriminator, e.first_seen, e.score, e.kev,
                        -- A word is looked for in names alone: how it was seen then is not here.
                        null::jsonb as attributes,
                        e.severity_rank as walk_rank, (",
    );
    sql.push_bind(states).push("::text[])[array_position(");
    sql.push_bind(events);
    sql.push(
        "::text[], v.type)] as state,
                        v.severity, v.severity_rank, v.title, v.at as last_seen,
                        coalesce(v.run_id, '') as last_run_id,
                        case when v.type = 'UNRESPONSIVE' then v.reason end as unresponsive_reason
                 from results.exposures e
                 cross join lateral (
                     select * from results.events n
                     where n.tenant_key = e.tenant_key and n.key = e.key and n.at <= ",
    );
    sql.push_bind(as_of);
    sql.push(
        "
                     order by n.at desc, n.leaf_index desc
                     limit 1
                 ) v
             ) x
             where x.tenant_key = c.tenant_key
               -- Known by the index: what was found later is not asked for its events.
               and x.first_seen <= ",
    );
    sql.push_bind(as_of);
    // No clock is asked for: how it stood then is not known.
    filter.push(&mut sql, &Terms::default());
    if let Some((rank, at, key)) = after {
        sql.push(" and (x.walk_rank, x.first_seen, x.key) < (");
        let mut position = sql.separated(", ");
        position.push_bind(rank).push_bind(at).push_bind(key);
        sql.push(")");
    }
    sql.push(" order by x.walk_rank desc, x.first_seen desc, x.key desc limit ");
    sql.push_bind(limit.as_i64() + 1);
    sql.push(") p order by p.walk_rank desc, p.first_seen desc, p.key desc");
    Ok(sql.build_query_as().fetch_all(read.conn()).await?)
}

/// Exposures that were alike at a moment.
#[derive(Debug, Clone)]
pub(crate) struct CountThen {
    pub(crate) state: String,
    pub(crate) severity: String,
    pub(crate) rows: i64,
}

/// Every exposure that was known then, by state and severity.
pub(crate) async fn count(
    tx: &mut TenantTx,
    as_of: OffsetDateTime,
) -> Result<Vec<CountThen>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (events, states) = states_by_event();
    Ok(sqlx::query_as!(
        CountThen,
        r#"select ($4::text[])[array_position($3::text[], v.type)] as "state!", v.severity,
                  count(*) as "rows!"
           from (
               select distinct on (n.key) n.type, n.severity
               from results.events n
               where n.tenant_key = $1 and n.at <= $2
               order by n.key, n.at desc, n.leaf_index desc
           ) v
           group by 1, 2"#,
        tenant,
        as_of,
        &events,
        &states,
    )
    .fetch_all(tx.conn())
    .await?)
}
