//! `wt-results risk import`: what FIRST and CISA publish about CVEs, brought in by the operator.
//!
//! One file is taken whole or not at all; then the exposures of every organization whose checks
//! name CVEs are scored anew, one transaction for each organization.

mod command;

pub use command::command;

use std::io::Read as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wt_model::Principal;
use wt_pg::Pool;
use wt_risk::{FeedFault, read_epss, read_kev};

use crate::{NAME, error::ResultsFault, store};

/// Most bytes of a file, unpacked: the EPSS scores of all CVEs have about 10 MB.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// How a gzip file begins (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What an import did.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// `epss` or `kev`.
    pub name: &'static str,
    /// The day or moment the file says it is of.
    pub dated: String,
    /// SHA-256 of the file as it was given, hex.
    pub sha256: String,
    /// Rows of the file.
    pub rows: usize,
    /// Organizations whose exposures were looked at.
    pub organizations: usize,
    /// Exposures that have another score now.
    pub rescored: u64,
}

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportFault {
    /// Larger than any such file.
    #[error("it has more than {} MiB", FILE_BYTES_MAX >> 20)]
    TooLarge,
    /// It can't be unpacked, or is no text.
    #[error("it is neither text nor packed text: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It is not what is published.
    #[error(transparent)]
    Feed(#[from] FeedFault),
    /// The database refused or is away.
    #[error(transparent)]
    Store(#[from] ResultsFault),
}

impl From<wt_pg::PgFault> for ImportFault {
    fn from(fault: wt_pg::PgFault) -> Self {
        Self::Store(fault.into())
    }
}

/// Imports one file: EPSS scores as CSV or KEV as JSON, packed with gzip or not.
pub(crate) async fn import(pool: &Pool, file: &[u8]) -> Result<Imported, ImportFault> {
    let text = unpacked(file)?;
    let sha256 = hex::encode(Sha256::digest(file));
    let mut tx = pool.begin_platform("import_risk").await?;
    let (name, dated, rows) = if text.trim_start().starts_with('{') {
        let feed = read_kev(&text)?;
        store::feed::replace_kev(tx.conn(), &feed.rows).await?;
        ("kev", feed.dated, feed.rows.len())
    } else {
        let feed = read_epss(&text)?;
        store::feed::replace_epss(tx.conn(), &feed.rows).await?;
        ("epss", feed.dated, feed.rows.len())
    };
    store::feed::note(tx.conn(), name, &dated, &sha256, rows).await?;
    tx.commit().await?;
    let (organizations, rescored) = rescore_all(pool).await?;
    Ok(Imported {
        name,
        dated,
        sha256,
        rows,
        organizations,
        rescored,
    })
}

/// Scores the exposures of every organization anew; gives how many organizations and exposures.
async fn rescore_all(pool: &Pool) -> Result<(usize, u64), ResultsFault> {
    let mut tx = pool.begin_platform("organizations_with_cves").await?;
    let organizations = store::risk::organizations(tx.conn()).await?;
    tx.commit().await?;
    let mut rescored = 0;
    for tenant in &organizations {
        let principal = Principal::service(NAME, *tenant);
        let mut tx = pool.begin(&principal, "rescore").await?;
        // No result is applied meanwhile, so none is scored by what was published before.
        store::ledger::hold(&mut tx).await?;
        let risks = store::risk::of_checks(&mut tx, None).await?;
        rescored += store::risk::rescore(&mut tx, &risks).await?;
        tx.commit().await?;
    }
    Ok((organizations.len(), rescored))
}

/// The text of a file, unpacked if it is packed.
fn unpacked(file: &[u8]) -> Result<String, ImportFault> {
    let mut text = String::new();
    let read = if file.starts_with(&GZIP) {
        flate2::read::MultiGzDecoder::new(file)
            .take(FILE_BYTES_MAX + 1)
            .read_to_string(&mut text)?
    } else {
        file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?
    };
    if read as u64 > FILE_BYTES_MAX {
        return Err(ImportFault::TooLarge);
    }
    Ok(text)
}
