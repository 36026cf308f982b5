//! Hands out one stored result of a run of the caller's organization.
use std::str::FromStr;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use wt_artifacts::ArtifactKey;
use wt_fault::Kind;
use wt_model::RunId;

use crate::rest::{
    access::{ExposuresRead, May},
    extract::{Addressed, Segment},
    problem::Problem,
};

/// Largest object handed out: a job's result is bounded far below this.
const ARTIFACT_BYTES_MAX: u64 = 64 << 20;

/// An artifact's address: `<run_id>.<sha256>`. Whose it is is never part of it: that is the
/// caller's organization.
#[derive(Debug)]
pub(crate) struct ArtifactAddress {
    run: RunId,
    sha256: String,
}

impl FromStr for ArtifactAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (run, sha256) = text.split_once('.').ok_or(())?;
        let hex = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        Ok(Self {
            run: run.parse().map_err(|_not_a_run| ())?,
            sha256: hex.then(|| sha256.to_ascii_lowercase()).ok_or(())?,
        })
    }
}

impl Addressed for ArtifactAddress {
    const NOT_FOUND: &'static str = "artifact.not_found";
    const NOUN: &'static str = "artifact";
}

/// One stored result, exactly as the worker stored it (zstd-compressed protobuf).
#[utoipa::path(get, path = "/artifacts/{id}", tag = "artifacts",
    params(("id" = String, Path, description = "artifact (`<run_id>.<sha256>`)")),
    responses((status = 200, description = "the bytes", body = Vec<u8>, content_type = "application/octet-stream")),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_artifact(
    caller: May<ExposuresRead>,
    Segment(address): Segment<ArtifactAddress>,
) -> Result<Response, Problem> {
    let tenant = wt_auth::tenant_of(caller.principal()).map_err(|fault| Problem::of(&fault))?;
    let key = format!("t/{tenant}/{}/{}", address.run, address.sha256);
    let missing = || {
        Problem::new(
            Kind::NotFound,
            ArtifactAddress::NOT_FOUND,
            "there is no such artifact",
        )
    };
    let key = ArtifactKey::parse_for(tenant, &key).map_err(|_not_theirs| missing())?;
    let bytes = caller
        .edge()
        .artifacts()
        .get(&key, ARTIFACT_BYTES_MAX)
        .await
        .map_err(|fault| Problem::of(&fault))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    Ok(response)
}
