//! By when exposures have to be mended: the organization's terms.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::results;
use wt_risk::Terms;

use super::Api;
use crate::{domain::sla::read, error::ResultsFault, store};

/// The terms, the usual ones until somebody changes them.
pub(super) async fn get_sla(
    api: &Api,
    principal: &Principal,
) -> Result<results::GetSlaResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let mut tx = api.pool.begin_read(principal, "get_sla").await?;
    let own = store::sla::get(&mut tx).await?;
    tx.commit().await?;
    let (terms, version) = own.unwrap_or_else(usual);
    Ok(results::GetSlaResponse {
        terms: Some(shown(&terms, version)),
    })
}

/// Replaces the terms; every clock is read by the new ones from then on.
pub(super) async fn put_sla(
    api: &Api,
    principal: &Principal,
    request: results::PutSlaRequest,
) -> Result<results::PutSlaResponse, ResultsFault> {
    may(principal, Permission::OrganizationWrite)?;
    let wanted = request.terms.unwrap_or_default();
    let terms = read(&wanted.days.into_iter().collect(), wanted.kev_days)?;
    let mut tx = api.pool.begin(principal, "put_sla").await?;
    let own = store::sla::lock(&mut tx).await?;
    let (before, version) = own.unwrap_or_else(usual);
    if wanted.version > 0 && i64::try_from(wanted.version) != Ok(version) {
        return Err(ResultsFault::Stale);
    }
    let version = store::sla::put(&mut tx, &terms).await?;
    let object = tx.tenant_key().to_string();
    let (before, after) = (told(&before), told(&terms));
    wt_audit::record(&mut tx, "sla.change", &object, Some(&before), Some(&after)).await?;
    tx.commit().await?;
    Ok(results::PutSlaResponse {
        terms: Some(shown(&terms, version)),
    })
}

/// The usual terms are the first version.
fn usual() -> (Terms, i64) {
    (Terms::default(), 1)
}

fn shown(terms: &Terms, version: i64) -> results::SlaTerms {
    let days = terms.days.iter();
    results::SlaTerms {
        days: days
            .map(|(severity, days)| (severity.to_string(), u32::from(*days)))
            .collect(),
        kev_days: terms.kev_days.map(u32::from),
        version: u64::try_from(version).unwrap_or_default(),
    }
}

/// As the audit record has them.
fn told(terms: &Terms) -> serde_json::Value {
    let days = terms.days.iter();
    let days: std::collections::BTreeMap<String, u16> = days
        .map(|(severity, days)| (severity.to_string(), *days))
        .collect();
    serde_json::json!({ "days": days, "kev_days": terms.kev_days })
}
