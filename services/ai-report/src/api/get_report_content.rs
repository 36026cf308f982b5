//! The text of a report that is ready, checked against the digest it was stored under.

use wt_artifacts::ArtifactKey;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::report;

use super::{Api, report_id};
use crate::{error::ReportFault, store};

/// Longest report read: the writer's own bounds keep reports far below.
const CONTENT_BYTES_MAX: u64 = 8 << 20;

pub(super) async fn get_report_content(
    api: &Api,
    principal: &Principal,
    request: report::GetReportContentRequest,
) -> Result<report::GetReportContentResponse, ReportFault> {
    let tenant = may(principal, Permission::ReportsRead)?.tenant_key();
    let id = report_id(&request.report_id)?;
    let html = match request.format.as_str() {
        "html" => true,
        "markdown" | "" => false,
        _ => return Err(ReportFault::field("format", "expected markdown or html")),
    };
    let mut tx = api.pool.begin_read(principal, "get_report_content").await?;
    let row = store::report::find_by_id(&mut tx, id).await?;
    tx.commit().await?;
    let row = row.ok_or(ReportFault::Unknown)?;
    let (key, content_type) = if html {
        (row.html_key, "text/html; charset=utf-8")
    } else {
        (row.markdown_key, "text/markdown; charset=utf-8")
    };
    let key = key.ok_or(ReportFault::NotReady)?;
    let key = ArtifactKey::parse_for(tenant, &key).map_err(|error| {
        ReportFault::inconsistent(format!("report.reports keys of {id}"), error)
    })?;
    let bytes = api.artifacts.get(&key, CONTENT_BYTES_MAX).await?;
    let content = String::from_utf8(bytes.into())
        .map_err(|error| ReportFault::inconsistent(key.to_string(), error))?;
    Ok(report::GetReportContentResponse {
        content,
        content_type: content_type.to_owned(),
    })
}
