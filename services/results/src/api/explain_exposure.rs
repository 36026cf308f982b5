//! Why an exposure is in its state, and what would make it FIXED.

use time::format_description::well_known::Rfc3339;
use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{Permission, Principal};
use wt_proto::results;

use super::Api;
use crate::{
    domain::explain::{Facts, explain},
    error::ResultsFault,
    store,
};

pub(super) async fn explain_exposure(
    api: &Api,
    principal: &Principal,
    request: results::ExplainExposureRequest,
) -> Result<results::ExplainExposureResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let key: ExposureKey = request
        .key
        .parse()
        .map_err(|_| ResultsFault::ExposureUnknown)?;
    let mut tx = api.pool.begin_read(principal, "explain_exposure").await?;
    let row = store::exposure_page::find_by_key(&mut tx, &key)
        .await?
        .ok_or(ResultsFault::ExposureUnknown)?;
    let inner = store::exposure_page::find_inner(&mut tx, &key).await?;
    let (_, opened_strength, doubted) = inner.ok_or(ResultsFault::ExposureUnknown)?;
    let newest = store::event::list_by_key(&mut tx, &key, 1).await?.pop();
    let last_look = store::coverage::newest_look(&mut tx, &key).await?;
    tx.commit().await?;
    let newest = newest
        .map(|event| {
            let at = event
                .at
                .format(&Rfc3339)
                .map_err(|error| ResultsFault::inconsistent("results.events.at", error))?;
            Ok::<_, ResultsFault>((event.r#type, event.run_id.unwrap_or_default(), at))
        })
        .transpose()?;
    let facts = Facts {
        state: store::stored("results.exposures.state", &row.state)?,
        check_id: row.check_id,
        opened_strength,
        unresponsive_reason: row.unresponsive_reason,
        doubted,
        newest,
        last_look,
    };
    let (because, to_be_fixed) = explain(&facts);
    Ok(results::ExplainExposureResponse {
        state: row.state,
        because,
        to_be_fixed,
    })
}
