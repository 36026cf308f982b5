//! Where the master key is.
use std::{path::PathBuf, sync::Arc};

use wt_config::Secret;

use crate::{Keyring, KmsAddress, MasterKey, SealFault, TransitKey, chain::Chain};

/// The master key: of a key management service, from a file, or from the environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct MasterKeyArgs {
    /// File of the master key: 32 random bytes in Base64 (`openssl rand -base64 32`), the current
    /// one first, then former ones that still have to unwrap
    #[arg(long, env = "WT_MASTER_KEY_FILE", value_name = "PATH")]
    pub master_key_file: Option<PathBuf>,
    /// The same as a value, lines separated by commas; a file is the better place
    #[arg(
        long,
        env = "WT_MASTER_KEY",
        hide_env_values = true,
        value_name = "KEY",
        conflicts_with = "master_key_file"
    )]
    pub master_key: Option<Secret>,
    /// Key of a key management service (Transit of Vault or `OpenBao`) as
    /// `vault+https://host/transit/keys/NAME`; a file's keys only unwrap then, until the next
    /// `master-key rotate`
    #[arg(long, env = "WT_MASTER_KEY_KMS", value_name = "URL")]
    pub master_key_kms: Option<KmsAddress>,
    /// File of the token for it, read again at every call
    #[arg(
        long,
        env = "WT_MASTER_KEY_KMS_TOKEN_FILE",
        value_name = "PATH",
        requires = "master_key_kms"
    )]
    pub master_key_kms_token_file: Option<PathBuf>,
    /// Certificates (PEM) that vouch for it; the system's without
    #[arg(
        long,
        env = "WT_MASTER_KEY_KMS_CA_FILE",
        value_name = "PATH",
        requires = "master_key_kms"
    )]
    pub master_key_kms_ca_file: Option<PathBuf>,
}

impl MasterKeyArgs {
    /// Reads the key.
    ///
    /// # Errors
    /// None is set, the file cannot be read, or it holds no usable key.
    pub fn load(&self) -> Result<Arc<dyn MasterKey>, SealFault> {
        let Some(address) = &self.master_key_kms else {
            let ring = self.ring()?;
            return Ok(Arc::new(ring.ok_or_else(|| {
                unusable("set WT_MASTER_KEY_KMS or WT_MASTER_KEY_FILE".to_owned())
            })?));
        };
        let token = self.master_key_kms_token_file.clone().ok_or_else(|| {
            unusable("WT_MASTER_KEY_KMS needs WT_MASTER_KEY_KMS_TOKEN_FILE".to_owned())
        })?;
        let ca = match &self.master_key_kms_ca_file {
            Some(path) => Some(
                std::fs::read(path)
                    .map_err(|error| unusable(format!("{}: {error}", path.display())))?,
            ),
            None => None,
        };
        let current = TransitKey::new(address.clone(), token, ca.as_deref())?;
        Ok(match self.ring()? {
            Some(former) => Arc::new(Chain { current, former }),
            None => Arc::new(current),
        })
    }

    /// Whether there is any.
    pub fn is_set(&self) -> bool {
        self.master_key_kms.is_some() || self.master_key_file.is_some() || self.master_key.is_some()
    }

    /// The keys this process holds itself.
    fn ring(&self) -> Result<Option<Keyring>, SealFault> {
        let text = match (&self.master_key_file, &self.master_key) {
            (Some(path), None) => zeroize::Zeroizing::new(
                std::fs::read_to_string(path)
                    .map_err(|error| unusable(format!("{}: {error}", path.display())))?,
            ),
            (None, Some(value)) => zeroize::Zeroizing::new(value.expose().replace(',', "\n")),
            (None, None) => return Ok(None),
            _ => return Err(unusable("set one of file and value".to_owned())),
        };
        Keyring::parse(&text).map(Some)
    }
}

fn unusable(reason: String) -> SealFault {
    SealFault::MasterKey { reason }
}
