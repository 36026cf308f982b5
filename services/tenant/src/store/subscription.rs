//! `tenant.subscriptions` and `tenant.billing_events`: what a root organization bought, and which
//! webhooks were taken; seats of its tree.

use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_model::TenantKey;
use wt_pg::{PgFault, PlatformTx, TenantTx};
use wt_plan::{Plan, ProviderStatus, Reported, Subscription};

use crate::error::TenantFault;

/// The stored words of a report.
struct Words {
    plan: Option<String>,
    status: Option<String>,
    as_of: Option<OffsetDateTime>,
    failing_since: Option<OffsetDateTime>,
}

impl Words {
    fn read(self) -> Result<Subscription, TenantFault> {
        let bad = |column: &str| TenantFault::Inconsistent {
            place: format!("tenant.subscriptions.{column}"),
        };
        let (Some(plan), Some(status), Some(as_of)) = (self.plan, self.status, self.as_of) else {
            return Ok(Subscription::FREE);
        };
        Ok(Subscription {
            reported: Some(Reported {
                plan: plan.parse::<Plan>().map_err(|_| bad("plan"))?,
                status: status
                    .parse::<ProviderStatus>()
                    .map_err(|_| bad("status"))?,
                as_of,
            }),
            failing_since: self.failing_since,
        })
    }
}

/// Who pays for an organization, and how that stands (SECURITY DEFINER: the caller is in it).
pub(crate) async fn of_payer(
    conn: &mut PgConnection,
    key: TenantKey,
) -> Result<Option<(String, Subscription)>, TenantFault> {
    let row = sqlx::query!(
        r#"select root_tenant_key as "root!", plan, status, as_of, failing_since
           from tenant.standing_of($1)"#,
        key.to_string(),
    )
    .fetch_optional(conn)
    .await
    .map_err(PgFault::from)?;
    row.map(|row| {
        let words = Words {
            plan: row.plan,
            status: row.status,
            as_of: row.as_of,
            failing_since: row.failing_since,
        };
        Ok((row.root, words.read()?))
    })
    .transpose()
}

/// An organization and those above it, the nearest first (SECURITY DEFINER: the caller is in it).
pub(crate) async fn above(tx: &mut PlatformTx, key: TenantKey) -> Result<Vec<String>, PgFault> {
    Ok(sqlx::query_scalar!(
        r#"select tenant_key as "tenant_key!" from tenant.above($1) order by steps"#,
        key.to_string(),
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The transaction's organization as a customer.
#[derive(Debug, Clone)]
pub(crate) struct CustomerRow {
    pub(crate) customer_id: String,
    pub(crate) subscription: Subscription,
}

/// The customer, if it ever was one.
pub(crate) async fn find(tx: &mut TenantTx) -> Result<Option<CustomerRow>, TenantFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select customer_id, plan, status, as_of, failing_since
         from tenant.subscriptions where tenant_key = $1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    row.map(|row| {
        let words = Words {
            plan: row.plan,
            status: row.status,
            as_of: row.as_of,
            failing_since: row.failing_since,
        };
        Ok(CustomerRow {
            customer_id: row.customer_id,
            subscription: words.read()?,
        })
    })
    .transpose()
}

/// The same, held until the end of the transaction: of two reports at once, the second is compared
/// with the first.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<Option<CustomerRow>, TenantFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "select 1 as one from tenant.subscriptions where tenant_key = $1 for update",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    find(tx).await
}

/// Remembers whose customer the organization is; the first one stays, whichever of its two keys two
/// requests at once meet in.
pub(crate) async fn insert_customer(tx: &mut TenantTx, customer: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into tenant.subscriptions (tenant_key, customer_id) values ($1, $2)
         on conflict do nothing",
        tenant,
        customer,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps what was reported.
pub(crate) async fn update(
    tx: &mut TenantTx,
    subscription_id: Option<&str>,
    reported: Reported,
    failing_since: Option<OffsetDateTime>,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.subscriptions
         set subscription_id = $2, plan = $3, status = $4, as_of = $5, failing_since = $6
         where tenant_key = $1",
        tenant,
        subscription_id,
        reported.plan.as_str(),
        reported.status.as_str(),
        reported.as_of,
        failing_since,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that an event was taken; false if it was before.
pub(crate) async fn note_event(tx: &mut TenantTx, id: &str, kind: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into tenant.billing_events (tenant_key, id, kind) values ($1, $2, $3)
         on conflict do nothing",
        tenant,
        id,
        kind,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether an event was taken, and what time it is here: the clock reports are ordered by.
pub(crate) async fn seen_event(
    tx: &mut TenantTx,
    id: &str,
) -> Result<(bool, OffsetDateTime), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select exists (
               select 1 from tenant.billing_events where tenant_key = $1 and id = $2
           ) as "seen!", clock_timestamp() as "at!""#,
        tenant,
        id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.seen, row.at))
}

/// Whose customer this is (SECURITY DEFINER: a key only).
pub(crate) async fn root_of_customer(
    tx: &mut PlatformTx,
    customer: &str,
) -> Result<Option<String>, PgFault> {
    let key = sqlx::query_scalar!("select tenant.root_of_customer($1)", customer)
        .fetch_one(tx.conn())
        .await?;
    Ok(key)
}

/// Customers the provider was not asked about for a while (SECURITY DEFINER: keys only).
pub(crate) async fn to_ask(
    tx: &mut PlatformTx,
    older_than: OffsetDateTime,
    limit: i32,
) -> Result<Vec<(String, String)>, PgFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", customer_id as "customer_id!"
           from tenant.customers_to_ask($1, $2)"#,
        older_than,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.tenant_key, row.customer_id))
        .collect())
}

/// Seats taken in the tree, and whether this address has one; the tree is held until the end of
/// the transaction (SECURITY DEFINER: numbers only).
pub(crate) async fn hold_seats(tx: &mut TenantTx, email: &str) -> Result<(u32, bool), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select used as "used!", has_one as "has_one!" from tenant.hold_seats($1, $2)"#,
        tenant,
        email,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((u32::try_from(row.used).unwrap_or(u32::MAX), row.has_one))
}

/// Seats taken in the tree, for people to read (SECURITY DEFINER: a number).
pub(crate) async fn count_seats(tx: &mut PlatformTx, key: TenantKey) -> Result<u32, PgFault> {
    let used = sqlx::query_scalar!(
        r#"select tenant.count_seats($1) as "used!""#,
        key.to_string()
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(u32::try_from(used).unwrap_or(u32::MAX))
}
