//! What changed: committed transitions of exposures.
mod list;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::results as wire;

use super::{moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/changes`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(list::list_changes))
}

/// One immutable transition of one exposure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// Follows from exposure, run and type.
    pub(crate) id: String,
    /// The exposure.
    pub(crate) key: String,
    /// What happened.
    #[schema(schema_with = crate::rest::words::event_type)]
    pub(crate) r#type: String,
    /// The run that showed it; absent when no run did.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) run_id: String,
    /// When.
    pub(crate) at: Moment,
    /// What is exposed.
    pub(crate) title: String,
    /// How bad.
    #[schema(schema_with = crate::rest::words::severity)]
    pub(crate) severity: String,
    /// Where: the asset.
    pub(crate) asset_id: String,
    /// Where: name or address.
    pub(crate) host: String,
    /// Where: port.
    pub(crate) port: u32,
    /// What saw it.
    pub(crate) check_id: String,
    /// Of CHANGED: what it was and is, by field.
    pub(crate) changed_fields: BTreeMap<String, FieldChange>,
    /// Of UNRESPONSIVE and RETIRED.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) reason: String,
}

/// A field before and after.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldChange {
    /// What it was.
    pub(crate) before: String,
    /// What it is.
    pub(crate) after: String,
}

impl TryFrom<wire::ExposureEvent> for Event {
    type Error = Problem;

    fn try_from(event: wire::ExposureEvent) -> Result<Self, Problem> {
        Ok(Self {
            at: Moment::required("event.at", event.at.as_ref())?,
            id: event.id,
            key: event.key,
            r#type: event.r#type,
            run_id: event.run_id,
            title: event.title,
            severity: event.severity,
            asset_id: event.asset_id,
            host: event.host,
            port: event.port,
            check_id: event.check_id,
            changed_fields: event
                .changed_fields
                .into_iter()
                .map(|field| {
                    (
                        field.name,
                        FieldChange {
                            before: field.before,
                            after: field.after,
                        },
                    )
                })
                .collect(),
            reason: event.reason,
        })
    }
}

page!(
    /// Transitions, newest first.
    EventPage of Event
);
