//! Counts over `results.exposures` and `results.events`.
use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};

/// A count of one word.
pub(crate) struct Count {
    pub(crate) of: String,
    pub(crate) word: String,
    pub(crate) rows: i64,
}

/// Exposures by `state`, live ones by `severity`, and `event`s since, in one statement.
pub(crate) async fn count_all(
    tx: &mut TenantTx,
    since: OffsetDateTime,
) -> Result<Vec<Count>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        Count,
        r#"select 'state' as "of!", state as "word!", count(*) as "rows!"
           from results.exposures where tenant_key = $1 group by state
           union all
           select 'severity', severity, count(*)
           from results.exposures
           where tenant_key = $1 and state in ('open', 'unresponsive') group by severity
           union all
           select 'event', type, count(*)
           from results.events where tenant_key = $1 and at >= $2 group by type"#,
        tenant,
        since,
    )
    .fetch_all(tx.conn())
    .await?)
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
