//! `watchtower.results.v1.AuditService`: the audit chain is read and exported here; nothing
//! changes it.

use serde_json::json;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::{Cursor, Page};
use wt_proto::{
    convert::from_timestamp,
    results::{self, audit_service_server::AuditService},
};
use wt_rpc::{Request, Response, Status, close, open};

use super::{Api, list_ledger_keys::successions};
use crate::{
    error::ResultsFault,
    store::{
        self,
        audit::{AuditRow, AuditWanted},
        number,
    },
    wire,
};

const LIST: &str = "audit";
/// Entries of one piece of an export: about 600 kB, well inside one answer.
const PIECE: i64 = 1_000;
/// Longest text searched for.
const TEXT_CHARS_MAX: usize = 200;

#[tonic::async_trait]
impl AuditService for Api {
    async fn list_audit_entries(
        &self,
        request: Request<results::ListAuditEntriesRequest>,
    ) -> Result<Response<results::ListAuditEntriesResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list(self, &principal, message).await)
    }

    async fn export_audit_entries(
        &self,
        request: Request<results::ExportAuditEntriesRequest>,
    ) -> Result<Response<results::ExportAuditEntriesResponse>, Status> {
        let (principal, message) = open(request)?;
        close(export(self, &principal, message).await)
    }
}

async fn list(
    api: &Api,
    principal: &Principal,
    request: results::ListAuditEntriesRequest,
) -> Result<results::ListAuditEntriesResponse, ResultsFault> {
    may(principal, Permission::AuditRead)?;
    let wanted = wanted(request.filter)?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let mut tx = api.pool.begin_read(principal, "list_audit").await?;
    let before = page.after().map(|cursor| cursor.position().1);
    let limit = page.limit().as_i64();
    let rows = store::audit::page(&mut tx, &wanted, before.as_deref(), limit).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| {
        Cursor::new(LIST, row.at, &row.index.to_string())
    });
    Ok(results::ListAuditEntriesResponse {
        entries: rows.into_iter().map(entry).collect::<Result<_, _>>()?,
        next_cursor,
    })
}

/// One piece. The first also says how large the chain is, with the head signed over exactly
/// that, and is a deed worth a record of its own.
async fn export(
    api: &Api,
    principal: &Principal,
    request: results::ExportAuditEntriesRequest,
) -> Result<results::ExportAuditEntriesResponse, ResultsFault> {
    may(principal, Permission::AuditRead)?;
    let wanted = wanted(request.filter)?;
    let from: i64 = request
        .from_index
        .try_into()
        .map_err(|_| ResultsFault::field("from_index", "no chain is that long"))?;
    let mut tx = api.pool.begin(principal, "export_audit").await?;
    let mut answer = results::ExportAuditEntriesResponse {
        tree_size: request.tree_size,
        ..Default::default()
    };
    if request.tree_size == 0 {
        if let Some(head) = store::audit::head(&mut tx).await? {
            answer.tree_size = head.tree_size;
            answer.head_json = serde_json::to_string(&head)
                .map_err(|error| ResultsFault::inconsistent("head of the audit chain", error))?;
        }
        let keys = api.ledger_keys.chain(tx.conn()).await?;
        answer.successions = successions(&keys);
        let tenant = tx.tenant_key().to_string();
        let after =
            json!({"entries": answer.tree_size, "filtered": wanted != AuditWanted::default()});
        wt_audit::record(&mut tx, "audit.export", &tenant, None, Some(&after)).await?;
    }
    let size = number("tree_size", answer.tree_size)?;
    let rows = store::audit::piece(&mut tx, &wanted, from, size, PIECE).await?;
    tx.commit().await?;
    answer.more = i64::try_from(rows.len()).is_ok_and(|count| count == PIECE);
    let last = rows.last().map_or(from, |row| row.index.saturating_add(1));
    answer.next_index = number("results.audit_entries.index", last)?;
    answer.entries = rows.into_iter().map(entry).collect::<Result<_, _>>()?;
    Ok(answer)
}

fn wanted(filter: Option<results::AuditFilter>) -> Result<AuditWanted, ResultsFault> {
    let filter = filter.unwrap_or_default();
    let given = |text: String| (!text.is_empty()).then_some(text);
    if filter.text.chars().count() > TEXT_CHARS_MAX {
        let reason = format!("at most {TEXT_CHARS_MAX} characters");
        return Err(ResultsFault::field("q", reason));
    }
    Ok(AuditWanted {
        actor: given(filter.actor),
        action_like: given(filter.action).map(|action| {
            let mut like = wire::like_prefix(&action);
            // Only an area (`asset.`) is a prefix; a whole action is itself.
            if !action.ends_with('.') {
                like.pop();
            }
            like
        }),
        object: given(filter.target),
        since: from_timestamp(filter.since.as_ref()),
        until: from_timestamp(filter.until.as_ref()),
        text_like: given(filter.text).map(|text| format!("%{}", wire::like_prefix(&text))),
    })
}

fn entry(row: AuditRow) -> Result<results::AuditEntry, ResultsFault> {
    Ok(results::AuditEntry {
        index: number("results.audit_entries.index", row.index)?,
        body_json: row.body,
        hash: hex::encode(row.hash),
    })
}
