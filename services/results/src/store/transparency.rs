//! `results.transparency`: organizations that show their tree heads to everybody.
use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_model::{PublicName, TenantKey};
use wt_pg::TenantTx;

use super::stored;
use crate::error::ResultsFault;

/// A page that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) since: OffsetDateTime,
}

/// The organization's own page, if it is on.
pub(crate) async fn find(tx: &mut TenantTx) -> Result<Option<Page>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        Page,
        "select name, label, since from results.transparency where tenant_key = $1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Turns the page on, or changes it.
pub(crate) async fn put(
    tx: &mut TenantTx,
    name: &PublicName,
    label: &str,
) -> Result<Page, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let put = sqlx::query_as!(
        Page,
        "insert into results.transparency (tenant_key, name, label) values ($1, $2, $3)
         on conflict (tenant_key) do update set name = excluded.name, label = excluded.label
         returning name, label, since",
        tenant,
        name.as_str(),
        label,
    )
    .fetch_one(tx.conn())
    .await;
    put.map_err(|error| match &error {
        sqlx::Error::Database(refused) if refused.constraint() == Some("transparency_name") => {
            ResultsFault::PublicNameTaken
        }
        _ => error.into(),
    })
}

/// Turns the page off; what it was, if it was on.
pub(crate) async fn remove(tx: &mut TenantTx) -> Result<Option<Page>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        Page,
        "delete from results.transparency where tenant_key = $1 returning name, label, since",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Whose page a name is, and what it is called.
pub(crate) async fn owner(
    conn: &mut PgConnection,
    name: &PublicName,
) -> Result<Option<(TenantKey, String)>, ResultsFault> {
    let row = sqlx::query!(
        r#"select tenant_key as "tenant_key!", label as "label!" from results.transparent($1)"#,
        name.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok((
            stored("results.transparency.tenant_key", &row.tenant_key)?,
            row.label,
        ))
    })
    .transpose()
}
