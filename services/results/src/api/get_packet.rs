//! The evidence packet of an exposure: made once for each newest event and decision, then the
//! same bytes of body for ever, with a proof under the newest head (contracts §7).

use std::sync::Arc;

use futures::FutureExt;
use time::OffsetDateTime;
use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_ledger::{
    Frontier, Inclusion, KeyChain, ProofPlan, SignedHead, canonical_json, leaf_hash, seal_packet,
};
use wt_model::{Permission, Principal};
use wt_pg::TenantTx;
use wt_proto::results;

use super::Api;
use crate::{
    domain::packet::{Material, basis, body},
    error::ResultsFault,
    ledger_keys::LedgerKeys,
    render::packet::paper,
    store::{self, ledger::LeafKind},
};

/// Newest events, evidences and decisions a packet is made from.
const HISTORY_MAX: i64 = 200;
/// Newest evidences looked at for the two observations of a packet.
const EVIDENCE_MAX: i64 = 20;

pub(super) async fn get_packet(
    api: &Api,
    principal: &Principal,
    request: results::GetPacketRequest,
) -> Result<results::GetPacketResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let form = Form::of(&request.format)?;
    let key: ExposureKey = request
        .key
        .parse()
        .map_err(|_| ResultsFault::ExposureUnknown)?;
    let ledger_keys = Arc::clone(&api.ledger_keys);
    let sealed = api
        .pool
        .run(principal, "get_packet", move |tx| {
            let (key, ledger_keys) = (key.clone(), Arc::clone(&ledger_keys));
            async move { seal(tx, &key, &ledger_keys).await }.boxed()
        })
        .await?;
    match form {
        Form::Json => {
            let packet_json = String::from_utf8(sealed)
                .map_err(|error| ResultsFault::inconsistent("packet bytes", error))?;
            Ok(results::GetPacketResponse {
                packet_json,
                ..Default::default()
            })
        }
        Form::Html | Form::Pdf => Ok(results::GetPacketResponse {
            document: document(form, sealed).await?,
            ..Default::default()
        }),
    }
}

/// In which form a packet is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Html,
    Pdf,
}

impl Form {
    fn of(word: &str) -> Result<Self, ResultsFault> {
        match word {
            "json" | "" => Ok(Self::Json),
            "html" => Ok(Self::Html),
            "pdf" => Ok(Self::Pdf),
            _ => Err(ResultsFault::field("format", "expected json, html or pdf")),
        }
    }
}

/// The packet to read; drawn away from the tasks that answer, because pages take CPU.
async fn document(form: Form, sealed: Vec<u8>) -> Result<Vec<u8>, ResultsFault> {
    let drawn = tokio::task::spawn_blocking(move || {
        let paper =
            paper(&sealed).map_err(|error| ResultsFault::inconsistent("packet bytes", error))?;
        match form {
            Form::Pdf => Ok(wt_paper::pdf(&paper)?),
            Form::Json | Form::Html => Ok(wt_paper::html(&paper).into_bytes()),
        }
    });
    drawn.await?
}

async fn seal(
    tx: &mut TenantTx,
    key: &ExposureKey,
    ledger_keys: &LedgerKeys,
) -> Result<Vec<u8>, ResultsFault> {
    // Locked first: the leaf's index is part of the body.
    let mut frontier = store::ledger::lock(tx).await?.frontier;
    let exposure = store::exposure_page::find_by_key(tx, key)
        .await?
        .ok_or(ResultsFault::ExposureUnknown)?;
    let events = store::event::list_by_key(tx, key, HISTORY_MAX).await?;
    let actions = store::action::list_by_key(tx, key, HISTORY_MAX).await?;
    let newest = events.last().ok_or(ResultsFault::NothingToProve)?;
    let basis = basis(&events, &actions);
    let made = store::packet::find(tx, key, &basis).await?;
    let (leaf_index, text) = if let Some((index, text)) = made {
        (store::number("results.packets.leaf_index", index)?, text)
    } else {
        let applied = match newest.job_id.as_deref() {
            Some(job) => store::applied::find_by_job(tx, job).await?,
            None => None,
        };
        let evidence = store::event::list_evidence_by_key(tx, key, EVIDENCE_MAX).await?;
        let text = body_text(&Material {
            tenant_key: tx.tenant_key(),
            ledger_index: frontier.size(),
            issued_at: OffsetDateTime::now_utc(),
            exposure: &exposure,
            events: &events,
            evidence: &evidence,
            actions: &actions,
            applied: applied.as_ref(),
        })?;
        let index = append(tx, &mut frontier, &basis, key, &text).await?;
        (index, text)
    };
    let now = OffsetDateTime::now_utc();
    let head = store::ledger::sign_head(tx, &frontier, ledger_keys, now).await?;
    let keys = ledger_keys.chain(tx.conn()).await?;
    prove(tx, head, leaf_index, &text, &keys).await
}

fn body_text(material: &Material<'_>) -> Result<String, ResultsFault> {
    String::from_utf8(canonical_json(&body(material)?))
        .map_err(|error| ResultsFault::inconsistent("packet body", error))
}

async fn append(
    tx: &mut TenantTx,
    frontier: &mut Frontier,
    basis: &str,
    key: &ExposureKey,
    text: &str,
) -> Result<u64, ResultsFault> {
    let leaf = (leaf_hash(text.as_bytes()), key.to_string());
    let index = store::ledger::append(tx, frontier, LeafKind::Packet, &[leaf]).await?;
    let stored = store::number("results.packets.leaf_index", index)?;
    store::packet::insert(tx, key, basis, stored, text).await?;
    Ok(index)
}

async fn prove(
    tx: &mut TenantTx,
    head: SignedHead,
    leaf_index: u64,
    text: &str,
    keys: &KeyChain,
) -> Result<Vec<u8>, ResultsFault> {
    let plan = ProofPlan::inclusion(leaf_index, head.tree_size)
        .map_err(|error| ResultsFault::inconsistent("results.packets.leaf_index", error))?;
    let path = store::ledger::prove(tx, &plan).await?;
    let body = serde_json::from_str(text)
        .map_err(|error| ResultsFault::inconsistent("results.packets.body", error))?;
    Ok(seal_packet(
        body,
        Inclusion { leaf_index, path },
        head,
        keys,
    ))
}
