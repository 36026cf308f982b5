//! Lists imports.
use axum::Json;
use wt_proto::results::ListImportsRequest;

use super::ImportPage;
use crate::rest::{
    access::{May, RunsRead},
    extract::Params,
    page::PageQuery,
    problem::Problem,
};

/// What was brought in from other tools, newest first.
#[utoipa::path(get, path = "/imports", tag = "exposures", params(PageQuery),
    responses((status = 200, description = "a page of imports", body = ImportPage)),
    extensions(("x-permission" = json!("runs:read"))))]
pub(crate) async fn list_imports(
    caller: May<RunsRead>,
    Params(page): Params<PageQuery>,
) -> Result<Json<ImportPage>, Problem> {
    let request = ListImportsRequest {
        page: Some(page.into()),
    };
    let answer = caller.results()?.list_imports(request).await?.into_inner();
    ImportPage::from_wire(answer.imports, answer.next_cursor).map(Json)
}
