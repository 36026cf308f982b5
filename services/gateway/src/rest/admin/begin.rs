//! Begins to look with a person's eyes.
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_model::TenantKey;
use wt_proto::tenant::StartImpersonationRequest;

use super::{StaffView, held};
use crate::{
    rest::{
        access::{May, PlatformOperate},
        extract::{Body, Checked},
        problem::Problem,
    },
    session::FromBrowser,
};

/// Whose eyes, where, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewImpersonation {
    /// `usr_…`, or
    #[serde(default)]
    #[schema(max_length = 64)]
    user_id: Option<String>,
    /// the whole mail address of the person.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// An organization of theirs.
    #[schema(value_type = String)]
    tenant_key: TenantKey,
    /// One line; the person and their organization read it.
    #[schema(
        min_length = 10,
        max_length = 500,
        example = "ticket 4711: their list is empty"
    )]
    reason: String,
}

impl NewImpersonation {
    fn person(&self) -> Option<&String> {
        match (&self.user_id, &self.email) {
            (Some(person), None) | (None, Some(person)) => Some(person),
            _ => None,
        }
    }
}

impl Checked for NewImpersonation {
    fn check(&self) -> Result<(), Problem> {
        if self.person().is_some() {
            return Ok(());
        }
        let reason = "expected one of user_id and email";
        Err(Problem::invalid_field("user_id", reason))
    }
}

/// An impersonation that began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BegunImpersonation {
    /// What began.
    impersonation: StaffView,
    /// Token that acts as the person; absent in a browser, whose cookie means the person until
    /// the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// One-time token for `/auth/refresh`, until the half hour is over; absent in a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Seconds until the access token expires.
    expires_in: u32,
}

/// Looks with a person's eyes for half an hour: reading only, told to the person by mail and to
/// their organization in its audit.
#[utoipa::path(post, path = "/admin/impersonations", tag = "admin",
    request_body = NewImpersonation,
    responses((status = 201, description = "begun", body = BegunImpersonation)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn start_impersonation(
    caller: May<PlatformOperate>,
    browser: FromBrowser,
    Body(new): Body<NewImpersonation>,
) -> Result<Response, Problem> {
    let answer = caller
        .impersonations()?
        .start_impersonation(StartImpersonationRequest {
            person: new.person().cloned().unwrap_or_default(),
            tenant_key: new.tenant_key.to_string(),
            reason: new.reason,
            client: Some(browser.client()),
        })
        .await?
        .into_inner();
    // A browser's cookie means somebody else from now on.
    caller.edge().session_changed();
    let session = answer.session.unwrap_or_default();
    let given = |text: String| (!text.is_empty()).then_some(text);
    let begun = BegunImpersonation {
        impersonation: held(answer.impersonation)?,
        access_token: given(session.access_token),
        refresh_token: given(session.refresh_token),
        expires_in: session.expires_in,
    };
    let secret = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, secret, Json(begun)).into_response())
}
