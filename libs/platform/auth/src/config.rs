//! Settings of the tokens between services.
use std::path::PathBuf;

use crate::{InternalIssuer, InternalVerifier, KeyFault, SigningKey};

/// Where the keys of internal tokens are.
#[derive(Debug, Clone, clap::Args)]
pub struct InternalArgs {
    /// Ed25519 private key (PKCS#8 PEM) this service signs internal tokens with.
    #[arg(long, env = "WT_INTERNAL_KEY_FILE", value_name = "PATH")]
    pub internal_key: PathBuf,
    /// Directory of `<service>.pub.pem`: the services whose internal tokens are accepted.
    #[arg(long, env = "WT_INTERNAL_TRUST_DIR", value_name = "DIR")]
    pub internal_trust_dir: PathBuf,
}

impl InternalArgs {
    /// What mints tokens in the name of `service`.
    pub fn issuer(&self, service: &'static str) -> Result<InternalIssuer, KeyFault> {
        Ok(InternalIssuer::new(
            service,
            SigningKey::load(&self.internal_key)?,
        ))
    }

    /// What accepts tokens addressed to `service`.
    pub fn verifier(&self, service: &'static str) -> Result<InternalVerifier, KeyFault> {
        InternalVerifier::load(service, &self.internal_trust_dir)
    }
}
