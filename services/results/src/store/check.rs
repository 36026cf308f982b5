//! `results.checks`: what people are told about checks.
use wt_exposure::CheckInfo;
use wt_pg::{PgFault, TenantTx};

/// Texts of a check.
#[derive(Debug, Clone)]
pub(crate) struct CheckRow {
    pub(crate) check_id: String,
    pub(crate) description: String,
    pub(crate) remediation: String,
    pub(crate) reference_urls: Vec<String>,
    pub(crate) cwe: Vec<i64>,
}

/// Keeps the texts of these checks; rows that say the same already are not written.
pub(crate) async fn upsert_all(tx: &mut TenantTx, checks: &[CheckInfo]) -> Result<(), PgFault> {
    if checks.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    let column = |of: fn(&CheckInfo) -> String| -> Vec<String> { checks.iter().map(of).collect() };
    // Arrays of arrays have one shape in Postgres, so lists travel as JSON.
    let references: Vec<serde_json::Value> = checks
        .iter()
        .map(|c| serde_json::json!(c.references))
        .collect();
    let cwe: Vec<serde_json::Value> = checks.iter().map(|c| serde_json::json!(c.cwe)).collect();
    sqlx::query!(
        "insert into results.checks
             (tenant_key, check_id, digest, title, severity, description, remediation,
              reference_urls, cwe)
         select distinct on (n.check_id) $1, n.check_id, n.digest, n.title, n.severity,
                n.description, n.remediation,
                array(select jsonb_array_elements_text(n.reference_urls)),
                array(select jsonb_array_elements_text(n.cwe)::bigint)
         from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::jsonb[], $9::jsonb[])
              as n (check_id, digest, title, severity, description, remediation, reference_urls,
                    cwe)
         order by n.check_id
         on conflict (tenant_key, check_id) do update
         set digest = excluded.digest, title = excluded.title, severity = excluded.severity,
             description = excluded.description, remediation = excluded.remediation,
             reference_urls = excluded.reference_urls, cwe = excluded.cwe
         where (checks.digest, checks.description, checks.remediation)
               is distinct from (excluded.digest, excluded.description, excluded.remediation)",
        tenant,
        &column(|c| c.check.id.clone()),
        &column(|c| c.check.digest.clone()),
        &column(|c| c.title.clone()),
        &column(|c| c.severity.to_string()),
        &column(|c| c.description.clone()),
        &column(|c| c.remediation.clone()),
        &references,
        &cwe,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The texts of these checks.
pub(crate) async fn list_by_ids(
    tx: &mut TenantTx,
    ids: &[String],
) -> Result<Vec<CheckRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        CheckRow,
        "select check_id, description, remediation, reference_urls, cwe
         from results.checks
         where tenant_key = $1 and check_id = any($2)",
        tenant,
        ids,
    )
    .fetch_all(tx.conn())
    .await?)
}
