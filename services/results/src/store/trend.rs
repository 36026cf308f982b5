//! `results.trend_days` and what it is made of.
use sqlx::PgConnection;
use time::Date;
use wt_model::TenantKey;
use wt_pg::{PgFault, TenantTx};
use wt_risk::Terms;

use super::stored;
use crate::{domain::sla, error::ResultsFault};

/// Organizations with something to add up.
pub(crate) async fn list_due(
    conn: &mut PgConnection,
    limit: i32,
) -> Result<Vec<TenantKey>, ResultsFault> {
    let rows = sqlx::query_scalar!(
        r#"select tenant_key as "tenant_key!" from results.trends_due($1)"#,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|key| stored("results.trees.tenant_key", key))
        .collect()
}

/// How far an organization is added up, and how far it could be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CursorRow {
    pub(crate) next_leaf: i64,
    pub(crate) next_turn: i64,
    pub(crate) size: i64,
    pub(crate) turns: i64,
}

/// Locks the cursor; none while somebody else holds it.
pub(crate) async fn lock_cursor(tx: &mut TenantTx) -> Result<Option<CursorRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.trend_cursors (tenant_key) values ($1) on conflict do nothing",
        tenant,
    )
    .execute(tx.conn())
    .await?;
    Ok(sqlx::query_as!(
        CursorRow,
        "select c.next_leaf, c.next_turn, t.size, t.turns
         from results.trend_cursors c
         join results.trees t on t.tenant_key = c.tenant_key
         where c.tenant_key = $1
         for update of c skip locked",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Adds up the events of these leaves: each against the one before it of the same exposure.
pub(crate) async fn add_events(
    tx: &mut TenantTx,
    from_leaf: i64,
    until_leaf: i64,
    terms: &Terms,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        r#"with told as (
               select e.asset_id, e.check_id, e.type, e.severity_rank as rank,
                      (e.at at time zone 'UTC')::date as day,
                      e.type not in ('FIXED', 'RETIRED', 'STALE_CHECK') as live,
                      coalesce(p.type not in ('FIXED', 'RETIRED', 'STALE_CHECK'), false) as was_live,
                      p.severity_rank as was_rank,
                      case when e.type = 'FIXED' then greatest(0,
                          extract(epoch from e.at - o.at)::bigint
                          - coalesce(x.stood_s - x.stood_before_s, 0)) end as fix_s
               from results.events e
               left join lateral (
                   select b.type, b.severity_rank from results.events b
                   where b.tenant_key = $1 and b.key = e.key and b.leaf_index < e.leaf_index
                   order by b.leaf_index desc limit 1
               ) p on true
               left join lateral (
                   select b.at from results.events b
                   where b.tenant_key = $1 and b.key = e.key and b.leaf_index < e.leaf_index
                     and b.type in ('NEW', 'REOPENED')
                   order by b.leaf_index desc limit 1
               ) o on e.type = 'FIXED'
               left join results.exposures x
                 on e.type = 'FIXED' and x.tenant_key = $1 and x.key = e.key
               where e.tenant_key = $1 and e.leaf_index >= $2 and e.leaf_index < $3
           ), moves as (
               select asset_id, check_id, day, rank,
                      case when was_live and was_rank = rank then 0 else 1 end as delta,
                      case when type in ('NEW', 'REOPENED') then 1 else 0 end as appeared,
                      0 as fixed, 0 as fix_s, 0 as fixed_late
               from told where live
               union all
               select asset_id, check_id, day, was_rank,
                      case when live and was_rank = rank then 0 else -1 end,
                      0, case when type = 'FIXED' then 1 else 0 end, coalesce(fix_s, 0),
                      case when fix_s > ($4::smallint[])[was_rank + 1]::bigint * 86400
                           then 1 else 0 end
               from told where was_live
           )
           insert into results.trend_days
               (tenant_key, grain, ref, day, severity_rank, delta, appeared, fixed, fix_s,
                fixed_late)
           select $1, g.grain, g.ref, m.day, m.rank, sum(m.delta), sum(m.appeared), sum(m.fixed),
                  sum(m.fix_s), sum(m.fixed_late)
           from moves m
           cross join lateral (
               values ('all', ''), ('asset', m.asset_id), ('check', m.check_id)
           ) as g (grain, ref)
           group by g.grain, g.ref, m.day, m.rank
           having bool_or(m.delta <> 0 or m.appeared <> 0 or m.fixed <> 0)
           on conflict (tenant_key, grain, ref, day, severity_rank) do update
           set delta = trend_days.delta + excluded.delta,
               appeared = trend_days.appeared + excluded.appeared,
               fixed = trend_days.fixed + excluded.fixed,
               fix_s = trend_days.fix_s + excluded.fix_s,
               fixed_late = trend_days.fixed_late + excluded.fixed_late"#,
        tenant,
        from_leaf,
        until_leaf,
        &sla::stored(terms) as &[Option<i16>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes the days on which results of these turns looked.
pub(crate) async fn add_looks(
    tx: &mut TenantTx,
    after_turn: i64,
    until_turn: i64,
) -> Result<(), PgFault> {
    if after_turn >= until_turn {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.trend_looks (tenant_key, asset_id, day)
         select $1, n.asset_id, n.day from (
             select distinct c.asset_id, (a.finished_at at time zone 'UTC')::date as day
             from results.applied a
             join results.coverage c on c.tenant_key = $1 and c.job_id = a.job_id
             where a.tenant_key = $1 and a.turn > $2 and a.turn <= $3
               and a.refusal_code = '' and a.finished_at is not null
             union
             select '', (a.finished_at at time zone 'UTC')::date
             from results.applied a
             where a.tenant_key = $1 and a.turn > $2 and a.turn <= $3
               and a.refusal_code = '' and a.finished_at is not null
         ) n
         on conflict do nothing",
        tenant,
        after_turn,
        until_turn,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes how far it is added up.
pub(crate) async fn move_cursor(
    tx: &mut TenantTx,
    next_leaf: i64,
    next_turn: i64,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update results.trend_cursors set next_leaf = $2, next_turn = $3 where tenant_key = $1",
        tenant,
        next_leaf,
        next_turn,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a trend is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    /// Everything.
    All,
    /// These assets together; none of them is nothing.
    Assets(Vec<String>),
    /// What this check sees.
    Check(String),
}

impl Of {
    /// Grain and references of the sums it is made of.
    fn parts(&self) -> (&'static str, Vec<String>) {
        match self {
            Self::All => ("all", vec![String::new()]),
            Self::Assets(ids) => ("asset", ids.clone()),
            Self::Check(id) => ("check", vec![id.clone()]),
        }
    }
}

/// One day of one severity; without a day everything before the first one asked for.
#[derive(Debug, Clone)]
pub(crate) struct DayRow {
    pub(crate) day: Option<Date>,
    pub(crate) severity_rank: i16,
    pub(crate) delta: i64,
    pub(crate) appeared: i64,
    pub(crate) fixed: i64,
    pub(crate) fix_s: i64,
    pub(crate) fixed_late: i64,
}

/// What changed on these days, and in one sum a severity before them.
pub(crate) async fn list_days(
    tx: &mut TenantTx,
    of: &Of,
    from: Date,
    to: Date,
) -> Result<Vec<DayRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (grain, refs) = of.parts();
    Ok(sqlx::query_as!(
        DayRow,
        r#"select case when day >= $4 then day end as "day?", severity_rank,
                  sum(delta)::bigint as "delta!", sum(appeared)::bigint as "appeared!",
                  sum(fixed)::bigint as "fixed!", sum(fix_s)::bigint as "fix_s!",
                  sum(fixed_late)::bigint as "fixed_late!"
           from results.trend_days
           where tenant_key = $1 and grain = $2 and ref = any($3) and day <= $5
           group by 1, 2
           order by 1 nulls first, 2"#,
        tenant,
        grain,
        &refs,
        from,
        to,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// What is live of an asset in one severity, as far as it is added up.
#[derive(Debug, Clone)]
pub(crate) struct AssetRow {
    pub(crate) asset_id: String,
    pub(crate) severity_rank: i16,
    pub(crate) open: i64,
}

/// What is live of these assets: a row a day that something moved on, and no exposure is read.
pub(crate) async fn sum_by_asset(
    tx: &mut TenantTx,
    assets: &[String],
) -> Result<Vec<AssetRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        AssetRow,
        r#"select ref as asset_id, severity_rank, sum(delta)::bigint as "open!"
           from results.trend_days
           where tenant_key = $1 and grain = 'asset' and ref = any($2)
           group by 1, 2
           having sum(delta) > 0
           order by 1, 2"#,
        tenant,
        assets,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The days among these on which somebody looked: at one of the assets, or at anything.
pub(crate) async fn list_looks(
    tx: &mut TenantTx,
    of: &Of,
    from: Date,
    to: Date,
) -> Result<Vec<Date>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let at = match of {
        Of::Assets(ids) => ids.clone(),
        Of::All | Of::Check(_) => vec![String::new()],
    };
    Ok(sqlx::query_scalar!(
        "select distinct day from results.trend_looks
         where tenant_key = $1 and asset_id = any($2) and day between $3 and $4
         order by day",
        tenant,
        &at,
        from,
        to,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Whether everything that is committed is added up.
pub(crate) async fn is_current(tx: &mut TenantTx) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let due = sqlx::query_scalar!(
        r#"select t.size > coalesce(c.next_leaf, 0) or t.turns > coalesce(c.next_turn, 0) as "due!"
           from results.trees t
           left join results.trend_cursors c on c.tenant_key = t.tenant_key
           where t.tenant_key = $1"#,
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(due != Some(true))
}
