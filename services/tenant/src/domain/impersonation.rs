//! Platform staff looking with a person's eyes: for how long, how much, and what never.

use std::collections::BTreeSet;

use time::Duration;
use wt_model::Permission;

/// How long one lasts, whatever is done with it (promises P14); the database refuses more.
pub(crate) const LIFETIME: Duration = Duration::minutes(30);
/// A reason says something: the person and their organization read it.
const REASON_CHARS_MIN: usize = 10;
/// The column's limit.
const REASON_CHARS_MAX: usize = 500;

/// Why somebody looks, trimmed.
pub(crate) fn reason(text: &str) -> Result<String, String> {
    let fits = text.chars().count() <= REASON_CHARS_MAX;
    let text = text.trim();
    if fits && text.chars().count() >= REASON_CHARS_MIN && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "expected a line of {REASON_CHARS_MIN} to {REASON_CHARS_MAX} characters"
        ))
    }
}

/// At most what may be done: reading, or all that suits once a second of the staff agreed.
pub(crate) fn limit(elevated: bool) -> BTreeSet<Permission> {
    Permission::ALL
        .iter()
        .copied()
        .filter(|permission| permission.only_reads() || elevated)
        .filter(|permission| permission.suits_impersonation())
        .collect()
}

/// What this service's procedures are, to somebody with another person's eyes. Everything here is
/// about people and what they prove themselves with, so that what is not known to only read is
/// refused, whichever permission it asks for; elevation changes nothing about it.
pub(crate) fn may_call(path: &str) -> bool {
    let Some((service, method)) = path.trim_start_matches('/').split_once('/') else {
        return false;
    };
    let service = service.rsplit('.').next().unwrap_or_default();
    match service {
        // What they begin, they may end.
        "ImpersonationService" => method == "EndImpersonation",
        "TenantService" => method == "LogOut" || reads(method),
        // Of plans and invoices `billing:manage` decides; menus ask for the plan without.
        "PeopleService" | "BillingService" => reads(method),
        // Passwords, sessions, keys, second factors, passkeys, single sign-on: not even looked at.
        _ => false,
    }
}

fn reads(method: &str) -> bool {
    ["Get", "List", "Explain", "Preview"]
        .iter()
        .any(|verb| method.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use wt_model::Permission;

    use super::{limit, may_call, reason};

    #[test]
    fn what_is_never_called_with_somebody_elses_eyes() {
        const NEVER: &[&str] = &[
            "TenantService/CreateOrganization",
            "TenantService/SwitchOrganization",
            "PeopleService/CreateTenant",
            "PeopleService/UpdateOrganization",
            "PeopleService/TransferOwnership",
            "PeopleService/UpdateUser",
            "PeopleService/RemoveUser",
            "PeopleService/InviteUser",
            "PeopleService/ResendInvitation",
            "PeopleService/RevokeInvitation",
            "PeopleService/AcceptInvitation",
            "PeopleService/CreateTeam",
            "PeopleService/UpdateTeam",
            "PeopleService/DeleteTeam",
            "PeopleService/AddTeamMember",
            "PeopleService/RemoveTeamMember",
            "PeopleService/CreateRole",
            "PeopleService/UpdateRole",
            "PeopleService/DeleteRole",
            "SignInService/ChangePassword",
            "SignInService/SendEmailVerification",
            "SignInService/ListSessions",
            "SignInService/EndSession",
            "SignInService/EndOtherSessions",
            "SignInService/CreateApiKey",
            "SignInService/ListApiKeys",
            "SignInService/RotateApiKey",
            "SignInService/RevokeApiKey",
            "SignInService/GetMfa",
            "SignInService/EnrolTotp",
            "SignInService/ConfirmTotp",
            "SignInService/RemoveTotp",
            "SignInService/NewRecoveryCodes",
            "SignInService/GetDevice",
            "SignInService/AnswerDevice",
            "ImpersonationService/FindPeople",
            "ImpersonationService/StartImpersonation",
            "ImpersonationService/ElevateImpersonation",
            "ImpersonationService/ListImpersonations",
            "BillingService/CreateCheckout",
            "PasskeyService/ListPasskeys",
            "SomeLaterService/GetSecrets",
        ];
        for method in NEVER {
            assert!(
                !may_call(&format!("/watchtower.tenant.v1.{method}")),
                "{method}"
            );
        }
        for method in [
            "TenantService/GetMe",
            "TenantService/LogOut",
            "TenantService/GetHierarchy",
            "TenantService/ListMembers",
            "PeopleService/ListUsers",
            "PeopleService/ExplainAccess",
            "ImpersonationService/EndImpersonation",
        ] {
            assert!(
                may_call(&format!("/watchtower.tenant.v1.{method}")),
                "{method}"
            );
        }
        assert!(!may_call("") && !may_call("/GetMe"));
    }

    #[test]
    fn elevation_adds_writing_and_nothing_that_never_suits() {
        let (plain, elevated) = (limit(false), limit(true));
        assert!(plain.is_subset(&elevated) && plain.len() < elevated.len());
        for permission in Permission::ALL {
            assert_eq!(
                plain.contains(permission),
                permission.only_reads(),
                "{permission}"
            );
            assert!(
                !elevated.contains(permission) || permission.suits_impersonation(),
                "{permission}"
            );
        }
    }

    #[test]
    fn a_reason_says_something_on_one_line() {
        assert_eq!(
            reason("  ticket 4711, empty list ").as_deref(),
            Ok("ticket 4711, empty list")
        );
        for poor in [
            "",
            "because",
            "          a          ",
            "two\nlines of text",
            &"x".repeat(501),
        ] {
            assert!(reason(poor).is_err(), "{poor:?}");
        }
    }
}
