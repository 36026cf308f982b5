//! What a run asks for at a tracker: a message an exposure, and a claim before each issue.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use ulid::Ulid;
use wt_model::EventType;
use wt_pg::TenantTx;

use crate::{
    domain::{
        digest::{Change, RunFacts, order},
        signature::message_id,
        ticket::{Deed, subject},
    },
    error::NotifyFault,
    store::{self, integration::IntegrationRow, integration_delivery::NewMessage},
};

/// A change that may be worth a message, and what it asks for.
#[derive(Debug)]
pub(super) struct Wish {
    change: Change,
    deed: Deed,
}

/// What the changes of a run ask for at a tracker, worst first. What goes back and forth makes no
/// issue; it closes and reopens one, which would else be left the way it stood at some moment.
pub(super) fn wishes(
    run: &RunFacts,
    row: &IntegrationRow,
    [steady, flapping]: [&[Change]; 2],
    now: OffsetDateTime,
) -> Result<Vec<Wish>, NotifyFault> {
    let rule = row.rule()?;
    let turns = |change: &&Change| matches!(change.event, EventType::Fixed | EventType::Reopened);
    let quiet = flapping.iter().filter(turns).map(|change| (change, false));
    let mut told: Vec<(&Change, bool)> = steady
        .iter()
        .map(|change| (change, rule.tells(run, change)))
        .chain(quiet)
        .filter(|(change, _)| rule.follows(run, change))
        .collect();
    told.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
    let wish = |(change, lets_in): (&Change, bool)| Wish {
        deed: Deed::told(&run.run_id, change, lets_in, now),
        change: change.clone(),
    };
    Ok(told.into_iter().map(wish).collect())
}

/// Stores them, unless the integration was removed meanwhile. What makes no issue is told only where
/// there is one.
pub(super) async fn store_wishes(
    tx: &mut TenantTx,
    run_id: &str,
    integration: &str,
    wishes: &[Wish],
) -> Result<(), NotifyFault> {
    if store::integration::lock(tx, integration).await?.is_none() {
        return Ok(());
    }
    let keys: Vec<String> = wishes
        .iter()
        .map(|wish| wish.deed.exposure.clone())
        .collect();
    let known = store::ticket::known(tx, integration, &keys).await?;
    let known: BTreeSet<String> = known.into_iter().collect();
    for Wish { change, deed } in wishes {
        if deed.opens {
            store::ticket::claim(tx, integration, &deed.exposure, "").await?;
        } else if !known.contains(&deed.exposure) {
            continue;
        }
        let new = NewMessage {
            id: &format!("dlv_{}", Ulid::generate()),
            integration,
            message_id: &message_id(&change.id, integration, 1),
            run_id: Some(run_id),
            exposure: Some(&deed.exposure),
            subject: &subject(change),
            body: &serde_json::to_string(deed)?,
        };
        store::integration_delivery::insert_unless_present(tx, new).await?;
    }
    Ok(store::integration_delivery::forget_old(tx, integration).await?)
}
