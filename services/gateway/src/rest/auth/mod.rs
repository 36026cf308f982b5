//! Signing up, in and out (contracts §10).
mod change_password;
mod device;
mod forgot_password;
mod log_in;
mod log_out;
mod mfa;
mod passkey;
mod passwords;
mod refresh;
mod reset_password;
mod sign_up;
mod switch;
mod verify_email;

pub(crate) use mfa::PasswordAgain;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::tenant as wire;

use super::{extract::Checked, problem::Problem};
use crate::Edge;

/// Routes of `/auth`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(sign_up::sign_up))
        .routes(routes!(log_in::log_in))
        .routes(routes!(refresh::refresh))
        .routes(routes!(log_out::log_out))
        .routes(routes!(switch::switch_organization))
        .routes(routes!(change_password::change_password))
        .routes(routes!(forgot_password::forgot_password))
        .routes(routes!(reset_password::reset_password))
        .routes(routes!(verify_email::send_email_verification))
        .routes(routes!(verify_email::verify_email))
        .routes(routes!(mfa::get_mfa, mfa::complete_mfa))
        .routes(routes!(mfa::enrol_totp))
        .routes(routes!(mfa::confirm_totp))
        .routes(routes!(mfa::remove_totp))
        .routes(routes!(mfa::new_recovery_codes))
        .routes(routes!(passkey::begin_passkey_sign_in))
        .routes(routes!(passkey::finish_passkey_sign_in))
        .routes(routes!(device::start_device))
        .routes(routes!(device::poll_device))
        .routes(routes!(device::get_device))
        .routes(routes!(device::approve_device))
        .routes(routes!(device::deny_device))
}

/// How a session is carried.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionMode {
    /// Tokens in the answer, for programs.
    #[default]
    Bearer,
    /// An opaque cookie that scripts cannot read, for browsers.
    Cookie,
}

impl SessionMode {
    /// The contract's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Cookie => "cookie",
        }
    }
}

/// A signed-in session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    /// `EdDSA` JWT for `authorization: Bearer`; absent for cookie sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_token: Option<String>,
    /// One-time token for `/auth/refresh`; absent for cookie sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    /// Seconds until the access token expires.
    pub(crate) expires_in: u32,
    /// `Bearer` or `Cookie`.
    #[schema(example = "Bearer")]
    pub(crate) token_type: &'static str,
    /// Who.
    pub(crate) user: User,
    /// Where.
    pub(crate) organization: Membership,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    /// `usr_…`
    pub(crate) id: String,
    /// Address they sign in with.
    pub(crate) email: String,
    /// What others see.
    pub(crate) display_name: String,
}

impl From<wire::User> for User {
    fn from(user: wire::User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            display_name: user.display_name,
        }
    }
}

/// A person's place in an organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Membership {
    /// `org_…`
    pub(crate) tenant_key: String,
    /// Name of the organization.
    pub(crate) name: String,
    /// Role held there.
    #[schema(schema_with = crate::rest::words::role)]
    pub(crate) role: String,
    /// The organization above, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_tenant_key: Option<String>,
}

impl TryFrom<wire::Membership> for Membership {
    type Error = Problem;

    fn try_from(membership: wire::Membership) -> Result<Self, Problem> {
        Ok(Self {
            tenant_key: membership.tenant_key,
            name: membership.name,
            role: membership.role,
            parent_tenant_key: (!membership.parent_tenant_key.is_empty())
                .then_some(membership.parent_tenant_key),
        })
    }
}

impl TryFrom<wire::SessionResponse> for Session {
    type Error = Problem;

    fn try_from(session: wire::SessionResponse) -> Result<Self, Problem> {
        let cookie = !session.session_secret.is_empty();
        Ok(Self {
            access_token: (!cookie).then_some(session.access_token),
            refresh_token: (!cookie && !session.refresh_token.is_empty())
                .then_some(session.refresh_token),
            expires_in: session.expires_in,
            token_type: if cookie { "Cookie" } else { "Bearer" },
            user: session
                .user
                .ok_or_else(|| Problem::broken_answer("session.user"))?
                .into(),
            organization: session
                .organization
                .ok_or_else(|| Problem::broken_answer("session.organization"))?
                .try_into()?,
        })
    }
}

/// Who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// Address of the account.
    #[schema(format = "email", max_length = 254)]
    pub(crate) email: String,
    /// Password.
    #[schema(format = "password", max_length = 256)]
    pub(crate) password: String,
    /// How the session is to be carried.
    #[serde(default)]
    pub(crate) mode: SessionMode,
}

impl Checked for Credentials {}

/// A new account and its organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// Address to sign in with.
    #[schema(format = "email", max_length = 254)]
    pub(crate) email: String,
    /// Password, at least 12 characters.
    #[schema(format = "password", min_length = 12, max_length = 256)]
    pub(crate) password: String,
    /// What others see.
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) display_name: String,
    /// Name of the new organization.
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) organization_name: String,
    /// How the session is to be carried.
    #[serde(default)]
    pub(crate) mode: SessionMode,
}

impl Checked for NewAccount {}

/// A token to exchange.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshToken {
    /// The session's last refresh token; each works once.
    pub(crate) refresh_token: String,
}

impl Checked for RefreshToken {}

/// Where to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwitchTo {
    /// An organization the user belongs to.
    #[schema(value_type = String)]
    pub(crate) tenant_key: wt_model::TenantKey,
}

impl Checked for SwitchTo {}
