//! Live exposures as they are now, by age and by how their clock stands.
use std::collections::BTreeMap;

use sqlx::QueryBuilder;
use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};
use wt_risk::Terms;

use super::{dashboard, trend::Of};
use crate::domain::{sla, trend::AGES_FROM};

/// Live exposures, counted in two ways.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// By the place of the bucket of their age, from 0.
    pub(crate) ages: Vec<(i32, i64)>,
    /// By the word for how their clock stands.
    pub(crate) clocks: Vec<(String, i64)>,
}

/// Counts them. Of everything from the tallies, to the hour; of some assets or a check theirs alone.
pub(crate) async fn count(
    tx: &mut TenantTx,
    of: &Of,
    terms: &Terms,
    now: OffsetDateTime,
) -> Result<Live, PgFault> {
    if *of != Of::All {
        return walk(tx, of, terms, now).await;
    }
    Ok(Live {
        ages: tallied_ages(tx, now).await?,
        clocks: dashboard::count_clocks(tx, terms, now).await?,
    })
}

/// When each bucket of age begins, the oldest first: what was there before all of them is in the
/// last bucket.
fn begins(now: OffsetDateTime) -> (i32, Vec<OffsetDateTime>) {
    let begins = AGES_FROM.iter().rev();
    let last = i32::try_from(AGES_FROM.len()).unwrap_or(i32::MAX) - 1;
    let begins = begins.map(|days| now - time::Duration::days(i64::from(*days)));
    (last, begins.collect())
}

async fn tallied_ages(tx: &mut TenantTx, now: OffsetDateTime) -> Result<Vec<(i32, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (last, begins) = begins(now);
    let rows = sqlx::query!(
        r#"select greatest(0, $2 - width_bucket(there_since, $3::timestamptz[])) as "bucket!",
                  sum(rows)::bigint as "rows!"
           from results.clock_tallies where tenant_key = $1
           group by 1"#,
        tenant,
        last,
        &begins,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.bucket, row.rows)).collect())
}

/// Live exposures that are alike.
#[derive(Debug, Clone, sqlx::FromRow)]
struct LiveRow {
    bucket: i32,
    sla: String,
    rows: i64,
}

/// One walk over those of the assets or the check, each found by an index.
async fn walk(
    tx: &mut TenantTx,
    of: &Of,
    terms: &Terms,
    now: OffsetDateTime,
) -> Result<Live, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (last, begins) = begins(now);
    let mut sql = QueryBuilder::new("select greatest(0, ");
    sql.push_bind(last);
    sql.push(" - width_bucket(coalesce(x.clock_from, x.first_seen), ");
    sql.push_bind(begins);
    sql.push(
        ")) as bucket, results.sla_word(x.state, x.severity_rank, x.kev,
                  coalesce(x.clock_from, x.first_seen), x.stood_s - x.stood_before_s, x.paused_at,
                  x.decision_until, ",
    );
    sql.push_bind(sla::stored(terms)).push(", ");
    sql.push_bind(now);
    sql.push(") as sla, count(*) as rows from results.exposures x");
    if let Of::Assets(ids) = of {
        // By host: thousands of names tell where the exposures of an asset are.
        sql.push(
            " join results.exposure_names n
                on n.kind = 'host' and n.name = x.host and n.of_id = x.asset_id
               and n.tenant_key = ",
        );
        sql.push_bind(tenant.clone());
        sql.push(" and n.of_id = any(").push_bind(ids.clone());
        sql.push(")");
    }
    sql.push(" where x.state in ('open', 'unresponsive') and x.tenant_key = ");
    sql.push_bind(tenant);
    if let Of::Check(id) = of {
        sql.push(" and x.check_id = ").push_bind(id.clone());
    }
    sql.push(" group by 1, 2");
    // Planned for this organization: one for any of them is one for a small one.
    let asked = sql.build_query_as::<LiveRow>().persistent(false);
    Ok(added_up(asked.fetch_all(tx.conn()).await?))
}

fn added_up(rows: Vec<LiveRow>) -> Live {
    let (mut ages, mut clocks) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        *ages.entry(row.bucket).or_default() += row.rows;
        *clocks.entry(row.sla).or_default() += row.rows;
    }
    Live {
        ages: ages.into_iter().collect(),
        clocks: clocks.into_iter().collect(),
    }
}
