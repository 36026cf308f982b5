//! Principals inside events.
use std::collections::BTreeSet;

use wt_model::{Actor, Permission, Principal};

use super::{InvalidMessage, parse};
use crate::common;

impl From<&Principal> for common::Principal {
    fn from(principal: &Principal) -> Self {
        Self {
            kind: principal.kind.to_string(),
            sub: principal.sub.clone(),
            tenant_key: principal
                .tenant_key
                .map(|key| key.to_string())
                .unwrap_or_default(),
            roles: principal.roles.iter().map(ToString::to_string).collect(),
            sid: principal.sid.map(|sid| sid.to_string()).unwrap_or_default(),
            act_sub: principal
                .act
                .as_ref()
                .map(|act| act.sub.to_string())
                .unwrap_or_default(),
            permissions: words(&principal.permissions),
            groups: principal
                .groups
                .iter()
                .map(|(tag, permissions)| common::AssetGroupGrant {
                    tag: tag.clone(),
                    permissions: words(permissions),
                })
                .collect(),
            limit: principal
                .limit
                .as_ref()
                .map(|limit| common::PermissionLimit {
                    permissions: words(limit),
                }),
        }
    }
}

impl TryFrom<common::Principal> for Principal {
    type Error = InvalidMessage;

    fn try_from(wire: common::Principal) -> Result<Self, InvalidMessage> {
        Ok(Self {
            kind: parse("principal.kind", &wire.kind)?,
            tenant_key: optional("principal.tenant_key", &wire.tenant_key)?,
            roles: wire
                .roles
                .iter()
                .map(|role| parse("principal.roles", role))
                .collect::<Result<_, _>>()?,
            sid: optional("principal.sid", &wire.sid)?,
            act: optional("principal.act_sub", &wire.act_sub)?.map(|sub| Actor { sub }),
            sub: wire.sub,
            permissions: permissions("principal.permissions", &wire.permissions)?,
            groups: wire
                .groups
                .into_iter()
                .map(|group| {
                    let held = permissions("principal.groups", &group.permissions)?;
                    Ok((group.tag, held))
                })
                .collect::<Result<_, _>>()?,
            limit: wire
                .limit
                .map(|limit| permissions("principal.limit", &limit.permissions))
                .transpose()?,
        })
    }
}

fn words(permissions: &BTreeSet<Permission>) -> Vec<String> {
    permissions.iter().map(ToString::to_string).collect()
}

fn permissions(field: &str, words: &[String]) -> Result<BTreeSet<Permission>, InvalidMessage> {
    words.iter().map(|word| parse(field, word)).collect()
}

fn optional<T>(field: &str, text: &str) -> Result<Option<T>, InvalidMessage>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        Ok(None)
    } else {
        parse(field, text).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use wt_model::{Permission, Principal, PrincipalKind, Role};

    use crate::common;

    #[test]
    fn a_principal_comes_back_from_the_wire_with_its_limits() {
        for limit in [
            None,
            Some(BTreeSet::new()),
            Some([Permission::RunsRead].into()),
        ] {
            let principal = Principal {
                kind: PrincipalKind::ApiKey,
                sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                tenant_key: Some("org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()),
                roles: [Role::Viewer].into(),
                permissions: [Permission::RunsCreate].into(),
                groups: BTreeMap::from([("shop".to_owned(), [Permission::AssetsRead].into())]),
                limit,
                ..Principal::nobody()
            };
            let wire = common::Principal::from(&principal);
            assert_eq!(Principal::try_from(wire).unwrap(), principal);
        }
    }
}
