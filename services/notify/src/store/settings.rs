//! `notify.settings`.

use wt_pg::{PgFault, TenantTx};

use crate::{
    domain::{address::MailAddress, settings::Settings},
    error::NotifyFault,
};

/// What the organization asked for; `None` when it never said.
pub(crate) async fn find(tx: &mut TenantTx) -> Result<Option<Settings>, NotifyFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select email_enabled, min_severity, recipients
         from notify.settings
         where tenant_key = $1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    let Some(row) = row else { return Ok(None) };
    let place = |column: &str| format!("notify.settings.{column} of {tenant}");
    let recipients: Result<Vec<MailAddress>, _> =
        row.recipients.iter().map(|text| text.parse()).collect();
    Ok(Some(Settings {
        email_enabled: row.email_enabled,
        min_severity: row
            .min_severity
            .parse()
            .map_err(|error| NotifyFault::inconsistent(place("min_severity"), error))?,
        recipients: recipients
            .map_err(|error| NotifyFault::inconsistent(place("recipients"), error))?,
    }))
}

/// Keeps what the organization asked for.
pub(crate) async fn upsert(tx: &mut TenantTx, settings: &Settings) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    let recipients: Vec<String> = settings
        .recipients
        .iter()
        .map(ToString::to_string)
        .collect();
    sqlx::query!(
        "insert into notify.settings (tenant_key, email_enabled, min_severity, recipients, updated_by)
         values ($1, $2, $3, $4, $5)
         on conflict (tenant_key) do update
         set email_enabled = excluded.email_enabled, min_severity = excluded.min_severity,
             recipients = excluded.recipients, updated_by = excluded.updated_by, updated_at = now()",
        tenant,
        settings.email_enabled,
        settings.min_severity.as_str(),
        &recipients,
        by,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
