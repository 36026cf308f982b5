//! Lists records.
use axum::Json;
use wt_proto::results::ListAuditEntriesRequest;

use super::{AuditPage, AuditQuery};
use crate::rest::{
    access::{AuditRead, May},
    extract::Params,
    page::PageQuery,
    problem::Problem,
};

/// Who did what, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditQuery, PageQuery),
    responses((status = 200, description = "a page of the log", body = AuditPage)),
    extensions(("x-permission" = json!("audit:read"))))]
pub(crate) async fn list_audit(
    caller: May<AuditRead>,
    Params(query): Params<AuditQuery>,
    Params(page): Params<PageQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let answer = caller
        .audit()?
        .list_audit_entries(ListAuditEntriesRequest {
            page: Some(page.into()),
            filter: Some(query.to_wire()),
        })
        .await?
        .into_inner();
    AuditPage::from_wire(answer.entries, answer.next_cursor).map(Json)
}
