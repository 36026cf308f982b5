//! `results.ledger_successions`: which key of the ledger followed which. Nobody's own.
use sqlx::PgConnection;
use wt_ledger::Succession;

use crate::error::ResultsFault;

/// Every succession, first to last.
pub(crate) async fn list(conn: &mut PgConnection) -> Result<Vec<Succession>, ResultsFault> {
    // `at` has one spelling, whose order as text is that of time.
    let rows = sqlx::query_as!(
        Succession,
        r#"select at, from_key as "from", from_signature, to_key as "to", to_signature
           from results.ledger_successions order by at"#,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Records one; false when another of the same keys or moment was first, unless it is the same.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    new: &Succession,
) -> Result<bool, ResultsFault> {
    sqlx::query!(
        "insert into results.ledger_successions
             (at, from_key, from_signature, to_key, to_signature)
         values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        new.at,
        new.from,
        new.from_signature,
        new.to,
        new.to_signature,
    )
    .execute(&mut *conn)
    .await?;
    Ok(list(conn).await?.contains(new))
}
