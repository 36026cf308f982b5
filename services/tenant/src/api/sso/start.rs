//! Where a browser goes to sign in.

use time::{Duration, OffsetDateTime};
use wt_model::{Principal, TenantKey};
use wt_proto::tenant;

use super::SsoApi;
use crate::{
    domain::sso,
    error::TenantFault,
    issue,
    sso::Proofs,
    store::{self, sso::AttemptRow},
};

/// How long somebody may take at their provider.
const ATTEMPT_LIFETIME: Duration = Duration::minutes(10);
/// Shortest secret of a browser: 128 bits as Base64.
const BROWSER_SECRET_BYTES_MIN: usize = 22;

pub(super) async fn start(
    sso: &SsoApi,
    request: tenant::StartSsoRequest,
) -> Result<tenant::StartSsoResponse, TenantFault> {
    if request.browser_secret.len() < BROWSER_SECRET_BYTES_MIN {
        return Err(TenantFault::field("browser_secret", "too short"));
    }
    let (organization, connection_id) = find(sso, &request).await?;
    let service = Principal::service("tenant", organization);
    let mut tx = sso.api.pool.begin(&service, "find_sso_connection").await?;
    let row = store::sso::lock(&mut tx, &connection_id)
        .await?
        .filter(|row| row.enabled)
        .ok_or(TenantFault::SsoUnknown)?;
    tx.commit().await?;
    let description = sso.providers.describe(&row.issuer).await?;

    let state = issue::secret();
    let proofs = Proofs::of(&request.browser_secret, &state);
    let mut url = description.authorization_endpoint;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &row.client_id)
        .append_pair("redirect_uri", &request.redirect_uri)
        .append_pair("scope", "openid email profile")
        .append_pair("state", &state)
        .append_pair("nonce", &proofs.nonce)
        .append_pair("code_challenge", &proofs.challenge())
        .append_pair("code_challenge_method", "S256");
    if !request.email.is_empty() {
        url.query_pairs_mut()
            .append_pair("login_hint", request.email.trim());
    }
    let attempt = AttemptRow {
        organization: organization.to_string(),
        connection_id,
        return_to: sso::return_path(&request.return_to),
    };
    let mut tx = sso.api.pool.begin_platform("begin_sso").await?;
    store::sso::begin_attempt(
        &mut tx,
        &issue::secret_hash(&state),
        &issue::secret_hash(&request.browser_secret),
        &attempt,
        OffsetDateTime::now_utc() + ATTEMPT_LIFETIME,
    )
    .await?;
    tx.commit().await?;
    Ok(tenant::StartSsoResponse {
        authorization_url: url.into(),
    })
}

/// The connection, by the domain of an address or by its own id. Whether an address has an
/// account plays no part, so nothing is told about that.
async fn find(
    sso: &SsoApi,
    request: &tenant::StartSsoRequest,
) -> Result<(TenantKey, String), TenantFault> {
    let mut tx = sso.api.pool.begin_platform("find_sso").await?;
    let found = if request.connection_id.is_empty() {
        let domain = sso::domain_of(&request.email)
            .ok_or_else(|| TenantFault::field("email", "not an e-mail address"))?;
        store::sso::of_domain(&mut tx, &domain).await?
    } else {
        let id = request.connection_id.clone();
        let owner = store::sso::owner(&mut tx, &id).await?;
        owner.map(|owner| (owner, id))
    };
    tx.commit().await?;
    let (owner, id) = found.ok_or(TenantFault::SsoUnknown)?;
    let owner = owner.parse().map_err(|_| TenantFault::Inconsistent {
        place: "tenant.sso_connections.tenant_key".to_owned(),
    })?;
    Ok((owner, id))
}
