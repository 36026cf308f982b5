//! `results.epss`, `results.kev` and the scores of exposures that follow from them.
use sqlx::PgConnection;
use wt_exposure::CheckInfo;
use wt_model::{Severity, TenantKey};
use wt_pg::{PgFault, TenantTx};
use wt_risk::{INNER_PORTS, Reach, Score};

use super::{number, stored};
use crate::{
    domain::risk::{Published, Risks, cves, cvss},
    error::ResultsFault,
};

/// What is published about the CVEs that the checks of a result name. Asks nothing when none
/// names any, as most results do.
pub(crate) async fn of_report(
    tx: &mut TenantTx,
    checks: &[CheckInfo],
) -> Result<Risks, ResultsFault> {
    let (mut ids, mut named) = (Vec::new(), Vec::new());
    for info in checks {
        for cve in cves(info) {
            ids.push(info.check.id.clone());
            named.push(cve);
        }
    }
    let plain = checks.iter().map(|info| {
        let published = Published {
            cvss_tenths: cvss(info).1,
            ..Published::default()
        };
        (info.check.id.clone(), published)
    });
    let mut risks: Vec<(String, Published)> = plain.collect();
    if !ids.is_empty() {
        let rows = sqlx::query!(
            r#"select n.check_id as "check_id!", max(e.ppm) as ppm,
                      bool_or(k.cve is not null) as "kev!"
               from unnest($1::text[], $2::text[]) as n (check_id, cve)
               left join results.epss e on e.cve = n.cve
               left join results.kev k on k.cve = n.cve
               group by n.check_id"#,
            &ids,
            &named,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            let epss_ppm = ppm(row.ppm)?;
            let of_check = risks.iter_mut().filter(|(id, _)| *id == row.check_id);
            for (_, published) in of_check {
                (published.epss_ppm, published.kev) = (epss_ppm, row.kev);
            }
        }
    }
    Ok(risks.into_iter().collect())
}

/// What is published about the CVEs of the organization's checks: of these, or of all that name
/// any.
pub(crate) async fn of_checks(
    tx: &mut TenantTx,
    only: Option<&[String]>,
) -> Result<Risks, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"select c.check_id, c.cvss_tenths, max(e.ppm) as ppm,
                  coalesce(bool_or(k.cve is not null), false) as "kev!"
           from results.checks c
           left join lateral unnest(c.cve) as n (cve) on true
           left join results.epss e on e.cve = n.cve
           left join results.kev k on k.cve = n.cve
           where c.tenant_key = $1
             and (c.check_id = any($2) or ($2 is null and c.cve <> '{}'))
           group by c.check_id, c.cvss_tenths"#,
        tenant,
        only,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let tenths = row.cvss_tenths;
            let published = Published {
                cvss_tenths: tenths
                    .map(|tenths| number("results.checks.cvss_tenths", tenths))
                    .transpose()?,
                epss_ppm: ppm(row.ppm)?,
                kev: row.kev,
            };
            Ok((row.check_id, published))
        })
        .collect()
}

fn ppm(stored: Option<i32>) -> Result<Option<u32>, ResultsFault> {
    stored
        .map(|ppm| number("results.epss.ppm", ppm))
        .transpose()
}

/// Scores the exposures of these checks anew, in one statement; those that stay as they are, are
/// not written. Gives how many were.
pub(crate) async fn rescore(tx: &mut TenantTx, risks: &Risks) -> Result<u64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (mut checks, mut ranks, mut inner) = (Vec::new(), Vec::new(), Vec::new());
    let (mut scores, mut kevs) = (Vec::new(), Vec::new());
    for (check, published) in risks.iter() {
        for severity in Severity::ALL {
            for on_inner_port in [false, true] {
                let reach = if on_inner_port || Reach::is_inner_check(check) {
                    Reach::Inner
                } else {
                    Reach::Public
                };
                let score = Score::of(&published.facts(*severity, reach));
                checks.push(check.to_owned());
                ranks.push(severity.rank());
                inner.push(on_inner_port);
                scores.push(i16::from(score.value()));
                kevs.push(published.kev);
            }
        }
    }
    let ports: Vec<i32> = INNER_PORTS.iter().copied().map(i32::from).collect();
    let done = sqlx::query!(
        "update results.exposures e set score = n.score, kev = n.kev
         from unnest($2::text[], $3::smallint[], $4::boolean[], $5::smallint[], $6::boolean[])
              as n (check_id, severity_rank, inner_port, score, kev)
         where e.tenant_key = $1 and e.check_id = n.check_id
           and e.severity_rank = n.severity_rank and (e.port = any($7)) = n.inner_port
           and (e.score, e.kev) is distinct from (n.score, n.kev)",
        tenant,
        &checks,
        &ranks,
        &inner,
        &scores,
        &kevs,
        &ports,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// What is published about one CVE.
pub(crate) struct CveRow {
    pub(crate) cve: String,
    pub(crate) ppm: Option<i32>,
    /// Day it became known that it is attacked.
    pub(crate) kev_added: Option<String>,
    pub(crate) kev_due: Option<String>,
    pub(crate) ransomware: bool,
}

/// What is published about these CVEs, in their order.
pub(crate) async fn list_cves(tx: &mut TenantTx, cves: &[String]) -> Result<Vec<CveRow>, PgFault> {
    if cves.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_as!(
        CveRow,
        r#"select n.cve as "cve!", e.ppm as "ppm?",
                  to_char(k.added, 'YYYY-MM-DD') as kev_added,
                  to_char(k.due, 'YYYY-MM-DD') as kev_due,
                  coalesce(k.ransomware, false) as "ransomware!"
           from unnest($1::text[]) with ordinality as n (cve, place)
           left join results.epss e on e.cve = n.cve
           left join results.kev k on k.cve = n.cve
           order by n.place"#,
        cves,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// How urgent things are on one asset.
pub(crate) struct TotalRow {
    pub(crate) asset_id: String,
    /// Sum of the eighth powers of the scores (`wt_risk::Total`).
    pub(crate) sum: u128,
    /// Live exposures that nobody accepted or declared wrong.
    pub(crate) open: i64,
}

/// Of these assets, or of the worst; live exposures that were accepted or declared wrong do not
/// count.
pub(crate) async fn totals_by_asset(
    tx: &mut TenantTx,
    assets: Option<&[String]>,
    limit: i64,
) -> Result<Vec<TotalRow>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"select asset_id, sum(rows)::bigint as "open!",
                  sum(rows::numeric * (score * score * score * score)::bigint
                      * (score * score * score * score)::bigint)::text as "sum!"
           from (
               select asset_id, score::integer as score, count(*) as rows
               from results.exposures
               where tenant_key = $1 and state in ('open', 'unresponsive')
                 and ($2::text[] is null or asset_id = any($2))
                 and (decision is null or decision not in ('accept_risk', 'false_positive')
                      or decision_until <= now())
               group by asset_id, score
           ) s
           group by asset_id
           order by sum(rows::numeric * (score * score * score * score)::bigint
                        * (score * score * score * score)::bigint) desc, asset_id
           limit $3"#,
        tenant,
        assets,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TotalRow {
                asset_id: row.asset_id,
                sum: stored("results.exposures.score", &row.sum)?,
                open: row.open,
            })
        })
        .collect()
}

/// Live exposures by score, without those that were accepted or declared wrong.
pub(crate) async fn count_by_score(tx: &mut TenantTx) -> Result<Vec<(u8, u64)>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        r#"select score, count(*) as "rows!"
           from results.exposures
           where tenant_key = $1 and state in ('open', 'unresponsive')
             and (decision is null or decision not in ('accept_risk', 'false_positive')
                  or decision_until <= now())
           group by score"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|row| {
        let score = number("results.exposures.score", row.score)?;
        Ok((score, u64::try_from(row.rows).unwrap_or_default()))
    })
    .collect()
}

/// Keys of the most urgent live exposures that nobody accepted, declared wrong or is repairing.
pub(crate) async fn list_next(tx: &mut TenantTx, limit: i64) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "select key from results.exposures
         where tenant_key = $1 and state in ('open', 'unresponsive')
           and (decision is null or decision = 'acknowledge' or decision_until <= now())
         order by score desc, first_seen desc, key desc
         limit $2",
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Organizations with checks that name CVEs.
pub(crate) async fn organizations(conn: &mut PgConnection) -> Result<Vec<TenantKey>, ResultsFault> {
    let rows = sqlx::query_scalar!(
        r#"select tenant_key as "tenant_key!" from results.organizations_with_cves()"#
    )
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|key| stored("results.checks.tenant_key", key))
        .collect()
}
