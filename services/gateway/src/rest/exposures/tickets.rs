//! The issues an exposure has at GitHub and Jira (docs/guides/tickets.md).
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_proto::notify::{self as wire, CreateTicketRequest, ListTicketsRequest};

use crate::rest::{
    access::{Caller, ExposuresAct, May},
    extract::{Body, Checked, ExposureKey, Segment},
    moment::Moment,
    problem::Problem,
};

/// How an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TicketState {
    /// It is being made.
    Claimed,
    /// It was made, and not closed by us.
    Open,
    /// The exposure is fixed.
    Closed,
    /// It could not be made.
    Failed,
    /// Somebody deleted or moved it there.
    Gone,
}

/// The issue an exposure has at one integration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ticket {
    /// `int_…`
    integration_id: String,
    /// What the integration is called.
    name: String,
    /// `github` or `jira`.
    kind: String,
    state: TicketState,
    /// As the tracker calls it, such as `12` or `SEC-12`; empty until it is made.
    number: String,
    /// Where it is; empty until it is made.
    url: String,
    /// Why it could not be made; else empty.
    error: String,
    /// Who asked for it; empty where a rule did.
    asked_by: String,
    created_at: Moment,
}

impl TryFrom<wire::Ticket> for Ticket {
    type Error = Problem;

    fn try_from(row: wire::Ticket) -> Result<Self, Problem> {
        Ok(Self {
            state: match row.state.as_str() {
                "claimed" => TicketState::Claimed,
                "open" => TicketState::Open,
                "closed" => TicketState::Closed,
                "failed" => TicketState::Failed,
                "gone" => TicketState::Gone,
                _ => return Err(Problem::broken_answer("ticket.state")),
            },
            created_at: Moment::required("ticket.created_at", row.created_at.as_ref())?,
            integration_id: row.integration_id,
            name: row.name,
            kind: row.kind,
            number: row.number,
            url: row.url,
            error: row.error,
            asked_by: row.asked_by,
        })
    }
}

/// For whom an issue is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTicket {
    /// The connection to GitHub or Jira (`int_…`).
    integration_id: String,
}

impl Checked for NewTicket {}

/// The issues of an exposure. Decoration: while notify is away, an exposure is shown without them.
pub(super) async fn of(caller: &Caller, exposure_key: String) -> Option<Vec<Ticket>> {
    let asked = caller
        .notify()
        .ok()?
        .list_tickets(ListTicketsRequest { exposure_key })
        .await;
    let rows = match asked {
        Ok(answer) => answer.into_inner().tickets,
        Err(status) => {
            tracing::warn!(error = %status, "an exposure is shown without its issues");
            return None;
        }
    };
    rows.into_iter()
        .map(TryInto::try_into)
        .collect::<Result<_, Problem>>()
        .ok()
}

/// Makes an issue for an exposure at GitHub or Jira. One that has its issue there keeps it.
#[utoipa::path(post, path = "/exposures/{key}/tickets", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)")),
    request_body = NewTicket,
    responses((status = 202, description = "the issue, which is being made", body = Ticket)),
    extensions(("x-permission" = json!("exposures:act"))))]
pub(crate) async fn create_ticket(
    caller: May<ExposuresAct>,
    Segment(key): Segment<ExposureKey>,
    Body(new): Body<NewTicket>,
) -> Result<(StatusCode, Json<Ticket>), Problem> {
    let ticket = caller
        .notify()?
        .create_ticket(CreateTicketRequest {
            exposure_key: key.to_string(),
            integration_id: new.integration_id,
        })
        .await?
        .into_inner()
        .ticket
        .ok_or_else(|| Problem::broken_answer("create_ticket.ticket"))?;
    Ok((StatusCode::ACCEPTED, Json(ticket.try_into()?)))
}
