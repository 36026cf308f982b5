//! Links that show one report to whoever has them, for some days (docs/guides/reports.md).
use std::{convert::Infallible, str::FromStr};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wt_model::{ReportId, ReportShareId};
use wt_proto::report as wire;

use crate::{
    Edge,
    rest::{
        access::{May, Passerby, ReportsCreate},
        download::SANDBOX,
        extract::{Addressed, Body, Checked, Params, Segment, Segments},
        moment::Moment,
        page::page,
        problem::Problem,
    },
};

/// Longest token passed on; real ones have 43 characters.
const TOKEN_BYTES_MAX: usize = 128;
/// The refusal of a link that opens nothing, whyever.
const OVER: &str = "report.share_over";
/// What people see of that refusal.
const OVER_PAGE: &str = include_str!("share_over.html");

/// For how long a report is shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReportShare {
    /// Days until the link ends.
    #[serde(default = "week")]
    #[schema(minimum = 1, maximum = 30, default = 7)]
    days: u32,
}

fn week() -> u32 {
    7
}

impl Checked for NewReportShare {}

/// A link that shows a report to whoever has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportShare {
    /// `shr_…`
    id: String,
    /// The report it shows.
    report_id: String,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: Moment,
    /// When it ends.
    expires_at: Moment,
    /// When it was revoked, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Moment>,
    /// How often it was opened.
    opened: u64,
    /// When last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_opened_at: Option<Moment>,
}

/// A link just made, with its address: it is kept as a hash and cannot be shown again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FreshReportShare {
    /// The link.
    #[serde(flatten)]
    share: ReportShare,
    /// Where whoever has it reads the report; with `?format=pdf` it is saved as PDF. Relative where
    /// the public address is not set.
    url: String,
}

impl TryFrom<wire::ReportShare> for ReportShare {
    type Error = Problem;

    fn try_from(share: wire::ReportShare) -> Result<Self, Problem> {
        Ok(Self {
            created_at: Moment::required("report_share.created_at", share.created_at.as_ref())?,
            expires_at: Moment::required("report_share.expires_at", share.expires_at.as_ref())?,
            revoked_at: Moment::maybe(share.revoked_at.as_ref()),
            last_opened_at: Moment::maybe(share.last_opened_at.as_ref()),
            id: share.id,
            report_id: share.report_id,
            created_by: share.created_by,
            opened: share.opened,
        })
    }
}

page!(
    /// Links of a report, newest first, ended ones too.
    ReportSharePage of ReportShare
);

/// The links that show a report without sign-in, newest first, ended ones too.
#[utoipa::path(get, path = "/reports/{id}/shares", tag = "reports",
    params(("id" = String, Path, description = "report (`rep_…`)")),
    responses((status = 200, description = "the links, without their addresses", body = ReportSharePage)),
    extensions(("x-permission" = json!("reports:create"))))]
pub(crate) async fn list_report_shares(
    caller: May<ReportsCreate>,
    Segment(id): Segment<ReportId>,
) -> Result<Json<ReportSharePage>, Problem> {
    let report_id = id.to_string();
    let request = wire::ListReportSharesRequest { report_id };
    let answer = caller.reports()?.list_report_shares(request).await?;
    ReportSharePage::from_wire(answer.into_inner().shares, String::new()).map(Json)
}

/// Makes a link that shows a report that is ready to whoever has it, for some days. It opens nothing
/// else; making, opening and revoking it are recorded.
#[utoipa::path(post, path = "/reports/{id}/shares", tag = "reports", request_body = NewReportShare,
    params(("id" = String, Path, description = "report (`rep_…`)")),
    responses((status = 201, description = "the link", body = FreshReportShare)),
    extensions(("x-permission" = json!("reports:create"))))]
pub(crate) async fn create_report_share(
    caller: May<ReportsCreate>,
    Segment(id): Segment<ReportId>,
    Body(new): Body<NewReportShare>,
) -> Result<(StatusCode, Json<FreshReportShare>), Problem> {
    let request = wire::CreateReportShareRequest {
        report_id: id.to_string(),
        days: new.days,
    };
    let made = caller.reports()?.create_report_share(request).await?;
    let made = made.into_inner();
    let home = caller.edge().public_url().map_or("", |url| url.as_str());
    let home = home.trim_end_matches('/');
    let url = format!("{home}/api/v1/report-shares/{}", made.token);
    let share = made
        .share
        .ok_or_else(|| Problem::broken_answer("create_report_share.share"))?
        .try_into()?;
    Ok((StatusCode::CREATED, Json(FreshReportShare { share, url })))
}

/// Ends a link at once.
#[utoipa::path(delete, path = "/reports/{id}/shares/{share_id}", tag = "reports",
    params(
        ("id" = String, Path, description = "report (`rep_…`)"),
        ("share_id" = String, Path, description = "link (`shr_…`)")),
    responses((status = 204, description = "it opens nothing any more")),
    extensions(("x-permission" = json!("reports:create"))))]
pub(crate) async fn revoke_report_share(
    caller: May<ReportsCreate>,
    Segments(id, share): Segments<ReportId, ReportShareId>,
) -> Result<StatusCode, Problem> {
    let request = wire::RevokeReportShareRequest {
        report_id: id.to_string(),
        share_id: share.to_string(),
    };
    caller.reports()?.revoke_report_share(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What opens a report, as it stands in a link. Any text is one: whether it opens something is for the
/// report service to say, so that every refusal is the same.
#[derive(Debug)]
pub(crate) struct ShareToken(String);

impl FromStr for ShareToken {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let sent = (text.len() <= TOKEN_BYTES_MAX).then(|| text.to_owned());
        Ok(Self(sent.unwrap_or_default()))
    }
}

impl Addressed for ShareToken {
    const NOT_FOUND: &'static str = OVER;
    const NOUN: &'static str = "link";
}

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShareQuery {
    /// `html`, to read, when left out.
    #[serde(default)]
    #[param(inline)]
    format: ShareForm,
}

/// Form of a report that is shown to everybody.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ShareForm {
    /// A page.
    #[default]
    Html,
    /// Pages, to save.
    Pdf,
}

impl Checked for ShareQuery {}

/// One report, by a link that `POST /reports/{id}/shares` made; needs no sign-in. One that was
/// revoked, has ended or never was is answered alike.
#[utoipa::path(get, path = "/report-shares/{token}", tag = "reports",
    params(("token" = String, Path, description = "as it is in the link"), ShareQuery),
    responses((status = 200, description = "the report", content(
        (String = "text/html"),
        (Vec<u8> = "application/pdf")))),
    security(()))]
pub(crate) async fn open_report_share(
    State(edge): State<Edge>,
    _passerby: Passerby,
    Segment(ShareToken(token)): Segment<ShareToken>,
    Params(query): Params<ShareQuery>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let (format, how) = match query.format {
        ShareForm::Html => ("html", "inline"),
        ShareForm::Pdf => ("pdf", "attachment"),
    };
    let request = wire::OpenReportShareRequest {
        token,
        format: format.to_owned(),
    };
    let mut reports = edge.clients().nobody_downloading()?;
    let found = reports.open_report_share(request).await;
    let found = match found.map_err(Problem::from) {
        // Whoever follows a link looks at a page, not at JSON.
        Err(problem) if problem.code() == OVER && wants_page(&asked) => return Ok(over()),
        found => found?.into_inner(),
    };
    let broken = |_| Problem::broken_answer("open_report_share");
    let saved = format!("{how}; filename=\"{}\"", found.file_name);
    let mut headers = private();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::try_from(found.content_type).map_err(broken)?,
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::try_from(saved).map_err(broken)?,
    );
    Ok((headers, found.data).into_response())
}

fn wants_page(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    accepted.is_some_and(|types| types.contains("text/html"))
}

fn over() -> Response {
    (StatusCode::NOT_FOUND, private(), Html(OVER_PAGE)).into_response()
}

/// What holds for whatever a link shows: it runs nothing on our origin, is kept by nobody on the way, is
/// found by no search engine, and its address is told to no page it leads to.
fn private() -> HeaderMap {
    [
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ]
    .into_iter()
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .collect()
}
