//! What other tools found, brought in (docs/guides/moving-in.md).
mod list;
mod record;

use axum::extract::DefaultBodyLimit;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::results as wire;

use super::{moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Most bytes of a file, as results takes them.
pub(crate) const FILE_BYTES_MAX: usize = 32 << 20;

/// Routes of `/imports`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_imports, record::import_findings))
        // One byte more, so that it is the handler that says what is too large.
        .layer(DefaultBodyLimit::max(FILE_BYTES_MAX + 1))
}

/// What came of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Import {
    /// `imp_…`; absent of a dry run.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    id: String,
    /// Which tool wrote the file.
    #[schema(schema_with = crate::rest::words::import_format)]
    format: String,
    /// Findings that were taken: the sum of the next three.
    accepted: u64,
    /// Those that were known already.
    unchanged: u64,
    /// Exposures that are new or open again.
    opened: u64,
    /// Exposures of which something else was told than was known.
    changed: u64,
    /// The first 100 lines that were not taken.
    refused: Vec<RefusedLine>,
    /// How many were not taken.
    refused_total: u64,
    /// Who brought it in.
    by: String,
    /// When.
    at: Moment,
}

/// A line that was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedLine {
    /// The line; of a file that is one document (SARIF, DefectDojo) the number of the result.
    line: u64,
    /// Why: `malformed`, `out_of_scope`, `unknown_check`, `not_open` or `too_old`.
    reason: String,
    /// Where it speaks of. Text of the file.
    subject: String,
    /// The reason as a sentence.
    detail: String,
}

impl TryFrom<wire::Import> for Import {
    type Error = Problem;

    fn try_from(import: wire::Import) -> Result<Self, Problem> {
        Ok(Self {
            at: Moment::required("import.at", import.at.as_ref())?,
            id: import.id,
            format: import.format,
            accepted: import.accepted,
            unchanged: import.unchanged,
            opened: import.opened,
            changed: import.changed,
            refused: import.refused.into_iter().map(Into::into).collect(),
            refused_total: import.refused_total,
            by: import.by,
        })
    }
}

impl From<wire::RefusedLine> for RefusedLine {
    fn from(refused: wire::RefusedLine) -> Self {
        Self {
            line: refused.line,
            reason: refused.reason,
            subject: refused.subject,
            detail: refused.detail,
        }
    }
}

page!(
    /// Imports, newest first.
    ImportPage of Import
);
