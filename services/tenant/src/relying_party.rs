//! What this installation is to an authenticator: its name, its origin, and the checks of WebAuthn.
//!
//! The library decides over challenge, origin, relying party, user presence, user verification,
//! signature and counter; here is only what it is told and what is made of its answers.

use serde_json::Value;
use ulid::Ulid;
use url::Url;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnBuilder,
    WebauthnError,
};

use crate::{
    domain::passkey::{self, ANSWER_BYTES_MAX},
    error::TenantFault,
    passkey_fault::PasskeyFault,
    store::user::UserRow,
    wire,
};

/// What authenticators show beside the name of the host.
const NAME: &str = "Watchtower";

/// The relying party, if the installation can be one.
#[derive(Debug, Clone)]
pub(crate) struct RelyingParty(Option<Webauthn>);

/// How a sign-in with a passkey ended.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The passkey, as it is kept from now on.
    Proven(Box<Passkey>),
    /// The signature is right, and its counter went back: there may be a copy of the key
    /// (WebAuthn Level 3 §6.1.1).
    CounterBack,
    /// Anything else.
    Refused,
}

impl RelyingParty {
    /// Passkeys belong to the name people type: an address cannot have any, and a scheme, name or
    /// port that people do not see would never match.
    pub(crate) fn at(public_url: Option<&Url>) -> Self {
        let Some((url, name)) = public_url.and_then(|url| Some((url, url.domain()?))) else {
            tracing::warn!("passkeys are off: WT_PUBLIC_URL has no name in it");
            return Self(None);
        };
        let built = WebauthnBuilder::new(name, url).and_then(|builder| {
            builder
                .rp_name(NAME)
                .timeout(passkey::CEREMONY_LIFETIME.unsigned_abs())
                .build()
        });
        match built {
            Ok(webauthn) => Self(Some(webauthn)),
            Err(error) => {
                tracing::warn!(%error, "passkeys are off: WT_PUBLIC_URL cannot have any");
                Self(None)
            }
        }
    }

    fn webauthn(&self) -> Result<&Webauthn, TenantFault> {
        self.0
            .as_ref()
            .ok_or_else(|| PasskeyFault::Unavailable.into())
    }

    /// What a browser makes a passkey with, and what its answer is judged by.
    pub(crate) fn begin_registration(
        &self,
        user: &UserRow,
        person: Ulid,
        present: Vec<CredentialID>,
    ) -> Result<(Value, PasskeyRegistration), TenantFault> {
        let handle = Uuid::from_bytes(passkey::handle(person));
        let (challenge, state) = self
            .webauthn()?
            .start_passkey_registration(handle, &user.email, &user.display_name, Some(present))
            .map_err(|error| broken(&error))?;
        let options = wire::state("options of a passkey", &challenge.public_key)?;
        Ok((passkey::discoverable(options), state))
    }

    /// The passkey a browser made.
    pub(crate) fn finish_registration(
        &self,
        answer: &str,
        state: &PasskeyRegistration,
    ) -> Result<Passkey, TenantFault> {
        let answer: RegisterPublicKeyCredential = parse(answer)?;
        self.webauthn()?
            .finish_passkey_registration(&answer, state)
            .map_err(|error| {
                tracing::info!(%error, "a new passkey was not accepted");
                PasskeyFault::NotAccepted.into()
            })
    }

    /// What a browser answers with any passkey of this installation, or with one of `only`.
    pub(crate) fn begin_sign_in(
        &self,
        only: Option<&[CredentialID]>,
    ) -> Result<(Value, DiscoverableAuthentication), TenantFault> {
        let (challenge, state) = self
            .webauthn()?
            .start_discoverable_authentication()
            .map_err(|error| broken(&error))?;
        let options = wire::state("options of a passkey", &challenge.public_key)?;
        let options = match only {
            Some(ids) => passkey::only(options, ids),
            None => options,
        };
        Ok((options, state))
    }

    /// Judges an answer by what is kept of its passkey now.
    pub(crate) fn judge(
        &self,
        answer: &PublicKeyCredential,
        state: DiscoverableAuthentication,
        mut kept: Passkey,
    ) -> Result<Verdict, TenantFault> {
        let key = DiscoverableKey::from(&kept);
        let judged = self
            .webauthn()?
            .finish_discoverable_authentication_v2(answer, state, &key);
        Ok(match judged {
            Ok(result) if kept.update_credential(&result).is_some() => {
                Verdict::Proven(Box::new(kept))
            }
            Ok(_) => Verdict::Refused,
            Err(WebauthnError::CredentialPossibleCompromise) => Verdict::CounterBack,
            Err(error) => {
                tracing::info!(%error, "a passkey was not accepted");
                Verdict::Refused
            }
        })
    }
}

/// Reads a browser's answer.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(answer: &str) -> Result<T, TenantFault> {
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(TenantFault::field("credential", "too long"));
    }
    serde_json::from_str(answer)
        .map_err(|_malformed| TenantFault::field("credential", "not what a browser answers"))
}

/// What the library is asked for is fixed: it does not refuse.
fn broken(error: &WebauthnError) -> TenantFault {
    TenantFault::Inconsistent {
        place: format!("options of a passkey: {error}"),
    }
}
