//! Asks the payment provider about customers it was not asked about for a while: a webhook that
//! never came must not leave an organization on what it was.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use wt_lifecycle::Life;

use crate::{api::Api, error::TenantFault, store};

/// Between two looks.
const PERIOD: Duration = Duration::from_mins(15);
/// Most customers asked about in one look: a few a second, far below what providers allow.
const AT_ONCE: i32 = 200;

pub(super) fn start(api: Arc<Api>, ask_hours: u16, life: &Life) {
    let stopping = life.stopping();
    tokio::spawn(async move {
        let mut look = tokio::time::interval(PERIOD);
        // The first tick comes at once; a start is no reason to ask.
        look.tick().await;
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                _ = look.tick() => {}
            }
            if let Err(fault) = sync(&api, ask_hours).await {
                tracing::warn!(error = %wt_fault::chain(&fault), "subscriptions can't be looked at");
            }
        }
    });
}

async fn sync(api: &Api, ask_hours: u16) -> Result<(), TenantFault> {
    let older_than = OffsetDateTime::now_utc() - time::Duration::hours(ask_hours.into());
    let mut tx = api.pool.begin_platform("customers_to_ask").await?;
    let due = store::subscription::to_ask(&mut tx, older_than, AT_ONCE).await?;
    tx.commit().await?;
    let (seen, mut asked) = (due.len(), 0_usize);
    for (key, customer) in due {
        let Ok(root) = key.parse() else { continue };
        match api.billing.ask(&api.pool, root, &customer, None).await {
            Ok(_) => asked += 1,
            Err(fault) => {
                tracing::warn!(tenant_key = %key, error = %wt_fault::chain(&fault), "not asked");
            }
        }
    }
    if seen > 0 {
        tracing::info!(seen, asked, "asked how subscriptions stand");
    }
    Ok(())
}
