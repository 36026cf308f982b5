//! Which messages had their effect, for ever: the bus remembers ids for two minutes only.
use std::collections::HashSet;

use sqlx::AssertSqlSafe;
use wt_pg::{PgFault, TenantTx};

/// Records that `consumer` handles `message_id` in this transaction. False means it did before:
/// answer `Done` and change nothing. Two deliveries at once wait for each other here.
pub async fn first_time(
    tx: &mut TenantTx,
    consumer: &str,
    message_id: &str,
) -> Result<bool, PgFault> {
    // The schema is a literal of the service's own code.
    let sql = format!(
        "insert into {}.inbox (tenant_key, consumer, message_id)
         values ($1, $2, $3)
         on conflict do nothing",
        tx.schema()
    );
    let tenant_key = tx.tenant_key().to_string();
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant_key)
        .bind(consumer)
        .bind(message_id)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// As [`first_time`], for messages that have their effect together: gives those of `message_ids`
/// that did not have it before.
///
/// # Errors
/// The database refused.
pub async fn first_times(
    tx: &mut TenantTx,
    consumer: &str,
    message_ids: &[&str],
) -> Result<HashSet<String>, PgFault> {
    // The schema is a literal of the service's own code. In one order, so that two transactions with
    // some of the same messages wait for each other instead of failing.
    let sql = format!(
        "insert into {}.inbox (tenant_key, consumer, message_id)
         select $1, $2, m.id from unnest($3::text[]) as m (id)
         order by m.id
         on conflict do nothing
         returning message_id",
        tx.schema()
    );
    let tenant_key = tx.tenant_key().to_string();
    let new: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(tenant_key)
        .bind(consumer)
        .bind(message_ids)
        .fetch_all(tx.conn())
        .await?;
    Ok(new.into_iter().collect())
}
