//! Who is calling, after verification (contracts §10).
use std::collections::BTreeSet;

use crate::{Permission, Role, SessionId, TenantKey, UserId, role_may, vocabulary::vocabulary};

vocabulary!(
    /// What kind of caller a principal is.
    PrincipalKind, "principal kind", {
        /// A signed-in person.
        User = "user",
        /// One of the fleet's own services, acting for one organization.
        Service = "service",
    }
);

/// The person behind an impersonation (`act`, RFC 8693 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Actor {
    /// The actor's user id.
    pub sub: UserId,
}

/// A verified caller. Only `wt-auth` and the bus make one, from a checked token or envelope.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Principal {
    /// What kind of caller this is.
    pub kind: PrincipalKind,
    /// A user id, or a service's name for `PrincipalKind::Service`.
    pub sub: String,
    /// The organization whose data may be reached; none before one is chosen.
    pub tenant_key: Option<TenantKey>,
    /// Roles held in that organization.
    pub roles: BTreeSet<Role>,
    /// The session a person signed in with.
    pub sid: Option<SessionId>,
    /// Who is impersonating, if anybody.
    pub act: Option<Actor>,
}

impl Principal {
    /// One of the fleet's own services, acting for one organization.
    pub fn service(name: &str, tenant_key: TenantKey) -> Self {
        Self {
            kind: PrincipalKind::Service,
            sub: name.to_owned(),
            tenant_key: Some(tenant_key),
            roles: BTreeSet::new(),
            sid: None,
            act: None,
        }
    }

    /// Whether any role of this principal grants `permission`. Services hold every permission
    /// inside the one organization they act for; which calls they may make at all is decided by
    /// the audience of their token.
    pub fn holds(&self, permission: Permission) -> bool {
        self.kind == PrincipalKind::Service
            || self.roles.iter().any(|role| role_may(*role, permission))
    }
}
