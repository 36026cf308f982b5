//! Turns the public page of tree heads on and off.
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_proto::results as wire;

use crate::rest::{
    access::{Caller, May, OrganizationRead, OrganizationWrite},
    extract::{Body, Checked},
    moment::Moment,
    problem::Problem,
};

/// The public page of the organization's tree heads.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Transparency {
    /// Whether it is on; off unless somebody turned it on.
    enabled: bool,
    /// In its address; null while it is off.
    #[schema(required = true)]
    name: Option<String>,
    /// What it calls the organization; empty: nothing.
    label: String,
    /// Where it is; null while it is off.
    #[schema(required = true)]
    url: Option<String>,
    /// Since when; null while it is off.
    #[schema(required = true)]
    since: Option<Moment>,
}

/// How the page is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTransparency {
    /// In its address. Left out: the one it has, or else one that nobody guesses.
    #[serde(default)]
    #[schema(
        min_length = 3,
        max_length = 63,
        pattern = "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$"
    )]
    name: Option<String>,
    /// What it calls the organization; empty: nothing.
    #[serde(default)]
    #[schema(max_length = 80)]
    label: String,
}

impl Checked for NewTransparency {
    fn check(&self) -> Result<(), Problem> {
        // Towards the service an empty name is one that was left out.
        match &self.name {
            Some(name) if name.is_empty() => {
                Err(Problem::invalid_field("name", "must not be empty"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether tree heads are shown to everybody, and where.
#[utoipa::path(get, path = "/ledger/transparency", tag = "ledger",
    responses((status = 200, description = "the page", body = Transparency)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn get_transparency(
    caller: May<OrganizationRead>,
) -> Result<Json<Transparency>, Problem> {
    let request = wire::GetTransparencyRequest {};
    let answer = caller.results()?.get_transparency(request).await?;
    Ok(Json(shown(&caller, answer.into_inner().page)))
}

/// Shows the organization's tree heads to everybody who knows the address, or changes the address.
#[utoipa::path(put, path = "/ledger/transparency", tag = "ledger", request_body = NewTransparency,
    responses((status = 200, description = "the page now", body = Transparency)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn put_transparency(
    caller: May<OrganizationWrite>,
    Body(new): Body<NewTransparency>,
) -> Result<Json<Transparency>, Problem> {
    let request = wire::PutTransparencyRequest {
        name: new.name.unwrap_or_default(),
        label: new.label,
    };
    let answer = caller.results()?.put_transparency(request).await?;
    let page = answer.into_inner().page;
    let page = page.ok_or_else(|| Problem::broken_answer("transparency.page"))?;
    Ok(Json(shown(&caller, Some(page))))
}

/// Shows tree heads to nobody any more. What was copied meanwhile stays copied.
#[utoipa::path(delete, path = "/ledger/transparency", tag = "ledger",
    responses((status = 204, description = "off")),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn delete_transparency(
    caller: May<OrganizationWrite>,
) -> Result<StatusCode, Problem> {
    let request = wire::DeleteTransparencyRequest {};
    caller.results()?.delete_transparency(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(caller: &Caller, page: Option<wire::TransparencyPage>) -> Transparency {
    let home = caller.edge().public_url().map_or("", |url| url.as_str());
    let home = home.trim_end_matches('/');
    Transparency {
        enabled: page.is_some(),
        url: page
            .as_ref()
            .map(|page| format!("{home}/transparency/{}", page.name)),
        since: page
            .as_ref()
            .and_then(|page| Moment::maybe(page.since.as_ref())),
        name: page.as_ref().map(|page| page.name.clone()),
        label: page.map(|page| page.label).unwrap_or_default(),
    }
}
