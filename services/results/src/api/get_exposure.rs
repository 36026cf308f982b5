//! One exposure with its attributes, newest evidence and what to do about it; what looks like a
//! secret is covered (`reveal_evidence` shows it).

use time::OffsetDateTime;
use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{Permission, Principal};
use wt_proto::results;

use super::Api;
use crate::{
    error::ResultsFault,
    store::{self, number, stored},
    wire::{self, Shown},
};

pub(super) async fn get_exposure(
    api: &Api,
    principal: &Principal,
    request: results::GetExposureRequest,
) -> Result<results::GetExposureResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    // A key that cannot exist and one that does not are the same to the caller.
    let key: ExposureKey = request
        .key
        .parse()
        .map_err(|_| ResultsFault::ExposureUnknown)?;
    let mut tx = api.pool.begin_read(principal, "get_exposure").await?;
    let row = store::exposure_page::find_by_key(&mut tx, &key)
        .await?
        .ok_or(ResultsFault::ExposureUnknown)?;
    let inner = store::exposure_page::find_inner(&mut tx, &key).await?;
    let (attributes, _, _) = inner.ok_or(ResultsFault::ExposureUnknown)?;
    let evidence = store::event::list_evidence_by_key(&mut tx, &key, 1).await?;
    let ids = [row.check_id.clone()];
    let check = store::check::list_by_ids(&mut tx, &ids).await?.pop();
    let published = match &check {
        Some(check) => {
            let of = [check.check_id.clone()];
            let risks = store::risk::of_checks(&mut tx, Some(&of)).await?;
            let cves = store::risk::list_cves(&mut tx, &check.cve).await?;
            Some((risks, cves))
        }
        None => None,
    };
    tx.commit().await?;
    let (risks, cves) = published.unwrap_or_default();
    let facts = risks.facts(
        &row.check_id,
        stored("results.exposures.severity", &row.severity)?,
        number("results.exposures.port", row.port)?,
    );
    let shown = Shown::of(
        store::exposure::attributes(attributes)?,
        evidence.into_iter().next().map(wire::evidence),
    );
    let mut answer = results::GetExposureResponse {
        exposure: Some(wire::exposure(row, OffsetDateTime::now_utc())),
        attributes: shown.attributes,
        covered_attributes: shown.names,
        evidence: shown.evidence,
        risk: Some(results::Risk {
            because: facts.because(),
            cves: cves.into_iter().map(wire::cve).collect(),
            ..Default::default()
        }),
        ..Default::default()
    };
    if let Some(check) = check {
        answer.description = check.description;
        answer.remediation = check.remediation;
        answer.references = check.reference_urls;
        let cwe = check.cwe.into_iter();
        answer.cwe = cwe.filter_map(|n| u32::try_from(n).ok()).collect();
        if let Some(risk) = &mut answer.risk {
            risk.cvss_vector = check.cvss_vector;
            let tenths = check.cvss_tenths.unwrap_or_default();
            risk.cvss_tenths = u32::try_from(tenths).unwrap_or_default();
        }
    }
    Ok(answer)
}
