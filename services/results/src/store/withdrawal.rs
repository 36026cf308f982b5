//! `results.withdrawals`: what ended exposures without a run.
use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_model::TenantKey;
use wt_pg::{PgFault, TenantTx};

use crate::error::ResultsFault;

/// One withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WithdrawalRow {
    pub(crate) turn: i64,
    pub(crate) kind: String,
    /// Id of the asset or check.
    pub(crate) r#ref: String,
    pub(crate) cause: String,
    pub(crate) reason: String,
    pub(crate) at: OffsetDateTime,
}

/// Records one, so that a replay can repeat it.
pub(crate) async fn insert(tx: &mut TenantTx, row: &WithdrawalRow) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.withdrawals (tenant_key, turn, kind, ref, cause, reason, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        row.turn,
        row.kind,
        row.r#ref,
        row.cause,
        row.reason,
        row.at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Those of these assets that `authorization_ids` cover no longer: one of them was withdrawn for the
/// asset, or the asset was archived (its id does not come back).
pub(crate) async fn list_uncovered(
    tx: &mut TenantTx,
    assets: &[String],
    authorization_ids: &[String],
) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        r#"select distinct ref as "ref!" from results.withdrawals
           where tenant_key = $1 and kind = 'asset' and ref = any($2)
             and (cause = any($3) or cause = ref)"#,
        tenant,
        assets,
        authorization_ids,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Every withdrawal of the organization, in their order.
pub(crate) async fn list_all(tx: &mut TenantTx) -> Result<Vec<WithdrawalRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        WithdrawalRow,
        r#"select turn, kind, ref as "ref", cause, reason, at from results.withdrawals
           where tenant_key = $1 order by turn"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Organizations with live exposures of a check (SECURITY DEFINER: across all of them, keys only).
pub(crate) async fn organizations_with_check(
    conn: &mut PgConnection,
    check_id: &str,
) -> Result<Vec<TenantKey>, ResultsFault> {
    let keys = sqlx::query_scalar!(
        r#"select tenant_key as "tenant_key!" from results.organizations_with_check($1)"#,
        check_id,
    )
    .fetch_all(conn)
    .await?;
    keys.iter()
        .map(|key| super::stored("results.exposures.tenant_key", key))
        .collect()
}
