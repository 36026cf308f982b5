//! Live exposures as they are now, by age and by how their clock stands.
use sqlx::QueryBuilder;
use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};
use wt_risk::Terms;

use super::trend::Of;
use crate::domain::{sla, trend::AGES_FROM};

/// Live exposures that are alike.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct LiveRow {
    /// Place of the bucket of age, from 0.
    pub(crate) bucket: i32,
    pub(crate) sla: String,
    pub(crate) rows: i64,
}

/// Counts them in one walk; of an asset or a check only theirs.
pub(crate) async fn count(
    tx: &mut TenantTx,
    of: Of<'_>,
    terms: &Terms,
    now: OffsetDateTime,
) -> Result<Vec<LiveRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let begins: Vec<OffsetDateTime> = AGES_FROM
        .iter()
        .rev()
        .map(|days| now - time::Duration::days(i64::from(*days)))
        .collect();
    let buckets = i32::try_from(AGES_FROM.len()).unwrap_or(i32::MAX);
    let mut sql = QueryBuilder::new("select greatest(0, ");
    // Ascending moments, the oldest first: what lies before all of them is in the last bucket.
    sql.push_bind(buckets - 1);
    sql.push(" - width_bucket(coalesce(clock_from, first_seen), ");
    sql.push_bind(begins);
    sql.push(
        ")) as bucket, results.sla_word(state, severity_rank, kev,
                  coalesce(clock_from, first_seen), stood_s - stood_before_s, paused_at,
                  decision_until, ",
    );
    sql.push_bind(sla::stored(terms)).push(", ");
    sql.push_bind(now);
    sql.push(
        ") as sla, count(*) as rows
         from results.exposures where state in ('open', 'unresponsive') and tenant_key = ",
    );
    sql.push_bind(tenant);
    match of.grain {
        "asset" => {
            sql.push(" and asset_id = ").push_bind(of.id.to_owned());
        }
        "check" => {
            sql.push(" and check_id = ").push_bind(of.id.to_owned());
        }
        _ => {}
    }
    sql.push(" group by 1, 2");
    Ok(sql.build_query_as().fetch_all(tx.conn()).await?)
}
