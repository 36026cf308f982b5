//! `notify.tickets`: the issue an exposure has at a tracker. The row comes first, the issue second.

use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};

use crate::{domain::ticket::TicketState, error::NotifyFault};

/// Most issues of one exposure: one a tracker, and an organization has few.
const LISTED_MAX: i64 = 50;

/// A ticket, as far as it decides what is done.
#[derive(Debug, Clone)]
pub(crate) struct TicketRow {
    pub(crate) exposure_key: String,
    pub(crate) state: String,
    pub(crate) number: String,
    pub(crate) asked_at: Option<OffsetDateTime>,
    pub(crate) seen_at: Option<OffsetDateTime>,
}

impl TicketRow {
    /// How it stands.
    pub(crate) fn state(&self) -> Result<TicketState, NotifyFault> {
        let place = || format!("notify.tickets.state of {}", self.exposure_key);
        let bad = |error| NotifyFault::inconsistent(place(), error);
        self.state.parse().map_err(bad)
    }
}

/// A ticket as people see it.
#[derive(Debug, Clone)]
pub(crate) struct ShownRow {
    pub(crate) exposure_key: String,
    pub(crate) integration_id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) number: String,
    pub(crate) url: String,
    pub(crate) error: String,
    pub(crate) asked_by: String,
    pub(crate) created_at: OffsetDateTime,
}

/// What becomes of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The tracker made the issue, or has it.
    Made {
        number: String,
        url: String,
        seen_at: OffsetDateTime,
    },
    /// The issue was told of something.
    Told {
        state: TicketState,
        seen_at: OffsetDateTime,
    },
    /// The issue is not there any more.
    Gone,
    /// The tracker said no for certain: nothing has to be looked for.
    NotMade,
    /// Nobody goes on trying.
    GivenUp(String),
}

/// Claims an exposure for an issue to be made, for a rule or for who `asked_by` is. One that was
/// given up is claimed anew, and for a person so is one that is gone. `false`: it has its issue, or
/// somebody claimed it.
pub(crate) async fn claim(
    tx: &mut TenantTx,
    integration: &str,
    exposure: &str,
    asked_by: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into notify.tickets (tenant_key, integration_id, exposure_key, asked_by)
         values ($1, $2, $3, $4)
         on conflict (tenant_key, integration_id, exposure_key) do update set
             state = 'claimed', number = '', url = '', error = '', asked_by = $4,
             asked_at = case when tickets.state = 'gone' then null else tickets.asked_at end,
             updated_at = now()
         where tickets.state = 'failed' or (tickets.state = 'gone' and $4 <> '')",
        tenant,
        integration,
        exposure,
        asked_by,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The ticket of an exposure.
pub(crate) async fn find(
    tx: &mut TenantTx,
    integration: &str,
    exposure: &str,
) -> Result<Option<TicketRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        TicketRow,
        "select exposure_key, state, number, asked_at, seen_at
         from notify.tickets
         where tenant_key = $1 and integration_id = $2 and exposure_key = $3",
        tenant,
        integration,
        exposure,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Which of these exposures have a ticket.
pub(crate) async fn known(
    tx: &mut TenantTx,
    integration: &str,
    exposures: &[String],
) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "select exposure_key from notify.tickets
         where tenant_key = $1 and integration_id = $2 and exposure_key = any($3)",
        tenant,
        integration,
        exposures,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The tickets of an exposure, oldest first, as people see them.
pub(crate) async fn of_exposure(
    tx: &mut TenantTx,
    exposure: &str,
) -> Result<Vec<ShownRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ShownRow,
        "select t.exposure_key, t.integration_id, i.kind, i.name, t.state, t.number, t.url,
                t.error, t.asked_by, t.created_at
         from notify.tickets t
         join notify.integrations i on i.tenant_key = t.tenant_key and i.id = t.integration_id
         where t.tenant_key = $1 and t.exposure_key = $2
         order by t.created_at, t.integration_id limit $3",
        tenant,
        exposure,
        LISTED_MAX,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Notes that the tracker is about to be asked to make the issue.
pub(crate) async fn asking(
    tx: &mut TenantTx,
    integration: &str,
    exposure: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.tickets set asked_at = coalesce(asked_at, now()), updated_at = now()
         where tenant_key = $1 and integration_id = $2 and exposure_key = $3",
        tenant,
        integration,
        exposure,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes what became of a ticket.
pub(crate) async fn change(
    tx: &mut TenantTx,
    integration: &str,
    exposure: &str,
    change: &Change,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let mut number = None;
    let mut url = None;
    let mut seen = None;
    let mut error = "";
    let state = match change {
        Change::Made {
            number: made,
            url: at,
            seen_at,
        } => {
            (number, url, seen) = (Some(made.as_str()), Some(at.as_str()), Some(*seen_at));
            Some(TicketState::Open)
        }
        Change::Told { state, seen_at } => {
            seen = Some(*seen_at);
            Some(*state)
        }
        Change::Gone => Some(TicketState::Gone),
        Change::NotMade => None,
        Change::GivenUp(why) => {
            error = why;
            Some(TicketState::Failed)
        }
    };
    sqlx::query!(
        "update notify.tickets
         set state = case when $4 = 'failed' and number <> '' then state else coalesce($4, state) end,
             number = coalesce($5, number), url = coalesce($6, url),
             seen_at = greatest(seen_at, $7), error = $8,
             asked_at = case when $9 then null else asked_at end, updated_at = now()
         where tenant_key = $1 and integration_id = $2 and exposure_key = $3",
        tenant,
        integration,
        exposure,
        state.map(TicketState::as_str),
        number,
        url,
        seen,
        error,
        *change == Change::NotMade,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends every claim of an integration that nobody works off any more.
pub(crate) async fn give_up_claims(
    tx: &mut TenantTx,
    integration: &str,
    why: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.tickets set state = 'failed', error = $3, updated_at = now()
         where tenant_key = $1 and integration_id = $2 and state = 'claimed'",
        tenant,
        integration,
        why,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
