//! Looks for a proof now and, when the vantage points agree, records the authorization
//! (contracts §1, promises P8).

use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_model::{AssetId, AuthorizationId, Permission, Principal, TenantKey, TypedId};
use wt_pg::TenantTx;
use wt_plan::{Usage, admit_asset};
use wt_proto::{asset, event};
use wt_standing::Told;

use super::Api;
use crate::{
    domain::{
        challenge::{Instructions, instructions},
        expiry::authorization_expiry,
        verification::is_proven,
    },
    error::AssetFault,
    metrics::CheckLabels,
    proof::{Search, look},
    store::{self, asset::AssetRow, authorization::NewAuthorization, challenge::ChallengeRow},
    wire,
};

pub(super) async fn check_verification(
    api: &Api,
    principal: &Principal,
    request: asset::CheckVerificationRequest,
) -> Result<asset::CheckVerificationResponse, AssetFault> {
    may(principal, Permission::AssetsWrite)?;
    let id = wire::id("asset_id", &request.asset_id)?;
    let (row, mut challenge) = load(api, principal, id).await?;
    let instructions = instructions(row.kind, &row.value, challenge.method, &challenge.token)?;

    // Asking strangers' servers happens between two transactions, never inside one.
    let search = Search {
        value: &row.value,
        method: challenge.method,
        instructions: &instructions,
        token: &challenge.token,
    };
    let findings = look(&api.vantages, &search).await;
    let now = OffsetDateTime::now_utc();
    let proven = is_proven(&findings);
    // Asked outside of the transaction, like everything foreign.
    let payer = if proven {
        Some(api.standings.of(principal).await?)
    } else {
        None
    };
    let outcome = if proven { "proven" } else { "not_proven" };
    let method = challenge.method.as_str();
    api.metrics
        .checks
        .get_or_create(&CheckLabels { method, outcome })
        .inc();
    challenge.findings = findings;
    challenge.last_checked_at = Some(now);

    let mut tx = api.pool.begin(principal, "record_verification").await?;
    // Locked again: the asset may have been archived while we looked.
    store::asset::lock_by_id(&mut tx, id)
        .await?
        .ok_or(AssetFault::AssetUnknown)?;
    let seen = serde_json::json!(challenge.findings);
    let current =
        store::challenge::record_findings(&mut tx, id, &challenge.token, now, &seen).await?;
    if !current {
        // Another challenge was started meanwhile: this answer proves nothing.
        return Err(AssetFault::ChallengeUnknown);
    }
    if let Some(payer) = payer {
        admit(&mut tx, id, &payer).await?;
        authorize(&mut tx, id, &challenge, &instructions, now, payer.root).await?;
    }
    tx.commit().await?;
    Ok(asset::CheckVerificationResponse {
        verification: Some(wire::verification(&row, &challenge, &instructions, proven)),
    })
}

async fn load(
    api: &Api,
    principal: &Principal,
    id: AssetId,
) -> Result<(AssetRow, ChallengeRow), AssetFault> {
    let mut tx = api.pool.begin_read(principal, "load_challenge").await?;
    let row = store::asset::find_by_id(&mut tx, id)
        .await?
        .filter(|row| row.archived_at.is_none())
        .ok_or(AssetFault::AssetUnknown)?;
    let challenge = store::challenge::find_by_asset(&mut tx, id)
        .await?
        .filter(|challenge| challenge.expires_at > OffsetDateTime::now_utc())
        .ok_or(AssetFault::ChallengeUnknown)?;
    tx.commit().await?;
    Ok((row, challenge))
}

/// Whether the plan includes one more verified asset. The number is held from here on, so that
/// many at once do not all take the last place; a live proof that is renewed has its place.
async fn admit(tx: &mut TenantTx, asset: AssetId, payer: &Told) -> Result<(), AssetFault> {
    if payer.standing.plan.included().verified_assets.is_none() {
        return Ok(());
    }
    let verified_assets = store::authorization::hold_verified(tx, payer.root).await?;
    if store::authorization::is_live(tx, asset).await? {
        return Ok(());
    }
    let usage = Usage {
        verified_assets,
        ..Usage::default()
    };
    Ok(admit_asset(&payer.standing, usage)?)
}

async fn authorize(
    tx: &mut TenantTx,
    asset: AssetId,
    challenge: &ChallengeRow,
    instructions: &Instructions,
    now: OffsetDateTime,
    root: TenantKey,
) -> Result<(), AssetFault> {
    // A renewed proof takes the place of the old one; runs that rest on the old one go on.
    store::authorization::revoke_by_asset(tx, asset, "renewed").await?;
    let id = AuthorizationId::from_ulid(Ulid::generate());
    let vantages: Vec<String> = challenge
        .findings
        .iter()
        .filter(|finding| finding.ok)
        .map(|finding| finding.vantage.clone())
        .collect();
    let new = NewAuthorization {
        id,
        asset,
        method: challenge.method,
        proof: &instructions.expected,
        vantages: &vantages,
        verified_at: now,
        expires_at: authorization_expiry(now),
        root,
    };
    store::authorization::insert(tx, &new).await?;
    let verified = event::AssetVerified {
        asset_id: asset.to_string(),
        authorization_id: id.to_string(),
        method: challenge.method.to_string(),
    };
    wt_outbox::enqueue(tx, &verified).await?;
    let after = serde_json::json!({
        "authorization_id": id, "method": challenge.method, "vantages": vantages,
    });
    wt_audit::record(tx, "asset.verify", &asset.to_string(), None, Some(&after)).await?;
    Ok(())
}
