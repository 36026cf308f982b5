//! Registers one asset.
use axum::{Json, http::StatusCode};
use wt_fault::{FieldFault, Kind, Report};
use wt_proto::asset::RegisterAssetsRequest;

use super::{Asset, NewAsset, RegisteredAsset, RegistrationStatus};
use crate::rest::{
    access::{AssetsWrite, May},
    extract::Body,
    problem::Problem,
};

/// Registers an asset.
#[utoipa::path(post, path = "/assets", tag = "assets", request_body = NewAsset,
    responses((status = 201, description = "registered", body = Asset)),
    extensions(("x-permission" = json!("assets:write"))))]
pub(crate) async fn register_asset(
    caller: May<AssetsWrite>,
    Body(new): Body<NewAsset>,
) -> Result<(StatusCode, Json<Asset>), Problem> {
    let line = caller
        .assets()?
        .register_assets(RegisterAssetsRequest {
            assets: vec![new.into()],
        })
        .await?
        .into_inner()
        .results
        .pop()
        .ok_or_else(|| Problem::broken_answer("register_assets.results"))?;
    let line = RegisteredAsset::try_from(line)?;
    match (line.status, line.asset) {
        (RegistrationStatus::Registered, Some(asset)) => Ok((StatusCode::CREATED, Json(asset))),
        (RegistrationStatus::Exists, Some(asset)) => Err(Problem::new(
            Kind::Conflict,
            "asset.already_registered",
            format!("{} is already registered as {}", asset.value, asset.id),
        )),
        (RegistrationStatus::Invalid, _) => Err(Report {
            kind: Kind::Invalid,
            code: line.code,
            message: line.reason.clone(),
            advice: String::new(),
            fields: vec![FieldFault {
                field: "value".to_owned(),
                reason: line.reason,
            }],
            retry_after_ms: None,
        }
        .into()),
        (_, None) => Err(Problem::broken_answer("registered_asset.asset")),
    }
}
