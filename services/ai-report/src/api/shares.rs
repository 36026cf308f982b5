//! Links that show one report to whoever has them, for some days.
//!
//! **Invariant**: a link opens its report and nothing else; its token is kept as a hash. One that was
//! revoked, has ended or never was is answered alike.

use serde_json::json;
use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal, ReportShareId, TypedId as _};
use wt_proto::{convert::to_timestamp, report};

use super::{
    Api,
    downloads::file_name,
    get_report_content::{CONTENT_BYTES_MAX, stored_key},
    report_id,
};
use crate::{
    domain::{
        form::Form,
        share::{ShareToken, lifetime},
    },
    error::ReportFault,
    store::{self, share::ShareRow},
};

/// Links of one report that work at once: one for each who is told, not one for each telling.
const SHARES_MAX: i64 = 20;
/// Links listed of a report; older ones have long ended.
const LISTED_MAX: i64 = 100;

/// Makes a link to a report that is ready. Recorded, because whoever has it needs no permission any more.
pub(super) async fn create_share(
    api: &Api,
    principal: &Principal,
    request: report::CreateReportShareRequest,
) -> Result<report::CreateReportShareResponse, ReportFault> {
    let tenant = may(principal, Permission::ReportsCreate)?.tenant_key();
    let id = report_id(&request.report_id)?;
    let lives = lifetime(request.days)?;
    let created_at = OffsetDateTime::now_utc();
    let mut tx = api.pool.begin(principal, "create_share").await?;
    let shown = store::report::find_by_id(&mut tx, id).await?;
    stored_key(tenant, id, shown.ok_or(ReportFault::Unknown)?, Form::Html)?;
    let token = ShareToken::of(rand::random());
    let row = ShareRow {
        id: ReportShareId::from_ulid(Ulid::generate()).to_string(),
        report_id: id.to_string(),
        created_by: principal.sub.clone(),
        created_at,
        expires_at: created_at + lives,
        revoked_at: None,
        opened: 0,
        last_opened_at: None,
    };
    if !store::share::insert(&mut tx, &row, &token, SHARES_MAX).await? {
        return Err(ReportFault::SharesTooMany);
    }
    let made = json!({ "report": row.report_id, "days": request.days });
    wt_audit::record(&mut tx, "report.share", &row.id, None, Some(&made)).await?;
    tx.commit().await?;
    Ok(report::CreateReportShareResponse {
        share: Some(row.into()),
        token: token.text(),
    })
}

/// The links of a report, newest first.
pub(super) async fn list_shares(
    api: &Api,
    principal: &Principal,
    request: report::ListReportSharesRequest,
) -> Result<report::ListReportSharesResponse, ReportFault> {
    may(principal, Permission::ReportsCreate)?;
    let id = report_id(&request.report_id)?;
    let mut tx = api.pool.begin_read(principal, "list_shares").await?;
    let report = store::report::find_by_id(&mut tx, id).await?;
    report.ok_or(ReportFault::Unknown)?;
    let rows = store::share::list(&mut tx, id, LISTED_MAX).await?;
    tx.commit().await?;
    Ok(report::ListReportSharesResponse {
        shares: rows.into_iter().map(Into::into).collect(),
    })
}

/// Ends a link at once.
pub(super) async fn revoke_share(
    api: &Api,
    principal: &Principal,
    request: report::RevokeReportShareRequest,
) -> Result<report::RevokeReportShareResponse, ReportFault> {
    may(principal, Permission::ReportsCreate)?;
    let report = report_id(&request.report_id)?;
    let share = request.share_id.parse();
    let share: ReportShareId = share.map_err(|_| ReportFault::ShareUnknown)?;
    let mut tx = api.pool.begin(principal, "revoke_share").await?;
    let row = store::share::lock(&mut tx, report, share).await?;
    let row = row.ok_or(ReportFault::ShareUnknown)?;
    if row.revoked_at.is_none() {
        store::share::revoke(&mut tx, share, OffsetDateTime::now_utc()).await?;
        let was = json!({ "report": row.report_id, "opened": row.opened });
        wt_audit::record(&mut tx, "report.unshare", &row.id, Some(&was), None).await?;
    }
    tx.commit().await?;
    Ok(report::RevokeReportShareResponse {})
}

/// What a link shows. Read in its organization, like everything else of it, and counted there.
pub(super) async fn open_share(
    api: &Api,
    request: report::OpenReportShareRequest,
) -> Result<report::OpenReportShareResponse, ReportFault> {
    let form = match request.format.as_str() {
        "html" => Form::Html,
        "pdf" => Form::Pdf,
        _ => return Err(ReportFault::field("format", "expected html or pdf")),
    };
    let token = ShareToken::read(&request.token).ok_or(ReportFault::ShareOver)?;
    let mut tx = api.pool.begin_platform("find_share").await?;
    let owner = store::share::owner(&mut tx, &token).await?;
    tx.commit().await?;
    let (tenant, share) = owner.ok_or(ReportFault::ShareOver)?;
    let principal = Principal::service(crate::NAME, tenant);
    let mut tx = api.pool.begin(&principal, "open_share").await?;
    let opening = store::share::open(&mut tx, &share).await?;
    // Revoked between the two.
    let opening = opening.ok_or(ReportFault::ShareOver)?;
    let id = opening.report_id.parse().map_err(|error| {
        ReportFault::inconsistent(format!("report.shares.report_id of {share}"), error)
    })?;
    let row = store::report::find_by_id(&mut tx, id).await?;
    let key = stored_key(tenant, id, row.ok_or(ReportFault::ShareOver)?, form)?;
    if opening.is_told {
        let seen = json!({ "report": opening.report_id, "opened": opening.opened });
        wt_audit::record(&mut tx, "report.share_open", &share, None, Some(&seen)).await?;
    }
    tx.commit().await?;
    let bytes = api.artifacts.get(&key, CONTENT_BYTES_MAX).await?;
    Ok(report::OpenReportShareResponse {
        data: bytes.into(),
        content_type: form.media().to_owned(),
        file_name: file_name(id, form),
    })
}

impl From<ShareRow> for report::ReportShare {
    fn from(row: ShareRow) -> Self {
        Self {
            id: row.id,
            report_id: row.report_id,
            created_by: row.created_by,
            created_at: Some(to_timestamp(row.created_at)),
            expires_at: Some(to_timestamp(row.expires_at)),
            revoked_at: row.revoked_at.map(to_timestamp),
            opened: u64::try_from(row.opened).unwrap_or_default(),
            last_opened_at: row.last_opened_at.map(to_timestamp),
        }
    }
}
