//! The text of a report that is ready, checked against the digest it was stored under.

use wt_artifacts::ArtifactKey;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::report;

use super::{Api, report_id};
use crate::{error::ReportFault, store};

/// Longest report read: one of 10,000 exposures has about 5 MiB as HTML.
const CONTENT_BYTES_MAX: u64 = 15 << 20;

pub(super) async fn get_report_content(
    api: &Api,
    principal: &Principal,
    request: report::GetReportContentRequest,
) -> Result<report::GetReportContentResponse, ReportFault> {
    let tenant = may(principal, Permission::ReportsRead)?.tenant_key();
    let id = report_id(&request.report_id)?;
    let format = Format::of(&request.format)?;
    let mut tx = api.pool.begin_read(principal, "get_report_content").await?;
    let row = store::report::find_by_id(&mut tx, id).await?;
    tx.commit().await?;
    let row = row.ok_or(ReportFault::Unknown)?;
    if row.state == "ready" && format == Format::Pdf && row.pdf_key.is_none() {
        let reason = "this report was written before there were PDFs: request it again";
        return Err(ReportFault::field("format", reason));
    }
    let (key, content_type) = match format {
        Format::Html => (row.html_key, "text/html; charset=utf-8"),
        Format::Markdown => (row.markdown_key, "text/markdown; charset=utf-8"),
        Format::Pdf => (row.pdf_key, "application/pdf"),
    };
    let key = key.ok_or(ReportFault::NotReady)?;
    let key = ArtifactKey::parse_for(tenant, &key).map_err(|error| {
        ReportFault::inconsistent(format!("report.reports keys of {id}"), error)
    })?;
    let bytes = api.artifacts.get(&key, CONTENT_BYTES_MAX).await?;
    let mut response = report::GetReportContentResponse {
        content_type: content_type.to_owned(),
        ..Default::default()
    };
    if format == Format::Pdf {
        response.data = bytes.into();
    } else {
        response.content = String::from_utf8(bytes.into())
            .map_err(|error| ReportFault::inconsistent(key.to_string(), error))?;
    }
    Ok(response)
}

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Markdown,
    Html,
    Pdf,
}

impl Format {
    fn of(word: &str) -> Result<Self, ReportFault> {
        match word {
            "markdown" | "" => Ok(Self::Markdown),
            "html" => Ok(Self::Html),
            "pdf" => Ok(Self::Pdf),
            _ => Err(ReportFault::field(
                "format",
                "expected markdown, html or pdf",
            )),
        }
    }
}
