//! `results.bulks`: one action on many exposures. Appended, never changed.
use time::OffsetDateTime;
use wt_model::{BulkId, Limit};
use wt_pg::{PgFault, TenantTx};

/// A bulk on record.
#[derive(Debug, Clone)]
pub(crate) struct BulkRow {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) filter: String,
    pub(crate) reason: String,
    pub(crate) applied: i64,
    pub(crate) unsuitable: i64,
    pub(crate) undoes: Option<String>,
    /// The bulk that took it back.
    pub(crate) undone_by: Option<String>,
    pub(crate) by: String,
    pub(crate) at: OffsetDateTime,
}

/// A bulk to be recorded.
pub(crate) struct NewBulk<'a> {
    pub(crate) id: BulkId,
    pub(crate) kind: &'a str,
    pub(crate) filter: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) applied: usize,
    pub(crate) unsuitable: usize,
    pub(crate) undoes: Option<BulkId>,
    pub(crate) idempotency_key: &'a str,
}

/// Records a bulk of the transaction's principal.
pub(crate) async fn insert(tx: &mut TenantTx, bulk: &NewBulk<'_>) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
    sqlx::query!(
        "insert into results.bulks
             (tenant_key, id, kind, filter, reason, applied, unsuitable, undoes, idempotency_key, by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        bulk.id.to_string(),
        bulk.kind,
        bulk.filter,
        bulk.reason,
        count(bulk.applied),
        count(bulk.unsuitable),
        bulk.undoes.map(|id| id.to_string()),
        bulk.idempotency_key,
        by,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One bulk.
pub(crate) async fn find(tx: &mut TenantTx, id: &str) -> Result<Option<BulkRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        BulkRow,
        r#"select b.id, b.kind, b.filter, b.reason, b.applied, b.unsuitable, b.undoes,
                  u.id as "undone_by?", b.by as "by!", b.at
           from results.bulks b
           left join results.bulks u on u.tenant_key = $1 and u.undoes = b.id
           where b.tenant_key = $1 and b.id = $2"#,
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Id of the bulk the transaction's principal asked for with this key.
pub(crate) async fn find_asked(
    tx: &mut TenantTx,
    idempotency_key: &str,
) -> Result<Option<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    Ok(sqlx::query_scalar!(
        "select id from results.bulks
         where tenant_key = $1 and by = $2 and idempotency_key = $3 and idempotency_key <> ''",
        tenant,
        by,
        idempotency_key,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// One page, newest first. Asks for one row more than the page holds.
pub(crate) async fn page(
    tx: &mut TenantTx,
    after: Option<(OffsetDateTime, String)>,
    limit: Limit,
) -> Result<Vec<BulkRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (at, id) = after.unzip();
    Ok(sqlx::query_as!(
        BulkRow,
        r#"select b.id, b.kind, b.filter, b.reason, b.applied, b.unsuitable, b.undoes,
                  u.id as "undone_by?", b.by as "by!", b.at
           from results.bulks b
           left join results.bulks u on u.tenant_key = $1 and u.undoes = b.id
           where b.tenant_key = $1 and ($2::timestamptz is null or (b.at, b.id) < ($2, $3))
           order by b.at desc, b.id desc
           limit $4"#,
        tenant,
        at,
        id,
        limit.as_i64() + 1,
    )
    .fetch_all(tx.conn())
    .await?)
}
