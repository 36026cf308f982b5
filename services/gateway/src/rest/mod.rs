//! The REST door: `/api/v1` (contracts §11), one folder a resource, one file an operation.
pub(crate) mod access;
pub(crate) mod admin;
pub(crate) mod api_keys;
pub(crate) mod artifacts;
pub(crate) mod assets;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod billing;
pub(crate) mod bulk_actions;
pub(crate) mod changes;
pub(crate) mod dashboard;
pub(crate) mod download;
pub(crate) mod etag;
pub(crate) mod events;
pub(crate) mod every;
pub(crate) mod exposures;
pub(crate) mod extract;
pub(crate) mod graph;
pub(crate) mod history;
pub(crate) mod hooks;
pub(crate) mod idempotency;
pub(crate) mod imports;
pub(crate) mod integrations;
pub(crate) mod invitations;
pub(crate) mod ledger;
pub(crate) mod moment;
pub(crate) mod notifications;
pub(crate) mod organizations;
pub(crate) mod page;
pub(crate) mod passkeys;
pub(crate) mod plans;
pub(crate) mod pools;
pub(crate) mod problem;
pub(crate) mod reports;
pub(crate) mod rights;
pub(crate) mod risk;
pub(crate) mod roles;
pub(crate) mod scan_exclusions;
pub(crate) mod scan_windows;
pub(crate) mod scans;
pub(crate) mod schedules;
pub(crate) mod sessions;
pub(crate) mod sla;
pub(crate) mod sso;
pub(crate) mod teams;
pub(crate) mod transparency;
mod trends;
pub(crate) mod users;
pub(crate) mod verification;
pub(crate) mod views;
pub(crate) mod words;

use utoipa_axum::router::OpenApiRouter;

use crate::Edge;

/// Where version 1 of the API lives.
pub(crate) const PREFIX: &str = "/api/v1";

/// Every operation of version 1, with its contract.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .merge(auth::routes())
        .merge(sessions::routes())
        .merge(passkeys::routes())
        .merge(api_keys::routes())
        .merge(sso::routes())
        .merge(organizations::routes())
        .merge(users::routes())
        .merge(invitations::routes())
        .merge(teams::routes())
        .merge(roles::routes())
        .merge(rights::routes())
        .merge(admin::routes())
        .merge(assets::routes())
        .merge(verification::routes())
        .merge(scans::routes())
        .merge(schedules::routes())
        .merge(scan_exclusions::routes())
        .merge(scan_windows::routes())
        .merge(pools::routes())
        .merge(changes::routes())
        .merge(exposures::routes())
        .merge(bulk_actions::routes())
        .merge(imports::routes())
        .merge(dashboard::routes())
        .merge(risk::routes())
        .merge(graph::routes())
        .merge(trends::routes())
        .merge(history::routes())
        .merge(sla::routes())
        .merge(views::routes())
        .merge(ledger::routes())
        .merge(transparency::routes())
        .merge(audit::routes())
        .merge(reports::routes())
        .merge(notifications::routes())
        .merge(integrations::routes())
        .merge(artifacts::routes())
        .merge(plans::routes())
        .merge(billing::routes())
        .merge(hooks::routes())
        .merge(events::routes())
}
