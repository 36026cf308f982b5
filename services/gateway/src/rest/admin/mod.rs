//! What platform staff do: looking with a person's eyes, for a while and in the open, and helping
//! scans and news on that are stuck.
mod begin;
mod change;
mod dead_letters;
mod find;
mod queue;
mod stuck_runs;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::tenant as wire;

use super::{auth::User, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/admin`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(find::find_people))
        .routes(routes!(
            find::list_impersonations,
            begin::start_impersonation
        ))
        .routes(routes!(change::end_impersonation))
        .routes(routes!(change::elevate_impersonation))
        .routes(routes!(queue::get_queue))
        .routes(routes!(stuck_runs::list_stuck_runs))
        .routes(routes!(stuck_runs::cancel_stuck_run))
        .routes(routes!(stuck_runs::dispatch_stuck_run))
        .routes(routes!(dead_letters::list_dead_letters))
        .routes(routes!(dead_letters::get_dead_letter))
        .routes(routes!(dead_letters::redrive_dead_letter))
        .routes(routes!(dead_letters::redrive_dead_letters))
        .routes(routes!(dead_letters::discard_dead_letter))
}

/// Somebody of the staff looking with a person's eyes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffView {
    /// `imp_…`
    pub(crate) id: String,
    /// Whose eyes.
    pub(crate) person: User,
    /// In which organization.
    pub(crate) tenant_key: String,
    /// Its name.
    pub(crate) organization: String,
    /// User id of who looks.
    pub(crate) actor_id: String,
    /// Their name.
    pub(crate) actor_name: String,
    /// Why; the person and their organization read it.
    pub(crate) reason: String,
    /// Since when.
    pub(crate) created_at: Moment,
    /// Until when at the latest.
    pub(crate) expires_at: Moment,
    /// Whether more than reading is allowed.
    pub(crate) elevated: bool,
    /// User id of who agreed to that; null for nobody.
    #[schema(required = true)]
    pub(crate) elevated_by: Option<String>,
    /// Whether it goes on.
    pub(crate) live: bool,
}

impl TryFrom<wire::Impersonation> for StaffView {
    type Error = Problem;

    fn try_from(view: wire::Impersonation) -> Result<Self, Problem> {
        let created_at = view.created_at.as_ref();
        let expires_at = view.expires_at.as_ref();
        Ok(Self {
            created_at: Moment::required("impersonation.created_at", created_at)?,
            expires_at: Moment::required("impersonation.expires_at", expires_at)?,
            person: view
                .person
                .ok_or_else(|| Problem::broken_answer("impersonation.person"))?
                .into(),
            id: view.id,
            tenant_key: view.tenant_key,
            organization: view.organization,
            actor_id: view.actor_id,
            actor_name: view.actor_name,
            reason: view.reason,
            elevated: view.elevated,
            elevated_by: (!view.elevated_by.is_empty()).then_some(view.elevated_by),
            live: view.live,
        })
    }
}

/// Reads an impersonation that an answer must hold.
fn held(view: Option<wire::Impersonation>) -> Result<StaffView, Problem> {
    view.ok_or_else(|| Problem::broken_answer("impersonation"))?
        .try_into()
}

page!(
    /// Impersonations, live ones first, then the newest.
    StaffViewPage of StaffView
);

/// A person in one organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundPerson {
    /// Who.
    pub(crate) user: User,
    /// `org_…`
    pub(crate) tenant_key: String,
    /// Name of the organization.
    pub(crate) organization: String,
    /// Role held there.
    #[schema(schema_with = crate::rest::words::role)]
    pub(crate) role: String,
}

impl TryFrom<wire::FoundPerson> for FoundPerson {
    type Error = Problem;

    fn try_from(found: wire::FoundPerson) -> Result<Self, Problem> {
        Ok(Self {
            user: found
                .user
                .ok_or_else(|| Problem::broken_answer("person.user"))?
                .into(),
            tenant_key: found.tenant_key,
            organization: found.organization,
            role: found.role,
        })
    }
}

page!(
    /// People and where they are members.
    FoundPersonPage of FoundPerson
);
