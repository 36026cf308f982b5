//! Hands out a report's text. It quotes what targets sent, so it never runs on our origin.
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use wt_model::ReportId;
use wt_proto::report::GetReportContentRequest;

use crate::rest::{
    access::{May, ReportsRead},
    extract::{Checked, Params, Segment},
    problem::Problem,
};

/// No scripts, no forms, no origin: the text quotes hostile bytes. Inline styles are the
/// report's own and cannot reach anything from inside a sandbox.
const SANDBOX: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContentQuery {
    /// `html` when left out.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// Form of a report.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// A page.
    #[default]
    Html,
    /// Markdown.
    Markdown,
}

impl Checked for ContentQuery {}

/// The text of a report that is ready.
#[utoipa::path(get, path = "/reports/{id}/content", tag = "reports",
    params(("id" = String, Path, description = "report (`rep_…`)"), ContentQuery),
    responses((status = 200, description = "the text", content(
        (String = "text/html"),
        (String = "text/markdown")))),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn get_report_content(
    caller: May<ReportsRead>,
    Segment(id): Segment<ReportId>,
    Params(query): Params<ContentQuery>,
) -> Result<Response, Problem> {
    let (word, media) = match query.format {
        Format::Html => ("html", "text/html; charset=utf-8"),
        Format::Markdown => ("markdown", "text/markdown; charset=utf-8"),
    };
    let content = caller
        .reports()?
        .get_report_content(GetReportContentRequest {
            report_id: id.to_string(),
            format: word.to_owned(),
        })
        .await?
        .into_inner()
        .content;
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(SANDBOX),
    );
    Ok(response)
}
