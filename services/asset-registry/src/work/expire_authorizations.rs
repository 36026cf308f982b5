//! Ends authorizations whose time is over and says so (contracts §6: what rests on them retires).
//!
//! Takes no input and is idempotent: run twice, on two replicas or after a crash at any line,
//! each authorization ends once, with one event.

use wt_model::{Principal, TenantKey};
use wt_pg::Pool;
use wt_proto::event;

use crate::{error::AssetFault, store};

/// Most authorizations ended in one step of one organization, so that a step stays short.
const STEP_MAX: i64 = 200;
/// Most organizations visited in one step.
const TENANTS_MAX: i64 = 100;

/// One step; returns how many authorizations ended.
pub(crate) async fn step(pool: &Pool) -> Result<usize, AssetFault> {
    let mut ended = 0;
    for tenant in due(pool).await? {
        ended += expire(pool, tenant).await?;
    }
    Ok(ended)
}

async fn due(pool: &Pool) -> Result<Vec<TenantKey>, AssetFault> {
    let mut tx = pool.begin_platform("due_authorizations").await?;
    let tenants = store::authorization::tenants_with_expired(&mut tx, TENANTS_MAX).await?;
    tx.commit().await?;
    Ok(tenants)
}

async fn expire(pool: &Pool, tenant: TenantKey) -> Result<usize, AssetFault> {
    let principal = Principal::service("asset-registry", tenant);
    let mut tx = pool.begin(&principal, "expire_authorizations").await?;
    let expired = store::authorization::revoke_expired(&mut tx, STEP_MAX).await?;
    for (authorization_id, asset_id) in &expired {
        let revoked = event::AuthorizationRevoked {
            asset_id: asset_id.clone(),
            authorization_id: authorization_id.clone(),
            reason: "expired".to_owned(),
        };
        wt_outbox::enqueue(&mut tx, &revoked).await?;
        wt_audit::record(
            &mut tx,
            "authorization.expire",
            authorization_id,
            None,
            None,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(expired.len())
}
