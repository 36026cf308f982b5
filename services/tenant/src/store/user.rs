//! `tenant.users`.

use wt_pg::{PgFault, PlatformTx};

/// A person.
#[derive(Debug, Clone)]
pub(crate) struct UserRow {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) password_hash: String,
}

/// Adds a person unless the address has an account.
pub(crate) async fn insert_unless_present(
    conn: &mut sqlx::PgConnection,
    user: &UserRow,
) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "insert into tenant.users (id, email, display_name, password_hash)
         values ($1, $2, $3, $4)
         on conflict (lower(email)) do nothing",
        user.id,
        user.email,
        user.display_name,
        user.password_hash,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The person with this address who may sign in.
pub(crate) async fn find_by_email(
    tx: &mut PlatformTx,
    email: &str,
) -> Result<Option<UserRow>, PgFault> {
    let row = sqlx::query_as!(
        UserRow,
        "select id, email, display_name, password_hash
         from tenant.users
         where lower(email) = lower($1) and disabled_at is null",
        email,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// The person with this id who may act.
pub(crate) async fn find_by_id(tx: &mut PlatformTx, id: &str) -> Result<Option<UserRow>, PgFault> {
    let row = sqlx::query_as!(
        UserRow,
        "select id, email, display_name, password_hash
         from tenant.users
         where id = $1 and disabled_at is null",
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}
