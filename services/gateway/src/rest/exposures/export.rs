//! Exports the exposures a filter matches, streamed: memory is one page, however many there are.
use axum::{body::Bytes, response::Response};
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::{IntoParams, ToSchema};
use wt_proto::{
    common::PageRequest,
    results::{ListExposuresRequest, ListExposuresResponse},
};

use super::{
    list::{ExposureFilter, asked},
    written::{self, Written},
};
use crate::rest::{
    access::{Caller, ExposuresRead, May},
    download,
    extract::{Checked, Params},
    problem::Problem,
};

/// Rows fetched at once: the most a page has.
const PIECE: u32 = 200;

/// How an export is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExportFormat {
    /// An exposure a line, as `/exposures` has them.
    #[default]
    Jsonl,
    /// For a spreadsheet.
    Csv,
    /// SARIF 2.1.0, for code scanning and other tools.
    Sarif,
    /// `CycloneDX` 1.6 VEX, for who keeps track of vulnerabilities.
    Vex,
}

/// How the export is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `jsonl`, `csv`, `sarif` or `vex`.
    #[serde(default)]
    #[param(inline, required = false)]
    format: ExportFormat,
}

impl Checked for ExportQuery {}

/// Every exposure that `/exposures` would list for the same filter, in the same order.
#[utoipa::path(get, path = "/exposures/export", tag = "exposures",
    params(ExposureFilter, ExportQuery),
    responses((status = 200, description = "docs/guides/filters.md", content(
        (String = "application/x-ndjson"), (String = "text/csv"),
        (serde_json::Value = "application/sarif+json"),
        (serde_json::Value = "application/vnd.cyclonedx+json")))),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn export_exposures(
    caller: May<ExposuresRead>,
    Params(filter): Params<ExposureFilter>,
    Params(ExportQuery { format }): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let mut export = Export {
        caller: Caller::clone(&caller),
        request: ListExposuresRequest {
            with_checks: matches!(format, ExportFormat::Sarif | ExportFormat::Vex),
            ..asked(filter)
        },
        cursor: String::new(),
        over: false,
    };
    let made_at = OffsetDateTime::now_utc()
        .format(&Rfc3339)
        .map_err(|_| Problem::broken_answer("time"))?;
    let mut written = Written::new(format, made_at);
    // The first page is fetched before anything is promised: a refusal is a problem document.
    let first = export.page().await?;
    let mut begin = written.begin();
    begin.extend(written.rows(first)?);
    let rest = stream::try_unfold(Some((export, written)), |under_way| async move {
        let Some((mut export, mut written)) = under_way else {
            return Ok(None);
        };
        if export.over {
            return Ok(Some((Bytes::from(written.end()), None)));
        }
        // A stream that ends early is broken off, so that half never passes for the whole.
        let broken = |problem: Problem| std::io::Error::other(format!("{problem:?}"));
        let page = export.page().await.map_err(broken)?;
        let rows = written.rows(page).map_err(broken)?;
        Ok::<_, std::io::Error>(Some((Bytes::from(rows), Some((export, written)))))
    });
    let pieces = stream::iter([Ok(Bytes::from(begin))]).chain(rest);
    Ok(download::streamed(written::media(format), pieces))
}

/// An export under way.
struct Export {
    caller: Caller,
    request: ListExposuresRequest,
    cursor: String,
    over: bool,
}

impl Export {
    async fn page(&mut self) -> Result<ListExposuresResponse, Problem> {
        let request = ListExposuresRequest {
            page: Some(PageRequest {
                cursor: self.cursor.clone(),
                limit: PIECE,
            }),
            as_json: false,
            ..self.request.clone()
        };
        let page = self
            .caller
            .results()?
            .list_exposures(request)
            .await?
            .into_inner();
        // A page that does not advance would be asked for without end.
        self.over = page.next_cursor.is_empty() || page.next_cursor == self.cursor;
        self.cursor.clone_from(&page.next_cursor);
        Ok(page)
    }
}
