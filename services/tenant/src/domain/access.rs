//! From memberships to what a person may do, and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use wt_model::{Permission, Principal, Role, role_may};

/// Most asset tags one access token names: they travel with every request. Who has more is
/// granted the first of them by name, never another.
const TAGS_MAX: usize = 100;

/// What one membership gives, at its organization and below it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Gives {
    /// Where the membership is.
    pub(crate) tenant_key: String,
    /// That organization's name.
    pub(crate) organization: String,
    /// The built-in role.
    pub(crate) role: Role,
    /// The organization's own roles.
    pub(crate) roles: Vec<OwnRole>,
    /// What teams add on a part of the assets.
    pub(crate) grants: Vec<TeamGrant>,
}

/// An organization's own role, held by a member.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OwnRole {
    /// Its name.
    pub(crate) name: String,
    /// Words of the permission vocabulary; another version's words give nothing here.
    pub(crate) permissions: Vec<String>,
}

/// A role on the assets that bear a tag.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TeamGrant {
    /// Name of the team.
    pub(crate) team: String,
    /// The tag.
    pub(crate) tag: String,
    /// A built-in role, or
    pub(crate) role: Option<Role>,
    /// the permissions of one of the organization's own.
    pub(crate) permissions: Option<Vec<String>>,
}

impl OwnRole {
    /// What it gives; never what belongs to the platform.
    pub(crate) fn permissions(&self) -> BTreeSet<Permission> {
        known(&self.permissions)
    }
}

impl TeamGrant {
    /// What it gives on its assets; never anything that is not about assets.
    pub(crate) fn permissions(&self) -> BTreeSet<Permission> {
        let words = self.permissions.as_deref().unwrap_or_default();
        let built_in = of_roles(&self.role.into_iter().collect());
        let mut given = known(words);
        given.extend(built_in);
        given.retain(|permission| permission.is_of_assets());
        given
    }
}

fn known(words: &[String]) -> BTreeSet<Permission> {
    words
        .iter()
        .filter_map(|word| word.parse().ok())
        .filter(|permission: &Permission| !permission.is_of_platform())
        .collect()
}

/// Everything some roles grant.
pub(crate) fn of_roles(roles: &BTreeSet<Role>) -> BTreeSet<Permission> {
    Permission::ALL
        .iter()
        .copied()
        .filter(|permission| roles.iter().any(|role| role_may(*role, *permission)))
        .collect()
}

/// What a person may do in one organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Access {
    /// Built-in roles.
    pub(crate) roles: BTreeSet<Role>,
    /// What own roles add.
    pub(crate) permissions: BTreeSet<Permission>,
    /// What teams add, by tag.
    pub(crate) groups: BTreeMap<String, BTreeSet<Permission>>,
}

/// Everything the memberships at and above an organization give there. They add up: a membership
/// below never takes away what one above gives, or whoever manages a branch could shut out the
/// owners of the whole.
pub(crate) fn combine(memberships: &[Gives]) -> Access {
    let mut access = Access::default();
    for gives in memberships {
        access.roles.insert(gives.role);
        for role in &gives.roles {
            access.permissions.extend(role.permissions());
        }
        for grant in &gives.grants {
            let permissions = grant.permissions();
            if !permissions.is_empty() {
                let held = access.groups.entry(grant.tag.clone()).or_default();
                held.extend(permissions);
            }
        }
    }
    // No organization gives this word; whoever put it into a row does not get it from us.
    access.roles.remove(&Role::PlatformAdmin);
    while access.groups.len() > TAGS_MAX {
        access.groups.pop_last();
    }
    access
}

/// The strongest of some roles, for people to read.
pub(crate) fn strongest(roles: &BTreeSet<Role>) -> Role {
    const BY_STRENGTH: [Role; 5] = [
        Role::Owner,
        Role::Admin,
        Role::Operator,
        Role::Auditor,
        Role::Viewer,
    ];
    BY_STRENGTH
        .into_iter()
        .find(|role| roles.contains(role))
        .unwrap_or(Role::Member)
}

/// Whether `giver` may give, change or take these permissions: nobody hands out what they do not
/// hold, and no organization hands out what belongs to the platform.
pub(crate) fn may_give(giver: &Principal, permissions: &BTreeSet<Permission>) -> bool {
    permissions
        .iter()
        .all(|permission| giver.holds(*permission) && !permission.is_of_platform())
}

/// The same for a built-in role; only owners make owners.
pub(crate) fn may_give_role(giver: &Principal, role: Role) -> bool {
    (role != Role::Owner || giver.roles.contains(&Role::Owner))
        && may_give(giver, &of_roles(&BTreeSet::from([role])))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wt_model::{Permission, Principal, Role};

    use super::{Gives, OwnRole, TeamGrant, combine, may_give, may_give_role, strongest};

    fn member(role: Role, permissions: &[&str], tag: &str) -> Gives {
        let words: Vec<String> = permissions.iter().map(ToString::to_string).collect();
        Gives {
            tenant_key: "org_1".to_owned(),
            organization: "Example".to_owned(),
            role,
            roles: vec![OwnRole {
                name: "own".to_owned(),
                permissions: words.clone(),
            }],
            grants: vec![TeamGrant {
                team: "team".to_owned(),
                tag: tag.to_owned(),
                role: None,
                permissions: Some(words),
            }],
        }
    }

    fn with(role: Role) -> Principal {
        Principal {
            roles: BTreeSet::from([role]),
            ..Principal::nobody()
        }
    }

    #[test]
    fn memberships_add_up_and_none_takes_away() {
        let above = member(Role::Owner, &["audit:read"], "shop");
        let below = member(Role::Viewer, &["assets:write"], "shop");
        let access = combine(&[below, above]);
        assert_eq!(access.roles, BTreeSet::from([Role::Owner, Role::Viewer]));
        assert!(access.permissions.contains(&Permission::AuditRead));
        assert_eq!(strongest(&access.roles), Role::Owner);
        // A team gives nothing that is not about assets.
        let shop = access.groups.get("shop").unwrap();
        assert_eq!(*shop, BTreeSet::from([Permission::AssetsWrite]));
    }

    #[test]
    fn no_row_makes_platform_staff() {
        let words = ["platform:operate", "assets:attest", "nonsense"];
        let access = combine(&[member(Role::PlatformAdmin, &words, "shop")]);
        assert!(access.roles.is_empty() && access.permissions.is_empty());
        assert!(access.groups.is_empty());
    }

    #[test]
    fn nobody_gives_what_they_do_not_hold() {
        for giver in Role::ALL {
            for given in Role::ALL {
                let ranks = match given {
                    Role::Owner => *giver == Role::Owner,
                    Role::PlatformAdmin => false,
                    _ => continue,
                };
                assert_eq!(
                    may_give_role(&with(*giver), *given),
                    ranks,
                    "{giver} {given}"
                );
            }
        }
        assert!(may_give_role(&with(Role::Admin), Role::Admin));
        assert!(!may_give_role(&with(Role::Operator), Role::Auditor));
        let billing = BTreeSet::from([Permission::BillingManage]);
        assert!(may_give(&with(Role::Owner), &billing));
        assert!(!may_give(&with(Role::Admin), &billing));
        let attest = BTreeSet::from([Permission::AssetsAttest]);
        assert!(!may_give(&with(Role::PlatformAdmin), &attest));
        // Scopes count: a key gives no more than it may itself.
        let key = Principal {
            limit: Some(BTreeSet::from([Permission::MembersManage])),
            ..with(Role::Owner)
        };
        assert!(!may_give_role(&key, Role::Viewer));
    }
}
