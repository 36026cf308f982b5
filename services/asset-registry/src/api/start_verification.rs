//! Starts a proof of ownership: draws a token and says where to publish it.

use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::asset;

use super::Api;
use crate::{
    domain::challenge::{Token, challenge_expiry, instructions},
    error::AssetFault,
    store::{self, challenge::ChallengeRow},
    wire,
};

pub(super) async fn start_verification(
    api: &Api,
    principal: &Principal,
    request: asset::StartVerificationRequest,
) -> Result<asset::StartVerificationResponse, AssetFault> {
    may(principal, Permission::AssetsWrite)?;
    let id = wire::id("asset_id", &request.asset_id)?;
    let method = wire::id("method", &request.method)?;
    let token = Token::from_random(rand::random());
    let expires_at = challenge_expiry(OffsetDateTime::now_utc());

    let mut tx = api.pool.begin(principal, "start_verification").await?;
    let (kind, value) = store::asset::lock_by_id(&mut tx, id)
        .await?
        .ok_or(AssetFault::AssetUnknown)?;
    let instructions = instructions(kind, &value, method, &token)?;
    store::challenge::upsert(&mut tx, id, method, &token, expires_at).await?;
    let row = store::asset::find_by_id(&mut tx, id)
        .await?
        .ok_or(AssetFault::AssetUnknown)?;
    let after = serde_json::json!({ "method": method });
    wt_audit::record(
        &mut tx,
        "asset.verification_start",
        &id.to_string(),
        None,
        Some(&after),
    )
    .await?;
    tx.commit().await?;

    let challenge = ChallengeRow {
        method,
        token,
        expires_at,
        last_checked_at: None,
        findings: Vec::new(),
    };
    Ok(asset::StartVerificationResponse {
        verification: Some(wire::verification(&row, &challenge, &instructions, false)),
    })
}
