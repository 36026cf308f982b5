//! Who is calling, after verification (contracts §10).
use std::collections::{BTreeMap, BTreeSet};

use crate::{Permission, Role, SessionId, TenantKey, UserId, role_may, vocabulary::vocabulary};

vocabulary!(
    /// What kind of caller a principal is.
    PrincipalKind, "principal kind", {
        /// A signed-in person.
        User = "user",
        /// One of the fleet's own services, acting for one organization.
        Service = "service",
        /// A program with an API key; `sub` is the person the key belongs to.
        ApiKey = "api_key",
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
    /// What the organization's own roles add to the built-in ones.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub permissions: BTreeSet<Permission>,
    /// What teams add on a part of the assets: permissions by the tag an asset bears.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, BTreeSet<Permission>>,
    /// At most these, whatever the roles say: an API key's scopes, a read-only impersonation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<BTreeSet<Permission>>,
    /// The session a person signed in with.
    pub sid: Option<SessionId>,
    /// Who is impersonating, if anybody.
    pub act: Option<Actor>,
}

/// On which assets a principal may do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// On every asset of the organization.
    Everything,
    /// On assets that bear at least one of these tags; there is at least one.
    Tagged(BTreeSet<String>),
    /// On none.
    Nothing,
}

impl Principal {
    /// A caller without a name, an organization or a right; a base to build others on.
    pub const fn nobody() -> Self {
        Self {
            kind: PrincipalKind::User,
            sub: String::new(),
            tenant_key: None,
            roles: BTreeSet::new(),
            permissions: BTreeSet::new(),
            groups: BTreeMap::new(),
            limit: None,
            sid: None,
            act: None,
        }
    }

    /// One of the fleet's own services, acting for one organization.
    pub fn service(name: &str, tenant_key: TenantKey) -> Self {
        Self {
            kind: PrincipalKind::Service,
            sub: name.to_owned(),
            tenant_key: Some(tenant_key),
            ..Self::nobody()
        }
    }

    /// Whether this principal may do `permission` on everything in its organization. Services
    /// hold every permission inside the one organization they act for; which calls they may make
    /// at all is decided by the audience of their token.
    pub fn holds(&self, permission: Permission) -> bool {
        self.kind == PrincipalKind::Service
            || (self.is_granted(permission) && self.is_within_limit(permission))
    }

    /// On which assets this principal may do `permission`.
    pub fn reach(&self, permission: Permission) -> Reach {
        if self.holds(permission) {
            return Reach::Everything;
        }
        if !permission.is_of_assets() || !self.is_within_limit(permission) {
            return Reach::Nothing;
        }
        let tags: BTreeSet<String> = self
            .groups
            .iter()
            .filter(|(_, permissions)| permissions.contains(&permission))
            .map(|(tag, _)| tag.clone())
            .collect();
        if tags.is_empty() {
            Reach::Nothing
        } else {
            Reach::Tagged(tags)
        }
    }

    fn is_granted(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
            || self.roles.iter().any(|role| role_may(*role, permission))
    }

    fn is_within_limit(&self, permission: Permission) -> bool {
        let suits = self.act.is_none() || permission.suits_impersonation();
        let within = self.limit.as_ref();
        suits && within.is_none_or(|limit| limit.contains(&permission))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::{collection, option, prelude::*, sample};

    use super::{Actor, Principal, PrincipalKind, Reach};
    use crate::{Permission, Role, role_may};

    fn some_of(most: usize) -> impl Strategy<Value = BTreeSet<Permission>> {
        collection::btree_set(sample::select(Permission::ALL), 0..=most)
    }

    fn anybody() -> impl Strategy<Value = Principal> {
        let kinds = sample::select(vec![PrincipalKind::User, PrincipalKind::ApiKey]);
        let roles = collection::btree_set(sample::select(Role::ALL), 0..=2);
        let groups = collection::btree_map("[a-c]", some_of(4), 0..=3);
        (kinds, roles, some_of(4), groups, option::of(some_of(12))).prop_map(
            |(kind, roles, permissions, groups, limit)| Principal {
                kind,
                roles,
                permissions,
                groups,
                limit,
                ..Principal::nobody()
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_held_was_granted_and_is_within_the_limit(principal in anybody()) {
            for permission in Permission::ALL {
                let granted = principal.permissions.contains(permission)
                    || principal.roles.iter().any(|role| role_may(*role, *permission));
                let within = principal.limit.as_ref().is_none_or(|l| l.contains(permission));
                prop_assert_eq!(principal.holds(*permission), granted && within);
            }
        }

        #[test]
        fn a_limit_never_adds_and_no_limit_never_takes(principal in anybody()) {
            let free = Principal { limit: None, ..principal.clone() };
            let shut = Principal { limit: Some(BTreeSet::new()), ..principal.clone() };
            for permission in Permission::ALL {
                prop_assert!(free.holds(*permission) || !principal.holds(*permission));
                prop_assert!(!shut.holds(*permission));
                prop_assert_eq!(shut.reach(*permission), Reach::Nothing);
            }
        }

        #[test]
        fn nobody_does_with_somebody_elses_eyes_what_is_never_done_so(principal in anybody()) {
            let actor = Actor { sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap() };
            let acting = Principal { act: Some(actor), limit: None, ..principal.clone() };
            let free = Principal { limit: None, ..principal };
            for permission in Permission::ALL {
                let held = free.holds(*permission) && permission.suits_impersonation();
                prop_assert_eq!(acting.holds(*permission), held);
                if !permission.suits_impersonation() {
                    prop_assert_eq!(acting.reach(*permission), Reach::Nothing);
                }
            }
        }

        #[test]
        fn a_group_widens_reach_on_its_assets_and_holds_nothing(principal in anybody()) {
            let ungrouped = Principal { groups: BTreeMap::new(), ..principal.clone() };
            for permission in Permission::ALL {
                prop_assert_eq!(principal.holds(*permission), ungrouped.holds(*permission));
                match principal.reach(*permission) {
                    Reach::Everything => prop_assert!(principal.holds(*permission)),
                    Reach::Nothing => prop_assert!(!principal.holds(*permission)),
                    Reach::Tagged(tags) => {
                        prop_assert!(!tags.is_empty() && permission.is_of_assets());
                        prop_assert!(!principal.holds(*permission));
                        for tag in tags {
                            prop_assert!(principal.groups.get(&tag).unwrap().contains(permission));
                        }
                    }
                }
            }
        }
    }
}
