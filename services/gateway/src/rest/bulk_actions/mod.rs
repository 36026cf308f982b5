//! One action on many exposures: what it would do, doing it, taking it back.
mod list;
mod preview;
mod record;
mod undo;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::results as wire;

use super::{moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/bulk-actions`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_bulk_actions, record::record_bulk_action))
        .routes(routes!(preview::preview_bulk_action))
        .routes(routes!(undo::undo_bulk_action))
}

/// Which exposures: everything a filter fits, or these.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Selection {
    /// The grammar of docs/guides/filters.md; everything is `severity>=info`.
    #[serde(default)]
    #[schema(max_length = 1024, example = "severity>=high state:open")]
    pub(crate) filter: String,
    /// Keys (`exp1_…`), when there is no filter.
    #[serde(default)]
    #[schema(max_items = 10000)]
    pub(crate) keys: Vec<String>,
}

impl From<Selection> for wire::Selection {
    fn from(selection: Selection) -> Self {
        Self {
            filter: selection.filter,
            keys: selection.keys,
        }
    }
}

/// One action on many exposures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkAction {
    /// `blk_…`
    id: String,
    /// What was decided.
    #[schema(schema_with = crate::rest::words::action_kind)]
    kind: String,
    /// What it was about; absent when exposures were named.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    filter: String,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    reason: String,
    /// Exposures it was recorded on.
    applied: u64,
    /// Those it did not suit, such as fixed ones.
    unsuitable: u64,
    /// The bulk it takes back.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    undoes: String,
    /// The bulk that took it back.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    undone_by: String,
    /// Who decided.
    by: String,
    /// When.
    at: Moment,
}

impl TryFrom<wire::Bulk> for BulkAction {
    type Error = Problem;

    fn try_from(bulk: wire::Bulk) -> Result<Self, Problem> {
        Ok(Self {
            at: Moment::required("bulk.at", bulk.at.as_ref())?,
            id: bulk.id,
            kind: bulk.kind,
            filter: bulk.filter,
            reason: bulk.reason,
            applied: bulk.applied,
            unsuitable: bulk.unsuitable,
            undoes: bulk.undoes,
            undone_by: bulk.undone_by,
            by: bulk.by,
        })
    }
}

page!(
    /// Bulks, newest first.
    BulkActionPage of BulkAction
);
