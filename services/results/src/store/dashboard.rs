//! Counts over `results.exposures` and `results.events`.
use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};
use wt_risk::Terms;

use crate::domain::sla;

/// Exposures that are alike.
pub(crate) struct Count {
    pub(crate) state: String,
    pub(crate) severity: String,
    pub(crate) score: i16,
    /// Accepted or declared wrong, and that still holds.
    pub(crate) set_aside: bool,
    /// How the clock stands.
    pub(crate) sla: String,
    pub(crate) rows: i64,
}

/// Every exposure, counted by what the first screen tells apart, in one walk.
pub(crate) async fn count_exposures(
    tx: &mut TenantTx,
    terms: &Terms,
    now: OffsetDateTime,
) -> Result<Vec<Count>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        Count,
        r#"select state, severity, score,
                  coalesce(decision in ('accept_risk', 'false_positive')
                           and (decision_until is null or decision_until > $3), false)
                      as "set_aside!",
                  results.sla_word(state, severity_rank, kev, coalesce(clock_from, first_seen),
                                   stood_s - stood_before_s, paused_at, decision_until, $2, $3)
                      as "sla!",
                  count(*) as "rows!"
           from results.exposures where tenant_key = $1
           group by 1, 2, 3, 4, 5"#,
        tenant,
        &sla::stored(terms) as &[Option<i16>],
        now,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Events since, by `type`.
pub(crate) async fn count_events(
    tx: &mut TenantTx,
    since: OffsetDateTime,
) -> Result<Vec<(String, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"select type as "word!", count(*) as "count!"
           from results.events where tenant_key = $1 and at >= $2 group by type"#,
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
