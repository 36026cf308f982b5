//! Passkeys of the caller: making, listing, naming and removing them (WebAuthn Level 3).
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::PasskeyId;
use wt_proto::tenant::{
    self as wire, AddPasskeyRequest, BeginPasskeyRequest, ListPasskeysRequest,
    RemovePasskeyRequest, RenamePasskeyRequest,
};

use super::{
    access::Caller,
    auth::PasswordAgain,
    extract::{Body, Checked, Segment},
    moment::Moment,
    page::page,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/me/passkeys`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(begin_passkey))
        .routes(routes!(list_passkeys, add_passkey))
        .routes(routes!(rename_passkey, remove_passkey))
}

/// A passkey of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Passkey {
    /// `pky_…`
    pub(crate) id: String,
    /// What its person calls it.
    pub(crate) name: String,
    /// When it was made.
    pub(crate) created_at: Moment,
    /// When it last signed its person in; null for never.
    #[schema(required = true)]
    pub(crate) last_used_at: Option<Moment>,
}

impl TryFrom<wire::Passkey> for Passkey {
    type Error = Problem;

    fn try_from(passkey: wire::Passkey) -> Result<Self, Problem> {
        Ok(Self {
            created_at: Moment::required("passkey.created_at", passkey.created_at.as_ref())?,
            last_used_at: Moment::maybe(passkey.last_used_at.as_ref()),
            id: passkey.id,
            name: passkey.name,
        })
    }
}

page!(
    /// Passkeys of the caller.
    PasskeyPage of Passkey
);

/// What a browser asks an authenticator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasskeyCeremony {
    /// To be sent back with the browser's answer; works once, for five minutes.
    pub(crate) ceremony: String,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    #[schema(value_type = Object)]
    pub(crate) options: Value,
}

impl PasskeyCeremony {
    /// The answer with what the service wrote.
    pub(crate) fn response(ceremony: String, options_json: &str) -> Result<Response, Problem> {
        let options = serde_json::from_str(options_json)
            .map_err(|_malformed| Problem::broken_answer("passkey.options"))?;
        let body = Json(Self { ceremony, options });
        Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
    }
}

/// A passkey to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskey {
    /// Of `POST /me/passkeys/begin`.
    #[schema(max_length = 128)]
    pub(crate) ceremony: String,
    /// What to call it.
    #[schema(min_length = 1, max_length = 120, example = "phone")]
    pub(crate) name: String,
    /// `RegistrationResponseJSON`, as the browser gave it.
    #[schema(value_type = Object)]
    pub(crate) credential: Value,
}

impl Checked for NewPasskey {}

/// Another name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyName {
    /// What to call it.
    #[schema(min_length = 1, max_length = 120, example = "laptop")]
    pub(crate) name: String,
}

impl Checked for PasskeyName {}

/// Begins to make a passkey; the password once more, because an unlocked screen is not enough.
#[utoipa::path(post, path = "/me/passkeys/begin", tag = "passkeys", request_body = PasswordAgain,
    responses((status = 200, description = "what the browser needs", body = PasskeyCeremony)))]
pub(crate) async fn begin_passkey(
    caller: Caller,
    Body(again): Body<PasswordAgain>,
) -> Result<Response, Problem> {
    caller.take_own_try().await?;
    let answer = caller
        .sign_in()?
        .begin_passkey(BeginPasskeyRequest {
            password: again.password,
        })
        .await?
        .into_inner();
    PasskeyCeremony::response(answer.ceremony, &answer.options_json)
}

/// Keeps the passkey that the browser made; its person is told by mail.
#[utoipa::path(post, path = "/me/passkeys", tag = "passkeys", request_body = NewPasskey,
    responses((status = 201, description = "kept", body = Passkey)))]
pub(crate) async fn add_passkey(
    caller: Caller,
    Body(new): Body<NewPasskey>,
) -> Result<(StatusCode, Json<Passkey>), Problem> {
    let answer = caller
        .sign_in()?
        .add_passkey(AddPasskeyRequest {
            ceremony: new.ceremony,
            name: new.name,
            credential_json: new.credential.to_string(),
        })
        .await?
        .into_inner();
    Ok((StatusCode::CREATED, read(answer.passkey)?))
}

/// Passkeys of the caller, the oldest first.
#[utoipa::path(get, path = "/me/passkeys", tag = "passkeys",
    responses((status = 200, description = "the passkeys", body = PasskeyPage)))]
pub(crate) async fn list_passkeys(caller: Caller) -> Result<Json<PasskeyPage>, Problem> {
    let answer = caller
        .sign_in()?
        .list_passkeys(ListPasskeysRequest {})
        .await?
        .into_inner();
    PasskeyPage::from_wire(answer.passkeys, String::new()).map(Json)
}

/// Names a passkey anew.
#[utoipa::path(patch, path = "/me/passkeys/{id}", tag = "passkeys", request_body = PasskeyName,
    params(("id" = String, Path, description = "passkey (`pky_…`)")),
    responses((status = 200, description = "named", body = Passkey)))]
pub(crate) async fn rename_passkey(
    caller: Caller,
    Segment(id): Segment<PasskeyId>,
    Body(new): Body<PasskeyName>,
) -> Result<Json<Passkey>, Problem> {
    let answer = caller
        .sign_in()?
        .rename_passkey(RenamePasskeyRequest {
            passkey_id: id.to_string(),
            name: new.name,
        })
        .await?
        .into_inner();
    read(answer.passkey)
}

/// Removes a passkey; it signs nobody in any more.
#[utoipa::path(delete, path = "/me/passkeys/{id}", tag = "passkeys",
    params(("id" = String, Path, description = "passkey (`pky_…`)")),
    responses((status = 204, description = "removed")))]
pub(crate) async fn remove_passkey(
    caller: Caller,
    Segment(id): Segment<PasskeyId>,
) -> Result<StatusCode, Problem> {
    caller
        .sign_in()?
        .remove_passkey(RemovePasskeyRequest {
            passkey_id: id.to_string(),
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(passkey: Option<wire::Passkey>) -> Result<Json<Passkey>, Problem> {
    passkey
        .ok_or_else(|| Problem::broken_answer("passkey"))?
        .try_into()
        .map(Json)
}
