//! Exports records, streamed: memory is one piece, however long the chain.
use axum::{body::Bytes, response::Response};
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use wt_ledger::{KeyChain, SignedHead, audit_header, audit_line};
use wt_proto::results::{
    AuditEntry, AuditFilter, ExportAuditEntriesRequest, ExportAuditEntriesResponse,
};

use super::{AuditQuery, csv};
use crate::rest::{
    access::{AuditRead, Caller, May},
    download,
    extract::{Checked, Params},
    ledger::keys::said,
    problem::Problem,
};

/// How an export is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExportFormat {
    /// A header line with the signed head, then an entry a line: what `watchtower audit verify`
    /// checks.
    #[default]
    Jsonl,
    /// For a spreadsheet.
    Csv,
}

/// How the export is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `jsonl` or `csv`.
    #[serde(default)]
    #[param(inline, required = false)]
    format: ExportFormat,
}

impl Checked for ExportQuery {}

/// Every record, oldest first. Unfiltered JSONL carries the signed head and can be checked
/// offline; the export is itself recorded.
#[utoipa::path(get, path = "/audit/export", tag = "audit", params(AuditQuery, ExportQuery),
    responses((status = 200, description = "docs/contracts/audit.md", content(
        (String = "application/x-ndjson"), (String = "text/csv")))),
    extensions(("x-permission" = json!("audit:read"))))]
pub(crate) async fn export_audit(
    caller: May<AuditRead>,
    Params(query): Params<AuditQuery>,
    Params(ExportQuery { format }): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let mut export = Export {
        caller: Caller::clone(&caller),
        filter: query.to_wire(),
        format,
        next_index: 0,
        tree_size: 0,
        more: true,
    };
    // The first piece is fetched before anything is promised: a refusal is a problem document.
    let first = export.piece().await?;
    let mut begin = match format {
        ExportFormat::Csv => csv::header().into_bytes(),
        ExportFormat::Jsonl => {
            let head: Option<SignedHead> = (!first.head_json.is_empty())
                .then(|| serde_json::from_str(&first.head_json))
                .transpose()
                .map_err(|_| Problem::broken_answer("head_json"))?;
            let chain = KeyChain::verify(first.successions.iter().map(said).collect())
                .map_err(|_| Problem::broken_answer("successions"))?;
            let mut line = audit_header(head.as_ref(), !query.is_everything(), &chain);
            line.push(b'\n');
            line
        }
    };
    begin.extend(export.lines(&first.entries)?);
    let rest = stream::try_unfold(export, |mut export| async move {
        if !export.more {
            return Ok(None);
        }
        // A stream that ends early is broken off, so that half a log never passes for a whole.
        let broken = |problem: Problem| std::io::Error::other(format!("{problem:?}"));
        let piece = export.piece().await.map_err(broken)?;
        let lines = export.lines(&piece.entries).map_err(broken)?;
        Ok::<_, std::io::Error>(Some((Bytes::from(lines), export)))
    });
    let pieces = stream::iter([Ok(Bytes::from(begin))]).chain(rest);
    let kind = match format {
        ExportFormat::Jsonl => ("application/x-ndjson", "audit.jsonl"),
        ExportFormat::Csv => ("text/csv; charset=utf-8", "audit.csv"),
    };
    Ok(download::streamed(kind, pieces))
}

/// An export under way.
struct Export {
    caller: Caller,
    filter: AuditFilter,
    format: ExportFormat,
    next_index: u64,
    tree_size: u64,
    more: bool,
}

impl Export {
    async fn piece(&mut self) -> Result<ExportAuditEntriesResponse, Problem> {
        let piece = self
            .caller
            .audit()?
            .export_audit_entries(ExportAuditEntriesRequest {
                filter: Some(self.filter.clone()),
                from_index: self.next_index,
                tree_size: self.tree_size,
            })
            .await?
            .into_inner();
        // A piece that does not advance would be asked for without end.
        self.more = piece.more && piece.next_index > self.next_index;
        self.next_index = piece.next_index;
        self.tree_size = piece.tree_size;
        Ok(piece)
    }

    fn lines(&self, entries: &[AuditEntry]) -> Result<Vec<u8>, Problem> {
        let mut lines = Vec::new();
        for entry in entries {
            let body: Value = serde_json::from_str(&entry.body_json)
                .map_err(|_| Problem::broken_answer("audit_entry.body_json"))?;
            match self.format {
                ExportFormat::Jsonl => {
                    lines.extend(audit_line(&body));
                    lines.push(b'\n');
                }
                ExportFormat::Csv => lines.extend(csv::row(&body, &entry.hash).into_bytes()),
            }
        }
        Ok(lines)
    }
}
