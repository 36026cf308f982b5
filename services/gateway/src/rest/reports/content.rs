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
    download::SANDBOX,
    extract::{Checked, Params, Segment},
    problem::Problem,
};

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
    /// Pages.
    Pdf,
}

impl Format {
    /// As the services take it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Pdf => "pdf",
        }
    }
}

impl Checked for ContentQuery {}

/// The text of a report that is ready.
#[utoipa::path(get, path = "/reports/{id}/content", tag = "reports",
    params(("id" = String, Path, description = "report (`rep_…`)"), ContentQuery),
    responses((status = 200, description = "the text", content(
        (String = "text/html"),
        (String = "text/markdown"),
        (Vec<u8> = "application/pdf")))),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn get_report_content(
    caller: May<ReportsRead>,
    Segment(id): Segment<ReportId>,
    Params(query): Params<ContentQuery>,
) -> Result<Response, Problem> {
    let media = match query.format {
        Format::Html => "text/html; charset=utf-8",
        Format::Markdown => "text/markdown; charset=utf-8",
        Format::Pdf => "application/pdf",
    };
    let answer = caller
        .reports()?
        .get_report_content(GetReportContentRequest {
            report_id: id.to_string(),
            format: query.format.as_str().to_owned(),
        })
        .await?
        .into_inner();
    let mut response = match query.format {
        Format::Html | Format::Markdown => answer.content.into_response(),
        Format::Pdf => answer.data.into_response(),
    };
    let headers = response.headers_mut();
    let (how, ending) = match query.format {
        Format::Html => ("inline", "html"),
        Format::Markdown => ("inline", "md"),
        Format::Pdf => ("attachment", "pdf"),
    };
    let name = HeaderValue::try_from(format!("{how}; filename=\"{id}.{ending}\""))
        .map_err(|_| Problem::broken_answer("report.id"))?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(SANDBOX),
    );
    Ok(response)
}
