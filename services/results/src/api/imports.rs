//! What other tools found: looked at, or taken whole in one transaction (docs/guides/moving-in.md).
//!
//! Whether the organization may look at an asset is the registry's to say: the gateway asks it
//! with the caller's own token and hands the answer on. What was withdrawn since is known here,
//! and refused here.

use std::{collections::BTreeMap, sync::Arc};

use futures::FutureExt as _;
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_diff::{Change, Observed, Told, apply_told};
use wt_exposure::{CheckInfo, ExposureKey};
use wt_import::{Asset, Assets, Read, Reason, Refused};
use wt_model::{ImportFormat, ImportId, Permission, Principal, TypedId};
use wt_pg::{Cursor, Page, TenantTx};
use wt_proto::{convert::to_timestamp, results};

use super::Api;
use crate::{
    domain::{
        import::{self, Counts, Moment, Payload, REFUSED_SHOWN_MAX, Sifted},
        risk::Risks,
    },
    ending::stored_now,
    error::ResultsFault,
    events::apply_result::leaves,
    ledger_keys::LedgerKeys,
    store::{
        self,
        import::{ImportRow, Kept},
        ledger::LeafKind,
    },
    wire,
};

/// Longest name of a request.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;
/// How hard the payload is packed: it is small, and kept for ever.
const ZSTD_LEVEL: i32 = 9;
const LIST: &str = "imports";

/// Takes a file, or says what would be taken.
pub(super) async fn import_findings(
    api: &Api,
    principal: &Principal,
    request: results::ImportFindingsRequest,
) -> Result<results::ImportFindingsResponse, ResultsFault> {
    may(principal, Permission::RunsCreate)?;
    if request.idempotency_key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
        let reason = format!("at most {IDEMPOTENCY_KEY_BYTES_MAX} bytes");
        return Err(ResultsFault::field("idempotency_key", reason));
    }
    let format: ImportFormat = wire::word("format", &request.format)?;
    let (assets, authorization_ids) = assets(&request.assets)?;
    let now = stored_now();
    let file = request.file;
    // Reading 32 MiB takes a while, and no database.
    let read = tokio::task::spawn_blocking(move || {
        let sha256 = hex::encode(Sha256::digest(&file));
        wt_import::read(format, &file, &import::catalogue(), &assets, now)
            .map(|read| (read, sha256))
    });
    let (read, file_sha256) = read.await??;
    let wanted = Arc::new(Wanted {
        format,
        read,
        file_sha256,
        authorization_ids,
        dry_run: request.dry_run,
        idempotency_key: request.idempotency_key,
        now,
        ledger_keys: Arc::clone(&api.ledger_keys),
    });
    let row = api
        .pool
        .run(principal, "import_findings", move |tx| {
            let wanted = Arc::clone(&wanted);
            async move { wanted.take(tx).await }.boxed()
        })
        .await?;
    Ok(results::ImportFindingsResponse {
        import: Some(shown(row)?),
    })
}

/// Imports, newest first.
pub(super) async fn list_imports(
    api: &Api,
    principal: &Principal,
    request: results::ListImportsRequest,
) -> Result<results::ListImportsResponse, ResultsFault> {
    may(principal, Permission::RunsRead)?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let after = page.after().map(Cursor::position);
    let mut tx = api.pool.begin_read(principal, "list_imports").await?;
    let rows = store::import::page(&mut tx, after, page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new(LIST, row.at, &row.id));
    Ok(results::ListImportsResponse {
        imports: rows.into_iter().map(shown).collect::<Result<_, _>>()?,
        next_cursor,
    })
}

fn assets(told: &[results::ImportAsset]) -> Result<(Assets, Vec<String>), ResultsFault> {
    let mut all = Vec::new();
    for (index, asset) in told.iter().enumerate() {
        all.push(Asset {
            id: wire::word(&format!("assets[{index}].asset_id"), &asset.asset_id)?,
            kind: wire::word("kind", &asset.kind)?,
            value: asset.value.clone(),
        });
    }
    let proofs = told.iter().map(|asset| asset.authorization_id.clone());
    Ok((Assets::new(all), proofs.collect()))
}

/// A file as it was read.
struct Wanted {
    format: ImportFormat,
    read: Read,
    file_sha256: String,
    authorization_ids: Vec<String>,
    dry_run: bool,
    idempotency_key: String,
    now: OffsetDateTime,
    ledger_keys: Arc<LedgerKeys>,
}

impl Wanted {
    async fn take(&self, tx: &mut TenantTx) -> Result<ImportRow, ResultsFault> {
        if self.dry_run {
            return self.look(tx).await;
        }
        // The tree's lock orders this with results, and two of the same name with each other.
        let turn = store::ledger::lock(tx).await?;
        if let Some(before) = store::import::find_asked(tx, &self.idempotency_key).await? {
            let is_same =
                before.format == self.format.as_str() && before.file_sha256 == self.file_sha256;
            return if is_same {
                Ok(before)
            } else {
                Err(ResultsFault::ImportKeyReused)
            };
        }
        let (sifted, refused) = self.sift(tx).await?;
        let id = ImportId::from_ulid(Ulid::generate());
        let mut counts = Counts {
            unchanged: sifted.known,
            ..Counts::default()
        };
        let payload = Payload::of(sifted.taken, self.now);
        let mut writing = Writing {
            id,
            reason: import::reason(self.format),
            risks: store::risk::of_report(tx, &payload.checks()).await?,
            frontier: turn.frontier,
        };
        for moment in &payload.moments {
            writing.moment(tx, moment, &mut counts).await?;
        }
        if counts.opened + counts.changed > 0 {
            store::ledger::sign_head(tx, &writing.frontier, &self.ledger_keys, self.now).await?;
            tell_of_checks(tx, &payload.checks()).await?;
        }
        let row = self.row(tx, id.to_string(), counts, refused)?;
        let packed = serde_json::to_vec(&payload.bare())
            .map_err(std::io::Error::from)
            .and_then(|json| zstd::encode_all(json.as_slice(), ZSTD_LEVEL))
            .map_err(|error| ResultsFault::inconsistent("results.imports.payload", error))?;
        let kept = Kept {
            turn: turn.number,
            payload: &packed,
            idempotency_key: &self.idempotency_key,
        };
        store::import::insert(tx, &row, &kept).await?;
        let after = json!({
            "format": row.format, "file_sha256": row.file_sha256, "accepted": row.accepted,
            "opened": row.opened, "changed": row.changed, "refused": row.refused_total,
        });
        wt_audit::record(tx, "exposures.import", &row.id, None, Some(&after)).await?;
        Ok(row)
    }

    /// What would be taken; writes nothing, and holds nobody up.
    async fn look(&self, tx: &mut TenantTx) -> Result<ImportRow, ResultsFault> {
        let (sifted, refused) = self.sift(tx).await?;
        let mut counts = Counts {
            unchanged: sifted.known,
            ..Counts::default()
        };
        for moment in &Payload::of(sifted.taken, self.now).moments {
            let priors = priors(tx, moment).await?;
            counts.add(&apply_told(&priors, &pairs(moment), TOLD_TO_NOBODY));
        }
        self.row(tx, String::new(), counts, refused)
    }

    /// What is left after what we know better, and everything that is refused, by line.
    async fn sift(&self, tx: &mut TenantTx) -> Result<(Sifted, Vec<Refused>), ResultsFault> {
        let (covered, mut refused) = self.covered(tx).await?;
        let total = covered.len();
        let all = import::newest(tx.tenant_key(), covered);
        let doubled = total - all.len();
        let keys: Vec<String> = all.iter().map(|keyed| keyed.key.to_string()).collect();
        let stored = store::exposure::list_by_keys(tx, &keys).await?;
        let states = stored
            .into_iter()
            .map(|(key, prior)| (key, prior.state))
            .collect();
        let looked = store::import::looked(tx, &all).await?;
        let mut sifted = import::sift(all, &states, &looked);
        sifted.known += doubled;
        refused.append(&mut sifted.refused);
        refused.extend(self.read.refused.iter().cloned());
        refused.sort_by_key(|refused| refused.line);
        Ok((sifted, refused))
    }

    /// Findings on assets whose proof was not withdrawn since the registry was asked.
    async fn covered(
        &self,
        tx: &mut TenantTx,
    ) -> Result<(Vec<wt_import::Finding>, Vec<Refused>), ResultsFault> {
        let asset = |finding: &wt_import::Finding| finding.observation.subject.asset_id;
        let mut assets: Vec<String> = self
            .read
            .findings
            .iter()
            .map(|finding| asset(finding).to_string())
            .collect();
        assets.sort();
        assets.dedup();
        let gone = store::withdrawal::list_uncovered(tx, &assets, &self.authorization_ids).await?;
        let (mut covered, mut refused) = (Vec::new(), Vec::new());
        for finding in &self.read.findings {
            if gone.contains(&asset(finding).to_string()) {
                refused.push(Refused {
                    line: finding.line,
                    reason: Reason::OutOfScope,
                    subject: finding.subject.clone(),
                    detail: "the proof of ownership was withdrawn".to_owned(),
                });
            } else {
                covered.push(finding.clone());
            }
        }
        Ok((covered, refused))
    }

    fn row(
        &self,
        tx: &TenantTx,
        id: String,
        counts: Counts,
        refused: Vec<Refused>,
    ) -> Result<ImportRow, ResultsFault> {
        let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
        let refused_total = count(refused.len());
        let first: Vec<Refused> = refused.into_iter().take(REFUSED_SHOWN_MAX).collect();
        Ok(ImportRow {
            id,
            format: self.format.to_string(),
            file_sha256: self.file_sha256.clone(),
            accepted: count(counts.accepted()),
            unchanged: count(counts.unchanged),
            opened: count(counts.opened),
            changed: count(counts.changed),
            refused: serde_json::to_value(first)
                .map_err(|error| ResultsFault::inconsistent("results.imports.refused", error))?,
            refused_total,
            by: tx.principal().sub.clone(),
            at: self.now,
        })
    }
}

/// Keeps the texts of checks nobody told of yet; what a worker told of them stays.
async fn tell_of_checks(tx: &mut TenantTx, checks: &[CheckInfo]) -> Result<(), ResultsFault> {
    let ids: Vec<String> = checks.iter().map(|info| info.check.id.clone()).collect();
    let known = store::check::list_titles(tx, &ids).await?;
    let unknown: Vec<CheckInfo> = checks
        .iter()
        .filter(|info| known.iter().all(|(id, _)| *id != info.check.id))
        .cloned()
        .collect();
    store::check::upsert_all(tx, &unknown).await?;
    Ok(())
}

/// For counting alone.
const TOLD_TO_NOBODY: Told<'static> = Told {
    cause: "",
    reason: "",
};

async fn priors(
    tx: &mut TenantTx,
    moment: &Moment,
) -> Result<BTreeMap<ExposureKey, Observed>, ResultsFault> {
    let keys: Vec<String> = moment.seen.iter().map(|(key, _)| key.to_string()).collect();
    store::exposure::list_by_keys(tx, &keys).await
}

fn pairs(moment: &Moment) -> Vec<(ExposureKey, &wt_exposure::Observation)> {
    let seen = moment.seen.iter();
    seen.map(|(key, seen)| (key.clone(), seen)).collect()
}

/// An import being written.
struct Writing {
    id: ImportId,
    reason: String,
    risks: Risks,
    frontier: wt_ledger::Frontier,
}

impl Writing {
    /// Writes what was seen at one time: state, events, evidence, leaves and news together.
    async fn moment(
        &mut self,
        tx: &mut TenantTx,
        moment: &Moment,
        counts: &mut Counts,
    ) -> Result<(), ResultsFault> {
        let at = moment.at;
        let priors = priors(tx, moment).await?;
        let seen = pairs(moment);
        let cause = self.id.to_string();
        let told = Told {
            cause: &cause,
            reason: &self.reason,
        };
        let applied = apply_told(&priors, &seen, told);
        counts.add(&applied);
        let (new, known): (Vec<&Change>, Vec<&Change>) =
            applied.changes.iter().partition(|c| c.from.is_none());
        let known: Vec<_> = known.into_iter().map(|change| (change, at)).collect();
        // No run of ours saw it last.
        store::exposure::insert_new(tx, &new, "", at, &self.risks).await?;
        store::exposure::update_observed(tx, &known, None, &self.risks).await?;
        let confirmed = applied.unchanged.iter();
        let confirmed: Vec<_> = confirmed
            .filter_map(|index| seen.get(*index).map(|(key, _)| key))
            .collect();
        store::import::touch(tx, &confirmed, at).await?;
        let leaves = leaves(tx.tenant_key(), &applied, at)?;
        let first = store::ledger::append(tx, &mut self.frontier, LeafKind::Event, &leaves).await?;
        store::event::insert_all(tx, &applied.events, None, at, first).await?;
        let proofs: Vec<_> = applied
            .events
            .iter()
            .filter_map(|event| Some((event, seen.get(event.observation?)?.1)))
            .collect();
        store::event::insert_evidence(tx, &proofs).await?;
        store::news::enqueue_transitions(tx, &applied.events, at).await?;
        Ok(())
    }
}

fn shown(row: ImportRow) -> Result<results::Import, ResultsFault> {
    let refused: Vec<Refused> = serde_json::from_value(row.refused)
        .map_err(|error| ResultsFault::inconsistent("results.imports.refused", error))?;
    let count = |rows: i64| u64::try_from(rows).unwrap_or_default();
    Ok(results::Import {
        id: row.id,
        format: row.format,
        accepted: count(row.accepted),
        unchanged: count(row.unchanged),
        opened: count(row.opened),
        changed: count(row.changed),
        refused: refused
            .into_iter()
            .map(|refused| results::RefusedLine {
                line: refused.line as u64,
                reason: refused.reason.as_str().to_owned(),
                subject: refused.subject,
                detail: refused.detail,
            })
            .collect(),
        refused_total: count(row.refused_total),
        by: row.by,
        at: Some(to_timestamp(row.at)),
    })
}
