//! `results.audit_trees` and `audit_entries`: the organization's audit chain.
use time::OffsetDateTime;
use wt_ledger::{Frontier, Hash, SignedHead};
use wt_pg::TenantTx;

use super::{number, stored};
use crate::error::ResultsFault;

/// An entry as it is read.
#[derive(Debug, Clone)]
pub(crate) struct AuditRow {
    pub(crate) index: i64,
    pub(crate) at: OffsetDateTime,
    pub(crate) body: String,
    pub(crate) hash: Vec<u8>,
}

/// A new entry.
#[derive(Debug)]
pub(crate) struct NewEntry<'a> {
    pub(crate) index: u64,
    pub(crate) id: &'a str,
    pub(crate) at: OffsetDateTime,
    pub(crate) actor: &'a str,
    pub(crate) acting_as: &'a str,
    pub(crate) action: &'a str,
    pub(crate) object: &'a str,
    pub(crate) body: String,
    pub(crate) hash: Hash,
}

/// Which entries are wanted; nothing given asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AuditWanted {
    pub(crate) actor: Option<String>,
    /// A whole action or, with its final dot, an area.
    pub(crate) action_like: Option<String>,
    pub(crate) object: Option<String>,
    pub(crate) since: Option<OffsetDateTime>,
    pub(crate) until: Option<OffsetDateTime>,
    pub(crate) text_like: Option<String>,
}

/// Locks the organization's chain until the transaction ends.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<Frontier, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "insert into results.audit_trees (tenant_key, size, peaks) values ($1, 0, '{}')
         on conflict (tenant_key) do update set size = audit_trees.size
         returning size, peaks",
        tenant,
    )
    .fetch_one(tx.conn())
    .await?;
    let peaks: Result<Vec<Hash>, _> = row
        .peaks
        .iter()
        .map(|peak| Hash::try_from(peak.as_slice()))
        .collect();
    let size = number("results.audit_trees.size", row.size)?;
    peaks
        .and_then(|peaks| Frontier::new(size, peaks))
        .map_err(|error| ResultsFault::inconsistent("results.audit_trees.peaks", error))
}

/// Appends entries. It must follow [`lock`] in this transaction.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    entries: &[NewEntry<'_>],
) -> Result<(), ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let indexes: Result<Vec<i64>, _> = entries
        .iter()
        .map(|entry| number("results.audit_entries.index", entry.index))
        .collect();
    let times: Vec<OffsetDateTime> = entries.iter().map(|entry| entry.at).collect();
    sqlx::query!(
        r#"insert into results.audit_entries
             (tenant_key, index, id, at, actor, acting_as, action, object, body, hash)
         select $1, e.index, e.id, e.at, e.actor, e.acting_as, e.action, e.object, e.body, e.hash
         from unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
                     $7::text[], $8::text[], $9::text[], $10::bytea[])
             as e (index, id, at, actor, acting_as, action, object, body, hash)"#,
        tenant,
        &indexes?,
        &texts(entries, |entry| entry.id),
        &times,
        &texts(entries, |entry| entry.actor),
        &texts(entries, |entry| entry.acting_as),
        &texts(entries, |entry| entry.action),
        &texts(entries, |entry| entry.object),
        &texts(entries, |entry| &entry.body),
        &entries
            .iter()
            .map(|entry| entry.hash.as_bytes().to_vec())
            .collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One column of entries.
fn texts<'e>(
    entries: &'e [NewEntry<'e>],
    column: impl Fn(&'e NewEntry<'e>) -> &'e str,
) -> Vec<String> {
    entries
        .iter()
        .map(|entry| column(entry).to_owned())
        .collect()
}

/// Stores the grown chain and its signed head.
pub(crate) async fn grow(
    tx: &mut TenantTx,
    frontier: &Frontier,
    head: &SignedHead,
) -> Result<(), ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let peaks: Vec<Vec<u8>> = frontier
        .peaks()
        .iter()
        .map(|h| h.as_bytes().to_vec())
        .collect();
    let head = serde_json::to_string(head)
        .map_err(|error| ResultsFault::inconsistent("results.audit_trees.head", error))?;
    sqlx::query!(
        "update results.audit_trees set size = $2, peaks = $3, head = $4 where tenant_key = $1",
        tenant,
        number::<i64, u64>("results.audit_trees.size", frontier.size())?,
        &peaks,
        head,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The newest signed head; none before the first entry.
pub(crate) async fn head(tx: &mut TenantTx) -> Result<Option<SignedHead>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let head = sqlx::query_scalar!(
        "select head from results.audit_trees where tenant_key = $1 and head <> ''",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    head.map(|head| {
        serde_json::from_str(&head)
            .map_err(|error| ResultsFault::inconsistent("results.audit_trees.head", error))
    })
    .transpose()
}

/// Wanted entries before `before`, newest first; one more than `limit`.
pub(crate) async fn page(
    tx: &mut TenantTx,
    wanted: &AuditWanted,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<AuditRow>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let before: Option<i64> = before.map(|index| stored("cursor", index)).transpose()?;
    Ok(sqlx::query_as!(
        AuditRow,
        "select index, at, body, hash from results.audit_entries
         where tenant_key = $1
           and ($2::bigint is null or index < $2)
           and ($3::text is null or actor = $3 or acting_as = $3)
           and ($4::text is null or action like $4)
           and ($5::text is null or object = $5)
           and ($6::timestamptz is null or at >= $6)
           and ($7::timestamptz is null or at < $7)
           and ($8::text is null or body ilike $8)
         order by index desc
         limit $9",
        tenant,
        before,
        wanted.actor,
        wanted.action_like,
        wanted.object,
        wanted.since,
        wanted.until,
        wanted.text_like,
        limit + 1,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Wanted entries from `from` and below `size`, oldest first.
pub(crate) async fn piece(
    tx: &mut TenantTx,
    wanted: &AuditWanted,
    from: i64,
    size: i64,
    limit: i64,
) -> Result<Vec<AuditRow>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        AuditRow,
        "select index, at, body, hash from results.audit_entries
         where tenant_key = $1 and index >= $2 and index < $3
           and ($4::text is null or actor = $4 or acting_as = $4)
           and ($5::text is null or action like $5)
           and ($6::text is null or object = $6)
           and ($7::timestamptz is null or at >= $7)
           and ($8::timestamptz is null or at < $8)
           and ($9::text is null or body ilike $9)
         order by index
         limit $10",
        tenant,
        from,
        size,
        wanted.actor,
        wanted.action_like,
        wanted.object,
        wanted.since,
        wanted.until,
        wanted.text_like,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}
