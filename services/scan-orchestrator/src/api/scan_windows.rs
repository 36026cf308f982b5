//! When assets may be scanned: the organization's rules, read and replaced as a whole.

use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::{convert::to_timestamp, scan};

use super::Api;
use crate::{
    domain::window::{Opening, RuleWords, opening_of_unnamed, read},
    error::ScanFault,
    store,
};

/// Version of the empty list that everybody begins with.
const FIRST: i64 = 1;

/// The rules; none until somebody writes some.
pub(super) async fn get(
    api: &Api,
    principal: &Principal,
) -> Result<scan::GetScanWindowsResponse, ScanFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "get_scan_windows").await?;
    let own = store::window::get(&mut tx).await?;
    tx.commit().await?;
    let (rules, version) = own.unwrap_or((Vec::new(), FIRST));
    Ok(scan::GetScanWindowsResponse {
        windows: Some(shown(rules, version)),
    })
}

/// Replaces the rules. Runs that are requested from then on keep to them; jobs that were signed
/// before end when they were to end.
pub(super) async fn put(
    api: &Api,
    principal: &Principal,
    request: scan::PutScanWindowsRequest,
) -> Result<scan::PutScanWindowsResponse, ScanFault> {
    may(principal, Permission::OrganizationWrite)?;
    let wanted = request.windows.unwrap_or_default();
    let rules: Vec<RuleWords> = wanted.rules.into_iter().map(words).collect();
    read(&rules).map_err(|bad| ScanFault::field(bad.field, bad.reason))?;
    let mut tx = api.pool.begin(principal, "put_scan_windows").await?;
    let own = store::window::lock(&mut tx).await?;
    let (before, version) = own.unwrap_or((Vec::new(), FIRST));
    if wanted.version > 0 && i64::try_from(wanted.version) != Ok(version) {
        return Err(ScanFault::Stale);
    }
    let version = store::window::put(&mut tx, &rules).await?;
    let object = tx.tenant_key().to_string();
    let (before, after) = (
        serde_json::json!({ "rules": before }),
        serde_json::json!({ "rules": rules }),
    );
    let (before, after) = (Some(&before), Some(&after));
    wt_audit::record(&mut tx, "scan_windows.change", &object, before, after).await?;
    tx.commit().await?;
    Ok(scan::PutScanWindowsResponse {
        windows: Some(shown(rules, version)),
    })
}

fn words(rule: scan::ScanWindowRule) -> RuleWords {
    RuleWords {
        kind: rule.kind,
        time_zone: rule.time_zone,
        days: rule.days,
        from: rule.from,
        to: rule.to,
        asset_ids: rule.asset_ids,
    }
}

/// How assets that no rule names stand at a time. Rules that a later release wrote and this one
/// cannot read say nothing about it.
fn standing(rules: &[RuleWords], at: OffsetDateTime) -> Option<scan::ScanOpening> {
    let (is_open, changes) = match opening_of_unnamed(&read(rules).ok()?, at) {
        Opening::Open { until } => (true, until),
        Opening::Closed { opens } => (false, opens),
    };
    Some(scan::ScanOpening {
        is_open,
        changes_at: changes.map(to_timestamp),
    })
}

fn shown(rules: Vec<RuleWords>, version: i64) -> scan::ScanWindows {
    scan::ScanWindows {
        now: standing(&rules, OffsetDateTime::now_utc()),
        rules: rules
            .into_iter()
            .map(|words| scan::ScanWindowRule {
                kind: words.kind,
                time_zone: words.time_zone,
                days: words.days,
                from: words.from,
                to: words.to,
                asset_ids: words.asset_ids,
            })
            .collect(),
        version: u64::try_from(version).unwrap_or_default(),
    }
}
