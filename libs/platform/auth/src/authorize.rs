//! The permission as a value: forgetting to ask does not compile.
use wt_model::{Permission, Principal, TenantKey};

use crate::AuthFault;

/// Proof that a principal holds a permission in one organization. Only [`may`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    permission: Permission,
    tenant_key: TenantKey,
}

impl Granted {
    /// What was granted.
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// The organization it was granted in.
    pub fn tenant_key(&self) -> TenantKey {
        self.tenant_key
    }
}

/// Asks whether `principal` may do `permission` in its organization.
pub fn may(principal: &Principal, permission: Permission) -> Result<Granted, AuthFault> {
    let tenant_key = tenant_of(principal)?;
    if principal.act.is_some() && !permission.suits_impersonation() {
        return Err(AuthFault::Impersonating);
    }
    if principal.holds(permission) {
        Ok(Granted {
            permission,
            tenant_key,
        })
    } else {
        Err(AuthFault::Forbidden { permission })
    }
}

/// The organization a principal acts in.
pub fn tenant_of(principal: &Principal) -> Result<TenantKey, AuthFault> {
    principal.tenant_key.ok_or(AuthFault::NoOrganization)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wt_model::{Permission, Principal, PrincipalKind, Role};

    use super::may;
    use crate::AuthFault;

    fn viewer() -> Principal {
        Principal {
            kind: PrincipalKind::User,
            sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            tenant_key: Some("org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()),
            roles: BTreeSet::from([Role::Viewer]),
            ..Principal::nobody()
        }
    }

    #[test]
    fn a_permission_is_granted_only_to_a_role_that_holds_it() {
        let granted = may(&viewer(), Permission::AssetsRead).unwrap();
        assert_eq!(granted.permission(), Permission::AssetsRead);
        assert_eq!(
            may(&viewer(), Permission::AssetsWrite),
            Err(AuthFault::Forbidden {
                permission: Permission::AssetsWrite
            })
        );
    }

    #[test]
    fn what_is_never_done_with_somebody_elses_eyes_says_so() {
        let acting = Principal {
            roles: BTreeSet::from([Role::Owner]),
            act: Some(wt_model::Actor {
                sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAW".parse().unwrap(),
            }),
            ..viewer()
        };
        may(&acting, Permission::AssetsWrite).unwrap();
        for never in [Permission::MembersManage, Permission::BillingManage] {
            assert_eq!(may(&acting, never), Err(AuthFault::Impersonating));
        }
    }

    #[test]
    fn nothing_is_granted_outside_an_organization() {
        let nowhere = Principal {
            tenant_key: None,
            ..viewer()
        };
        assert_eq!(
            may(&nowhere, Permission::AssetsRead),
            Err(AuthFault::NoOrganization)
        );
    }
}
