//! Data keys: one cipher per owner, stored wrapped.
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use time::OffsetDateTime;
use ulid::Ulid;
use zeroize::Zeroizing;

use crate::{
    MasterKey, Opened, Owner, Place, SealFault, Sealed, Secret256,
    format::{NONCE_BYTES, binding, joined},
};

/// Separates a wrapped data key from everything else the master key may wrap.
const DOMAIN: &[u8] = b"watchtower data key v1";

/// What a wrapped data key is bound to: its owner, so that a row moved to another owner is
/// worthless, and its id, so that keys of one owner cannot be swapped.
pub(crate) fn context(owner: &str, id: &str) -> Vec<u8> {
    joined(&[DOMAIN, owner.as_bytes(), id.as_bytes()])
}

/// An unwrapped data key.
pub(crate) struct DataKey {
    id: Ulid,
    cipher: RandomizedNonceKey,
}

impl DataKey {
    fn new(id: Ulid, secret: &Secret256) -> Result<Self, SealFault> {
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, secret.expose())
            .map_err(|_| SealFault::Cipher)?;
        Ok(Self { id, cipher })
    }

    pub(crate) fn seal(
        &self,
        owner: &Owner,
        place: &Place<'_>,
        secret: &[u8],
    ) -> Result<Sealed, SealFault> {
        let mut text = Zeroizing::new(Vec::with_capacity(secret.len() + 16));
        text.extend_from_slice(secret);
        let nonce = self
            .cipher
            .seal_in_place_append_tag(Aad::from(binding(self.id, owner, place)), &mut *text)
            .map_err(|_| SealFault::Cipher)?;

        Ok(Sealed::join(self.id, *nonce.as_ref(), &text))
    }

    pub(crate) fn open(
        &self,
        owner: &Owner,
        place: &Place<'_>,
        nonce: [u8; NONCE_BYTES],
        ciphertext: &[u8],
    ) -> Result<Opened, SealFault> {
        let mut text = Zeroizing::new(ciphertext.to_vec());
        let length = self
            .cipher
            .open_in_place(
                Nonce::from(&nonce),
                Aad::from(binding(self.id, owner, place)),
                &mut text,
            )
            .map_err(|_| SealFault::Unreadable {
                detail: "sealed for another place, or changed",
            })?
            .len();
        text.truncate(length);
        Ok(Opened(text))
    }
}

/// Table and owner column of an owner's keys.
fn table(schema: &str, owner: &Owner) -> (String, &'static str) {
    match owner {
        Owner::Organization(_) => (format!("{schema}.data_keys"), "tenant_key"),
        Owner::User(_) | Owner::Platform => (format!("{schema}.private_data_keys"), "owner"),
    }
}

/// The owner's newest key made after `since`.
pub(crate) async fn newest(
    conn: &mut PgConnection,
    schema: &str,
    master: &dyn MasterKey,
    owner: &Owner,
    since: OffsetDateTime,
) -> Result<Option<DataKey>, SealFault> {
    let (table, column) = table(schema, owner);
    let sql = format!(
        "select id, master_key_id, wrapped from {table}
         where {column} = $1 and created_at > $2 order by id desc limit 1"
    );
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(since)
        .fetch_optional(conn)
        .await?;
    match row {
        Some(row) => unwrap(master, owner, &row).await.map(Some),
        None => Ok(None),
    }
}

/// The owner's key with this id.
pub(crate) async fn find(
    conn: &mut PgConnection,
    schema: &str,
    master: &dyn MasterKey,
    owner: &Owner,
    id: Ulid,
) -> Result<Option<DataKey>, SealFault> {
    let (table, column) = table(schema, owner);
    let sql =
        format!("select id, master_key_id, wrapped from {table} where {column} = $1 and id = $2");
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    match row {
        Some(row) => unwrap(master, owner, &row).await.map(Some),
        None => Ok(None),
    }
}

async fn unwrap(
    master: &dyn MasterKey,
    owner: &Owner,
    row: &sqlx::postgres::PgRow,
) -> Result<DataKey, SealFault> {
    let id: String = row.try_get("id")?;
    let master_key_id: String = row.try_get("master_key_id")?;
    let wrapped: Vec<u8> = row.try_get("wrapped")?;
    let context = context(&owner.to_string(), &id);
    let secret = master.unwrap(&master_key_id, &context, &wrapped).await?;
    let id = id.parse().map_err(|_| SealFault::Unreadable {
        detail: "id of a data key",
    })?;
    DataKey::new(id, &secret)
}

/// A new key of the owner, stored in the caller's transaction.
pub(crate) async fn create(
    conn: &mut PgConnection,
    schema: &str,
    master: &dyn MasterKey,
    owner: &Owner,
) -> Result<DataKey, SealFault> {
    let id = Ulid::generate();
    let secret = Secret256::generate()?;
    let wrapped = master
        .wrap(&context(&owner.to_string(), &id.to_string()), &secret)
        .await?;
    let (table, column) = table(schema, owner);
    let sql = format!(
        "insert into {table} ({column}, id, master_key_id, wrapped) values ($1, $2, $3, $4)"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(owner.to_string())
        .bind(id.to_string())
        .bind(wrapped.master_key_id)
        .bind(wrapped.bytes)
        .execute(conn)
        .await?;
    DataKey::new(id, &secret)
}
