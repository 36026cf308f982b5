//! `notify.integrations`: webhooks, chats and trackers, with their rules. Addresses and secrets stay sealed.

use std::time::Duration;

use time::OffsetDateTime;
use wt_model::{AssetId, EventType, TenantKey};
use wt_pg::{PgFault, PlatformTx, TenantTx};

use crate::{
    domain::{
        integration::{Kind, Rule},
        tracker::Tracker,
    },
    error::NotifyFault,
};

/// An integration as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct IntegrationRow {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) address: Vec<u8>,
    pub(crate) origin: String,
    pub(crate) secret: Option<Vec<u8>>,
    pub(crate) old_secret: Option<Vec<u8>>,
    pub(crate) old_until: Option<OffsetDateTime>,
    pub(crate) min_severity: String,
    pub(crate) events: Vec<String>,
    pub(crate) asset_ids: Vec<String>,
    pub(crate) enabled: bool,
    pub(crate) disabled_reason: String,
    pub(crate) failures: i32,
    pub(crate) last_sent_at: Option<OffsetDateTime>,
    pub(crate) last_failed_at: Option<OffsetDateTime>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) tracker: Option<serde_json::Value>,
    pub(crate) failing: String,
}

impl IntegrationRow {
    /// What receives its messages.
    pub(crate) fn kind(&self) -> Result<Kind, NotifyFault> {
        let bad = |error| NotifyFault::inconsistent(self.place("kind"), error);
        self.kind.parse().map_err(bad)
    }

    /// Which changes it is told.
    pub(crate) fn rule(&self) -> Result<Rule, NotifyFault> {
        let severity = self.min_severity.parse();
        let events = self.events.iter().map(|word| word.parse::<EventType>());
        let assets = self.asset_ids.iter().map(|id| id.parse::<AssetId>());
        Ok(Rule {
            min_severity: severity
                .map_err(|error| NotifyFault::inconsistent(self.place("min_severity"), error))?,
            events: events
                .collect::<Result<_, _>>()
                .map_err(|error| NotifyFault::inconsistent(self.place("events"), error))?,
            assets: assets
                .collect::<Result<_, _>>()
                .map_err(|error| NotifyFault::inconsistent(self.place("asset_ids"), error))?,
        })
    }

    /// Where a tracker's issues are made.
    pub(crate) fn tracker(&self) -> Result<Tracker, NotifyFault> {
        let stored = self.tracker.clone().unwrap_or_default();
        let bad = |error| NotifyFault::inconsistent(self.place("tracker"), error);
        serde_json::from_value(stored).map_err(bad)
    }

    fn place(&self, column: &str) -> String {
        format!("notify.integrations.{column} of {}", self.id)
    }
}

/// The organization's integrations, oldest first.
pub(crate) async fn list(tx: &mut TenantTx) -> Result<Vec<IntegrationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        IntegrationRow,
        "select id, kind, name, address, origin, secret, old_secret, old_until, min_severity,
                events, asset_ids, enabled, disabled_reason, failures, last_sent_at,
                last_failed_at, created_at, tracker, failing
         from notify.integrations where tenant_key = $1 order by id limit 100",
        tenant,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The organization's integration with this id.
pub(crate) async fn find(tx: &mut TenantTx, id: &str) -> Result<Option<IntegrationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        IntegrationRow,
        "select id, kind, name, address, origin, secret, old_secret, old_until, min_severity,
                events, asset_ids, enabled, disabled_reason, failures, last_sent_at,
                last_failed_at, created_at, tracker, failing
         from notify.integrations where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The same, held until the transaction ends.
pub(crate) async fn lock(tx: &mut TenantTx, id: &str) -> Result<Option<IntegrationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        IntegrationRow,
        "select id, kind, name, address, origin, secret, old_secret, old_until, min_severity,
                events, asset_ids, enabled, disabled_reason, failures, last_sent_at,
                last_failed_at, created_at, tracker, failing
         from notify.integrations where tenant_key = $1 and id = $2 for update",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// How many the organization has.
pub(crate) async fn count(tx: &mut TenantTx) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from notify.integrations where tenant_key = $1"#,
        tenant,
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Writes an integration as a whole: new, or in place of what was there. How it fares stays,
/// unless it is switched on again.
pub(crate) async fn put(tx: &mut TenantTx, row: &IntegrationRow) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    sqlx::query!(
        "insert into notify.integrations
             (tenant_key, id, kind, name, address, origin, secret, old_secret, old_until,
              min_severity, events, asset_ids, enabled, disabled_reason, failures, updated_by,
              tracker, failing)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict (tenant_key, id) do update set
             name = $4, address = $5, origin = $6, secret = $7, old_secret = $8, old_until = $9,
             min_severity = $10, events = $11, asset_ids = $12, enabled = $13,
             disabled_reason = $14, failures = $15, updated_by = $16, tracker = $17,
             failing = $18, updated_at = now()",
        tenant,
        row.id,
        row.kind,
        row.name,
        row.address,
        row.origin,
        row.secret,
        row.old_secret,
        row.old_until,
        row.min_severity,
        &row.events,
        &row.asset_ids,
        row.enabled,
        row.disabled_reason,
        row.failures,
        by,
        row.tracker,
        row.failing,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes an integration with its deliveries.
pub(crate) async fn delete(tx: &mut TenantTx, id: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "delete from notify.integrations where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A message arrived: whatever failed before is over.
pub(crate) async fn arrived(tx: &mut TenantTx, id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.integrations set failures = 0, failing = '', last_sent_at = now()
         where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An attempt failed, and why; `given_up` if it was the message's last.
pub(crate) async fn failed(
    tx: &mut TenantTx,
    id: &str,
    given_up: bool,
    why: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.integrations
         set failures = failures + case when $3 then 1 else 0 end, last_failed_at = now(),
             failing = $4
         where tenant_key = $1 and id = $2",
        tenant,
        id,
        given_up,
        why,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Switches an integration off for a reason; `false` if it was off or gone.
pub(crate) async fn switch_off(tx: &mut TenantTx, id: &str, why: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update notify.integrations set enabled = false, disabled_reason = $3
         where tenant_key = $1 and id = $2 and enabled",
        tenant,
        id,
        why,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes integrations with due messages, of any organization, for `lease`; keys only.
pub(crate) async fn claim(
    tx: &mut PlatformTx,
    limit: i32,
    each: i32,
    lease: Duration,
) -> Result<Vec<(TenantKey, String)>, NotifyFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", id as "id!"
           from notify.claim_integrations($1, $2, make_interval(secs => $3))"#,
        limit,
        each,
        lease.as_secs_f64(),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| {
            let place = format!("notify.integrations.tenant_key of {}", row.id);
            let tenant = row.tenant_key.parse();
            let tenant = tenant.map_err(|error| NotifyFault::inconsistent(place, error))?;
            Ok((tenant, row.id))
        })
        .collect()
}

/// Lets others take it.
pub(crate) async fn release(tx: &mut TenantTx, id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.integrations set busy_until = now() where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
