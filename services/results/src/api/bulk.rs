//! One action on everything a filter fits, or on named exposures: what it would do, doing it, and
//! taking it back.
//!
//! A bulk is one transaction. It holds the organization's tree, so that no result is applied in
//! the middle of it and both lock exposures one after the other.

use std::{collections::BTreeMap, sync::Arc};

use futures::FutureExt as _;
use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{ActionId, ActionKind, BulkId, Permission, Principal, TypedId};
use wt_pg::{Cursor, Page, TenantTx};
use wt_proto::results;

use super::Api;
use crate::{
    domain::{
        action::{Decision, read},
        standing::Standing,
    },
    error::ResultsFault,
    store::{
        self,
        action::NewAction,
        bulk::{BulkRow, NewBulk},
        decision::{Decided, Selection},
    },
    wire,
};

/// Most exposures of one bulk: what one transaction writes in about a second.
const BULK_MAX: usize = 10_000;
/// Longest name of a request.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;
const LIST: &str = "bulks";

/// What an action would do; changes nothing.
pub(super) async fn preview_bulk(
    api: &Api,
    principal: &Principal,
    request: results::PreviewBulkRequest,
) -> Result<results::PreviewBulkResponse, ResultsFault> {
    may(principal, Permission::ExposuresAct)?;
    let (selection, _) = selection(request.selection.as_ref())?;
    let kind: ActionKind = wire::word("kind", &request.kind)?;
    let now = OffsetDateTime::now_utc();
    let mut tx = api.pool.begin_read(principal, "preview_bulk").await?;
    let found = store::decision::list(&mut tx, &selection, now, limit()).await?;
    tx.commit().await?;
    let suits = |decided: &&Decided| crate::domain::action::decide(kind, decided.state).is_ok();
    Ok(results::PreviewBulkResponse {
        matching: found.len().min(BULK_MAX) as u64,
        suitable: found.iter().take(BULK_MAX).filter(suits).count() as u64,
        too_many: found.len() > BULK_MAX,
        limit: BULK_MAX as u64,
    })
}

/// Records one action on all of them.
pub(super) async fn record_bulk(
    api: &Api,
    principal: &Principal,
    request: results::RecordBulkRequest,
) -> Result<results::RecordBulkResponse, ResultsFault> {
    may(principal, Permission::ExposuresAct)?;
    let now = OffsetDateTime::now_utc();
    let (selection, filter) = selection(request.selection.as_ref())?;
    if request.idempotency_key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
        let reason = format!("at most {IDEMPOTENCY_KEY_BYTES_MAX} bytes");
        return Err(ResultsFault::field("idempotency_key", reason));
    }
    let action = request.action.unwrap_or_default();
    let decision = read(&action, now)?;
    if decision.kind == ActionKind::RequestVerify {
        let reason = "a verification is requested of one exposure";
        return Err(ResultsFault::field("kind", reason));
    }
    let wanted = Arc::new(Wanted {
        selection,
        filter,
        decision,
        expected: request.expected,
        idempotency_key: request.idempotency_key,
        now,
    });
    let bulk = api
        .pool
        .run(principal, "record_bulk", move |tx| {
            let wanted = Arc::clone(&wanted);
            async move { wanted.record(tx).await }.boxed()
        })
        .await?;
    Ok(results::RecordBulkResponse {
        bulk: Some(wire::bulk(bulk)),
    })
}

/// Takes a bulk back, once, where nobody decided anything else since.
pub(super) async fn undo_bulk(
    api: &Api,
    principal: &Principal,
    request: results::UndoBulkRequest,
) -> Result<results::UndoBulkResponse, ResultsFault> {
    may(principal, Permission::ExposuresAct)?;
    // An id that cannot exist and one that does not are the same to the caller.
    let id: BulkId = request
        .bulk_id
        .parse()
        .map_err(|_| ResultsFault::BulkUnknown)?;
    let bulk = api
        .pool
        .run(principal, "undo_bulk", move |tx| undo(tx, id).boxed())
        .await?;
    Ok(results::UndoBulkResponse {
        bulk: Some(wire::bulk(bulk)),
    })
}

/// Bulks, newest first.
pub(super) async fn list_bulks(
    api: &Api,
    principal: &Principal,
    request: results::ListBulksRequest,
) -> Result<results::ListBulksResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let after = page.after().map(Cursor::position);
    let mut tx = api.pool.begin_read(principal, "list_bulks").await?;
    let rows = store::bulk::page(&mut tx, after, page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new(LIST, row.at, &row.id));
    Ok(results::ListBulksResponse {
        bulks: rows.into_iter().map(wire::bulk).collect(),
        next_cursor,
    })
}

/// A bulk as it was asked for.
struct Wanted {
    selection: Selection,
    filter: String,
    decision: Decision,
    /// How many there were when somebody looked; 0 when nobody did.
    expected: u64,
    idempotency_key: String,
    now: OffsetDateTime,
}

impl Wanted {
    async fn record(&self, tx: &mut TenantTx) -> Result<BulkRow, ResultsFault> {
        store::ledger::hold(tx).await?;
        if let Some(id) = store::bulk::find_asked(tx, &self.idempotency_key).await? {
            return found(tx, &id).await;
        }
        let selected = store::decision::lock(tx, &self.selection, self.now, limit()).await?;
        if selected.len() > BULK_MAX {
            return Err(ResultsFault::BulkTooMany { limit: BULK_MAX });
        }
        let matching = selected.len() as u64;
        if self.expected > 0 && matching > self.expected {
            return Err(ResultsFault::BulkGrew {
                expected: self.expected,
                matching,
            });
        }
        let suitable = selected.iter().filter_map(|decided| {
            let next = decided
                .standing
                .after(decided.met(self.now), &self.decision)
                .ok()?;
            Some((decided, &self.decision, next))
        });
        let suitable: Vec<(&Decided, &Decision, Standing)> = suitable.collect();
        let bulk = NewBulk {
            id: BulkId::from_ulid(Ulid::generate()),
            kind: self.decision.kind.as_str(),
            filter: &self.filter,
            reason: &self.decision.reason,
            applied: suitable.len(),
            unsuitable: selected.len() - suitable.len(),
            undoes: None,
            idempotency_key: &self.idempotency_key,
        };
        write(tx, &bulk, &suitable).await
    }
}

async fn undo(tx: &mut TenantTx, id: BulkId) -> Result<BulkRow, ResultsFault> {
    store::ledger::hold(tx).await?;
    let undone = store::bulk::find(tx, &id.to_string())
        .await?
        .ok_or(ResultsFault::BulkUnknown)?;
    if undone.undone_by.is_some() {
        return Err(ResultsFault::BulkUndone);
    }
    let actions = store::action::list_undoable(tx, id).await?;
    let keys = actions.iter().map(|action| action.key.clone()).collect();
    let selection = Selection::Keys(keys);
    let now = OffsetDateTime::now_utc();
    let standing = store::decision::lock(tx, &selection, now, limit()).await?;
    let reason = format!("takes {id} back");
    let mut back = Vec::new();
    let standing: BTreeMap<&str, &Decided> =
        standing.iter().map(|one| (one.key.as_str(), one)).collect();
    for action in &actions {
        let Some(decided) = standing.get(action.key.as_str()).copied() else {
            continue;
        };
        let before: Standing = serde_json::from_value(action.before.clone())
            .map_err(|error| ResultsFault::inconsistent("results.actions.before", error))?;
        let kind = store::stored("results.actions.kind", &action.kind)?;
        back.extend(
            decided
                .standing
                .back_to(&before, kind, &reason)
                .map(|d| (decided, d)),
        );
    }
    let suitable = back.iter().filter_map(|(decided, decision)| {
        let next = decided.standing.after(decided.met(now), decision).ok()?;
        Some((*decided, decision, next))
    });
    let suitable: Vec<(&Decided, &Decision, Standing)> = suitable.collect();
    let applied = usize::try_from(undone.applied).unwrap_or_default();
    let bulk = NewBulk {
        id: BulkId::from_ulid(Ulid::generate()),
        kind: &undone.kind,
        filter: &undone.filter,
        reason: &reason,
        applied: suitable.len(),
        unsuitable: applied.saturating_sub(suitable.len()),
        undoes: Some(id),
        idempotency_key: "",
    };
    write(tx, &bulk, &suitable).await
}

/// Writes actions, what stands after them, the bulk, and one record of it.
async fn write(
    tx: &mut TenantTx,
    bulk: &NewBulk<'_>,
    suitable: &[(&Decided, &Decision, Standing)],
) -> Result<BulkRow, ResultsFault> {
    let actions: Vec<NewAction<'_>> = suitable
        .iter()
        .map(|(decided, decision, _)| NewAction {
            id: ActionId::from_ulid(Ulid::generate()),
            key: &decided.key,
            decision,
            before: &decided.standing,
        })
        .collect();
    let changed: Vec<(String, Standing)> = suitable
        .iter()
        .filter(|(decided, _, next)| decided.standing != *next)
        .map(|(decided, _, next)| (decided.key.clone(), next.clone()))
        .collect();
    store::bulk::insert(tx, bulk).await?;
    store::action::insert_all(tx, &actions, Some(bulk.id)).await?;
    store::decision::write_all(tx, &changed).await?;
    let id = bulk.id.to_string();
    let after = serde_json::json!({
        "kind": bulk.kind,
        "filter": bulk.filter,
        "applied": bulk.applied,
        "undoes": bulk.undoes,
    });
    wt_audit::record(tx, "exposure.act_on_many", &id, None, Some(&after)).await?;
    found(tx, &id).await
}

async fn found(tx: &mut TenantTx, id: &str) -> Result<BulkRow, ResultsFault> {
    store::bulk::find(tx, id)
        .await?
        .ok_or(ResultsFault::BulkUnknown)
}

/// One more than a bulk may have, to tell that there are more.
fn limit() -> i64 {
    i64::try_from(BULK_MAX + 1).unwrap_or(i64::MAX)
}

/// What is selected, and the filter's canonical text. Selecting everything has to be said: by a
/// filter such as `severity>=info`.
fn selection(asked: Option<&results::Selection>) -> Result<(Selection, String), ResultsFault> {
    let nothing = results::Selection::default();
    let asked = asked.unwrap_or(&nothing);
    match (asked.filter.trim().is_empty(), asked.keys.is_empty()) {
        (false, true) => {
            let filter = wire::filter(&asked.filter)?;
            let text = filter.to_string();
            Ok((Selection::Fitting(Box::new(filter)), text))
        }
        (true, false) => {
            if asked.keys.len() > BULK_MAX {
                return Err(ResultsFault::BulkTooMany { limit: BULK_MAX });
            }
            let keys = wire::words::<ExposureKey>("keys", &asked.keys)?;
            Ok((Selection::Keys(keys.unwrap_or_default()), String::new()))
        }
        _ => Err(ResultsFault::field(
            "filter",
            "give a filter or keys, one of the two",
        )),
    }
}
