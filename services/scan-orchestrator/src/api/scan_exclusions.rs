//! What is never scanned: the organization's exclusions, read and replaced as a whole.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::scan;

use super::Api;
use crate::{
    domain::exclusion::{ExclusionWords, Exclusions},
    error::ScanFault,
    store,
};

/// Version of the empty list that everybody begins with.
const FIRST: i64 = 1;

/// The exclusions; none until somebody writes some.
pub(super) async fn get(
    api: &Api,
    principal: &Principal,
) -> Result<scan::GetScanExclusionsResponse, ScanFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api
        .pool
        .begin_read(principal, "get_scan_exclusions")
        .await?;
    let own = store::exclusion::get(&mut tx).await?;
    tx.commit().await?;
    let (exclusions, version) = own.unwrap_or((Vec::new(), FIRST));
    Ok(scan::GetScanExclusionsResponse {
        exclusions: Some(shown(exclusions, version)),
    })
}

/// Replaces the exclusions. Runs that are requested from then on keep to them; jobs that were
/// signed before do not know of them.
pub(super) async fn put(
    api: &Api,
    principal: &Principal,
    request: scan::PutScanExclusionsRequest,
) -> Result<scan::PutScanExclusionsResponse, ScanFault> {
    may(principal, Permission::OrganizationWrite)?;
    let wanted = request.exclusions.unwrap_or_default();
    let words: Vec<ExclusionWords> = wanted.exclusions.into_iter().map(words).collect();
    Exclusions::read(&words).map_err(|bad| ScanFault::field(bad.field, bad.reason))?;
    let mut tx = api.pool.begin(principal, "put_scan_exclusions").await?;
    let own = store::exclusion::lock(&mut tx).await?;
    let (before, version) = own.unwrap_or((Vec::new(), FIRST));
    if wanted.version > 0 && i64::try_from(wanted.version) != Ok(version) {
        return Err(ScanFault::Stale);
    }
    let version = store::exclusion::put(&mut tx, &words).await?;
    let object = tx.tenant_key().to_string();
    let (before, after) = (
        serde_json::json!({ "exclusions": before }),
        serde_json::json!({ "exclusions": words }),
    );
    let (before, after) = (Some(&before), Some(&after));
    wt_audit::record(&mut tx, "scan_exclusions.change", &object, before, after).await?;
    tx.commit().await?;
    Ok(scan::PutScanExclusionsResponse {
        exclusions: Some(shown(words, version)),
    })
}

fn words(exclusion: scan::ScanExclusion) -> ExclusionWords {
    ExclusionWords {
        what: exclusion.what,
        reason: exclusion.reason,
    }
}

fn shown(exclusions: Vec<ExclusionWords>, version: i64) -> scan::ScanExclusions {
    scan::ScanExclusions {
        exclusions: exclusions
            .into_iter()
            .map(|words| scan::ScanExclusion {
                what: words.what,
                reason: words.reason,
            })
            .collect(),
        version: u64::try_from(version).unwrap_or_default(),
    }
}
