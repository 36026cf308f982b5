//! Where the master key is.
use std::{path::PathBuf, sync::Arc};

use wt_config::Secret;

use crate::{Keyring, MasterKey, SealFault};

/// The master key, from a file or the environment; exactly one of the two.
#[derive(Debug, Clone, clap::Args)]
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
}

impl MasterKeyArgs {
    /// Reads the key.
    ///
    /// # Errors
    /// None is set, the file cannot be read, or it holds no usable key.
    pub fn load(&self) -> Result<Arc<dyn MasterKey>, SealFault> {
        let unusable = |reason: String| SealFault::MasterKey { reason };
        let text = match (&self.master_key_file, &self.master_key) {
            (Some(path), None) => zeroize::Zeroizing::new(
                std::fs::read_to_string(path)
                    .map_err(|error| unusable(format!("{}: {error}", path.display())))?,
            ),
            (None, Some(value)) => zeroize::Zeroizing::new(value.expose().replace(',', "\n")),
            _ => return Err(unusable("set WT_MASTER_KEY_FILE".to_owned())),
        };
        Ok(Arc::new(Keyring::parse(&text)?))
    }
}
