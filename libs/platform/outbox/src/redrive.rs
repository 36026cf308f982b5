//! Sending again, by an operator, everything after the bus lost its storage.
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;
use wt_pg::{PgFault, Pool};

/// Marks what was sent since `since` as unsent, so that the relay says it again; gives how
/// many. Readers that heard it have it in their inbox.
///
/// # Errors
/// The database is away.
pub async fn resend(pool: &Pool, since: OffsetDateTime) -> Result<i64, PgFault> {
    let sql = format!("select {}.outbox_resend($1)", pool.schema());
    let mut tx = pool.begin_platform("outbox_resend").await?;
    let count = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(since)
        .fetch_one(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(count)
}
