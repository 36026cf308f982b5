//! What an API key looks like, may do and for how long.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};
use wt_model::{Permission, Principal};

use crate::error::TenantFault;

/// How every key begins: secret scanners and the gateway know it by this.
pub(crate) const BEGINNING: &str = "wt_";
/// Characters shown of a key: enough to tell a person's keys apart, 40 of its 260 bits.
const PREFIX_CHARS: usize = BEGINNING.len() + 8;
/// Longest overlap of two secrets of one key: a week to roll a new one out.
const OVERLAP_MAX: Duration = Duration::days(7);
/// Live keys of one organization: a key per program and stage, not one per machine.
pub(crate) const KEYS_MAX: i64 = 200;

/// A key's text from 256 random bits.
pub(crate) fn text(random: &[u8; 32]) -> String {
    let secret = data_encoding::BASE32_NOPAD
        .encode(random)
        .to_ascii_lowercase();
    format!("{BEGINNING}{secret}")
}

/// What is shown of a key after it was made.
pub(crate) fn prefix(text: &str) -> String {
    text.chars().take(PREFIX_CHARS).collect()
}

/// Reads the scopes of a new key: each one its maker holds and a program may have.
pub(crate) fn scopes(
    maker: &Principal,
    words: &[String],
) -> Result<BTreeSet<Permission>, TenantFault> {
    let mut scopes = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let field = format!("scopes[{at}]");
        let scope: Permission = word
            .parse()
            .map_err(|error| TenantFault::field(&field, error))?;
        if !scope.suits_api_keys() {
            return Err(TenantFault::field(field, "is for people only"));
        }
        if !maker.holds(scope) {
            return Err(TenantFault::field(field, "you don't hold this yourself"));
        }
        scopes.insert(scope);
    }
    if scopes.is_empty() {
        return Err(TenantFault::field("scopes", "at least one"));
    }
    Ok(scopes)
}

/// Refuses a key that would be over already.
pub(crate) fn check_expiry(
    now: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
) -> Result<(), TenantFault> {
    match expires_at {
        Some(at) if at <= now => Err(TenantFault::field("expires_at", "must be in the future")),
        _ => Ok(()),
    }
}

/// Until when the old secret works after a rotation.
pub(crate) fn overlap_end(
    now: OffsetDateTime,
    overlap_seconds: u32,
) -> Result<OffsetDateTime, TenantFault> {
    let overlap = Duration::seconds(i64::from(overlap_seconds));
    if overlap > OVERLAP_MAX {
        let reason = format!("at most {} seconds", OVERLAP_MAX.whole_seconds());
        return Err(TenantFault::field("overlap_seconds", reason));
    }
    Ok(now + overlap)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::OffsetDateTime;
    use wt_model::{Permission, Principal, PrincipalKind, Role};

    use super::{overlap_end, prefix, scopes, text};

    fn person(role: Role) -> Principal {
        Principal {
            kind: PrincipalKind::User,
            roles: BTreeSet::from([role]),
            ..Principal::service("x", "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap())
        }
    }

    #[test]
    fn a_key_shows_less_than_it_holds() {
        let key = text(&[0xa5; 32]);
        assert_eq!(key.len(), 55);
        assert!(key.starts_with("wt_"));
        assert_eq!(prefix(&key).len(), 11);
    }

    #[test]
    fn a_key_never_manages_people_keys_or_money_and_never_more_than_its_maker() {
        let owner = person(Role::Owner);
        for scope in Permission::ALL {
            let asked = scopes(&owner, &[scope.to_string()]);
            assert_eq!(
                asked.is_ok(),
                scope.suits_api_keys() && owner.holds(*scope),
                "{scope}"
            );
        }
        for never in [
            "members:manage",
            "keys:manage",
            "billing:manage",
            "nonsense",
        ] {
            assert!(scopes(&owner, &[never.to_owned()]).is_err(), "{never}");
        }
        let viewer = person(Role::Viewer);
        assert!(scopes(&viewer, &["assets:read".to_owned()]).is_ok());
        assert!(scopes(&viewer, &["assets:write".to_owned()]).is_err());
        assert!(scopes(&owner, &[]).is_err());
    }

    #[test]
    fn two_secrets_overlap_for_a_week_at_most() {
        let now = OffsetDateTime::UNIX_EPOCH;
        assert!(overlap_end(now, 7 * 24 * 3600).is_ok());
        assert!(overlap_end(now, 7 * 24 * 3600 + 1).is_err());
    }
}
