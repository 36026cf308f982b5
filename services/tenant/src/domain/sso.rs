//! Who a provider's claims are, and as what: rules without a network.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wt_model::Role;

use super::email::Email;
use crate::error::TenantFault;

/// RFC 1035 §2.3.4.
const DOMAIN_BYTES_MAX: usize = 253;
/// Longest subject (`OpenID` Connect Core §2).
const SUBJECT_BYTES_MAX: usize = 255;
/// Most entries of a role map.
const ROLE_MAP_MAX: usize = 100;

/// A person as their provider describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// The provider's own name of them, stable for ever.
    pub(crate) subject: String,
    /// Their address, only where the provider vouches for it.
    pub(crate) email: Option<Email>,
    /// What others see.
    pub(crate) display_name: Option<String>,
}

/// Reads the claims of a verified ID token.
pub(crate) fn person(claims: &Map<String, Value>) -> Result<Person, TenantFault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let subject = text("sub")
        .filter(|sub| !sub.is_empty() && sub.len() <= SUBJECT_BYTES_MAX)
        .ok_or(TenantFault::SsoRefused("the provider names nobody"))?;
    // Exactly `true`: a missing or textual value vouches for nothing.
    let vouched = claims.get("email_verified") == Some(&Value::Bool(true));
    Ok(Person {
        subject: subject.to_owned(),
        email: text("email")
            .filter(|_| vouched)
            .and_then(|email| Email::parse(email).ok()),
        display_name: text("name").and_then(|name| super::name::parse("name", name).ok()),
    })
}

/// The domain of an address, as domains are compared.
pub(crate) fn domain_of(email: &str) -> Option<String> {
    let (_, domain) = email.trim().rsplit_once('@')?;
    self::domain(domain).ok()
}

/// A domain that can be proven.
pub(crate) fn domain(text: &str) -> Result<String, TenantFault> {
    let domain = text.trim().trim_end_matches('.').to_lowercase();
    let plausible = domain.len() <= DOMAIN_BYTES_MAX
        && domain.contains('.')
        && domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
        && !domain
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    plausible
        .then_some(domain)
        .ok_or_else(|| TenantFault::field("domains", "not a domain name"))
}

/// A role somebody may get from a provider: never owner, which only owners give.
pub(crate) fn role(field: &str, word: &str) -> Result<Role, TenantFault> {
    match word.parse() {
        Ok(role @ (Role::Admin | Role::Operator | Role::Viewer | Role::Auditor)) => Ok(role),
        _ => Err(TenantFault::field(
            field,
            "expected admin, operator, viewer or auditor",
        )),
    }
}

/// Checks every entry of a role map.
pub(crate) fn check_role_map(map: &BTreeMap<String, String>) -> Result<(), TenantFault> {
    if map.len() > ROLE_MAP_MAX {
        return Err(TenantFault::field("role_map", "at most 100 entries"));
    }
    map.iter()
        .try_for_each(|(value, word)| role(&format!("role_map.{value}"), word).map(|_| ()))
}

/// The strongest role the claims give; the default where none fits, which may be none.
pub(crate) fn mapped_role(
    claims: &Map<String, Value>,
    claim: &str,
    map: &BTreeMap<String, String>,
    default: &str,
) -> Option<Role> {
    const STRONGEST_FIRST: [Role; 4] = [Role::Admin, Role::Operator, Role::Auditor, Role::Viewer];
    let values: Vec<&str> = match claims.get(claim) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let held: Vec<&str> = values
        .iter()
        .filter_map(|value| map.get(*value).map(String::as_str))
        .collect();
    STRONGEST_FIRST
        .into_iter()
        .find(|role| held.contains(&role.as_str()))
        .or_else(|| role("default_role", default).ok())
}

/// A path of our own pages to go on with; anything else leads home.
pub(crate) fn return_path(text: &str) -> String {
    const BYTES_MAX: usize = 2_000;
    let own = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.len() <= BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if own { text.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Map, Value, json};
    use wt_model::Role;

    use super::{domain, mapped_role, person, return_path, role};

    fn claims(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_address_counts_only_where_the_provider_vouches_for_it() {
        let with = |verified: Value| {
            let told = json!({"sub": "1", "email": "ann@example.com", "email_verified": verified});
            person(&claims(told)).unwrap().email
        };
        assert!(with(json!(true)).is_some());
        for unsure in [json!(false), json!("true"), json!(1), Value::Null] {
            assert_eq!(with(unsure.clone()), None, "{unsure}");
        }
        assert!(person(&claims(json!({"sub": ""}))).is_err());
    }

    #[test]
    fn the_strongest_fitting_role_is_given_and_owner_never() {
        let map = BTreeMap::from([
            ("staff".to_owned(), "viewer".to_owned()),
            ("sec".to_owned(), "admin".to_owned()),
        ]);
        let given = |groups: Value, default| {
            mapped_role(
                &claims(json!({ "groups": groups })),
                "groups",
                &map,
                default,
            )
        };
        assert_eq!(given(json!(["staff", "sec"]), ""), Some(Role::Admin));
        assert_eq!(given(json!("staff"), ""), Some(Role::Viewer));
        assert_eq!(given(json!(["other"]), ""), None);
        assert_eq!(given(json!(7), "auditor"), Some(Role::Auditor));
        assert!(role("r", "owner").is_err());
        assert!(role("r", "platform_admin").is_err());
    }

    #[test]
    fn only_a_domain_can_be_proven() {
        assert_eq!(domain(" Example.COM. ").unwrap(), "example.com");
        for bad in ["com", "", "a..b", "192.0.2.1", "exa mple.com", "a_b.com"] {
            assert!(domain(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sign_in_goes_on_on_our_own_pages_only() {
        assert_eq!(return_path("/assets?x=1"), "/assets?x=1");
        for foreign in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "/a\r\nb",
        ] {
            assert_eq!(return_path(foreign), "/", "{foreign}");
        }
    }
}
