//! Between this service's rows and `watchtower.tenant.v1`.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use wt_proto::{convert::to_timestamp, tenant};

use crate::{
    error::TenantFault,
    store::{
        api_key::ApiKeyRow,
        organization::{AccessRow, MemberRow, NodeRow, NodeTeamRow},
        passkey::PasskeyRow,
        session::LiveSessionRow,
        user::UserRow,
    },
};

/// A person, without the hash.
pub(crate) fn user(row: &UserRow) -> tenant::User {
    tenant::User {
        id: row.id.clone(),
        email: row.email.clone(),
        display_name: row.display_name.clone(),
        email_verified: row.email_verified,
    }
}

/// A live sign-in of its person.
pub(crate) fn session(row: LiveSessionRow, current: Option<&str>) -> tenant::Session {
    tenant::Session {
        current: current == Some(row.id.as_str()),
        id: row.id,
        mode: row.mode,
        method: row.method,
        ip: row.ip,
        user_agent: row.user_agent,
        created_at: Some(to_timestamp(row.created_at)),
        last_seen_at: Some(to_timestamp(row.last_seen_at)),
        expires_at: Some(to_timestamp(row.expires_at)),
    }
}

/// A passkey of its person.
pub(crate) fn passkey(row: PasskeyRow) -> tenant::Passkey {
    tenant::Passkey {
        id: row.id,
        name: row.name,
        created_at: Some(to_timestamp(row.created_at)),
        last_used_at: row.last_used_at.map(to_timestamp),
    }
}

/// What a library keeps between two calls, as a column of JSON.
pub(crate) fn state(place: &str, state: &impl Serialize) -> Result<Value, TenantFault> {
    serde_json::to_value(state).map_err(|error| TenantFault::Inconsistent {
        place: format!("{place}: {error}"),
    })
}

/// What was kept.
pub(crate) fn read_state<T: DeserializeOwned>(place: &str, state: Value) -> Result<T, TenantFault> {
    serde_json::from_value(state).map_err(|error| TenantFault::Inconsistent {
        place: format!("{place}: {error}"),
    })
}

/// A key, without its secret.
pub(crate) fn api_key(row: ApiKeyRow) -> tenant::ApiKey {
    tenant::ApiKey {
        id: row.id,
        name: row.name,
        prefix: row.prefix,
        scopes: row.scopes,
        created_by: row.created_by,
        created_at: Some(to_timestamp(row.created_at)),
        expires_at: row.expires_at.map(to_timestamp),
        last_used_at: row.last_used_at.map(to_timestamp),
        rotated_at: row.rotated_at.map(to_timestamp),
        old_until: row.old_until.map(to_timestamp),
        revoked_at: row.revoked_at.map(to_timestamp),
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
            teams: Vec::new(),
        }
    }
}

impl From<NodeTeamRow> for tenant::HierarchyTeam {
    fn from(row: NodeTeamRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
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
                ..Default::default()
            }),
        }
    }
}
