//! Between this service's rows and `watchtower.tenant.v1`.

use wt_proto::{convert::to_timestamp, tenant};

use crate::store::{
    organization::{AccessRow, MemberRow, NodeRow},
    user::UserRow,
};

/// A person, without the hash.
pub(crate) fn user(row: &UserRow) -> tenant::User {
    tenant::User {
        id: row.id.clone(),
        email: row.email.clone(),
        display_name: row.display_name.clone(),
    }
}

impl From<&AccessRow> for tenant::Membership {
    fn from(row: &AccessRow) -> Self {
        Self {
            tenant_key: row.tenant_key.clone(),
            name: row.name.clone(),
            role: row.role.clone(),
            parent_tenant_key: row.parent_tenant_key.clone().unwrap_or_default(),
        }
    }
}

impl From<NodeRow> for tenant::HierarchyNode {
    fn from(row: NodeRow) -> Self {
        Self {
            tenant_key: row.tenant_key,
            name: row.name,
            parent_tenant_key: row.parent_tenant_key.unwrap_or_default(),
            depth: u32::try_from(row.depth).unwrap_or_default(),
            members: u32::try_from(row.members).unwrap_or(u32::MAX),
        }
    }
}

impl From<MemberRow> for tenant::Member {
    fn from(row: MemberRow) -> Self {
        Self {
            role: row.role,
            joined_at: Some(to_timestamp(row.joined_at)),
            user: Some(tenant::User {
                id: row.user_id,
                email: row.email,
                display_name: row.display_name,
            }),
        }
    }
}
