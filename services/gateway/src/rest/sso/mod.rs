//! Single sign-on: connections to identity providers, and signing in through one.
mod callback;
mod check_domain;
mod create;
mod delete;
mod list;
mod replace;
mod start;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_fault::Kind;
use wt_proto::tenant as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/sso` and `/auth/sso`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(
            list::list_sso_connections,
            create::create_sso_connection
        ))
        .routes(routes!(
            replace::replace_sso_connection,
            delete::delete_sso_connection
        ))
        .routes(routes!(check_domain::check_sso_domain))
        .routes(routes!(start::start_sso))
        .routes(routes!(callback::complete_sso))
}

/// Where a provider sends browsers back to: our own configured address, never the request's.
fn redirect_uri(edge: &Edge) -> Result<String, Problem> {
    let url = edge.public_url().ok_or_else(|| {
        Problem::new(
            Kind::Precondition,
            "sso.not_configured",
            "single sign-on needs this installation's public address",
        )
        .advising("an operator sets WT_PUBLIC_URL")
    })?;
    let base = url.as_str().trim_end_matches('/');
    Ok(format!("{base}{}/auth/sso/callback", super::PREFIX))
}

/// Settings of a connection to an `OpenID` Connect provider.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSsoConnection {
    /// What people read on the button.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Issuer, as the provider's discovery document says it.
    #[schema(format = "uri", max_length = 1000)]
    issuer: String,
    /// Our client at the provider.
    #[schema(min_length = 1, max_length = 1000)]
    client_id: String,
    /// Its secret; absent for a public client, or to keep the stored one.
    #[serde(default)]
    #[schema(format = "password", max_length = 4096)]
    client_secret: String,
    /// E-mail domains that sign in here, once proven.
    #[serde(default)]
    #[schema(max_items = 50)]
    domains: Vec<String>,
    /// Claim that holds groups, such as `groups`.
    #[serde(default)]
    #[schema(max_length = 1000)]
    role_claim: String,
    /// Role by value of that claim.
    #[serde(default)]
    role_map: BTreeMap<String, String>,
    /// Role where no value fits; absent refuses.
    #[serde(default)]
    default_role: String,
    /// Refuse passwords of the domains' members, owners excepted.
    #[serde(default)]
    enforced: bool,
    /// Make users of unknown people.
    #[serde(default)]
    just_in_time: bool,
    /// Whether it can be used.
    #[serde(default = "yes")]
    #[schema(default = true)]
    enabled: bool,
}

const fn yes() -> bool {
    true
}

impl Checked for NewSsoConnection {}

impl NewSsoConnection {
    /// As the service takes it; `id` is empty for a new one.
    fn into_wire(self, id: String) -> wire::PutSsoConnectionRequest {
        let domains = self.domains.into_iter().map(|domain| wire::SsoDomain {
            domain,
            ..Default::default()
        });
        wire::PutSsoConnectionRequest {
            client_secret: self.client_secret,
            connection: Some(wire::SsoConnection {
                id,
                name: self.name,
                issuer: self.issuer,
                client_id: self.client_id,
                domains: domains.collect(),
                role_claim: self.role_claim,
                role_map: self.role_map,
                default_role: self.default_role,
                enforced: self.enforced,
                just_in_time: self.just_in_time,
                enabled: self.enabled,
                ..Default::default()
            }),
        }
    }
}

/// A domain of a connection, and how it is proven.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SsoDomain {
    domain: String,
    /// Name of the TXT record.
    record_name: String,
    /// Its value.
    record_value: String,
    /// When the record was first seen; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<Moment>,
}

/// A connection to an `OpenID` Connect provider.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own, and every combination of them is meant"
)]
pub(crate) struct SsoConnection {
    /// `sso_…`
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    /// Whether a secret is stored; it is never shown.
    has_client_secret: bool,
    domains: Vec<SsoDomain>,
    role_claim: String,
    role_map: BTreeMap<String, String>,
    default_role: String,
    enforced: bool,
    just_in_time: bool,
    enabled: bool,
    created_at: Moment,
}

impl TryFrom<wire::SsoConnection> for SsoConnection {
    type Error = Problem;

    fn try_from(row: wire::SsoConnection) -> Result<Self, Problem> {
        let domains = row.domains.into_iter().map(|domain| SsoDomain {
            verified_at: Moment::maybe(domain.verified_at.as_ref()),
            domain: domain.domain,
            record_name: domain.record_name,
            record_value: domain.record_value,
        });
        Ok(Self {
            domains: domains.collect(),
            created_at: Moment::required("connection.created_at", row.created_at.as_ref())?,
            id: row.id,
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            has_client_secret: row.has_client_secret,
            role_claim: row.role_claim,
            role_map: row.role_map,
            default_role: row.default_role,
            enforced: row.enforced,
            just_in_time: row.just_in_time,
            enabled: row.enabled,
        })
    }
}

page!(
    /// The organization's connections.
    SsoConnectionPage of SsoConnection
);
