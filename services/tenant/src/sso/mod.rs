//! Talking to `OpenID` Connect providers, and looking for the DNS proof of a domain.

mod domain_proof;
mod provider;

pub(crate) use domain_proof::{DomainProofs, record_name, record_value};
pub(crate) use provider::{Exchange, Providers};

use sha2::{Digest, Sha256};

/// What one sign-in derives from the browser's secret, so that none of it is stored: the secret
/// is in a cookie of that browser, its hash with the attempt.
pub(crate) struct Proofs {
    /// PKCE verifier (RFC 7636 §4.1).
    pub(crate) verifier: String,
    /// Ties the ID token to this browser (`OpenID` Connect Core §15.5.2).
    pub(crate) nonce: String,
}

impl Proofs {
    pub(crate) fn of(browser_secret: &str, state: &str) -> Self {
        let derive = |what: &str| {
            let digest = Sha256::new()
                .chain_update(what)
                .chain_update([0])
                .chain_update(browser_secret)
                .chain_update([0])
                .chain_update(state)
                .finalize();
            data_encoding::BASE64URL_NOPAD.encode(&digest)
        };
        Self {
            verifier: derive("watchtower sso pkce verifier"),
            nonce: derive("watchtower sso nonce"),
        }
    }

    /// PKCE challenge, method S256.
    pub(crate) fn challenge(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(self.verifier.as_bytes()))
    }
}
