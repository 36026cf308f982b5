//! Sending again, by an operator: dead letters, or everything after the bus lost its storage.
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;
use wt_bus::{Bus, BusFault};
use wt_pg::{PgFault, Pool};
use wt_proto::stream::Consumer;
use wt_proto::subject::dead_letter;

/// Sends the dead letters of one consumer again, oldest first, at most `limit`; gives how many.
///
/// # Errors
/// The bus is away; those that were sent are no dead letters any more.
pub async fn redrive(bus: &Bus, consumer: &Consumer, limit: usize) -> Result<usize, BusFault> {
    let dead_subject = dead_letter(consumer.stream.name, consumer.name);
    let letters = bus.dead_letters(&dead_subject, limit).await?;
    for letter in &letters {
        bus.redrive(letter).await?;
    }
    Ok(letters.len())
}

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
