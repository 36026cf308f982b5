//! The feed.
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::{AssetId, EventType, RunId, Severity};
use wt_proto::results::ListChangesRequest;

use super::EventPage;
use crate::rest::{
    access::{ExposuresRead, May},
    extract::{Checked, Params},
    moment::Moment,
    page::PageQuery,
    problem::Problem,
    words::{Listed, Word},
};

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeFilter {
    /// Only these types, separated by commas: `NEW,FIXED`.
    #[serde(default, rename = "type")]
    #[param(value_type = Option<String>, example = "NEW,CHANGED")]
    types: Listed<EventType>,
    /// Only this severity and worse.
    #[serde(default)]
    #[param(schema_with = crate::rest::words::asked_severity, required = false)]
    severity: Word<Severity>,
    /// Only on this asset.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    asset_id: Word<AssetId>,
    /// Only what this run showed.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    run_id: Word<RunId>,
    /// Only since then.
    #[serde(default)]
    since: Option<Moment>,
    /// The grammar of docs/guides/filters.md, on top of the others:
    /// `severity>=high state:new,changed asset:*.example.com since:7d`.
    #[serde(default)]
    #[param(max_length = 1024)]
    filter: String,
}

impl Checked for ChangeFilter {}

/// What changed, newest first.
#[utoipa::path(get, path = "/changes", tag = "changes", params(ChangeFilter, PageQuery),
    responses((status = 200, description = "a page of the feed", body = EventPage)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn list_changes(
    caller: May<ExposuresRead>,
    Params(filter): Params<ChangeFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<EventPage>, Problem> {
    let answer = caller
        .results()?
        .list_changes(ListChangesRequest {
            page: Some(page.into()),
            types: filter.types.to_words(),
            min_severity: filter.severity.to_word(),
            asset_id: filter.asset_id.to_word(),
            run_id: filter.run_id.to_word(),
            since: filter.since.map(Moment::to_wire),
            filter: filter.filter,
        })
        .await?
        .into_inner();
    EventPage::from_wire(answer.events, answer.next_cursor).map(Json)
}
