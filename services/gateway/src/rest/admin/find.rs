//! Whom staff were asked to help, and who of them looks through whom.
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use wt_proto::tenant::{FindPeopleRequest, ListImpersonationsRequest};

use super::{FoundPersonPage, StaffViewPage};
use crate::rest::{
    access::{May, PlatformOperate},
    extract::{Checked, Params},
    problem::Problem,
};

/// Whom to find.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeopleQuery {
    /// A whole mail address, `usr_…`, `org_…`, or how an organization's name begins (three letters
    /// at least).
    #[param(min_length = 1, max_length = 254)]
    q: String,
}

impl Checked for PeopleQuery {}

/// Finds people and where they are members; at most 50.
#[utoipa::path(get, path = "/admin/people", tag = "admin", params(PeopleQuery),
    responses((status = 200, description = "who was found", body = FoundPersonPage)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn find_people(
    caller: May<PlatformOperate>,
    Params(query): Params<PeopleQuery>,
) -> Result<Json<FoundPersonPage>, Problem> {
    let request = FindPeopleRequest { words: query.q };
    let answer = caller.impersonations()?.find_people(request).await?;
    FoundPersonPage::from_wire(answer.into_inner().people, String::new()).map(Json)
}

/// Who of the staff looks, or looked, with whose eyes: live ones first, at most 50.
#[utoipa::path(get, path = "/admin/impersonations", tag = "admin",
    responses((status = 200, description = "the impersonations", body = StaffViewPage)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn list_impersonations(
    caller: May<PlatformOperate>,
) -> Result<Json<StaffViewPage>, Problem> {
    let request = ListImpersonationsRequest {};
    let answer = caller
        .impersonations()?
        .list_impersonations(request)
        .await?;
    StaffViewPage::from_wire(answer.into_inner().impersonations, String::new()).map(Json)
}
