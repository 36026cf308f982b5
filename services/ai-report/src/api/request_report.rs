//! Asks for the report of a run that ended. Asking again while it is being written gives the same.

use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal, ReportId, RunId, TypedId};
use wt_proto::{event, report};

use super::Api;
use crate::{error::ReportFault, store, wire::run_state};

pub(super) async fn request_report(
    api: &Api,
    principal: &Principal,
    request: report::RequestReportRequest,
) -> Result<report::RequestReportResponse, ReportFault> {
    may(principal, Permission::ReportsCreate)?;
    let run: RunId = request
        .run_id
        .parse()
        .map_err(|error| ReportFault::field("run_id", error))?;
    // Asked as the caller: what they may not see, they get no report of.
    let found = api.peers.run(principal, run).await?;
    let state = found.as_ref().map(run_state).transpose()?;
    if !state.is_some_and(wt_model::RunState::is_terminal) {
        return Err(ReportFault::RunUnfinished);
    }
    let id = ReportId::from_ulid(Ulid::generate());
    let mut tx = api.pool.begin(principal, "request_report").await?;
    if store::report::insert_unless_under_way(&mut tx, id, run).await? {
        let requested = event::ReportRequested {
            report_id: id.to_string(),
            run_id: run.to_string(),
        };
        wt_outbox::enqueue(&mut tx, &requested).await?;
        let after = serde_json::json!({ "run_id": run });
        wt_audit::record(
            &mut tx,
            "report.request",
            &id.to_string(),
            None,
            Some(&after),
        )
        .await?;
    }
    let row = store::report::find_under_way(&mut tx, run)
        .await?
        .ok_or(ReportFault::Unknown)?;
    tx.commit().await?;
    api.wake.notify_one();
    Ok(report::RequestReportResponse {
        report: Some(row.into()),
    })
}
