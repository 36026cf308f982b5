//! `tenant.users`.

use sqlx::PgConnection;
use wt_pg::{PgFault, PlatformTx};

/// A person.
#[derive(Debug, Clone)]
pub(crate) struct UserRow {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) password_hash: String,
    /// Whether a mail to the address was answered.
    pub(crate) email_verified: bool,
}

/// Adds a person unless the address has an account.
pub(crate) async fn insert_unless_present(
    conn: &mut PgConnection,
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
    conn: &mut PgConnection,
    email: &str,
) -> Result<Option<UserRow>, PgFault> {
    let row = sqlx::query_as!(
        UserRow,
        r#"select id, email, display_name, password_hash,
                  email_verified_at is not null as "email_verified!"
         from tenant.users
         where lower(email) = lower($1) and disabled_at is null"#,
        email,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// The person with this id who may act.
pub(crate) async fn find_by_id(tx: &mut PlatformTx, id: &str) -> Result<Option<UserRow>, PgFault> {
    let row = sqlx::query_as!(
        UserRow,
        r#"select id, email, display_name, password_hash,
                  email_verified_at is not null as "email_verified!"
         from tenant.users
         where id = $1 and disabled_at is null"#,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Sets a new password.
pub(crate) async fn set_password(
    conn: &mut PgConnection,
    id: &str,
    password_hash: &str,
) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.users set password_hash = $2, password_changed_at = now() where id = $1",
        id,
        password_hash,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the same password under today's parameters, unless it was changed meanwhile.
pub(crate) async fn rehash(
    tx: &mut PlatformTx,
    id: &str,
    old_hash: &str,
    new_hash: &str,
) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.users set password_hash = $3 where id = $1 and password_hash = $2",
        id,
        old_hash,
        new_hash,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that a mail to this address was answered. False when the address is another by now.
pub(crate) async fn mark_verified(
    conn: &mut PgConnection,
    id: &str,
    email: &str,
) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "update tenant.users set email_verified_at = coalesce(email_verified_at, now())
         where id = $1 and lower(email) = lower($2)",
        id,
        email,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
