//! Letting a program in (RFC 8628): it waits with a code that a signed-in person types.
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wt_proto::tenant::{
    AnswerDeviceRequest, GetDeviceRequest, PollDeviceRequest, StartDeviceRequest,
};

use super::Session;
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{
        access::Caller,
        extract::{Body, Checked, Params},
        moment::Moment,
        problem::Problem,
    },
    session::{FromBrowser, cookie},
};

/// A program that wants in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDevice {
    /// What it calls itself; shown to the person.
    #[schema(min_length = 1, max_length = 120, example = "watchtower on laptop")]
    pub(crate) client_name: String,
}

impl Checked for NewDevice {}

/// What the program does next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceAuthorization {
    /// Its secret, for `POST /auth/device/token`.
    pub(crate) device_code: String,
    /// What the person types.
    #[schema(example = "BCDF-GHJK")]
    pub(crate) user_code: String,
    /// Where, below this server.
    #[schema(example = "/device")]
    pub(crate) verification_path: &'static str,
    /// Seconds until both codes are over.
    pub(crate) expires_in: u32,
    /// Seconds to wait between two questions.
    pub(crate) interval: u32,
}

/// A program that asks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceCode {
    /// Its secret.
    #[schema(max_length = 128)]
    pub(crate) device_code: String,
}

impl Checked for DeviceCode {}

/// A code that a person typed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserCode {
    /// As the program shows it; dashes, spaces and case don't matter.
    #[schema(max_length = 32)]
    pub(crate) user_code: String,
}

impl Checked for UserCode {}

/// Which program.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaitingQuery {
    /// As the program shows it.
    #[param(max_length = 32)]
    user_code: String,
}

impl Checked for WaitingQuery {}

/// A program that waits for the caller's answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingDevice {
    /// What it calls itself.
    pub(crate) client_name: String,
    /// Address it began from.
    pub(crate) ip: String,
    /// Since when.
    pub(crate) created_at: Moment,
    /// Until when.
    pub(crate) expires_at: Moment,
}

/// Lets a program begin to wait.
#[utoipa::path(post, path = "/auth/device", tag = "auth", request_body = NewDevice,
    responses((status = 200, description = "its codes", body = DeviceAuthorization)),
    security(()))]
pub(crate) async fn start_device(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(new): Body<NewDevice>,
) -> Result<Response, Problem> {
    let answer = edge
        .clients()
        .nobody_signing_in()?
        .start_device(StartDeviceRequest {
            client_name: new.client_name,
            client: Some(browser.client()),
        })
        .await?
        .into_inner();
    let body = Json(DeviceAuthorization {
        device_code: answer.device_code,
        user_code: answer.user_code,
        verification_path: "/device",
        expires_in: answer.expires_in,
        interval: answer.interval,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
}

/// Asks whether the person has answered: `device.authorization_pending`, `device.slow_down`,
/// `device.access_denied` and `device.expired_token` are the codes of RFC 8628 §3.5.
#[utoipa::path(post, path = "/auth/device/token", tag = "auth", request_body = DeviceCode,
    responses((status = 200, description = "let in", body = Session)),
    security(()))]
pub(crate) async fn poll_device(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(code): Body<DeviceCode>,
) -> Result<Response, Problem> {
    let answer = edge
        .clients()
        .nobody_signing_in()?
        .poll_device(PollDeviceRequest {
            device_code: code.device_code,
            client: Some(browser.client()),
        })
        .await?
        .into_inner();
    cookie::session_response(StatusCode::OK, answer)
}

/// Which program waits with a code: to be shown before the person lets it in.
#[utoipa::path(get, path = "/auth/device", tag = "auth", params(WaitingQuery),
    responses((status = 200, description = "the program", body = WaitingDevice)))]
pub(crate) async fn get_device(
    caller: Caller,
    Params(query): Params<WaitingQuery>,
) -> Result<Json<WaitingDevice>, Problem> {
    caller.take_own_try().await?;
    let answer = caller
        .sign_in()?
        .get_device(GetDeviceRequest {
            user_code: query.user_code,
        })
        .await?
        .into_inner();
    Ok(Json(WaitingDevice {
        created_at: Moment::required("device.created_at", answer.created_at.as_ref())?,
        expires_at: Moment::required("device.expires_at", answer.expires_at.as_ref())?,
        client_name: answer.client_name,
        ip: answer.ip,
    }))
}

/// Lets the program in: it acts as the caller, in the organization they look at now.
#[utoipa::path(post, path = "/auth/device/approve", tag = "auth", request_body = UserCode,
    responses((status = 204, description = "let in")))]
pub(crate) async fn approve_device(
    caller: Caller,
    Body(code): Body<UserCode>,
) -> Result<StatusCode, Problem> {
    caller.take_own_try().await?;
    answer(&caller, code, true).await
}

/// Turns the program away.
#[utoipa::path(post, path = "/auth/device/deny", tag = "auth", request_body = UserCode,
    responses((status = 204, description = "turned away")))]
pub(crate) async fn deny_device(
    caller: Caller,
    Body(code): Body<UserCode>,
) -> Result<StatusCode, Problem> {
    caller.take_own_try().await?;
    answer(&caller, code, false).await
}

async fn answer(caller: &Caller, code: UserCode, approve: bool) -> Result<StatusCode, Problem> {
    caller
        .sign_in()?
        .answer_device(AnswerDeviceRequest {
            user_code: code.user_code,
            approve,
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
