//! Addresses at which one form of one report is fetched without a session, for some minutes.

use serde_json::json;
use time::OffsetDateTime;
use wt_artifacts::SavedAs;
use wt_auth::may;
use wt_model::{Permission, Principal, ReportId};
use wt_proto::{convert::to_timestamp, report};

use super::{
    Api,
    get_report_content::{CONTENT_BYTES_MAX, form, stored_key},
    report_id,
};
use crate::{
    domain::{
        form::Form,
        ticket::{TICKET_TTL, Ticket},
    },
    error::ReportFault,
    store,
};

/// An address of the object store, where it has one that people reach; otherwise a ticket for the gateway.
/// Recorded, because whoever holds it needs no permission any more.
pub(super) async fn create_download(
    api: &Api,
    principal: &Principal,
    request: report::CreateReportDownloadRequest,
) -> Result<report::CreateReportDownloadResponse, ReportFault> {
    let tenant = may(principal, Permission::ReportsRead)?.tenant_key();
    let id = report_id(&request.report_id)?;
    let form = form(&request.format)?;
    let now = OffsetDateTime::now_utc();
    let mut tx = api.pool.begin(principal, "create_download").await?;
    let row = store::report::find_by_id(&mut tx, id).await?;
    let key = stored_key(tenant, id, row.ok_or(ReportFault::Unknown)?, form)?;
    let made = json!({ "format": form.as_str(), "seconds": TICKET_TTL.whole_seconds() });
    let (what, resource) = ("report.download", id.to_string());
    wt_audit::record(&mut tx, what, &resource, None, Some(&made)).await?;
    tx.commit().await?;
    let name = file_name(id, form);
    let saved = SavedAs {
        name: &name,
        media: form.media(),
    };
    let shared = api
        .artifacts
        .share(&key, TICKET_TTL.unsigned_abs(), saved)
        .await?;
    let ticket = Ticket::of(tenant, id, form, now);
    let (url, ticket) = match shared {
        Some(url) => (url.to_string(), String::new()),
        None => (String::new(), api.tickets.sign(&ticket)),
    };
    Ok(report::CreateReportDownloadResponse {
        url,
        ticket,
        expires_at: Some(to_timestamp(now + TICKET_TTL)),
    })
}

/// What a ticket stands for. Read in the ticket's organization, like everything else of it.
pub(super) async fn get_download(
    api: &Api,
    request: report::GetReportDownloadRequest,
) -> Result<report::GetReportDownloadResponse, ReportFault> {
    let now = OffsetDateTime::now_utc();
    let ticket = api.tickets.open(&request.ticket, now)?;
    let Ticket {
        tenant,
        report,
        form,
        ..
    } = ticket;
    let principal = Principal::service(crate::NAME, tenant);
    let mut tx = api.pool.begin_read(&principal, "get_download").await?;
    let row = store::report::find_by_id(&mut tx, report).await?;
    tx.commit().await?;
    let row = row.ok_or(ReportFault::DownloadOver)?;
    let key = stored_key(tenant, report, row, form)?;
    let bytes = api.artifacts.get(&key, CONTENT_BYTES_MAX).await?;
    Ok(report::GetReportDownloadResponse {
        data: bytes.into(),
        content_type: form.media().to_owned(),
        file_name: file_name(report, form),
    })
}

/// What the file of a form is called.
pub(super) fn file_name(id: ReportId, form: Form) -> String {
    format!("{id}.{}", form.ending())
}
