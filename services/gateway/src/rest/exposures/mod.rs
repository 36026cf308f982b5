//! What is exposed, its history, decisions about it, and proof.
mod act;
mod action;
mod detail;
mod explain;
mod get;
mod list;
mod packet;
mod timeline;
mod verify;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::results as wire;

use super::{moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/exposures`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_exposures))
        .routes(routes!(get::get_exposure))
        .routes(routes!(timeline::get_timeline))
        .routes(routes!(explain::explain_exposure))
        .routes(routes!(act::act_on_exposure))
        .routes(routes!(verify::verify_exposure))
        .routes(routes!(packet::get_packet))
}

/// A finding with an identity that lives across runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Exposure {
    /// Identity (contracts §5).
    pub(crate) key: String,
    /// What was last observed.
    #[schema(schema_with = crate::rest::words::exposure_state)]
    pub(crate) state: String,
    /// How bad.
    #[schema(schema_with = crate::rest::words::severity)]
    pub(crate) severity: String,
    /// What is exposed.
    pub(crate) title: String,
    /// What saw it.
    pub(crate) check_id: String,
    /// Where: the asset.
    pub(crate) asset_id: String,
    /// Where: name or address.
    pub(crate) host: String,
    /// Where: `tcp` or `udp`.
    pub(crate) transport: String,
    /// Where: port.
    pub(crate) port: u32,
    /// Tells two findings of one check on one port apart.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) discriminator: String,
    /// When it was first seen.
    pub(crate) first_seen: Moment,
    /// When it was last seen.
    pub(crate) last_seen: Moment,
    /// The run that last said something about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) last_run_id: String,
    /// The standing decision.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(schema_with = crate::rest::words::action_kind, required = false)]
    pub(crate) decision: String,
    /// Who takes care of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) assignee: String,
    /// Of `unresponsive`: why nothing can be said.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) unresponsive_reason: String,
}

impl TryFrom<wire::Exposure> for Exposure {
    type Error = Problem;

    fn try_from(exposure: wire::Exposure) -> Result<Self, Problem> {
        Ok(Self {
            first_seen: Moment::required("exposure.first_seen", exposure.first_seen.as_ref())?,
            last_seen: Moment::required("exposure.last_seen", exposure.last_seen.as_ref())?,
            key: exposure.key,
            state: exposure.state,
            severity: exposure.severity,
            title: exposure.title,
            check_id: exposure.check_id,
            asset_id: exposure.asset_id,
            host: exposure.host,
            transport: exposure.transport,
            port: exposure.port,
            discriminator: exposure.discriminator,
            last_run_id: exposure.last_run_id,
            decision: exposure.decision,
            assignee: exposure.assignee,
            unresponsive_reason: exposure.unresponsive_reason,
        })
    }
}

page!(
    /// Exposures, worst first, then newest.
    ExposurePage of Exposure
);
