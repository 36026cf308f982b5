//! `tenant.signing_keys`: private halves are sealed.

use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::PgFault;

use crate::domain::signing_key::Span;

/// A key and its times.
#[derive(Debug, Clone)]
pub(crate) struct SigningKeyRow {
    pub(crate) kid: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) private_key: Vec<u8>,
    pub(crate) signs_from: OffsetDateTime,
    pub(crate) signs_until: OffsetDateTime,
    pub(crate) published_until: OffsetDateTime,
}

impl SigningKeyRow {
    /// Its times.
    pub(crate) fn span(&self) -> Span {
        Span {
            signs_from: self.signs_from,
            signs_until: self.signs_until,
            published_until: self.published_until,
        }
    }
}

/// Lets one process decide about keys at a time, until the transaction ends.
pub(crate) async fn lock(conn: &mut PgConnection) -> Result<(), PgFault> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('tenant.signing_keys')) as locked")
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Keys that are published now.
pub(crate) async fn published(
    conn: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Vec<SigningKeyRow>, PgFault> {
    let rows = sqlx::query_as!(
        SigningKeyRow,
        "select kid, public_key, private_key, signs_from, signs_until, published_until
         from tenant.signing_keys
         where published_until > $1
         order by signs_from, kid",
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Whether there ever was a key of this name.
pub(crate) async fn is_known(conn: &mut PgConnection, kid: &str) -> Result<bool, PgFault> {
    let known = sqlx::query_scalar!(
        r#"select exists (select from tenant.signing_keys where kid = $1) as "known!""#,
        kid,
    )
    .fetch_one(conn)
    .await?;
    Ok(known)
}

/// Adds a key.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    kid: &str,
    public_key: &[u8],
    private_key: &[u8],
    span: Span,
    now: OffsetDateTime,
) -> Result<(), PgFault> {
    sqlx::query!(
        "insert into tenant.signing_keys
             (kid, public_key, private_key, created_at, signs_from, signs_until, published_until)
         values ($1, $2, $3, $4, $5, $6, $7)",
        kid,
        public_key,
        private_key,
        now,
        span.signs_from,
        span.signs_until,
        span.published_until,
    )
    .execute(conn)
    .await?;
    Ok(())
}
