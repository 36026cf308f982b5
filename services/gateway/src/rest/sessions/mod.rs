//! Where the caller is signed in.
mod end;
mod end_others;
mod list;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::tenant as wire;

use super::{moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/sessions`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_sessions, end_others::end_other_sessions))
        .routes(routes!(end::end_session))
}

/// One sign-in of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LiveSession {
    /// `ses_…`
    pub(crate) id: String,
    /// `bearer` or `cookie`.
    pub(crate) mode: String,
    /// How it began: `password`, `passkey`, `device` or `sso`.
    pub(crate) method: String,
    /// Address it began from.
    pub(crate) ip: String,
    /// Program it began with, as that says of itself.
    pub(crate) user_agent: String,
    /// When it began.
    pub(crate) created_at: Moment,
    /// When it was last used; to the minute.
    pub(crate) last_seen_at: Moment,
    /// When it ends, whatever is done with it.
    pub(crate) expires_at: Moment,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
}

impl TryFrom<wire::Session> for LiveSession {
    type Error = Problem;

    fn try_from(session: wire::Session) -> Result<Self, Problem> {
        Ok(Self {
            created_at: Moment::required("session.created_at", session.created_at.as_ref())?,
            last_seen_at: Moment::required("session.last_seen_at", session.last_seen_at.as_ref())?,
            expires_at: Moment::required("session.expires_at", session.expires_at.as_ref())?,
            id: session.id,
            mode: session.mode,
            method: session.method,
            ip: session.ip,
            user_agent: session.user_agent,
            current: session.current,
        })
    }
}

page!(
    /// Sign-ins of the caller.
    LiveSessionPage of LiveSession
);
