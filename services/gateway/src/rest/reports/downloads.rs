//! Addresses that give one form of one report to whoever has them, for some minutes: for programs that
//! fetch files without a session. They stand in addresses, which end in logs, because that is what they
//! are for; they end before a log is read.
use std::str::FromStr;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_model::ReportId;
use wt_proto::report::{CreateReportDownloadRequest, GetReportDownloadRequest};

use super::content::Format;
use crate::{
    Edge,
    rest::{
        access::{May, ReportsRead},
        download::SANDBOX,
        extract::{Addressed, Body, Checked, Segment},
        moment::Moment,
        problem::Problem,
    },
};

/// Longest ticket passed on; real ones have some 160 bytes.
const TICKET_BYTES_MAX: usize = 256;

/// Which form to give out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReportDownload {
    // Its type says what it is: a doc comment here would become a second schema that no word fits.
    #[serde(default = "pdf")]
    #[schema(inline)]
    format: Format,
}

fn pdf() -> Format {
    Format::Pdf
}

impl Checked for NewReportDownload {}

/// Where a report can be fetched without a session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportDownload {
    /// The object store's own, or one of this API; relative where the public address is not set.
    url: String,
    /// When it ends.
    expires_at: Moment,
}

/// Makes an address at which one form of a report that is ready can be fetched without a session for five
/// minutes. Whoever has it needs nothing else, so it is recorded; it opens nothing but this.
#[utoipa::path(post, path = "/reports/{id}/downloads", tag = "reports",
    params(("id" = String, Path, description = "report (`rep_…`)")),
    request_body = NewReportDownload,
    responses((status = 201, description = "the address", body = ReportDownload)),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn create_report_download(
    caller: May<ReportsRead>,
    Segment(id): Segment<ReportId>,
    Body(new): Body<NewReportDownload>,
) -> Result<(StatusCode, Json<ReportDownload>), Problem> {
    let made = caller
        .reports()?
        .create_report_download(CreateReportDownloadRequest {
            report_id: id.to_string(),
            format: new.format.as_str().to_owned(),
        })
        .await?
        .into_inner();
    let url = if made.url.is_empty() {
        let home = caller.edge().public_url().map_or("", |url| url.as_str());
        let home = home.trim_end_matches('/');
        format!("{home}/api/v1/report-downloads/{}", made.ticket)
    } else {
        made.url
    };
    let expires_at = Moment::required("report_download.expires_at", made.expires_at.as_ref())?;
    Ok((
        StatusCode::CREATED,
        Json(ReportDownload { url, expires_at }),
    ))
}

/// What stands for a form of a report in an address; the report service knows which and until when.
#[derive(Debug)]
pub(crate) struct Ticket(String);

impl FromStr for Ticket {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (plain && text.len() <= TICKET_BYTES_MAX)
            .then(|| Self(text.to_owned()))
            .ok_or(())
    }
}

impl Addressed for Ticket {
    const NOT_FOUND: &'static str = "report.download_over";
    const NOUN: &'static str = "download";
}

/// One form of one report, by an address that `POST /reports/{id}/downloads` made.
#[utoipa::path(get, path = "/report-downloads/{ticket}", tag = "reports",
    params(("ticket" = String, Path, description = "as it is in the address")),
    responses((status = 200, description = "the file", content(
        (String = "text/html"),
        (String = "text/markdown"),
        (Vec<u8> = "application/pdf")))),
    security(()))]
pub(crate) async fn get_report_download(
    State(edge): State<Edge>,
    Segment(Ticket(ticket)): Segment<Ticket>,
    request: Request,
) -> Result<Response, Problem> {
    // Nobody is asked who they are: what bounds guesses and floods is the address they come from.
    let (parts, _body) = request.into_parts();
    edge.limits().take_refused(&parts, &edge).await?;
    let found = edge
        .clients()
        .nobody_downloading()?
        .get_report_download(GetReportDownloadRequest { ticket })
        .await?
        .into_inner();
    let broken = |_| Problem::broken_answer("report_download");
    let saved = format!("attachment; filename=\"{}\"", found.file_name);
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::try_from(found.content_type).map_err(broken)?,
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::try_from(saved).map_err(broken)?,
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(SANDBOX),
    );
    Ok((headers, found.data).into_response())
}
