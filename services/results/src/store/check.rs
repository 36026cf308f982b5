//! `results.checks`: what people are told about checks.
use wt_exposure::CheckInfo;
use wt_pg::{PgFault, TenantTx};

use crate::domain::risk::{cves, cvss};

/// Texts of a check.
#[derive(Debug, Clone)]
pub(crate) struct CheckRow {
    pub(crate) check_id: String,
    pub(crate) description: String,
    pub(crate) remediation: String,
    pub(crate) reference_urls: Vec<String>,
    pub(crate) cwe: Vec<i64>,
    pub(crate) cve: Vec<String>,
    pub(crate) cvss_vector: String,
    pub(crate) cvss_tenths: Option<i16>,
}

/// Keeps the texts of these checks; rows that say the same already are not written. Gives the
/// checks that were known and changed: what they say of CVEs may score their exposures anew.
pub(crate) async fn upsert_all(
    tx: &mut TenantTx,
    checks: &[CheckInfo],
) -> Result<Vec<String>, PgFault> {
    if checks.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tx.tenant_key().to_string();
    let column = |of: fn(&CheckInfo) -> String| -> Vec<String> { checks.iter().map(of).collect() };
    // Arrays of arrays have one shape in Postgres, so lists travel as JSON.
    let references: Vec<serde_json::Value> = checks
        .iter()
        .map(|c| serde_json::json!(c.references))
        .collect();
    let cwe: Vec<serde_json::Value> = checks.iter().map(|c| serde_json::json!(c.cwe)).collect();
    let cve: Vec<serde_json::Value> = checks.iter().map(|c| serde_json::json!(cves(c))).collect();
    let (vectors, tenths): (Vec<String>, Vec<Option<i16>>) = checks
        .iter()
        .map(|c| {
            let (vector, tenths) = cvss(c);
            (vector, tenths.map(i16::from))
        })
        .unzip();
    let written = sqlx::query!(
        r#"insert into results.checks
             (tenant_key, check_id, digest, title, severity, description, remediation,
              reference_urls, cwe, cve, cvss_vector, cvss_tenths)
         select distinct on (n.check_id) $1, n.check_id, n.digest, n.title, n.severity,
                n.description, n.remediation,
                array(select jsonb_array_elements_text(n.reference_urls)),
                array(select jsonb_array_elements_text(n.cwe)::bigint),
                array(select jsonb_array_elements_text(n.cve)), n.cvss_vector, n.cvss_tenths
         from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::jsonb[], $9::jsonb[], $10::jsonb[], $11::text[], $12::smallint[])
              as n (check_id, digest, title, severity, description, remediation, reference_urls,
                    cwe, cve, cvss_vector, cvss_tenths)
         order by n.check_id
         on conflict (tenant_key, check_id) do update
         set digest = excluded.digest, title = excluded.title, severity = excluded.severity,
             description = excluded.description, remediation = excluded.remediation,
             reference_urls = excluded.reference_urls, cwe = excluded.cwe,
             cve = excluded.cve, cvss_vector = excluded.cvss_vector,
             cvss_tenths = excluded.cvss_tenths
         where (checks.digest, checks.description, checks.remediation, checks.cve,
                checks.cvss_vector)
               is distinct from (excluded.digest, excluded.description, excluded.remediation,
                                 excluded.cve, excluded.cvss_vector)
         -- An inserted row has no transaction that ended it.
         returning check_id, xmax <> 0 as "known!""#,
        tenant,
        &column(|c| c.check.id.clone()),
        &column(|c| c.check.digest.clone()),
        &column(|c| c.title.clone()),
        &column(|c| c.severity.to_string()),
        &column(|c| c.description.clone()),
        &column(|c| c.remediation.clone()),
        &references,
        &cwe,
        &cve,
        &vectors,
        &tenths as &[Option<i16>],
    )
    .fetch_all(tx.conn())
    .await?;
    let known = written.into_iter().filter(|row| row.known);
    Ok(known.map(|row| row.check_id).collect())
}

/// The texts of these checks.
pub(crate) async fn list_by_ids(
    tx: &mut TenantTx,
    ids: &[String],
) -> Result<Vec<CheckRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        CheckRow,
        "select check_id, description, remediation, reference_urls, cwe, cve, cvss_vector,
                cvss_tenths
         from results.checks
         where tenant_key = $1 and check_id = any($2)",
        tenant,
        ids,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// What these checks are called: id and title.
pub(crate) async fn list_titles(
    tx: &mut TenantTx,
    ids: &[String],
) -> Result<Vec<(String, String)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        "select check_id, title from results.checks where tenant_key = $1 and check_id = any($2)",
        tenant,
        ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.check_id, row.title))
        .collect())
}
