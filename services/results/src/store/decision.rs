//! `results.exposures`: what users decide. No result writes these columns.
use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::QueryBuilder;
use time::OffsetDateTime;
use wt_exposure::ExposureKey;
use wt_filter::Filter;
use wt_model::ExposureState;
use wt_pg::{PgFault, TenantTx};

use super::{narrow, sla, stored};
use crate::{
    domain::standing::{Met, Standing},
    error::ResultsFault,
};

/// An exposure as far as decisions are about it.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    pub(crate) key: String,
    pub(crate) state: ExposureState,
    pub(crate) standing: Standing,
    /// When its clock began.
    pub(crate) clock_from: OffsetDateTime,
}

impl Decided {
    /// What a decision meets now.
    pub(crate) const fn met(&self, now: OffsetDateTime) -> Met {
        Met {
            state: self.state,
            clock_from: self.clock_from,
            now,
        }
    }
}

/// Which exposures a decision is about.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    /// Everything that fits.
    Fitting(Box<Filter>),
    /// These.
    Keys(Vec<String>),
}

#[derive(sqlx::FromRow)]
struct Raw {
    key: String,
    state: String,
    decision: Option<String>,
    decision_until: Option<OffsetDateTime>,
    assignee: Option<String>,
    tags: Vec<String>,
    stood_s: i64,
    paused_at: Option<OffsetDateTime>,
    clock_from: OffsetDateTime,
}

impl TryFrom<Raw> for Decided {
    type Error = ResultsFault;

    fn try_from(raw: Raw) -> Result<Self, ResultsFault> {
        Ok(Self {
            state: stored("results.exposures.state", &raw.state)?,
            key: raw.key,
            standing: Standing {
                decision: raw.decision,
                until: raw.decision_until,
                assignee: raw.assignee,
                tags: raw.tags.into_iter().collect(),
                stood_s: raw.stood_s,
                paused_at: raw.paused_at,
            },
            clock_from: raw.clock_from,
        })
    }
}

/// Locks one exposure, so that a decision meets the state it was made for.
pub(crate) async fn lock_one(
    tx: &mut TenantTx,
    key: &ExposureKey,
) -> Result<Option<Decided>, ResultsFault> {
    let selection = Selection::Keys(vec![key.to_string()]);
    let now = OffsetDateTime::UNIX_EPOCH;
    Ok(lock(tx, &selection, now, 1).await?.pop())
}

/// Locks what is selected in the order of keys, at most `limit`, until the transaction ends.
pub(crate) async fn lock(
    tx: &mut TenantTx,
    selection: &Selection,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Decided>, ResultsFault> {
    find(tx, selection, now, limit, " for update").await
}

/// As [`lock`], and locks nothing.
pub(crate) async fn list(
    tx: &mut TenantTx,
    selection: &Selection,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Decided>, ResultsFault> {
    find(tx, selection, now, limit, "").await
}

async fn find(
    tx: &mut TenantTx,
    selection: &Selection,
    now: OffsetDateTime,
    limit: i64,
    lock: &'static str,
) -> Result<Vec<Decided>, ResultsFault> {
    let terms = match selection {
        Selection::Fitting(filter) if filter.asks_clock() => sla::get(tx).await?,
        _ => None,
    };
    let terms = terms.map(|(terms, _)| terms).unwrap_or_default();
    let mut sql = QueryBuilder::new(
        "select x.key, x.state, x.decision, x.decision_until, x.assignee, x.tags, x.stood_s,
                x.paused_at, coalesce(x.clock_from, x.first_seen) as clock_from
         from results.exposures x where x.tenant_key = ",
    );
    sql.push_bind(tx.tenant_key().to_string());
    match selection {
        Selection::Fitting(filter) => narrow::exposures(&mut sql, filter, now, &terms),
        Selection::Keys(keys) => {
            sql.push(" and x.key = any(").push_bind(keys.clone());
            sql.push(")");
        }
    }
    sql.push(" order by x.key limit ").push_bind(limit);
    sql.push(lock);
    let rows: Vec<Raw> = sql.build_query_as().fetch_all(tx.conn()).await?;
    rows.into_iter().map(Decided::try_from).collect()
}

/// Writes what stands now, in one statement.
pub(crate) async fn write_all(
    tx: &mut TenantTx,
    decided: &[(String, Standing)],
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let keys: Vec<String> = decided.iter().map(|(key, _)| key.clone()).collect();
    let column = |of: fn(&Standing) -> Option<String>| -> Vec<Option<String>> {
        decided.iter().map(|(_, standing)| of(standing)).collect()
    };
    let untils: Vec<Option<OffsetDateTime>> = decided.iter().map(|(_, s)| s.until).collect();
    // Arrays of arrays have one shape in Postgres, so lists travel as JSON.
    let tags = |tags: &BTreeSet<String>| serde_json::json!(tags);
    let tags: Vec<Value> = decided.iter().map(|(_, s)| tags(&s.tags)).collect();
    let stood: Vec<i64> = decided.iter().map(|(_, s)| s.stood_s).collect();
    let paused: Vec<Option<OffsetDateTime>> = decided.iter().map(|(_, s)| s.paused_at).collect();
    sqlx::query!(
        "update results.exposures e
         set decision = n.decision, decision_until = n.until, assignee = n.assignee,
             tags = array(select jsonb_array_elements_text(n.tags)), stood_s = n.stood_s,
             paused_at = n.paused_at
         from unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::jsonb[],
                     $7::bigint[], $8::timestamptz[])
              as n (key, decision, until, assignee, tags, stood_s, paused_at)
         where e.tenant_key = $1 and e.key = n.key",
        tenant,
        &keys,
        &column(|s| s.decision.clone()) as &[Option<String>],
        &untils as &[Option<OffsetDateTime>],
        &column(|s| s.assignee.clone()) as &[Option<String>],
        &tags,
        &stood,
        &paused as &[Option<OffsetDateTime>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
