//! Principals inside events.
use wt_model::{Actor, Principal};

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
        })
    }
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
