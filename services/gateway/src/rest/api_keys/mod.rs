//! Keys of an organization's programs.
mod create;
mod list;
mod revoke;
mod rotate;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::tenant as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/api-keys`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_api_keys, create::create_api_key))
        .routes(routes!(revoke::revoke_api_key))
        .routes(routes!(rotate::rotate_api_key))
}

/// A key of the organization, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    /// `key_…`
    pub(crate) id: String,
    /// What its maker calls it.
    pub(crate) name: String,
    /// How the key begins.
    #[schema(example = "wt_k3x9q2ab")]
    pub(crate) prefix: String,
    /// Permissions it may use at most; its maker's own rights limit it too.
    pub(crate) scopes: Vec<String>,
    /// User id of its maker.
    pub(crate) created_by: String,
    /// When it was made.
    pub(crate) created_at: Moment,
    /// When it ends; null for never.
    #[schema(required = true)]
    pub(crate) expires_at: Option<Moment>,
    /// When it was last used, to the minute; null for never.
    #[schema(required = true)]
    pub(crate) last_used_at: Option<Moment>,
    /// When it got its present secret; null for when it was made.
    #[schema(required = true)]
    pub(crate) rotated_at: Option<Moment>,
    /// Until when the secret before the last rotation works.
    #[schema(required = true)]
    pub(crate) old_until: Option<Moment>,
    /// When it was revoked; null while it works.
    #[schema(required = true)]
    pub(crate) revoked_at: Option<Moment>,
}

impl TryFrom<wire::ApiKey> for ApiKey {
    type Error = Problem;

    fn try_from(key: wire::ApiKey) -> Result<Self, Problem> {
        Ok(Self {
            created_at: Moment::required("api_key.created_at", key.created_at.as_ref())?,
            expires_at: Moment::maybe(key.expires_at.as_ref()),
            last_used_at: Moment::maybe(key.last_used_at.as_ref()),
            rotated_at: Moment::maybe(key.rotated_at.as_ref()),
            old_until: Moment::maybe(key.old_until.as_ref()),
            revoked_at: Moment::maybe(key.revoked_at.as_ref()),
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes,
            created_by: key.created_by,
        })
    }
}

/// A key with its secret, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FreshApiKey {
    /// The key.
    pub(crate) api_key: ApiKey,
    /// For `authorization: Bearer`; it can't be shown again.
    pub(crate) secret: String,
}

impl FreshApiKey {
    fn read(key: Option<wire::ApiKey>, secret: String) -> Result<Self, Problem> {
        Ok(Self {
            api_key: key
                .ok_or_else(|| Problem::broken_answer("api_key"))?
                .try_into()?,
            secret,
        })
    }
}

/// A key to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) name: String,
    /// Permissions it may use; each one the caller holds.
    #[schema(min_items = 1, max_items = 64)]
    pub(crate) scopes: Vec<String>,
    /// When it ends; absent for never.
    #[serde(default)]
    pub(crate) expires_at: Option<Moment>,
}

impl Checked for NewApiKey {
    fn check(&self) -> Result<(), Problem> {
        if self.scopes.len() > 64 {
            return Err(Problem::invalid_field("scopes", "at most 64"));
        }
        Ok(())
    }
}

/// How a key is rotated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// Seconds for which the old secret works on; none ends it at once.
    #[serde(default)]
    #[schema(maximum = 604_800, default = 0)]
    pub(crate) overlap_seconds: u32,
}

impl Checked for Rotation {}

page!(
    /// Keys of the organization.
    ApiKeyPage of ApiKey
);
