//! `wt-results replay`: whether what is stored is what the stored payloads say.
//!
//! Rebuilds an organization's exposures and ledger from its results, withdrawals and packets, and
//! compares them with the live ones: the root hash over every event, and each exposure.

mod command;
mod compare;

pub use command::command;

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use wt_artifacts::{ArtifactFault, ArtifactKey, Artifacts};
use wt_diff::{RunContext, Told};
use wt_ledger::leaf_hash;
use wt_model::{ImportFormat, Principal, TenantKey};
use wt_pg::Pool;
use wt_proto::convert::from_timestamp;

use self::compare::Standing;
use crate::{
    domain::{
        import::{Payload, reason},
        replay::Retold,
        withdrawal::Withdrawn,
    },
    error::ResultsFault,
    events::scan_accepted::{ARTIFACT_BYTES_MAX, unpack},
    store::{
        self, applied::JournalRow, import::JournalRow as ImportJournal, withdrawal::WithdrawalRow,
    },
};

/// Differing exposures that are named; the rest is counted.
const NAMED_MAX: usize = 20;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The organization.
    pub organization: TenantKey,
    /// Results that were told again.
    pub results: usize,
    /// Withdrawals that were told again.
    pub withdrawals: usize,
    /// Imports that were told again.
    pub imports: usize,
    /// Transitions they led to.
    pub events: usize,
    /// Root over the live ledger, and how many leaves it has.
    pub live_root_hash: String,
    /// Leaves of the live ledger.
    pub live_tree_size: u64,
    /// Root over the rebuilt ledger.
    pub root_hash: String,
    /// Leaves of the rebuilt ledger.
    pub tree_size: u64,
    /// Exposures that are there.
    pub exposures: usize,
    /// How many of them differ, are missing or are too many.
    pub differing: usize,
    /// The first of those.
    pub differing_keys: Vec<String>,
    /// Since when the plan keeps stored results, if it let some go. The history can't be told from
    /// the beginning then: what is compared is the ledger's leaves with its root, and how
    /// exposures stand is not proven.
    pub kept_since: Option<String>,
    /// Whether everything that is compared is the same.
    pub same: bool,
}

/// Everything a replay reads from the database, at one moment.
struct Stored {
    results: Vec<JournalRow>,
    withdrawals: Vec<WithdrawalRow>,
    imports: Vec<ImportJournal>,
    packets: BTreeMap<u64, wt_ledger::Hash>,
    exposures: BTreeMap<String, Standing>,
    frontier: wt_ledger::Frontier,
    /// Since when results are kept, if some are not.
    kept_since: Option<OffsetDateTime>,
    /// Of every leaf, when some results are not kept.
    leaves: Vec<wt_ledger::Hash>,
}

/// One thing that happened.
enum Entry<'a> {
    Result(&'a JournalRow),
    Withdrawal(&'a WithdrawalRow),
    Import(&'a ImportJournal),
}

impl Stored {
    /// Everything that happened, in the order of its turns.
    fn in_order(&self) -> Vec<Entry<'_>> {
        let results = self
            .results
            .iter()
            .map(|row| (row.turn, Entry::Result(row)));
        let withdrawals = self.withdrawals.iter();
        let withdrawals = withdrawals.map(|row| (row.turn, Entry::Withdrawal(row)));
        let imports = self
            .imports
            .iter()
            .map(|row| (row.turn, Entry::Import(row)));
        let mut all: Vec<_> = results.chain(withdrawals).chain(imports).collect();
        // Stable: results from before turns were kept stay as they came.
        all.sort_by_key(|(turn, _)| *turn);
        all.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// Rebuilds and compares one organization.
///
/// # Errors
/// The database or the object store is away; a payload is missing or can't be read.
pub(crate) async fn replay(
    pool: &Pool,
    artifacts: &Artifacts,
    tenant_key: TenantKey,
) -> Result<Comparison, ResultsFault> {
    let mut stored = read(pool, tenant_key).await?;
    if let Some(since) = stored.kept_since {
        return Ok(ledger_alone(tenant_key, &stored, since));
    }
    let mut retold = Retold::new(tenant_key, std::mem::take(&mut stored.packets));
    let mut events = 0;
    for entry in stored.in_order() {
        events += match entry {
            Entry::Result(row) => result(&mut retold, artifacts, tenant_key, row).await?,
            Entry::Withdrawal(row) => withdraw(&mut retold, row)?,
            Entry::Import(row) => import(&mut retold, row)?,
        };
    }
    let (frontier, exposures) = retold.end();
    let differing = compare::differing(&exposures, &stored.exposures);
    Ok(Comparison {
        organization: tenant_key,
        results: stored.results.len(),
        withdrawals: stored.withdrawals.len(),
        imports: stored.imports.len(),
        events,
        live_root_hash: stored.frontier.root().to_string(),
        live_tree_size: stored.frontier.size(),
        root_hash: frontier.root().to_string(),
        tree_size: frontier.size(),
        exposures: stored.exposures.len(),
        differing: differing.len(),
        kept_since: None,
        same: differing.is_empty() && frontier == stored.frontier,
        differing_keys: differing.into_iter().take(NAMED_MAX).collect(),
    })
}

/// What can be compared without the results from before `since`.
fn ledger_alone(organization: TenantKey, stored: &Stored, since: OffsetDateTime) -> Comparison {
    let mut frontier = wt_ledger::Frontier::default();
    for leaf in &stored.leaves {
        frontier.append(*leaf);
    }
    Comparison {
        organization,
        results: 0,
        withdrawals: 0,
        imports: 0,
        events: 0,
        live_root_hash: stored.frontier.root().to_string(),
        live_tree_size: stored.frontier.size(),
        root_hash: frontier.root().to_string(),
        tree_size: frontier.size(),
        exposures: stored.exposures.len(),
        differing: 0,
        differing_keys: Vec::new(),
        kept_since: Some(since.date().to_string()),
        same: frontier == stored.frontier,
    }
}

/// Reads under the lock of the tree, so that no result comes in between; the organization's
/// results wait meanwhile, other organizations' do not.
async fn read(pool: &Pool, tenant_key: TenantKey) -> Result<Stored, ResultsFault> {
    let operator = Principal::service("operator", tenant_key);
    let mut tx = pool.begin(&operator, "replay").await?;
    let frontier = store::ledger::hold(&mut tx).await?.unwrap_or_default();
    let packets = store::packet::list_leaves(&mut tx).await?;
    let kept_since = store::retention::results_kept_since(&mut tx).await?;
    let leaves = match kept_since {
        Some(_) => store::leaf::list_hashes(&mut tx).await?,
        None => Vec::new(),
    };
    let stored = Stored {
        results: store::applied::list_journal(&mut tx).await?,
        withdrawals: store::withdrawal::list_all(&mut tx).await?,
        imports: store::import::list_journal(&mut tx).await?,
        packets: packets
            .into_iter()
            .map(|(index, body)| {
                let index = store::number("results.packets.leaf_index", index)?;
                Ok((index, leaf_hash(body.as_bytes())))
            })
            .collect::<Result<_, ResultsFault>>()?,
        exposures: compare::standings(&mut tx).await?,
        frontier,
        kept_since,
        leaves,
    };
    tx.commit().await?;
    Ok(stored)
}

fn withdraw(retold: &mut Retold, row: &WithdrawalRow) -> Result<usize, ResultsFault> {
    let what = if row.kind == Withdrawn::Asset.as_str() {
        Withdrawn::Asset
    } else {
        Withdrawn::Check
    };
    retold
        .withdrawal(what, &row.r#ref, (&row.cause, &row.reason), row.at)
        .map_err(|error| ResultsFault::inconsistent("results.withdrawals.at", error))
}

fn import(retold: &mut Retold, row: &ImportJournal) -> Result<usize, ResultsFault> {
    let place = || format!("payload of {}", row.id);
    let format: ImportFormat = store::stored("results.imports.format", &row.format)?;
    let json = zstd::decode_all(row.payload.as_slice())
        .map_err(|error| ResultsFault::inconsistent(place(), error))?;
    let payload: Payload = serde_json::from_slice(&json)
        .map_err(|error| ResultsFault::inconsistent(place(), error))?;
    let told = Told {
        cause: &row.id,
        reason: &reason(format),
    };
    retold
        .import(&payload, told)
        .map_err(|error| ResultsFault::inconsistent(place(), error))
}

async fn result(
    retold: &mut Retold,
    artifacts: &Artifacts,
    tenant_key: TenantKey,
    row: &JournalRow,
) -> Result<usize, ResultsFault> {
    let place = || format!("payload of {}", row.job_id);
    let key = ArtifactKey::parse_for(tenant_key, &row.artifact_key).map_err(ArtifactFault::from)?;
    let packed = artifacts
        .get(&key, ARTIFACT_BYTES_MAX)
        .await
        .map_err(|fault| ResultsFault::inconsistent(place(), fault))?;
    let (result, report) =
        unpack(&packed).map_err(|refusal| ResultsFault::inconsistent(place(), refusal))?;
    let at = from_timestamp(result.finished_at.as_ref())
        .ok_or_else(|| ResultsFault::inconsistent(place(), "finished_at is not a time"))?;
    let run = RunContext {
        tenant_key,
        run_id: store::stored("results.applied.run_id", &row.run_id)?,
        kind: store::stored("results.applied.run_kind", &row.run_kind)?,
        seq: row.run_seq,
    };
    retold
        .result(&report, &row.authorization_ids, &run, at)
        .map_err(|error| ResultsFault::inconsistent(place(), error))
}
