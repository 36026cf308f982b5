//! Makes an issue for an exposure by hand. What has one, or is having one made, keeps it: asking twice
//! makes one. The rule of the tracker is not asked; it goes on to decide what is told there.

use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_fault::{Fault, Kind};
use wt_model::{ExposureState, Permission, Principal};
use wt_proto::{convert::from_timestamp, notify, results};

use super::Api;
use crate::{
    domain::{digest::place, line::one_line, signature::message_id, ticket::Deed},
    error::NotifyFault,
    store::{self, integration_delivery::NewMessage},
};

/// Longest title in the list of what was sent.
const TITLE_CHARS_MAX: usize = 200;

pub(in crate::api) async fn create_ticket(
    api: &Api,
    principal: &Principal,
    request: notify::CreateTicketRequest,
) -> Result<notify::CreateTicketResponse, NotifyFault> {
    let granted = may(principal, Permission::ExposuresAct)?;
    let (integration, key) = (&request.integration_id, &request.exposure_key);
    // Of the caller's organization, in this service's name: who may act need not read.
    let service = Principal::service(crate::NAME, granted.tenant_key());
    let exposure = match api.peers.exposure(&service, key).await {
        Ok(answer) => answer.exposure.ok_or(NotifyFault::ExposureUnknown)?,
        Err(fault) if fault.kind() == Kind::NotFound => return Err(NotifyFault::ExposureUnknown),
        Err(fault) => return Err(fault.into()),
    };
    let mut tx = api.pool.begin(principal, "create_ticket").await?;
    let row = store::integration::lock(&mut tx, integration)
        .await?
        .ok_or(NotifyFault::IntegrationUnknown)?;
    if !row.kind()?.is_tracker() {
        return Err(NotifyFault::NoTracker);
    }
    if !row.enabled {
        return Err(NotifyFault::IntegrationOff);
    }
    if !is_open(&exposure) {
        return Err(NotifyFault::NothingToMend);
    }
    if store::ticket::claim(&mut tx, integration, key, &principal.sub).await? {
        // As old as what is known: news that was under way when somebody asked is no older.
        let seen = from_timestamp(exposure.last_seen.as_ref());
        let deed = Deed::asked(key, seen.unwrap_or(OffsetDateTime::UNIX_EPOCH));
        let id = format!("dlv_{}", Ulid::generate());
        let new = NewMessage {
            id: &id,
            integration,
            message_id: &message_id(&id, integration, 1),
            run_id: None,
            exposure: Some(key),
            subject: &subject(&exposure),
            body: &serde_json::to_string(&deed)?,
        };
        store::integration_delivery::insert_unless_present(&mut tx, new).await?;
        let after = serde_json::json!({ "integration": integration });
        wt_audit::record(&mut tx, "ticket.create", key, None, Some(&after)).await?;
    }
    let tickets = store::ticket::of_exposure(&mut tx, key).await?;
    tx.commit().await?;
    api.dispatch.notify_one();
    let mut tickets = tickets.into_iter();
    let ticket = tickets.find(|ticket| ticket.integration_id == *integration);
    Ok(notify::CreateTicketResponse {
        ticket: ticket.map(Into::into),
    })
}

fn is_open(exposure: &results::Exposure) -> bool {
    matches!(
        exposure.state.parse(),
        Ok(ExposureState::Open | ExposureState::Unresponsive)
    )
}

fn subject(exposure: &results::Exposure) -> String {
    let title = one_line(&exposure.title, TITLE_CHARS_MAX);
    let at = place(&one_line(&exposure.host, TITLE_CHARS_MAX), exposure.port);
    format!("asked for by hand: {title} at {at}")
}
