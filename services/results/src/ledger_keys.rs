//! The keys that sign tree heads, and which of them signs when (docs/contracts/ledger-keys.md).
//!
//! **Invariant**: what decides is what is recorded in the database, read in the transaction that
//! signs: a process that was started before a rotation was planned refuses to sign after it rather
//! than sign with a key that was retired.
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use sqlx::PgConnection;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use wt_envelope::{SigningKey, VerifyingKey};
use wt_ledger::{DatedKey, KeyChain, Succession, signer};
use wt_lifecycle::StartError;
use wt_pg::Pool;

use crate::{error::ResultsFault, store};

/// The ledger's keys.
#[derive(Debug, Clone, clap::Args)]
pub struct LedgerArgs {
    /// Ed25519 private key (PKCS#8 PEM) that signs tree heads
    #[arg(long, env = "WT_LEDGER_KEY_FILE", value_name = "PATH")]
    pub ledger_key_file: PathBuf,
    /// The key that follows it (docs/operate/runbooks/key-rotation.md)
    #[arg(
        long,
        env = "WT_LEDGER_NEXT_KEY_FILE",
        value_name = "PATH",
        requires = "ledger_next_key_from"
    )]
    pub ledger_next_key_file: Option<PathBuf>,
    /// From when on the next key signs and the one before it no longer: RFC 3339, whole seconds
    #[arg(
        long,
        env = "WT_LEDGER_NEXT_KEY_FROM",
        value_name = "TIME",
        requires = "ledger_next_key_file"
    )]
    pub ledger_next_key_from: Option<String>,
}

impl LedgerArgs {
    /// The keys, read.
    pub(crate) fn read(&self) -> Result<LedgerKeys, StartError> {
        let current = read_key("WT_LEDGER_KEY_FILE", &self.ledger_key_file)?;
        let next = self.ledger_next_key_file.as_ref();
        let Some((file, from)) = next.zip(self.ledger_next_key_from.as_ref()) else {
            return Ok(LedgerKeys::of(current));
        };
        let next = read_key("WT_LEDGER_NEXT_KEY_FILE", file)?;
        let from = moment(from).ok_or_else(|| {
            format!("WT_LEDGER_NEXT_KEY_FROM {from}: expected a time such as 2026-12-01T00:00:00Z")
        })?;
        LedgerKeys::followed(current, next, &from).map_err(Into::into)
    }
}

/// A time in the one spelling that is signed; none for what is no time or not whole seconds.
fn moment(text: &str) -> Option<String> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let at = at.to_offset(UtcOffset::UTC);
    (at.nanosecond() == 0)
        .then(|| at.format(&Rfc3339).ok())
        .flatten()
}

fn read_key(setting: &str, path: &Path) -> Result<SigningKey, StartError> {
    let at = |error: &dyn std::fmt::Display| format!("{setting} {}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| at(&error))?;
    Ok(SigningKey::from_pkcs8_pem(&text).map_err(|error| at(&error))?)
}

/// The private keys this process has, and the succession it was told of.
#[derive(Debug)]
pub(crate) struct LedgerKeys {
    /// The configured one, then the next.
    held: Vec<SigningKey>,
    planned: Option<Succession>,
}

impl LedgerKeys {
    /// One key, and none to follow.
    pub(crate) fn of(key: SigningKey) -> Self {
        Self {
            held: vec![key],
            planned: None,
        }
    }

    /// Two keys: the second signs from a moment on.
    fn followed(current: SigningKey, next: SigningKey, from: &str) -> Result<Self, String> {
        let planned = Succession::sign(from, &current, &next).map_err(|fault| fault.to_string())?;
        KeyChain::verify(vec![planned.clone()]).map_err(|fault| fault.to_string())?;
        Ok(Self {
            held: vec![current, next],
            planned: Some(planned),
        })
    }

    /// What is recorded, and what is planned where that follows it.
    async fn successions(&self, conn: &mut PgConnection) -> Result<Vec<Succession>, ResultsFault> {
        let mut known = store::ledger_key::list(conn).await?;
        if let Some(planned) = &self.planned
            && known.last().is_none_or(|last| last.to == planned.from)
        {
            known.push(planned.clone());
        }
        Ok(known)
    }

    /// The key that signs at a moment (RFC 3339 in UTC).
    pub(crate) async fn signer(
        &self,
        conn: &mut PgConnection,
        at: &str,
    ) -> Result<&SigningKey, ResultsFault> {
        let known = self.successions(conn).await?;
        match signer(&known, at) {
            None => self.held.first(),
            Some(spki) => self.held.iter().find(|key| spki_of(key) == spki),
        }
        .ok_or(ResultsFault::LedgerKeyNotHeld)
    }

    /// How each key followed another.
    pub(crate) async fn chain(&self, conn: &mut PgConnection) -> Result<KeyChain, ResultsFault> {
        KeyChain::verify(self.successions(conn).await?)
            .map_err(|error| ResultsFault::inconsistent("results.ledger_successions", error))
    }

    /// Every key there was, first to last: where none followed another, the only one.
    pub(crate) fn dated(&self, chain: &KeyChain) -> Vec<DatedKey> {
        if !chain.keys().is_empty() {
            return chain.keys().to_vec();
        }
        let only = self.held.first().map(|key| DatedKey {
            key: key.public(),
            from: None,
            until: None,
        });
        only.into_iter().collect()
    }

    /// The public half of the key that signs at a moment.
    pub(crate) async fn public(
        &self,
        conn: &mut PgConnection,
        at: &str,
    ) -> Result<VerifyingKey, ResultsFault> {
        Ok(self.signer(conn, at).await?.public())
    }

    /// Records the planned succession, once for all processes, and makes sure that this process can
    /// sign now.
    ///
    /// # Errors
    /// The plan contradicts what was recorded before, or the key that signs now is not here.
    pub(crate) async fn announce(&self, pool: &Pool) -> Result<(), ResultsFault> {
        let mut tx = pool.begin_platform("announce_ledger_key").await?;
        if let Some(planned) = &self.planned {
            let mut known = store::ledger_key::list(tx.conn()).await?;
            if !known.contains(planned) {
                known.push(planned.clone());
                KeyChain::verify(known).map_err(|_| ResultsFault::LedgerKeyContradicts)?;
                if !store::ledger_key::insert(tx.conn(), planned).await? {
                    return Err(ResultsFault::LedgerKeyContradicts);
                }
                tracing::info!(at = %planned.at, "another key will sign tree heads");
            }
        }
        let now = OffsetDateTime::now_utc().format(&Rfc3339);
        let now = now.map_err(|error| ResultsFault::inconsistent("now", error))?;
        self.signer(tx.conn(), &now).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn spki_of(key: &SigningKey) -> String {
    BASE64.encode(&key.public().to_spki_der())
}
