//! Sealing and opening, in the caller's transaction.
use std::sync::Arc;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use crate::{MasterKey, Opened, Owner, Place, SealFault, Sealed, data_key};

/// How long a data key seals; afterwards it only opens. Far below the 2^32 messages that random
/// 96-bit nonces allow under one key (NIST SP 800-38D §8.3).
pub const DATA_KEY_LIFETIME: Duration = Duration::days(90);

/// Seals and opens the secrets of one schema; cheap to clone.
#[derive(Debug, Clone)]
pub struct Seal {
    master: Arc<dyn MasterKey>,
    schema: &'static str,
}

impl Seal {
    /// With the data keys of `schema`, a literal of the calling service.
    pub fn new(master: Arc<dyn MasterKey>, schema: &'static str) -> Self {
        Self { master, schema }
    }

    /// Seals a secret for one place. `conn` is of a transaction in which the owner's keys are
    /// visible: an organization's own; any for people and the platform. The owner's first secret
    /// makes a data key, which is committed with it.
    pub async fn seal(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        place: Place<'_>,
        secret: &[u8],
    ) -> Result<Sealed, SealFault> {
        let since = OffsetDateTime::now_utc() - DATA_KEY_LIFETIME;
        let master = self.master.as_ref();
        let key = match data_key::newest(conn, self.schema, master, &owner, since).await? {
            Some(key) => key,
            None => data_key::create(conn, self.schema, master, &owner).await?,
        };
        key.seal(&owner, &place, secret)
    }

    /// Opens what was sealed for exactly this owner and place.
    pub async fn open(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        place: Place<'_>,
        sealed: &Sealed,
    ) -> Result<Opened, SealFault> {
        let (id, nonce, ciphertext) = sealed.split()?;
        data_key::find(conn, self.schema, self.master.as_ref(), &owner, id)
            .await?
            .ok_or(SealFault::Unreadable {
                detail: "no such data key of this owner",
            })?
            .open(&owner, &place, nonce, ciphertext)
    }
}
