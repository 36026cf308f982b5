//! By when exposures have to be mended.
use std::collections::BTreeMap;

use axum::{http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::Severity;
use wt_proto::results as wire;

use super::{
    access::{ExposuresRead, May, OrganizationWrite},
    etag::{self, IfMatch},
    extract::{Body, Checked},
    problem::Problem,
};
use crate::Edge;

/// Routes of `/sla`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_sla, put_sla))
}

/// Days to mend (docs/guides/decisions.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SlaTerms {
    /// By severity; one that is not there has no clock.
    days: BTreeMap<String, u32>,
    /// For what is known to be attacked, when that is sooner; absent: no such rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    kev_days: Option<u32>,
    /// Grows with every edit; also the `etag`.
    version: u64,
}

/// Days to mend, as they are to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSlaTerms {
    /// By severity, 1 to 3650; one that is left out has no clock.
    #[schema(value_type = BTreeMap<String, u32>, example = json!({"critical": 7, "high": 30}))]
    days: BTreeMap<Severity, u32>,
    /// For what is known to be attacked, when that is sooner; left out: no such rule.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    kev_days: Option<u32>,
}

impl Checked for NewSlaTerms {}

/// By when exposures have to be mended.
#[utoipa::path(get, path = "/sla", tag = "exposures",
    responses((status = 200, description = "the terms", body = SlaTerms)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_sla(caller: May<ExposuresRead>) -> Result<Response, Problem> {
    let request = wire::GetSlaRequest {};
    let answer = caller.results()?.get_sla(request).await?.into_inner();
    answered(answer.terms)
}

/// Changes by when exposures have to be mended; clocks are read by it at once.
#[utoipa::path(put, path = "/sla", tag = "exposures", request_body = NewSlaTerms,
    params(("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "the terms now", body = SlaTerms)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn put_sla(
    caller: May<OrganizationWrite>,
    IfMatch(version): IfMatch,
    Body(new): Body<NewSlaTerms>,
) -> Result<Response, Problem> {
    let days = new.days.into_iter();
    let terms = wire::SlaTerms {
        days: days
            .map(|(severity, days)| (severity.to_string(), days))
            .collect(),
        kev_days: new.kev_days,
        version,
    };
    let request = wire::PutSlaRequest { terms: Some(terms) };
    let answer = caller
        .results()?
        .put_sla(request)
        .await
        .map_err(etag::refused)?
        .into_inner();
    answered(answer.terms)
}

fn answered(terms: Option<wire::SlaTerms>) -> Result<Response, Problem> {
    let terms = terms.ok_or_else(|| Problem::broken_answer("sla.terms"))?;
    let version = terms.version;
    let terms = SlaTerms {
        days: terms.days.into_iter().collect(),
        kev_days: terms.kev_days,
        version,
    };
    Ok(etag::tagged(StatusCode::OK, version, terms))
}
