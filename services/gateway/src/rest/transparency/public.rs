//! What anybody reads who knows the name of a page.
use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::PublicName;
use wt_proto::results as wire;

use super::{CACHE, PublicHeadPage, PublicLedger};
use crate::{
    Edge,
    rest::{
        access::Passerby,
        extract::{Checked, Params, Segment},
        page::{PageQuery, next_cursor},
        problem::Problem,
    },
};

/// An answer that may be kept on the way.
type Kept<T> = ([(HeaderName, &'static str); 1], Json<T>);

/// Between which heads.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PublicGrowthQuery {
    /// Size of the earlier head.
    #[param(minimum = 1)]
    from: u64,
    /// Size of the later head; the newest without.
    #[serde(default)]
    #[param(minimum = 1)]
    to: Option<u64>,
}

impl Checked for PublicGrowthQuery {}

/// What an organization shows of its ledger to everybody: its newest signed head.
#[utoipa::path(get, path = "/transparency/{name}", tag = "ledger",
    params(("name" = String, Path, description = "as it is in the address")),
    responses((status = 200, description = "what is shown", body = PublicLedger)),
    security(()))]
pub(crate) async fn get_public_ledger(
    State(edge): State<Edge>,
    _passerby: Passerby,
    Segment(name): Segment<PublicName>,
) -> Result<Kept<PublicLedger>, Problem> {
    let request = wire::GetPublicLedgerRequest {
        name: name.to_string(),
    };
    let clients = edge.clients();
    let shown = clients.nobody_reading()?.get_public_ledger(request).await?;
    let shown = shown.into_inner();
    let ledger = PublicLedger {
        name: name.to_string(),
        label: shown.label,
        tenant_key: shown.tenant_key,
        head: shown.head.map(Into::into),
    };
    Ok(([CACHE], Json(ledger)))
}

/// The signed heads an organization shows, newest first.
#[utoipa::path(get, path = "/transparency/{name}/heads", tag = "ledger",
    params(("name" = String, Path, description = "as it is in the address"), PageQuery),
    responses((status = 200, description = "a page of heads", body = PublicHeadPage)),
    security(()))]
pub(crate) async fn list_public_heads(
    State(edge): State<Edge>,
    _passerby: Passerby,
    Segment(name): Segment<PublicName>,
    Params(page): Params<PageQuery>,
) -> Result<Kept<PublicHeadPage>, Problem> {
    let request = wire::ListPublicHeadsRequest {
        name: name.to_string(),
        page: Some(page.into()),
    };
    let clients = edge.clients();
    let answer = clients.nobody_reading()?.list_public_heads(request).await?;
    let answer = answer.into_inner();
    let page = PublicHeadPage {
        items: answer.heads.into_iter().map(Into::into).collect(),
        next_cursor: next_cursor(answer.next_cursor),
    };
    Ok(([CACHE], Json(page)))
}

/// That the shown ledger only grew from one of its heads to another, checkable offline with the
/// ledger's public key (`watchtower verify-growth`).
#[utoipa::path(get, path = "/transparency/{name}/consistency", tag = "ledger",
    params(("name" = String, Path, description = "as it is in the address"), PublicGrowthQuery),
    responses((status = 200, description = "docs/contracts/packet.md", body = serde_json::Value)),
    security(()))]
pub(crate) async fn get_public_consistency(
    State(edge): State<Edge>,
    _passerby: Passerby,
    Segment(name): Segment<PublicName>,
    Params(PublicGrowthQuery { from, to }): Params<PublicGrowthQuery>,
) -> Result<Response, Problem> {
    let request = wire::ProvePublicGrowthRequest {
        name: name.to_string(),
        from_size: from,
        to_size: to.unwrap_or_default(),
    };
    let clients = edge.clients();
    let proof = clients
        .nobody_reading()?
        .prove_public_growth(request)
        .await?;
    // Not parsed and written again: the bytes are what is checked.
    let kind = (header::CONTENT_TYPE, "application/json");
    Ok(([kind, CACHE], proof.into_inner().proof_json).into_response())
}
