//! The text of a report that is ready, checked against the digest it was stored under.

use wt_artifacts::ArtifactKey;
use wt_auth::may;
use wt_model::{Permission, Principal, ReportId, TenantKey};
use wt_proto::report;

use super::{Api, report_id};
use crate::{
    domain::form::Form,
    error::ReportFault,
    store::{self, report::ReportRow},
};

/// Longest report read: one of 10,000 exposures has about 5 MiB as HTML.
pub(super) const CONTENT_BYTES_MAX: u64 = 15 << 20;

pub(super) async fn get_report_content(
    api: &Api,
    principal: &Principal,
    request: report::GetReportContentRequest,
) -> Result<report::GetReportContentResponse, ReportFault> {
    let tenant = may(principal, Permission::ReportsRead)?.tenant_key();
    let id = report_id(&request.report_id)?;
    let form = match request.format.as_str() {
        // As it was before there was a word.
        "" => Form::Markdown,
        word => form(word)?,
    };
    let mut tx = api.pool.begin_read(principal, "get_report_content").await?;
    let row = store::report::find_by_id(&mut tx, id).await?;
    tx.commit().await?;
    let key = stored_key(tenant, id, row.ok_or(ReportFault::Unknown)?, form)?;
    let bytes = api.artifacts.get(&key, CONTENT_BYTES_MAX).await?;
    let mut response = report::GetReportContentResponse {
        content_type: form.media().to_owned(),
        ..Default::default()
    };
    if form == Form::Pdf {
        response.data = bytes.into();
    } else {
        response.content = String::from_utf8(bytes.into())
            .map_err(|error| ReportFault::inconsistent(key.to_string(), error))?;
    }
    Ok(response)
}

/// Reads a form's word.
pub(super) fn form(word: &str) -> Result<Form, ReportFault> {
    Form::of(word).ok_or_else(|| ReportFault::field("format", "expected markdown, html or pdf"))
}

/// Where a form of this report lies; none but `tenant`'s own objects.
pub(super) fn stored_key(
    tenant: TenantKey,
    id: ReportId,
    row: ReportRow,
    form: Form,
) -> Result<ArtifactKey, ReportFault> {
    if row.state == "ready" && form == Form::Pdf && row.pdf_key.is_none() {
        let reason = "this report was written before there were PDFs: request it again";
        return Err(ReportFault::field("format", reason));
    }
    let key = match form {
        Form::Html => row.html_key,
        Form::Markdown => row.markdown_key,
        Form::Pdf => row.pdf_key,
    };
    let key = key.ok_or(ReportFault::NotReady)?;
    ArtifactKey::parse_for(tenant, &key)
        .map_err(|error| ReportFault::inconsistent(format!("report.reports keys of {id}"), error))
}
