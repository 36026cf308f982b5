//! `results.trees`, `leaves` and `heads`: the organization's ledger.
use time::OffsetDateTime;
use wt_envelope::SigningKey;
use wt_ledger::{Frontier, Hash, SignedHead, TreeHead};
use wt_pg::TenantTx;

use super::{number, stored};
use crate::error::ResultsFault;

/// Most leaves a proof is computed over: reading and hashing a million takes about a second.
const LEAVES_MAX: i64 = 4_000_000;

/// What kind of thing a leaf is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LeafKind {
    /// A transition.
    Event,
    /// A packet's body.
    Packet,
}

impl LeafKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Packet => "packet",
        }
    }
}

/// Locks the organization's tree until the transaction ends: appends, and with them results,
/// are applied one after the other.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<Frontier, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "insert into results.trees (tenant_key, size, peaks) values ($1, 0, '{}')
         on conflict (tenant_key) do update set size = trees.size
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
    let size = number("results.trees.size", row.size)?;
    peaks
        .and_then(|peaks| Frontier::new(size, peaks))
        .map_err(|error| ResultsFault::inconsistent("results.trees.peaks", error))
}

/// Appends leaves (hash and what it is of) and stores the grown tree. `frontier` must come from
/// [`lock`] in this transaction. Returns the index of the first.
pub(crate) async fn append(
    tx: &mut TenantTx,
    frontier: &mut Frontier,
    kind: LeafKind,
    leaves: &[(Hash, String)],
) -> Result<u64, ResultsFault> {
    let first = frontier.size();
    if leaves.is_empty() {
        return Ok(first);
    }
    let tenant = tx.tenant_key().to_string();
    for (hash, _) in leaves {
        frontier.append(*hash);
    }
    let hashes: Vec<Vec<u8>> = leaves.iter().map(|(h, _)| h.as_bytes().to_vec()).collect();
    let refs: Vec<String> = leaves.iter().map(|(_, of)| of.clone()).collect();
    let peaks: Vec<Vec<u8>> = frontier
        .peaks()
        .iter()
        .map(|h| h.as_bytes().to_vec())
        .collect();
    sqlx::query!(
        "insert into results.leaves (tenant_key, index, hash, kind, ref)
         select $1, $2 + n.ordinality - 1, n.hash, $3, n.ref
         from unnest($4::bytea[], $5::text[]) with ordinality as n (hash, ref)",
        tenant,
        number::<i64, u64>("results.leaves.index", first)?,
        kind.as_str(),
        &hashes,
        &refs,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update results.trees set size = $2, peaks = $3 where tenant_key = $1",
        tenant,
        number::<i64, u64>("results.trees.size", frontier.size())?,
        &peaks,
    )
    .execute(tx.conn())
    .await?;
    Ok(first)
}

/// Signs and stores the head of a tree that grew in this transaction.
pub(crate) async fn sign_head(
    tx: &mut TenantTx,
    frontier: &Frontier,
    key: &SigningKey,
    at: OffsetDateTime,
) -> Result<SignedHead, ResultsFault> {
    let at = at
        .format(&time::format_description::well_known::Rfc3339)
        .map_err(|error| ResultsFault::inconsistent("time of a tree head", error))?;
    let head = TreeHead {
        at,
        root_hash: frontier.root(),
        tenant_key: tx.tenant_key(),
        tree_size: frontier.size(),
    }
    .sign(key);
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.heads (tenant_key, tree_size, root_hash, at, key_id, signature)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_key, tree_size) do nothing",
        tenant,
        number::<i64, u64>("results.heads.tree_size", head.tree_size)?,
        head.root_hash.as_bytes(),
        head.at,
        head.key_id,
        head.signature,
    )
    .execute(tx.conn())
    .await?;
    Ok(head)
}

/// The newest signed head; none before the first leaf.
pub(crate) async fn newest_head(tx: &mut TenantTx) -> Result<Option<SignedHead>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select tree_size, root_hash, at, key_id, signature from results.heads
         where tenant_key = $1
         order by tree_size desc
         limit 1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SignedHead {
        at: row.at,
        key_id: row.key_id,
        root_hash: Hash::try_from(row.root_hash.as_slice())
            .map_err(|error| ResultsFault::inconsistent("results.heads.root_hash", error))?,
        signature: row.signature,
        tenant_key: stored("results.heads.tenant_key", &tenant)?,
        tree_size: number("results.heads.tree_size", row.tree_size)?,
    }))
}

/// The first `size` leaves, in order.
pub(crate) async fn list_leaves(tx: &mut TenantTx, size: u64) -> Result<Vec<Hash>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_scalar!(
        "select hash from results.leaves
         where tenant_key = $1 and index < $2
         order by index
         limit $3",
        tenant,
        number::<i64, u64>("results.leaves.index", size)?,
        LEAVES_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|hash| Hash::try_from(hash.as_slice()))
        .collect::<Result<_, _>>()
        .map_err(|error| ResultsFault::inconsistent("results.leaves.hash", error))
}
