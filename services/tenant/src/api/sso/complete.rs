//! Signs in whom the provider sent back.

use wt_model::{Principal, TenantKey};
use wt_proto::tenant;
use wt_seal::{Opened, Owner, Place, Sealed};

use super::{
    SECRET_COLUMN, SsoApi,
    admit::{self, Arrival},
};
use crate::{
    domain::sso,
    error::TenantFault,
    issue::{self, Begin, Method, Mode},
    sso::{Exchange, Proofs},
    store::{
        self,
        sso::{AttemptRow, ConnectionRow},
    },
};

pub(super) async fn complete(
    sso: &SsoApi,
    request: tenant::CompleteSsoRequest,
) -> Result<tenant::CompleteSsoResponse, TenantFault> {
    let attempt = take(sso, &request).await?;
    if !request.error.is_empty() || request.code.is_empty() {
        return Err(TenantFault::SsoRefused("the provider did not sign you in"));
    }
    let organization: TenantKey =
        attempt
            .organization
            .parse()
            .map_err(|_| TenantFault::Inconsistent {
                place: "tenant.sso_attempts.organization".to_owned(),
            })?;
    let (row, secret) = load(sso, organization, &attempt.connection_id).await?;
    // RFC 9207: an answer of another provider is not ours to exchange (mix-up).
    let description = sso.providers.describe(&row.issuer).await?;
    let named = !request.issuer.is_empty();
    if (named && request.issuer != row.issuer)
        || (!named && description.authorization_response_iss_parameter_supported)
    {
        return Err(TenantFault::SsoRefused("the answer is another provider's"));
    }
    let proofs = Proofs::of(&request.browser_secret, &request.state);
    let secret = secret.as_ref().map(Opened::expose_str).transpose()?;
    let asked = Exchange {
        issuer: &row.issuer,
        client_id: &row.client_id,
        client_secret: secret,
        code: &request.code,
        redirect_uri: &request.redirect_uri,
        verifier: &proofs.verifier,
        nonce: &proofs.nonce,
        role_claim: &row.role_claim,
    };
    let claims = sso.providers.exchange(&asked).await?;
    let person = sso::person(&claims)?;
    let role = sso::mapped_role(&claims, &row.role_claim, &row.role_map.0, &row.default_role);
    let arrival = Arrival {
        connection: &row,
        person: &person,
        role,
    };
    let user = admit::admit(sso, organization, &arrival).await?;

    let mut tx = sso.api.pool.begin_platform("sso_sign_in").await?;
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    let below = store::organization::subtree(&mut tx, organization).await?;
    // The nearest to the connection's own: somebody may be at home below it only.
    let home = below
        .iter()
        .find_map(|node| access.iter().find(|row| row.tenant_key == node.tenant_key))
        .ok_or(TenantFault::OrganizationUnknown)?;
    let how = Begin {
        mode: Mode::Cookie,
        method: Method::Sso,
        client: request.client,
    };
    let session = issue::begin(&sso.api, tx, &user, home, how).await?;
    Ok(tenant::CompleteSsoResponse {
        session: Some(session),
        return_to: attempt.return_to,
    })
}

async fn take(
    sso: &SsoApi,
    request: &tenant::CompleteSsoRequest,
) -> Result<AttemptRow, TenantFault> {
    let mut tx = sso.api.pool.begin_platform("take_sso_attempt").await?;
    let attempt = store::sso::take_attempt(
        &mut tx,
        &issue::secret_hash(&request.state),
        &issue::secret_hash(&request.browser_secret),
    )
    .await?;
    // Committed at once: what follows may fail, and the attempt stays used.
    tx.commit().await?;
    attempt.ok_or(TenantFault::SsoRefused(
        "the sign-in has expired, was used, or began in another browser",
    ))
}

async fn load(
    sso: &SsoApi,
    organization: TenantKey,
    id: &str,
) -> Result<(ConnectionRow, Option<Opened>), TenantFault> {
    let service = Principal::service("tenant", organization);
    let mut tx = sso.api.pool.begin(&service, "load_sso_connection").await?;
    let row = store::sso::lock(&mut tx, id)
        .await?
        .filter(|row| row.enabled)
        .ok_or(TenantFault::SsoUnknown)?;
    let secret = match &row.client_secret {
        Some(bytes) => {
            let owner = Owner::Organization(organization);
            let place = Place {
                column: SECRET_COLUMN,
                row: id,
            };
            let sealed = Sealed::from_bytes(bytes.clone());
            Some(sso.api.seal.open(tx.conn(), owner, place, &sealed).await?)
        }
        None => None,
    };
    tx.commit().await?;
    Ok((row, secret))
}
