//! What two runs settled, side by side.
use serde_json::json;
use wt_pg::TenantTx;

use super::number;
use crate::{
    domain::compare::{Cell, Scope, Sighting},
    error::ResultsFault,
};

/// An applied result of a run.
#[derive(Debug, Clone)]
pub(crate) struct ResultRow {
    pub(crate) job_id: String,
    pub(crate) run_seq: i64,
    pub(crate) profile: String,
    pub(crate) artifact_key: String,
    pub(crate) artifact_bytes: i64,
}

/// The applied results of a run.
pub(crate) async fn list_results(
    tx: &mut TenantTx,
    run_id: &str,
    limit: i64,
) -> Result<Vec<ResultRow>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ResultRow,
        "select job_id, run_seq, profile, artifact_key, artifact_bytes from results.applied
         where tenant_key = $1 and run_id = $2 and refusal_code = ''
         order by job_id
         limit $3",
        tenant,
        run_id,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// How much these jobs of two runs differ in what they looked at.
pub(crate) async fn scope(
    tx: &mut TenantTx,
    earlier: &[String],
    later: &[String],
) -> Result<Scope, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let hosts = sqlx::query!(
        r#"select count(*) filter (where h.later is null) as "earlier!",
                  count(*) filter (where h.earlier is null) as "later!",
                  count(*) filter (where h.earlier <> h.later) as "ports!"
           from (
               select range_agg(c.ports) filter (where c.job_id = any($2)) as earlier,
                      range_agg(c.ports) filter (where c.job_id = any($3)) as later
               from results.coverage c
               where c.tenant_key = $1 and (c.job_id = any($2) or c.job_id = any($3))
               group by c.asset_id, c.host, c.transport
           ) h"#,
        tenant,
        earlier,
        later,
    )
    .fetch_one(tx.conn())
    .await?;
    let checks = sqlx::query!(
        r#"select count(*) filter (where k.later is null) as "earlier!",
                  count(*) filter (where k.earlier is null) as "later!",
                  count(*) filter (where k.earlier <> k.later) as "rules!"
           from (
               select array_agg(distinct n.digest) filter (where c.job_id = any($2)) as earlier,
                      array_agg(distinct n.digest) filter (where c.job_id = any($3)) as later
               from (select distinct job_id, check_ids, check_digests from results.coverage
                     where tenant_key = $1 and (job_id = any($2) or job_id = any($3))) c
               cross join lateral unnest(c.check_ids, c.check_digests) as n (check_id, digest)
               group by n.check_id
           ) k"#,
        tenant,
        earlier,
        later,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Scope {
        hosts_earlier: hosts.earlier,
        hosts_later: hosts.later,
        ports: hosts.ports,
        checks_earlier: checks.earlier,
        checks_later: checks.later,
        rules: checks.rules,
    })
}

/// How the run numbered `run_seq` settled the cell of each sighting of another; by their order.
pub(crate) async fn cells_of(
    tx: &mut TenantTx,
    run_id: &str,
    run_seq: i64,
    seen: &[&Sighting],
) -> Result<Vec<Option<Cell>>, ResultsFault> {
    let mut cells = vec![None; seen.len()];
    if seen.is_empty() {
        return Ok(cells);
    }
    let tenant = tx.tenant_key().to_string();
    let assets: Vec<String> = seen
        .iter()
        .map(|s| s.subject.asset_id.to_string())
        .collect();
    let hosts: Vec<&str> = seen.iter().map(|s| s.subject.host.as_str()).collect();
    let transports: Vec<&str> = seen.iter().map(|s| s.subject.transport.as_str()).collect();
    let ports: Vec<i32> = seen.iter().map(|s| i32::from(s.subject.port)).collect();
    let checks: Vec<&str> = seen.iter().map(|s| s.check.id.as_str()).collect();
    let rows = sqlx::query!(
        r#"select n.place as "place!", c.outcome, c.reason, c.control, c.confirmed, c.strength,
                  c.check_digests[array_position(c.check_ids, n.check_id)] as digest
           from unnest($4::text[], $5::text[], $6::text[], $7::integer[], $8::text[])
                with ordinality as n (asset_id, host, transport, port, check_id, place)
           join results.coverage c
             on c.tenant_key = $1 and c.asset_id = n.asset_id and c.host = n.host
            and c.run_seq = $3 and c.run_id = $2 and c.transport = n.transport
            and c.ports @> n.port and c.check_ids @> array[n.check_id]"#,
        tenant,
        run_id,
        run_seq,
        &assets,
        &hosts as &[&str],
        &transports as &[&str],
        &ports,
        &checks as &[&str],
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let place: usize = number("place of a sighting", row.place - 1)?;
        // An absence without a control, from before they were kept, proves nothing.
        let stored = if row.outcome == "absent" && row.control.is_none() {
            json!({ "outcome": "inconclusive", "reason": "skipped" })
        } else {
            json!({
                "outcome": row.outcome, "reason": row.reason,
                "control": row.control, "confirmed": row.confirmed,
            })
        };
        let settled = serde_json::from_value(stored)
            .map_err(|error| ResultsFault::inconsistent("results.coverage", error))?;
        if let Some(cell) = cells.get_mut(place) {
            *cell = Some(Cell {
                settled,
                strength: number("results.coverage.strength", row.strength)?,
                digest: row.digest.unwrap_or_default(),
            });
        }
    }
    Ok(cells)
}
