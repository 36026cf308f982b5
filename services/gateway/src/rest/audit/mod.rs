//! Who did what: the organization's audit chain, read and exported. Nothing here changes it.
pub(super) mod csv;
mod export;
mod list;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::results as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/audit`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_audit))
        .routes(routes!(export::export_audit))
}

/// Which records.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only what this person or service did, or what was done as this person.
    #[serde(default)]
    #[param(max_length = 200)]
    actor: String,
    /// Only this action (`asset.archive`), or a whole area with its dot (`asset.`).
    #[serde(default)]
    #[param(max_length = 200)]
    action: String,
    /// Only what was done to this.
    #[serde(default)]
    #[param(max_length = 200)]
    target: String,
    /// Only since then.
    #[serde(default)]
    since: Option<Moment>,
    /// Only before then.
    #[serde(default)]
    until: Option<Moment>,
    /// Only records that hold this text somewhere.
    #[serde(default)]
    #[param(max_length = 200)]
    q: String,
}

impl Checked for AuditQuery {
    fn check(&self) -> Result<(), Problem> {
        for (field, text) in [
            ("actor", &self.actor),
            ("action", &self.action),
            ("target", &self.target),
            ("q", &self.q),
        ] {
            if text.chars().count() > 200 {
                return Err(Problem::invalid_field(field, "at most 200 characters"));
            }
        }
        Ok(())
    }
}

impl AuditQuery {
    fn is_everything(&self) -> bool {
        let texts = [&self.actor, &self.action, &self.target, &self.q];
        self.since.is_none() && self.until.is_none() && texts.iter().all(|text| text.is_empty())
    }

    fn to_wire(&self) -> wire::AuditFilter {
        wire::AuditFilter {
            actor: self.actor.clone(),
            action: self.action.clone(),
            target: self.target.clone(),
            since: self.since.map(Moment::to_wire),
            until: self.until.map(Moment::to_wire),
            text: self.q.clone(),
        }
    }
}

/// One record of the chain.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// Place in the chain, from 0.
    index: u64,
    /// Its own id.
    id: String,
    /// When, RFC 3339.
    #[schema(format = "date-time")]
    at: String,
    /// Who did it; while impersonating, the person behind it.
    actor: String,
    /// `user`, `service` or `api_key`.
    actor_kind: String,
    /// As whom, while impersonating.
    #[schema(required = true)]
    acting_as: Option<String>,
    /// `area.verb`
    action: String,
    /// What it was done to.
    target: String,
    /// Service that did it.
    service: String,
    /// Session it was done in.
    #[schema(required = true)]
    session_id: Option<String>,
    /// Address it was asked from.
    #[schema(required = true)]
    ip: Option<String>,
    /// What the client calls itself.
    #[schema(required = true)]
    user_agent: Option<String>,
    /// Trace of the request.
    #[schema(required = true)]
    trace_id: Option<String>,
    /// What it was before.
    #[schema(required = true)]
    before: Option<Value>,
    /// What it is after.
    #[schema(required = true)]
    after: Option<Value>,
    /// Hash of the entry in the chain, hex.
    #[serde(default)]
    hash: String,
}

impl TryFrom<wire::AuditEntry> for AuditEntry {
    type Error = Problem;

    fn try_from(entry: wire::AuditEntry) -> Result<Self, Problem> {
        let mut read: Self = serde_json::from_str(&entry.body_json)
            .map_err(|_| Problem::broken_answer("audit_entry.body_json"))?;
        read.hash = entry.hash;
        Ok(read)
    }
}

page!(
    /// Records, newest first.
    AuditPage of AuditEntry
);
