//! `results.imports`, and what our own scans said where others found something.
use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;
use wt_exposure::ExposureKey;
use wt_model::Limit;
use wt_pg::{PgFault, TenantTx};

use crate::domain::import::{Keyed, Looked};

/// An import as it is listed.
#[derive(Debug, Clone)]
pub(crate) struct ImportRow {
    pub(crate) id: String,
    pub(crate) format: String,
    pub(crate) file_sha256: String,
    pub(crate) accepted: i64,
    pub(crate) unchanged: i64,
    pub(crate) opened: i64,
    pub(crate) changed: i64,
    pub(crate) refused: Value,
    pub(crate) refused_total: i64,
    pub(crate) by: String,
    pub(crate) at: OffsetDateTime,
}

/// What is recorded beside what is listed.
pub(crate) struct Kept<'a> {
    pub(crate) turn: i64,
    pub(crate) payload: &'a [u8],
    pub(crate) idempotency_key: &'a str,
}

/// Records an import of the transaction's principal.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    row: &ImportRow,
    kept: &Kept<'_>,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.imports
             (tenant_key, id, turn, format, file_sha256, accepted, unchanged, opened, changed,
              refused, refused_total, payload, idempotency_key, by, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        tenant,
        row.id,
        kept.turn,
        row.format,
        row.file_sha256,
        row.accepted,
        row.unchanged,
        row.opened,
        row.changed,
        row.refused,
        row.refused_total,
        kept.payload,
        kept.idempotency_key,
        row.by,
        row.at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The import the transaction's principal asked for with this key.
pub(crate) async fn find_asked(
    tx: &mut TenantTx,
    idempotency_key: &str,
) -> Result<Option<ImportRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    Ok(sqlx::query_as!(
        ImportRow,
        r#"select id, format, file_sha256, accepted, unchanged, opened, changed, refused,
                  refused_total, by as "by!", at
           from results.imports
           where tenant_key = $1 and by = $2 and idempotency_key = $3 and idempotency_key <> ''"#,
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
) -> Result<Vec<ImportRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (at, id) = after.unzip();
    Ok(sqlx::query_as!(
        ImportRow,
        r#"select id, format, file_sha256, accepted, unchanged, opened, changed, refused,
                  refused_total, by as "by!", at
           from results.imports
           where tenant_key = $1 and ($2::timestamptz is null or (at, id) < ($2, $3))
           order by at desc, id desc
           limit $4"#,
        tenant,
        at,
        id,
        limit.as_i64() + 1,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// An import as a replay finds it.
pub(crate) struct JournalRow {
    pub(crate) id: String,
    pub(crate) turn: i64,
    pub(crate) format: String,
    pub(crate) payload: Vec<u8>,
}

/// Every import of the organization, in their order.
pub(crate) async fn list_journal(tx: &mut TenantTx) -> Result<Vec<JournalRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        JournalRow,
        "select id, turn, format, payload from results.imports
         where tenant_key = $1 order by turn",
        tenant,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// What our scans said of the cells of these findings.
pub(crate) async fn looked(
    tx: &mut TenantTx,
    all: &[Keyed],
) -> Result<BTreeMap<ExposureKey, Looked>, PgFault> {
    if all.is_empty() {
        return Ok(BTreeMap::new());
    }
    let tenant = tx.tenant_key().to_string();
    let subjects = || all.iter().map(|keyed| &keyed.finding.observation.subject);
    let keys: Vec<&str> = all.iter().map(|keyed| keyed.key.as_str()).collect();
    let assets: Vec<String> = subjects().map(|s| s.asset_id.to_string()).collect();
    let hosts: Vec<&str> = subjects().map(|s| s.host.as_str()).collect();
    let transports: Vec<&str> = subjects().map(|s| s.transport.as_str()).collect();
    let ports: Vec<i32> = subjects().map(|s| i32::from(s.port)).collect();
    let checks: Vec<&str> = all
        .iter()
        .map(|keyed| keyed.finding.observation.check.id.as_str())
        .collect();
    let rows = sqlx::query!(
        r#"select n.place as "place!", c.at, c.settled_at, e.told_at
           from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[])
                with ordinality as n (key, asset_id, host, transport, port, check_id, place)
           left join lateral (
               select max(c.at) as at,
                      max(c.at) filter (where c.outcome <> 'inconclusive') as settled_at
               from results.coverage c
               where c.tenant_key = $1 and c.asset_id = n.asset_id and c.host = n.host
                 and c.transport = n.transport and c.ports @> n.port
                 and n.check_id = any(c.check_ids)
           ) c on true
           left join lateral (
               select max(e.at) as told_at from results.events e
               where e.tenant_key = $1 and e.key = n.key
           ) e on true
           where c.at is not null or e.told_at is not null"#,
        tenant,
        &keys as &[&str],
        &assets,
        &hosts as &[&str],
        &transports as &[&str],
        &ports,
        &checks as &[&str],
    )
    .fetch_all(tx.conn())
    .await?;
    let found = rows.into_iter().filter_map(|row| {
        let place = usize::try_from(row.place).ok()?.checked_sub(1)?;
        let looked = Looked {
            at: row.at,
            settled_at: row.settled_at,
            told_at: row.told_at,
        };
        Some((all.get(place)?.key.clone(), looked))
    });
    Ok(found.collect())
}

/// Writes the time onto exposures that somebody else saw as they are known.
pub(crate) async fn touch(
    tx: &mut TenantTx,
    keys: &[&ExposureKey],
    at: OffsetDateTime,
) -> Result<(), PgFault> {
    if keys.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    let keys: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
    sqlx::query!(
        "update results.exposures set last_seen = $3
         where tenant_key = $1 and key = any($2) and last_seen < $3",
        tenant,
        &keys as &[&str],
        at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
