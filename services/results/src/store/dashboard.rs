//! Counts over `results.exposures` and `results.events`.
use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};
use wt_risk::Terms;

use crate::domain::sla;

/// Exposures that are alike.
pub(crate) struct Count {
    pub(crate) state: String,
    pub(crate) severity_rank: i16,
    pub(crate) score: i16,
    /// Accepted or declared wrong, and that still holds.
    pub(crate) set_aside: bool,
    pub(crate) rows: i64,
}

/// Every exposure, counted by what the first screen tells apart. From the tallies that the database
/// keeps as exposures are written.
pub(crate) async fn count_exposures(
    tx: &mut TenantTx,
    now: OffsetDateTime,
) -> Result<Vec<Count>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        Count,
        r#"select state, severity_rank, score, coalesce(aside_until > $2, false) as "set_aside!",
                  sum(rows)::bigint as "rows!"
           from results.exposure_tallies where tenant_key = $1
           group by 1, 2, 3, 4"#,
        tenant,
        now,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Live exposures by how their clock stands, to the hour: `wt_risk::Sla` of the tallies.
pub(crate) async fn count_clocks(
    tx: &mut TenantTx,
    terms: &Terms,
    now: OffsetDateTime,
) -> Result<Vec<(String, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"select case when n.term is null then 'none'
                       when n.paused_until > $3 then 'paused'
                       when n.clock_from + interval '24 hours' * n.term < $3 then 'breached'
                       else 'within' end as "word!",
                  sum(n.rows)::bigint as "rows!"
           from (select clock_from, paused_until, rows,
                        least(($2::smallint[])[severity_rank + 1],
                              case when kev then ($2::smallint[])[6] end) as term
                 from results.clock_tallies where tenant_key = $1) n
           group by 1"#,
        tenant,
        &sla::stored(terms) as &[Option<i16>],
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.word, row.rows)).collect())
}

/// Makes one row of alike tallies; gives of how many (SECURITY DEFINER: no row is read by anybody).
pub(crate) async fn fold(conn: &mut PgConnection) -> Result<i64, PgFault> {
    Ok(sqlx::query_scalar!(
        r#"select results.fold_tallies() + results.fold_event_tallies() as "folded!""#
    )
    .fetch_one(conn)
    .await?)
}

/// Events since, by `type`: those of the hour it is in one by one, later ones from the tallies that
/// the database keeps as events are told.
pub(crate) async fn count_events(
    tx: &mut TenantTx,
    since: OffsetDateTime,
) -> Result<Vec<(String, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"with whole as (
               select date_trunc('hour', $2::timestamptz + interval '1 hour' - interval '1 microsecond', 'UTC') as hour
           )
           select n.type as "word!", sum(n.rows)::bigint as "count!"
           from (select type, rows from results.event_tallies
                 where tenant_key = $1 and hour >= (select hour from whole)
                 union all
                 select type, count(*) from results.events
                 where tenant_key = $1 and at >= $2 and at < (select hour from whole)
                 group by type) n
           group by 1
           having sum(n.rows) > 0"#,
        tenant,
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.word, row.count)).collect())
}

/// Events of one run by `type`.
pub(crate) async fn count_by_run(
    tx: &mut TenantTx,
    run_id: &str,
) -> Result<Vec<(String, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"select type as "word!", count(*) as "count!"
           from results.events where tenant_key = $1 and run_id = $2 group by type"#,
        tenant,
        run_id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.word, row.count)).collect())
}
