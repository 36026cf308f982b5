//! The public keys of the ledgers and how each followed another: the installation's, and no secret.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_ledger::{DatedKey, KeyChain};
use wt_proto::{convert::to_timestamp, results};

use super::Api;
use crate::error::ResultsFault;

pub(super) async fn list_ledger_keys(
    api: &Api,
) -> Result<results::ListLedgerKeysResponse, ResultsFault> {
    let mut tx = api.pool.begin_platform("list_ledger_keys").await?;
    let chain = api.ledger_keys.chain(tx.conn()).await?;
    tx.commit().await?;
    let keys = api.ledger_keys.dated(&chain).into_iter().map(key);
    Ok(results::ListLedgerKeysResponse {
        keys: keys.collect::<Result<_, _>>()?,
        successions: successions(&chain),
    })
}

/// The statements of a chain, as they are sent.
pub(super) fn successions(chain: &KeyChain) -> Vec<results::LedgerSuccession> {
    let statements = chain.statements().iter().cloned();
    statements
        .map(|said| results::LedgerSuccession {
            at: said.at,
            from: said.from,
            from_signature: said.from_signature,
            to: said.to,
            to_signature: said.to_signature,
        })
        .collect()
}

fn key(dated: DatedKey) -> Result<results::LedgerKey, ResultsFault> {
    let moment = |at: Option<String>| {
        at.map(|at| OffsetDateTime::parse(&at, &Rfc3339))
            .transpose()
            .map_err(|error| ResultsFault::inconsistent("results.ledger_successions.at", error))
    };
    Ok(results::LedgerKey {
        key_id: dated.key.key_id().to_string(),
        public_key_pem: dated.key.to_spki_pem(),
        valid_from: moment(dated.from)?.map(to_timestamp),
        valid_until: moment(dated.until)?.map(to_timestamp),
    })
}
