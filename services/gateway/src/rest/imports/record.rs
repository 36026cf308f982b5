//! Brings in what another tool found.
//!
//! What may be looked at is the registry's to say, with the caller's own rights: the same answer
//! that a scan would get.
use axum::{Json, extract::Request, http::StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;
use wt_fault::Kind;
use wt_model::ImportFormat;
use wt_proto::{
    asset::ResolveScopeRequest,
    results::{ImportAsset, ImportFindingsRequest},
};

use super::{FILE_BYTES_MAX, Import};
use crate::rest::{
    access::{May, RunsCreate},
    extract::{Checked, Params, read},
    idempotency::IdempotencyKey,
    problem::Problem,
};

/// How a file is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportQuery {
    /// Which tool wrote the file.
    #[param(schema_with = crate::rest::words::import_format)]
    format: ImportFormat,
    /// Count what would come of it, and write nothing.
    #[serde(default)]
    dry_run: bool,
}

impl Checked for ImportQuery {}

/// Takes what another tool found on assets that may be scanned. A file is evidence that something
/// is there: it opens, confirms or changes exposures, and never closes one. Either every line that
/// can be taken is, or none.
#[utoipa::path(post, path = "/imports", tag = "exposures",
    params(ImportQuery, IdempotencyKey),
    request_body(content = String, content_type = "application/octet-stream",
        description = "the file as the tool wrote it, at most 32 MiB"),
    responses(
        (status = 200, description = "what would come of it (`dry_run`)", body = Import),
        (status = 201, description = "taken", body = Import)),
    extensions(("x-permission" = json!("runs:create"))))]
pub(crate) async fn import_findings(
    caller: May<RunsCreate>,
    Params(query): Params<ImportQuery>,
    idempotency: IdempotencyKey,
    request: Request,
) -> Result<(StatusCode, Json<Import>), Problem> {
    let file = read(request, &()).await?;
    if file.is_empty() {
        return Err(Problem::invalid_field("file", "there is nothing in it"));
    }
    if file.len() > FILE_BYTES_MAX {
        return Err(Problem::new(
            Kind::TooLarge,
            "import.too_large",
            format!("the file is larger than {FILE_BYTES_MAX} bytes"),
        ));
    }
    let scope = caller
        .assets()?
        .resolve_scope(ResolveScopeRequest::default())
        .await?
        .into_inner();
    let assets = scope.assets.into_iter().map(|asset| ImportAsset {
        asset_id: asset.asset_id,
        kind: asset.kind,
        value: asset.value,
        authorization_id: asset.authorization_id,
    });
    let import = caller
        .results()?
        .import_findings(ImportFindingsRequest {
            format: query.format.to_string(),
            file: file.into(),
            assets: assets.collect(),
            dry_run: query.dry_run,
            idempotency_key: idempotency.into_text(),
        })
        .await?
        .into_inner()
        .import
        .ok_or_else(|| Problem::broken_answer("import_findings.import"))?;
    let status = if query.dry_run {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(import.try_into()?)))
}
