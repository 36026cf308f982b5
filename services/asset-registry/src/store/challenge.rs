//! `asset.challenges`: at most one under way per asset.

use time::OffsetDateTime;
use wt_model::{AssetId, VerificationMethod};
use wt_pg::{PgFault, TenantTx};

use crate::{
    domain::{challenge::Token, verification::Finding},
    error::AssetFault,
};

/// A challenge under way.
#[derive(Debug, Clone)]
pub(crate) struct ChallengeRow {
    pub(crate) method: VerificationMethod,
    pub(crate) token: Token,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) last_checked_at: Option<OffsetDateTime>,
    pub(crate) findings: Vec<Finding>,
}

/// Starts a challenge, replacing one under way.
pub(crate) async fn upsert(
    tx: &mut TenantTx,
    asset: AssetId,
    method: VerificationMethod,
    token: &Token,
    expires_at: OffsetDateTime,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    sqlx::query!(
        "insert into asset.challenges (tenant_key, asset_id, method, token, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_key, asset_id) do update
         set method = excluded.method, token = excluded.token,
             created_by = excluded.created_by, created_at = now(),
             expires_at = excluded.expires_at, last_checked_at = null, findings = '[]'",
        tenant,
        asset.to_string(),
        method.as_str(),
        token.as_str(),
        by,
        expires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The challenge of an asset, expired or not.
pub(crate) async fn find_by_asset(
    tx: &mut TenantTx,
    asset: AssetId,
) -> Result<Option<ChallengeRow>, AssetFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select method, token, expires_at, last_checked_at, findings
         from asset.challenges
         where tenant_key = $1 and asset_id = $2",
        tenant,
        asset.to_string(),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    row.map(|row| {
        let place = |column: &str| format!("asset.challenges.{column} of {asset}");
        Ok(ChallengeRow {
            method: row
                .method
                .parse()
                .map_err(|error| AssetFault::inconsistent(place("method"), error))?,
            token: Token::from_stored(row.token),
            expires_at: row.expires_at,
            last_checked_at: row.last_checked_at,
            findings: serde_json::from_value(row.findings)
                .map_err(|error| AssetFault::inconsistent(place("findings"), error))?,
        })
    })
    .transpose()
}

/// Notes what the vantage points saw, if the challenge is still the one that was looked for.
pub(crate) async fn record_findings(
    tx: &mut TenantTx,
    asset: AssetId,
    token: &Token,
    at: OffsetDateTime,
    findings: &serde_json::Value,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update asset.challenges set last_checked_at = $4, findings = $5
         where tenant_key = $1 and asset_id = $2 and token = $3",
        tenant,
        asset.to_string(),
        token.as_str(),
        at,
        findings,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
