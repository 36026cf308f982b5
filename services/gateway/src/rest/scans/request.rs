//! Requests a scan, or says what one would look at.
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use wt_proto::scan::{RequestRunRequest, RequestRunResponse};

use super::{NewScan, Plan, Run};
use crate::rest::{
    access::{Caller, May, RunsCreate},
    extract::Body,
    idempotency::IdempotencyKey,
    problem::Problem,
};

/// Requests a scan of verified assets.
#[utoipa::path(post, path = "/scans", tag = "scans", request_body = NewScan, params(IdempotencyKey),
    responses(
        (status = 202, description = "requested", body = Run),
        (status = 200, description = "what a dry run would look at", body = Plan)),
    extensions(("x-permission" = json!("runs:create"))))]
pub(crate) async fn request_scan(
    caller: May<RunsCreate>,
    key: IdempotencyKey,
    Body(new): Body<NewScan>,
) -> Result<Response, Problem> {
    request(&caller, key, new).await
}

/// The same as `POST /scans`, under the name people look for.
#[utoipa::path(post, path = "/scans/trigger", tag = "scans", request_body = NewScan,
    params(IdempotencyKey),
    responses(
        (status = 202, description = "requested", body = Run),
        (status = 200, description = "what a dry run would look at", body = Plan)),
    extensions(("x-permission" = json!("runs:create"))))]
pub(crate) async fn trigger_scan(
    caller: May<RunsCreate>,
    key: IdempotencyKey,
    Body(new): Body<NewScan>,
) -> Result<Response, Problem> {
    request(&caller, key, new).await
}

async fn request(caller: &Caller, key: IdempotencyKey, new: NewScan) -> Result<Response, Problem> {
    let answer = caller
        .scans()?
        .request_run(RequestRunRequest {
            kind: "on_demand".to_owned(),
            profile: new.profile.to_string(),
            policy: new.policy.to_string(),
            asset_ids: new.asset_ids.iter().map(ToString::to_string).collect(),
            ports: new.ports.unwrap_or_default(),
            dry_run: new.dry_run,
            pool: new.pool.unwrap_or_default(),
            exposure_keys: Vec::new(),
            idempotency_key: key.into_text(),
        })
        .await?
        .into_inner();
    begun(caller, answer, new.dry_run).await
}

/// A run that was requested, or what one would look at.
pub(super) async fn begun(
    caller: &Caller,
    answer: RequestRunResponse,
    dry_run: bool,
) -> Result<Response, Problem> {
    let refused = answer.refused.into_iter().map(Into::into).collect();
    if dry_run {
        return Ok(Json(Plan {
            hosts: answer.hosts,
            cells: answer.cells,
            jobs: answer.jobs,
            refused,
        })
        .into_response());
    }
    if let Some(tenant) = caller.principal().tenant_key {
        // Who asks for a scan sees it in the next list.
        caller.edge().recent_runs().forget(tenant).await;
    }
    let mut run: Run = answer
        .run
        .ok_or_else(|| Problem::broken_answer("request_run.run"))?
        .try_into()?;
    run.refused = refused;
    Ok((StatusCode::ACCEPTED, Json(run)).into_response())
}
