//! What is exposed, its history, decisions about it, and proof.
mod act;
pub(crate) mod action;
mod detail;
mod explain;
mod export;
mod get;
mod list;
mod packet;
mod reveal;
mod tickets;
mod timeline;
mod verify;
mod vex;
mod written;

use axum::{
    Json,
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::results as wire;

pub(crate) use list::Sort;

use super::{moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/exposures`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_exposures))
        .routes(routes!(export::export_exposures))
        .routes(routes!(get::get_exposure))
        .routes(routes!(reveal::reveal_evidence))
        .routes(routes!(timeline::get_timeline))
        .routes(routes!(explain::explain_exposure))
        .routes(routes!(act::act_on_exposure))
        .routes(routes!(verify::verify_exposure))
        .routes(routes!(packet::get_packet))
        .routes(routes!(tickets::create_ticket))
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
    /// How urgent, from 0 to 100 (docs/guides/risk.md).
    #[schema(maximum = 100)]
    pub(crate) score: u32,
    /// Whether attacks with one of its CVEs are known (CISA KEV); left out when not.
    #[serde(skip_serializing_if = "is_false")]
    #[schema(required = false)]
    pub(crate) kev: bool,
    /// What people marked it with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) tags: Vec<String>,
    /// How its clock stands: `none`, `paused`, `within` or `breached` (docs/guides/decisions.md).
    pub(crate) sla: String,
    /// Of `within` and `breached`: by when it has to be, or had to be, mended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_at: Option<Moment>,
}

fn as_json(exposure: &Exposure) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(exposure).map_err(|_| Problem::broken_answer("exposure"))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
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
            score: exposure.score,
            kev: exposure.kev,
            tags: exposure.tags,
            sla: exposure.sla,
            due_at: Moment::maybe(exposure.due_at.as_ref()),
        })
    }
}

impl ExposurePage {
    /// The page as the results service wrote it; from one too old to write it, as its rows say.
    pub(crate) fn pass_on(answer: wire::ListExposuresResponse) -> Result<Response, Problem> {
        if answer.page_json.is_empty() {
            return Self::from_wire(answer.exposures, answer.next_cursor)
                .map(|page| Json(page).into_response());
        }
        let media = HeaderValue::from_static("application/json");
        Ok(([(CONTENT_TYPE, media)], answer.page_json).into_response())
    }
}

page!(
    /// Exposures, as sorted.
    ExposurePage of Exposure
);

#[cfg(test)]
mod tests {
    use wt_proto::{convert::to_timestamp, results as wire, shown::exposure_page};

    use super::ExposurePage;

    /// An exposure with something in every field.
    fn full() -> wire::Exposure {
        let at = time::macros::datetime!(2026-11-21 9:48:37.123456 UTC);
        let text = |text: &str| text.to_owned();
        wire::Exposure {
            key: text("exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa"),
            state: text("unresponsive"),
            severity: text("high"),
            title: text("\u{1f512} \"quoted\" </script>"),
            check_id: text("tls.cert_expired"),
            asset_id: text("ast_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            host: text("www.example.com"),
            transport: text("tcp"),
            port: 443,
            discriminator: text("/login?next="),
            first_seen: Some(to_timestamp(at)),
            last_seen: Some(to_timestamp(at + time::Duration::HOUR)),
            last_run_id: text("run_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            decision: text("acknowledge"),
            assignee: text("ana"),
            unresponsive_reason: text("timeout"),
            score: 98,
            kev: true,
            tags: vec![text("pci"), text("edge")],
            sla: text("within"),
            due_at: Some(to_timestamp(at)),
        }
    }

    /// An exposure with nothing that may be absent.
    fn bare() -> wire::Exposure {
        wire::Exposure {
            discriminator: String::new(),
            last_run_id: String::new(),
            decision: String::new(),
            assignee: String::new(),
            unresponsive_reason: String::new(),
            score: 0,
            kev: false,
            tags: Vec::new(),
            due_at: None,
            ..full()
        }
    }

    #[test]
    fn a_page_that_is_passed_on_is_the_one_the_contract_publishes() {
        for (rows, cursor) in [
            (vec![full(), bare()], "next"),
            (vec![bare()], ""),
            (vec![], ""),
        ] {
            let passed_on = exposure_page(&rows, cursor).unwrap();
            let page = ExposurePage::from_wire(rows, cursor.to_owned()).unwrap();
            assert_eq!(
                String::from_utf8(passed_on).unwrap(),
                serde_json::to_string(&page).unwrap()
            );
        }
    }
}
