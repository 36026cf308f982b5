//! `results.events`: exposures that go back and forth.
use std::collections::BTreeSet;

use wt_model::EventType;
use wt_pg::{PgFault, TenantTx};

use crate::domain::flap::{WITHIN, is_flapping, is_turn};

/// Ids of the run's events that are one turn too many.
pub(crate) async fn list_by_run(
    tx: &mut TenantTx,
    run_id: &str,
) -> Result<BTreeSet<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let turns: Vec<&str> = EventType::ALL
        .iter()
        .filter(|event| is_turn(**event))
        .map(|event| event.as_str())
        .collect();
    let rows = sqlx::query!(
        r#"select e.id, (
               select count(*) from results.events b
               where b.tenant_key = $1 and b.key = e.key and b.type = any($3)
                 and b.at > e.at - make_interval(secs => $4) and b.leaf_index <= e.leaf_index
           ) as "turns!"
           from results.events e
           where e.tenant_key = $1 and e.run_id = $2 and e.type = any($3)"#,
        tenant,
        run_id,
        &turns as &[&str],
        WITHIN.as_seconds_f64(),
    )
    .fetch_all(tx.conn())
    .await?;
    let over = rows.into_iter().filter(|row| is_flapping(row.turns));
    Ok(over.map(|row| row.id).collect())
}
