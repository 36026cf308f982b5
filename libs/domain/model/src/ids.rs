//! Typed identifiers: a three-letter prefix and a ULID.
use std::{fmt, str::FromStr};

use ulid::Ulid;

/// Text that is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an identifier that starts with {prefix:?} followed by a ULID")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// What every identifier offers.
pub trait TypedId: Sized + fmt::Display + FromStr<Err = InvalidId> {
    /// The prefix of its text form, with the underscore.
    const PREFIX: &'static str;
    /// Wraps a ULID made elsewhere: identifiers are never drawn in this crate.
    fn from_ulid(ulid: Ulid) -> Self;
    /// The ULID inside.
    fn ulid(self) -> Ulid;
}

macro_rules! typed_id {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_ulid(ulid: Ulid) -> Self { Self(ulid) }
            fn ulid(self) -> Ulid { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix)
                    .and_then(|rest| Ulid::from_string(rest).ok())
                    .map(Self)
                    .filter(|id| id.to_string() == text)
                    .ok_or(InvalidId { prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

typed_id! {
    /// A user.
    UserId = "usr_",
    /// A sign-in session.
    SessionId = "ses_",
    /// A team.
    TeamId = "tem_",
    /// An organization's own role.
    RoleId = "rol_",
    /// An invitation.
    InvitationId = "inv_",
    /// A connection to an identity provider.
    SsoConnectionId = "sso_",
    /// A webhook or a chat that is told of changes.
    IntegrationId = "int_",
    /// A message that was or will be sent.
    DeliveryId = "dlv_",
    /// An asset.
    AssetId = "ast_",
    /// A proof of ownership.
    AuthorizationId = "auz_",
    /// A run.
    RunId = "run_",
    /// A private pool of scanners.
    PoolId = "pol_",
    /// When scans are requested by themselves.
    ScanScheduleId = "sch_",
    /// A job.
    JobId = "job_",
    /// A workflow action.
    ActionId = "act_",
    /// One action on many exposures.
    BulkId = "blk_",
    /// An import of what other tools found.
    ImportId = "imp_",
    /// A saved view.
    ViewId = "viw_",
    /// A bus event.
    EventId = "evt_",
    /// A report.
    ReportId = "rep_",
    /// When reports are written by themselves.
    ReportScheduleId = "rsc_",
    /// A link that shows a report to whoever has it.
    ReportShareId = "shr_",
    /// An organization's API key.
    ApiKeyId = "key_",
    /// Platform staff looking with a person's eyes.
    ImpersonationId = "imp_",
    /// A passkey of a person.
    PasskeyId = "pky_",
    /// A stored artifact.
    ArtifactId = "art_",
}

#[cfg(test)]
mod tests {
    use super::{AssetId, RunId};

    #[test]
    fn an_identifier_of_another_kind_is_refused() {
        assert!("run_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse::<RunId>().is_ok());
        assert!("run_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse::<AssetId>().is_err());
        assert!("run_01arz3ndektsv4rrffq69g5fav".parse::<RunId>().is_err());
    }
}
