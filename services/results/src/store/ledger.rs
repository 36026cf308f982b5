//! `results.trees`, `leaves` and `heads`: the organization's ledger.
use std::collections::BTreeMap;

use time::OffsetDateTime;
use wt_ledger::{Frontier, Hash, NodeId, NodeRange, ProofPlan, SignedHead, TreeHead};
use wt_model::{Limit, TenantKey};
use wt_pg::TenantTx;

use super::number;
use crate::{error::ResultsFault, ledger_keys::LedgerKeys};

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

/// What the lock of an organization's tree gives.
pub(crate) struct Turn {
    /// The tree.
    pub(crate) frontier: Frontier,
    /// How many held the lock before, and this one: the order of everything done under it.
    pub(crate) number: i64,
}

/// Locks the organization's tree until the transaction ends: appends, and with them results,
/// are applied one after the other.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<Turn, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "insert into results.trees (tenant_key, size, peaks, turns) values ($1, 0, '{}', 1)
         on conflict (tenant_key) do update set turns = trees.turns + 1
         returning size, peaks, turns",
        tenant,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Turn {
        frontier: frontier(row.size, &row.peaks)?,
        number: row.turns,
    })
}

fn frontier(size: i64, peaks: &[Vec<u8>]) -> Result<Frontier, ResultsFault> {
    let peaks: Result<Vec<Hash>, _> = peaks
        .iter()
        .map(|peak| Hash::try_from(peak.as_slice()))
        .collect();
    let size = number("results.trees.size", size)?;
    peaks
        .and_then(|peaks| Frontier::new(size, peaks))
        .map_err(|error| ResultsFault::inconsistent("results.trees.peaks", error))
}

/// As [`lock`], but takes no turn: for who only has to see everything as it is at one moment.
/// None before the first result.
pub(crate) async fn hold(tx: &mut TenantTx) -> Result<Option<Frontier>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select size, peaks from results.trees where tenant_key = $1 for update",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| frontier(row.size, &row.peaks)).transpose()
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
    let mut nodes = Nodes::default();
    for (hash, _) in leaves {
        frontier.append_noting(*hash, |id, hash| nodes.push(id, hash));
    }
    nodes.insert(tx).await?;
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
    keys: &LedgerKeys,
    at: OffsetDateTime,
) -> Result<SignedHead, ResultsFault> {
    let at = at
        .format(&time::format_description::well_known::Rfc3339)
        .map_err(|error| ResultsFault::inconsistent("time of a tree head", error))?;
    let key = keys.signer(tx.conn(), &at).await?;
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

/// A signed head as it is stored.
struct HeadRow {
    tree_size: i64,
    root_hash: Vec<u8>,
    at: String,
    key_id: String,
    signature: String,
}

impl HeadRow {
    fn signed(self, tenant_key: TenantKey) -> Result<SignedHead, ResultsFault> {
        Ok(SignedHead {
            at: self.at,
            key_id: self.key_id,
            root_hash: Hash::try_from(self.root_hash.as_slice())
                .map_err(|error| ResultsFault::inconsistent("results.heads.root_hash", error))?,
            signature: self.signature,
            tenant_key,
            tree_size: number("results.heads.tree_size", self.tree_size)?,
        })
    }
}

/// The newest signed head; none before the first leaf.
pub(crate) async fn newest_head(tx: &mut TenantTx) -> Result<Option<SignedHead>, ResultsFault> {
    Ok(heads(tx, None, 1).await?.pop())
}

/// The signed head of a tree of exactly this size.
pub(crate) async fn head_of(
    tx: &mut TenantTx,
    size: u64,
) -> Result<Option<SignedHead>, ResultsFault> {
    // Beyond what Postgres counts there is no head.
    let above = i64::try_from(size)
        .ok()
        .and_then(|size| size.checked_add(1));
    let Some(above) = above else { return Ok(None) };
    let newest = heads(tx, Some(above), 1).await?.pop();
    Ok(newest.filter(|head| head.tree_size == size))
}

/// Signed heads of trees smaller than `below`, largest first. Asks for one more than the page
/// holds.
pub(crate) async fn list_heads(
    tx: &mut TenantTx,
    below: Option<i64>,
    limit: Limit,
) -> Result<Vec<SignedHead>, ResultsFault> {
    heads(tx, below, limit.as_i64() + 1).await
}

async fn heads(
    tx: &mut TenantTx,
    below: Option<i64>,
    rows: i64,
) -> Result<Vec<SignedHead>, ResultsFault> {
    let tenant_key = tx.tenant_key();
    sqlx::query_as!(
        HeadRow,
        "select tree_size, root_hash, at, key_id, signature from results.heads
         where tenant_key = $1 and ($2::bigint is null or tree_size < $2)
         order by tree_size desc
         limit $3",
        tenant_key.to_string(),
        below,
        rows,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|row| row.signed(tenant_key))
    .collect()
}

/// Nodes side by side, as one statement takes them.
#[derive(Default)]
struct Nodes {
    levels: Vec<i16>,
    indexes: Vec<i64>,
    hashes: Vec<Vec<u8>>,
}

impl Nodes {
    fn push(&mut self, id: NodeId, hash: Hash) {
        // Heights and indexes of a tree that Postgres can count.
        self.levels
            .push(i16::try_from(id.level).unwrap_or(i16::MAX));
        self.indexes
            .push(i64::try_from(id.index).unwrap_or(i64::MAX));
        self.hashes.push(hash.as_bytes().to_vec());
    }

    async fn insert(&self, tx: &mut TenantTx) -> Result<(), ResultsFault> {
        if self.levels.is_empty() {
            return Ok(());
        }
        let tenant = tx.tenant_key().to_string();
        sqlx::query!(
            "insert into results.nodes (tenant_key, level, index, hash)
             select $1, n.level, n.index, n.hash
             from unnest($2::smallint[], $3::bigint[], $4::bytea[]) as n (level, index, hash)",
            tenant,
            &self.levels,
            &self.indexes,
            &self.hashes,
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}

/// The path of a planned proof, from the nodes it needs and no others.
pub(crate) async fn prove(tx: &mut TenantTx, plan: &ProofPlan) -> Result<Vec<Hash>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let wanted = plan.nodes();
    let column = |of: fn(&NodeRange) -> u64| -> Vec<i64> {
        let bounds = wanted.iter().map(of);
        bounds
            .map(|bound| i64::try_from(bound).unwrap_or(i64::MAX))
            .collect()
    };
    let levels: Vec<i16> = wanted
        .iter()
        .map(|range| i16::try_from(range.level).unwrap_or(i16::MAX))
        .collect();
    let rows = sqlx::query!(
        r#"select 0::smallint as "level!", l.index as "index!", l.hash as "hash!"
           from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as n (level, first, stop)
           join results.leaves l
             on l.tenant_key = $1 and l.index >= n.first and l.index < n.stop
           where n.level = 0
           union all
           select d.level, d.index, d.hash
           from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as n (level, first, stop)
           join results.nodes d
             on d.tenant_key = $1 and d.level = n.level and d.index >= n.first
            and d.index < n.stop"#,
        tenant,
        &levels,
        &column(|range| range.first),
        &column(|range| range.end),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut nodes = BTreeMap::new();
    for row in rows {
        let id = NodeId {
            level: number("results.nodes.level", row.level)?,
            index: number("results.nodes.index", row.index)?,
        };
        let hash = Hash::try_from(row.hash.as_slice())
            .map_err(|error| ResultsFault::inconsistent("results.nodes.hash", error))?;
        nodes.insert(id, hash);
    }
    plan.path(&nodes)
        .map_err(|error| ResultsFault::inconsistent("results.nodes", error))
}
