//! `results.coverage`: what each run looked at, run-length encoded.
use std::{fmt::Write, iter::repeat};

use serde_json::{Value, json};
use time::OffsetDateTime;
use wt_diff::Coverage;
use wt_exposure::{CellRun, CheckRef, ExposureKey, InconclusiveReason, PortSet, Settled};
use wt_model::AssetId;
use wt_pg::{PgFault, TenantTx};

use super::{exposure::transport, number, stored};
use crate::{domain::leaf, error::ResultsFault};

/// Where applied cells come from.
pub(crate) struct Source<'a> {
    pub(crate) job_id: &'a str,
    pub(crate) run_id: &'a str,
    pub(crate) run_seq: i64,
    pub(crate) at: OffsetDateTime,
}

/// Text of an `int4multirange`.
fn multirange(ports: &PortSet) -> String {
    let mut text = String::from("{");
    for (index, (low, high)) in ports.ranges().iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}[{low},{high}]");
    }
    text.push('}');
    text
}

/// Appends the cells of a result, in one statement.
pub(crate) async fn insert_all(
    tx: &mut TenantTx,
    cells: &[CellRun],
    source: &Source<'_>,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let assets: Vec<String> = cells.iter().map(|c| c.asset_id.to_string()).collect();
    let hosts: Vec<String> = cells.iter().map(|c| c.host.clone()).collect();
    let transports: Vec<String> = cells
        .iter()
        .map(|c| c.transport.as_str().to_owned())
        .collect();
    let ports: Vec<String> = cells.iter().map(|c| multirange(&c.ports)).collect();
    // Arrays of arrays have one shape in Postgres, so the checks travel as JSON.
    let checks: Vec<Value> = cells
        .iter()
        .map(|c| c.checks.iter().map(|check| check.id.as_str()).collect())
        .collect();
    let digests: Vec<Value> = cells
        .iter()
        .map(|c| c.checks.iter().map(|check| check.digest.as_str()).collect())
        .collect();
    let settled: Vec<Value> = cells.iter().map(|c| leaf::settled(&c.settled)).collect();
    let strengths: Vec<i16> = cells.iter().map(|c| i16::from(c.strength)).collect();
    sqlx::query!(
        r#"insert into results.coverage
               (tenant_key, job_id, n, run_id, run_seq, asset_id, host, transport, ports,
                check_ids, check_digests, outcome, reason, control, confirmed, strength, at)
           select $1, $2, n.ordinality::integer, $3, $4, n.asset_id, n.host, n.transport,
                  n.ports::int4multirange, array(select jsonb_array_elements_text(n.checks)),
                  array(select jsonb_array_elements_text(n.digests)),
                  n.settled ->> 'outcome', n.settled ->> 'reason', n.settled ->> 'control',
                  coalesce((n.settled ->> 'confirmed')::boolean, false), n.strength, $5
           from unnest($6::text[], $7::text[], $8::text[], $9::text[], $10::jsonb[],
                       $11::jsonb[], $12::jsonb[], $13::smallint[]) with ordinality
                as n (asset_id, host, transport, ports, checks, digests, settled, strength)"#,
        tenant,
        source.job_id,
        source.run_id,
        source.run_seq,
        source.at,
        &assets,
        &hosts,
        &transports,
        &ports,
        &checks,
        &digests,
        &settled,
        &strengths,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What runs as new as `seq` or newer settled on these hosts; usually nothing.
pub(crate) async fn settled_since(
    tx: &mut TenantTx,
    hosts: &[(AssetId, String)],
    seq: i64,
) -> Result<Coverage, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let (assets, names): (Vec<String>, Vec<String>) = hosts
        .iter()
        .map(|(asset, host)| (asset.to_string(), host.clone()))
        .unzip();
    let rows = sqlx::query_as!(
        SettledRow,
        r#"select c.run_seq, c.asset_id, c.host, c.transport, c.check_ids, c.check_digests,
                  c.outcome, c.reason, c.control, c.confirmed, c.strength,
                  array(select lower(r) from unnest(c.ports) r) as "lows!",
                  array(select upper(r) - 1 from unnest(c.ports) r) as "highs!"
           from unnest($2::text[], $3::text[]) as h (asset_id, host)
           join results.coverage c
             on c.tenant_key = $1 and c.asset_id = h.asset_id and c.host = h.host
            and c.run_seq >= $4"#,
        tenant,
        &assets,
        &names,
        seq,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut coverage = Coverage::default();
    for row in rows {
        let seq = row.run_seq;
        coverage.record(&[row.cell()?], seq);
    }
    Ok(coverage)
}

/// A row of cells as it is read.
struct SettledRow {
    run_seq: i64,
    asset_id: String,
    host: String,
    transport: String,
    check_ids: Vec<String>,
    check_digests: Vec<String>,
    outcome: String,
    reason: Option<String>,
    control: Option<String>,
    confirmed: bool,
    strength: i16,
    lows: Vec<i32>,
    highs: Vec<i32>,
}

impl SettledRow {
    fn cell(self) -> Result<CellRun, ResultsFault> {
        let ports: PortSet = self
            .lows
            .iter()
            .zip(&self.highs)
            .filter_map(|(low, high)| Some((u16::try_from(*low).ok()?, u16::try_from(*high).ok()?)))
            .collect();
        // An absence written before controls were kept proves nothing: as if it was skipped.
        let settled = if self.outcome == "absent" && self.control.is_none() {
            Settled::Inconclusive {
                reason: InconclusiveReason::Skipped,
            }
        } else {
            let stored = json!({
                "outcome": self.outcome,
                "reason": self.reason,
                "control": self.control,
                "confirmed": self.confirmed,
            });
            serde_json::from_value(stored)
                .map_err(|error| ResultsFault::inconsistent("results.coverage", error))?
        };
        let digests = self.check_digests.into_iter().chain(repeat(String::new()));
        Ok(CellRun {
            asset_id: stored("results.coverage.asset_id", &self.asset_id)?,
            host: self.host,
            transport: transport(&self.transport)?,
            ports,
            checks: self
                .check_ids
                .into_iter()
                .zip(digests)
                .map(|(id, digest)| CheckRef { id, digest })
                .collect(),
            settled,
            strength: number("results.coverage.strength", self.strength)?,
        })
    }
}

/// Outcome and run of the newest cell that looked at an exposure.
pub(crate) async fn newest_look(
    tx: &mut TenantTx,
    key: &ExposureKey,
) -> Result<Option<(String, String)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select c.outcome, c.run_id
         from results.exposures e
         join results.coverage c
           on c.tenant_key = $1 and c.asset_id = e.asset_id and c.host = e.host
          and c.transport = e.transport and c.ports @> e.port
          and c.check_ids @> array[e.check_id]
         where e.tenant_key = $1 and e.key = $2
         order by c.run_seq desc
         limit 1",
        tenant,
        key.as_str(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.outcome, row.run_id)))
}

/// Keys of open and unresponsive exposures that the jobs of a run looked at, worst first.
pub(crate) async fn list_open_by_run(
    tx: &mut TenantTx,
    run_id: &str,
    limit: i64,
) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_scalar!(
        "select e.key from results.exposures e
         where e.tenant_key = $1 and e.state in ('open', 'unresponsive')
           and (e.asset_id, e.host) in (
               select c.asset_id, c.host from results.applied a
               join results.coverage c on c.tenant_key = a.tenant_key and c.job_id = a.job_id
               where a.tenant_key = $1 and a.run_id = $2)
           and exists (
               select from results.applied a
               join results.coverage c on c.tenant_key = a.tenant_key and c.job_id = a.job_id
               where a.tenant_key = $1 and a.run_id = $2 and c.asset_id = e.asset_id
                 and c.host = e.host and c.transport = e.transport and c.ports @> e.port
                 and c.check_ids @> array[e.check_id])
         order by e.severity_rank desc, e.first_seen desc, e.key desc
         limit $3",
        tenant,
        run_id,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
