//! The inventory.
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use wt_model::{ActionKind, AssetId, ExposureState, Severity};
use wt_proto::results::ListExposuresRequest;

use super::ExposurePage;
use crate::rest::{
    access::{ExposuresRead, May},
    extract::{Checked, Params},
    moment::Moment,
    page::PageQuery,
    problem::Problem,
    words::{Listed, Word},
};

/// Which exposures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExposureFilter {
    /// Only in these states, separated by commas: `open,unresponsive`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "open,unresponsive")]
    state: Listed<ExposureState>,
    /// Only this severity and worse.
    #[serde(default)]
    #[param(schema_with = crate::rest::words::asked_severity, required = false)]
    severity: Word<Severity>,
    /// Only on this asset.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    asset_id: Word<AssetId>,
    /// Only what this check saw.
    #[serde(default)]
    #[param(max_length = 200)]
    check_id: String,
    /// Start of host or check id.
    #[serde(default)]
    #[param(max_length = 255)]
    q: String,
    /// Only with this standing decision.
    #[serde(default)]
    #[param(schema_with = crate::rest::words::asked_action_kind, required = false)]
    decision: Word<ActionKind>,
    /// The grammar of docs/guides/filters.md, on top of the others:
    /// `severity>=high state:new,changed asset:*.example.com since:7d`.
    #[serde(default)]
    #[param(max_length = 1024)]
    filter: String,
    /// `severity`: worst first; `score`: most urgent first. Then newest first.
    #[serde(default)]
    #[param(inline, required = false)]
    sort: Sort,
    /// As they stood at this moment, by their events (docs/guides/history.md); now when left out.
    /// Decisions, tags and clocks are of today alone: none is shown, and none may be asked for.
    #[serde(default)]
    as_of: Option<Moment>,
}

impl Checked for ExposureFilter {}

/// By what the list is ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sort {
    /// Worst first.
    #[default]
    Severity,
    /// Most urgent first.
    Score,
}

impl Sort {
    /// As the service takes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Severity => "severity",
            Self::Score => "score",
        }
    }
}

/// Exposures, worst first, then newest; or the most urgent first.
#[utoipa::path(get, path = "/exposures", tag = "exposures", params(ExposureFilter, PageQuery),
    responses((status = 200, description = "a page of exposures", body = ExposurePage)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn list_exposures(
    caller: May<ExposuresRead>,
    Params(filter): Params<ExposureFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Response, Problem> {
    let request = ListExposuresRequest {
        page: Some(page.into()),
        as_json: true,
        ..asked(filter)
    };
    let answer = caller.results()?.list_exposures(request).await?;
    ExposurePage::pass_on(answer.into_inner())
}

/// What is asked of the service.
pub(super) fn asked(filter: ExposureFilter) -> ListExposuresRequest {
    ListExposuresRequest {
        page: None,
        states: filter.state.to_words(),
        min_severity: filter.severity.to_word(),
        asset_id: filter.asset_id.to_word(),
        check_id: filter.check_id,
        query: filter.q,
        decision: filter.decision.to_word(),
        as_json: false,
        filter: filter.filter,
        sort: filter.sort.as_str().to_owned(),
        as_of: filter.as_of.map(Moment::to_wire),
        with_checks: false,
    }
}
