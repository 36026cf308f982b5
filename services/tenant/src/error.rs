//! What can go wrong here, for the user and for the operator.

use std::time::Duration;

use wt_fault::{Fault, FieldFault, Kind};

use crate::domain::device::INTERVAL_SECONDS;
use crate::{
    billing_fault::BillingFault, impersonation_fault::ImpersonationFault,
    passkey_fault::PasskeyFault, people_fault::PeopleFault,
};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TenantFault {
    /// Wrong e-mail address or password; which of the two is not told.
    #[error("e-mail address or password is wrong")]
    Credentials,
    /// The address has an account.
    #[error("an account with this e-mail address exists")]
    EmailTaken,
    /// The session ended, or never was.
    #[error("the session has ended")]
    SessionOver,
    /// The current password is wrong.
    #[error("the current password is wrong")]
    CurrentPassword,
    /// A link from a mail that was used, has expired, or never was.
    #[error("this link does not work any more")]
    LinkOver,
    /// Only a person may do this, and only in their own name.
    #[error("only a signed-in person may do this, in their own name")]
    PersonOnly,
    /// No such session of this person.
    #[error("there is no such session")]
    SessionUnknown,
    /// No such API key in this organization.
    #[error("there is no such API key")]
    ApiKeyUnknown,
    /// An API key that was revoked, has expired, or never was.
    #[error("this API key is not valid")]
    ApiKeyOver,
    /// The organization has as many keys as it may have.
    #[error("an organization has at most {max} API keys")]
    ApiKeysFull {
        /// The limit.
        max: i64,
    },
    /// A wrong code of the second factor.
    #[error("the code is wrong, or was used")]
    WrongCode,
    /// Too many wrong codes.
    #[error("too many wrong codes")]
    TooManyCodes {
        /// When the next one is looked at.
        retry_after: Duration,
    },
    /// A step of a sign-in that was answered, has expired, or never was.
    #[error("this sign-in is over")]
    ChallengeOver,
    /// There is an authenticator app already.
    #[error("an authenticator app is set up already")]
    TotpPresent,
    /// There is no authenticator app.
    #[error("no authenticator app is set up")]
    TotpAbsent,
    /// No program waits with this code.
    #[error("no program waits with this code")]
    DeviceUnknown,
    /// Nobody answered the program yet.
    #[error("nobody has answered yet")]
    DevicePending,
    /// The program asks too often.
    #[error("asked too soon after the last time")]
    DeviceTooEarly,
    /// The program was turned away.
    #[error("the person said no")]
    DeviceDenied,
    /// The program waited too long, or has its answer.
    #[error("this wait is over")]
    DeviceOver,
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Seal(#[from] wt_seal::SealFault),
    /// A signing key could not be made or read.
    #[error(transparent)]
    Key(#[from] wt_auth::KeyFault),
    /// No such organization, or none this person reaches.
    #[error("there is no such organization")]
    OrganizationUnknown,
    /// A field of the request is wrong.
    #[error("{reason}")]
    Field {
        /// Path of the field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A refusal about people, teams, roles or invitations.
    #[error(transparent)]
    People(#[from] PeopleFault),
    /// A refusal about looking with somebody else's eyes.
    #[error(transparent)]
    Impersonation(#[from] ImpersonationFault),
    /// A refusal about passkeys.
    #[error(transparent)]
    Passkey(#[from] PasskeyFault),
    /// A refusal about plans, or a limit of one.
    #[error(transparent)]
    Billing(#[from] BillingFault),
    /// The caller may not do this.
    #[error(transparent)]
    Access(#[from] wt_auth::AuthFault),
    /// The database refused or is away.
    #[error(transparent)]
    Store(#[from] wt_pg::PgFault),
    /// Too many sign-ins at once.
    #[error("too many people are signing in at once")]
    Busy,
    /// Hashing failed.
    #[error("the password could not be checked")]
    Hash {
        /// What the hasher said.
        reason: String,
    },
    /// No such connection, or none for this address.
    #[error("there is no single sign-on for this")]
    SsoUnknown,
    /// A sign-in at the provider that is not taken.
    #[error("single sign-on did not work: {0}")]
    SsoRefused(&'static str),
    /// The provider is away or does not keep to the protocol.
    #[error("the identity provider cannot be used: {reason}")]
    SsoProvider {
        /// What it did.
        reason: String,
    },
    /// Enforcing needs a proven domain.
    #[error("single sign-on can be enforced only for a proven domain")]
    SsoUnproven,
    /// Another connection has proven the domain.
    #[error("another connection has this domain")]
    SsoDomainTaken,
    /// The provider gives no role.
    #[error("your identity provider gives you no role here")]
    SsoNoRole,
    /// A password where single sign-on is enforced.
    #[error("your organization signs in with single sign-on")]
    SsoEnforced,
    /// An address of a customer's may not be asked, or does not answer.
    #[error(transparent)]
    Outbound(#[from] wt_outbound::OutboundFault),
    /// A stored row contradicts the code.
    #[error("stored data is inconsistent")]
    Inconsistent {
        /// Table, column and id.
        place: String,
    },
}

impl TenantFault {
    /// Names a bad field.
    pub(crate) fn field(field: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Field {
            field: field.into(),
            reason: reason.to_string(),
        }
    }
}

impl Fault for TenantFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Credentials
            | Self::SessionOver
            | Self::ApiKeyOver
            | Self::WrongCode
            | Self::ChallengeOver => Kind::Unauthenticated,
            Self::TooManyCodes { .. } | Self::DeviceTooEarly => Kind::Exhausted,
            Self::DevicePending | Self::SsoProvider { .. } | Self::SsoUnproven => {
                Kind::Precondition
            }
            Self::Seal(fault) => fault.kind(),
            Self::CurrentPassword
            | Self::PersonOnly
            | Self::DeviceDenied
            | Self::SsoRefused(_)
            | Self::SsoNoRole
            | Self::SsoEnforced => Kind::Forbidden,
            Self::EmailTaken | Self::ApiKeysFull { .. } | Self::TotpPresent | Self::TotpAbsent => {
                Kind::Conflict
            }
            Self::OrganizationUnknown
            | Self::SessionUnknown
            | Self::ApiKeyUnknown
            | Self::DeviceUnknown
            | Self::SsoUnknown => Kind::NotFound,
            Self::Field { .. } | Self::LinkOver | Self::DeviceOver => Kind::Invalid,
            Self::People(fault) => fault.kind(),
            Self::Impersonation(fault) => fault.kind(),
            Self::Passkey(fault) => fault.kind(),
            Self::Billing(fault) => fault.kind(),
            Self::Access(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Busy => Kind::Unavailable,
            Self::SsoDomainTaken => Kind::Conflict,
            Self::Outbound(fault) => fault.kind(),
            Self::Hash { .. } | Self::Key(_) => Kind::Internal,
            Self::Inconsistent { .. } => Kind::Inconsistent,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Credentials => "auth.wrong_credentials",
            Self::EmailTaken => "auth.email_taken",
            Self::SessionOver => "auth.session_over",
            Self::CurrentPassword => "auth.wrong_password",
            Self::LinkOver => "auth.link_over",
            Self::WrongCode => "auth.wrong_code",
            Self::TooManyCodes { .. } => "auth.too_many_codes",
            Self::ChallengeOver => "auth.challenge_over",
            Self::TotpPresent => "auth.totp_present",
            Self::TotpAbsent => "auth.totp_absent",
            Self::DeviceUnknown => "device.not_found",
            Self::DevicePending => "device.authorization_pending",
            Self::DeviceTooEarly => "device.slow_down",
            Self::DeviceDenied => "device.access_denied",
            Self::DeviceOver => "device.expired_token",
            Self::Seal(fault) => fault.code(),
            Self::Key(_) => "auth.signing_key_unusable",
            Self::PersonOnly => "auth.person_only",
            Self::SessionUnknown => "session.not_found",
            Self::ApiKeyUnknown => "api_key.not_found",
            Self::ApiKeyOver => "api_key.not_valid",
            Self::ApiKeysFull { .. } => "api_key.too_many",
            Self::OrganizationUnknown => "organization.not_found",
            Self::Field { .. } => "request.invalid_field",
            Self::People(fault) => fault.code(),
            Self::Impersonation(fault) => fault.code(),
            Self::Passkey(fault) => fault.code(),
            Self::Billing(fault) => fault.code(),
            Self::Access(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Busy => "auth.busy",
            Self::SsoUnknown => "sso.not_found",
            Self::SsoRefused(_) => "sso.refused",
            Self::SsoProvider { .. } => "sso.provider_unusable",
            Self::SsoUnproven => "sso.domain_unproven",
            Self::SsoDomainTaken => "sso.domain_taken",
            Self::SsoNoRole => "sso.no_role",
            Self::SsoEnforced => "sso.enforced",
            Self::Outbound(fault) => fault.code(),
            Self::Hash { .. } => "auth.hash_failed",
            Self::Inconsistent { .. } => "tenant.inconsistent",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::EmailTaken => "sign in instead",
            Self::SessionOver => "sign in again",
            Self::LinkOver => "ask for a new link",
            Self::WrongCode => "take the code the app shows now, or a recovery code",
            Self::TooManyCodes { .. } | Self::DeviceTooEarly => "wait as long as retry-after says",
            Self::ChallengeOver | Self::DeviceOver => "begin again",
            Self::TotpPresent => "remove it first",
            Self::DeviceUnknown => "compare the code with the one the program shows",
            Self::DevicePending => "ask again after the interval",
            Self::Seal(fault) => fault.advice(),
            Self::PersonOnly => "sign in with your own account",
            Self::ApiKeyOver => "use another API key, or make one",
            Self::ApiKeysFull { .. } => "revoke keys that are not used any more",
            Self::Busy => "try again in a moment",
            Self::People(fault) => fault.advice(),
            Self::Impersonation(fault) => fault.advice(),
            Self::SsoRefused(_) => {
                "begin again; if that does not help, ask an admin of the organization"
            }
            Self::SsoProvider { .. } => "check the issuer and the client at the provider",
            Self::SsoUnproven => "publish the TXT record of one domain and check it first",
            Self::SsoNoRole => "ask who runs your identity provider for a group that has a role",
            Self::SsoEnforced => "choose single sign-on with the same address",
            Self::Passkey(fault) => fault.advice(),
            Self::Billing(fault) => fault.advice(),
            Self::Access(fault) => fault.advice(),
            Self::Store(fault) => fault.advice(),
            _ => "",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyCodes { retry_after } => Some(*retry_after),
            Self::Billing(fault) => fault.retry_after(),
            Self::DeviceTooEarly => Some(Duration::from_secs(u64::from(INTERVAL_SECONDS))),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Field { field, reason } => {
                vec![FieldFault {
                    field: field.clone(),
                    reason: reason.clone(),
                }]
            }
            _ => Vec::new(),
        }
    }
}
