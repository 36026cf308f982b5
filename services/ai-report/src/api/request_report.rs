//! Asks for a report: of a run that ended, or of what fits a filter in a period.
//!
//! Asking again for a run's while it is being written gives the same.

use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal, ReportId, RunId, TypedId};
use wt_proto::{convert::from_timestamp, event, report};

use super::Api;
use crate::{
    domain::subject::{Period, ReportKind, Subject},
    error::ReportFault,
    store::{self, report::Asked},
    wire::run_state,
};

pub(super) async fn request_report(
    api: &Api,
    principal: &Principal,
    request: report::RequestReportRequest,
) -> Result<report::RequestReportResponse, ReportFault> {
    may(principal, Permission::ReportsCreate)?;
    let kind = ReportKind::of(&request.kind)
        .ok_or_else(|| ReportFault::field("kind", "expected executive or technical"))?;
    let subject = subject(api, principal, &request).await?;
    let id = ReportId::from_ulid(Ulid::generate());
    let mut tx = api.pool.begin(principal, "request_report").await?;
    let asked = Asked {
        id,
        kind,
        subject: &subject,
        by: &principal.sub,
        schedule: "",
    };
    if store::report::insert_unless_under_way(&mut tx, &asked).await? {
        let requested = event::ReportRequested {
            report_id: id.to_string(),
            run_id: request.run_id.clone(),
        };
        wt_outbox::enqueue(&mut tx, &requested).await?;
        let after = recorded(kind, &subject);
        wt_audit::record(
            &mut tx,
            "report.request",
            &id.to_string(),
            None,
            Some(&after),
        )
        .await?;
    }
    let row = match &subject {
        Subject::Run(run) => store::report::find_under_way(&mut tx, *run, kind)
            .await?
            .ok_or(ReportFault::UnderWay)?,
        Subject::Exposures { .. } => store::report::find_by_id(&mut tx, id)
            .await?
            .ok_or(ReportFault::Unknown)?,
    };
    tx.commit().await?;
    api.wake.notify_one();
    Ok(report::RequestReportResponse {
        report: Some(row.into()),
    })
}

async fn subject(
    api: &Api,
    principal: &Principal,
    request: &report::RequestReportRequest,
) -> Result<Subject, ReportFault> {
    if !request.run_id.is_empty() {
        let of_exposures = !request.filter.is_empty()
            || !request.view_id.is_empty()
            || request.since.is_some()
            || request.until.is_some();
        if of_exposures {
            let reason = "a report of a run has no filter, view or period";
            return Err(ReportFault::field("run_id", reason));
        }
        return of_run(api, principal, &request.run_id).await;
    }
    // What the report shows is asked in the service's name; so the caller has to see it.
    may(principal, Permission::ExposuresRead)?;
    let period = Period::of(
        from_timestamp(request.since.as_ref()),
        from_timestamp(request.until.as_ref()),
        OffsetDateTime::now_utc(),
    )
    .map_err(|fault| ReportFault::field("since", fault))?;
    let (filter, view) = filter(api, principal, &request.filter, &request.view_id).await?;
    Ok(Subject::Exposures {
        filter,
        view,
        period,
    })
}

async fn of_run(api: &Api, principal: &Principal, text: &str) -> Result<Subject, ReportFault> {
    let run: RunId = text
        .parse()
        .map_err(|error| ReportFault::field("run_id", error))?;
    // Asked as the caller: what they may not see, they get no report of.
    let found = api.peers.run(principal, run).await?;
    let state = found.as_ref().map(run_state).transpose()?;
    if !state.is_some_and(wt_model::RunState::is_terminal) {
        return Err(ReportFault::RunUnfinished);
    }
    Ok(Subject::Run(run))
}

/// The filter as it is now and its view's name: a view that changes later changes no report.
pub(super) async fn filter(
    api: &Api,
    principal: &Principal,
    filter: &str,
    view_id: &str,
) -> Result<(String, String), ReportFault> {
    if view_id.is_empty() {
        filter
            .parse::<wt_filter::Filter>()
            .map_err(|fault| ReportFault::field("filter", fault))?;
        return Ok((filter.to_owned(), String::new()));
    }
    if !filter.is_empty() {
        return Err(ReportFault::field(
            "view_id",
            "a filter or a view, not both",
        ));
    }
    let view = api.peers.view(principal, view_id).await?;
    let view = view.ok_or_else(|| ReportFault::field("view_id", "there is no such view"))?;
    Ok((view.filter, view.name))
}

fn recorded(kind: ReportKind, subject: &Subject) -> serde_json::Value {
    match subject {
        Subject::Run(run) => serde_json::json!({ "kind": kind.word(), "run_id": run }),
        Subject::Exposures { filter, view, .. } => {
            serde_json::json!({ "kind": kind.word(), "filter": filter, "view": view })
        }
    }
}
