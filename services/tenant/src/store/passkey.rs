//! `tenant.passkeys`: public keys and their counters, no secret.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::PgFault;

/// A passkey as its person sees it.
#[derive(Debug, Clone)]
pub(crate) struct PasskeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) last_used_at: Option<OffsetDateTime>,
}

/// A passkey as signatures are judged by it.
#[derive(Debug, Clone)]
pub(crate) struct CredentialRow {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) credential: Value,
}

/// A passkey about to be kept.
pub(crate) struct NewPasskey<'a> {
    pub(crate) id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) credential_id: &'a [u8],
    pub(crate) name: &'a str,
    pub(crate) credential: &'a Value,
}

/// Keeps a passkey. None when somebody has it already.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    new: &NewPasskey<'_>,
) -> Result<Option<PasskeyRow>, PgFault> {
    let row = sqlx::query_as!(
        PasskeyRow,
        "insert into tenant.passkeys (id, user_id, credential_id, name, credential)
         values ($1, $2, $3, $4, $5)
         on conflict (credential_id) do nothing
         returning id, name, created_at, last_used_at",
        new.id,
        new.user_id,
        new.credential_id,
        new.name,
        new.credential,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// A person's passkeys, the oldest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    user_id: &str,
) -> Result<Vec<PasskeyRow>, PgFault> {
    let rows = sqlx::query_as!(
        PasskeyRow,
        "select id, name, created_at, last_used_at from tenant.passkeys
         where user_id = $1 order by created_at, id",
        user_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// What a person's passkeys are called by authenticators.
pub(crate) async fn credential_ids(
    conn: &mut PgConnection,
    user_id: &str,
) -> Result<Vec<Vec<u8>>, PgFault> {
    let ids = sqlx::query_scalar!(
        "select credential_id from tenant.passkeys where user_id = $1 order by created_at, id",
        user_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids)
}

/// The passkey of a credential, locked: its signatures are judged one by one.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    credential_id: &[u8],
) -> Result<Option<CredentialRow>, PgFault> {
    let row = sqlx::query_as!(
        CredentialRow,
        "select id, user_id, credential from tenant.passkeys
         where credential_id = $1 for update",
        credential_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// Notes that a passkey signed its person in.
pub(crate) async fn note_use(
    conn: &mut PgConnection,
    id: &str,
    credential: &Value,
) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.passkeys set credential = $2, last_used_at = now() where id = $1",
        id,
        credential,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Names a person's passkey anew: the row, and the name before.
pub(crate) async fn rename(
    conn: &mut PgConnection,
    user_id: &str,
    id: &str,
    name: &str,
) -> Result<Option<(PasskeyRow, String)>, PgFault> {
    let row = sqlx::query!(
        r#"with before as (
             select id, name from tenant.passkeys where user_id = $1 and id = $2 for update
           )
           update tenant.passkeys p set name = $3 from before b where p.id = b.id
           returning p.id, p.name, p.created_at, p.last_used_at, b.name as "before!""#,
        user_id,
        id,
        name,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let renamed = PasskeyRow {
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        };
        (renamed, row.before)
    }))
}

/// Removes a person's passkey: its name, if there was one.
pub(crate) async fn remove(
    conn: &mut PgConnection,
    user_id: &str,
    id: &str,
) -> Result<Option<String>, PgFault> {
    let name = sqlx::query_scalar!(
        "delete from tenant.passkeys where user_id = $1 and id = $2 returning name",
        user_id,
        id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(name)
}
