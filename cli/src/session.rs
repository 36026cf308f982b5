//! The last sign-in: a file that only its owner may read.
use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use crate::{args::Global, fault::CliFault};

/// What is kept between commands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Server it belongs to.
    pub(crate) url: String,
    /// For the next request.
    pub(crate) access_token: String,
    /// For the next access token.
    pub(crate) refresh_token: String,
    /// Organization acted in.
    pub(crate) tenant_key: String,
    /// Who.
    pub(crate) email: String,
}

/// Where it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Keep(PathBuf);

impl Keep {
    /// The folder of `--home`, or the user's configuration folder.
    pub(crate) fn of(global: &Global) -> Result<Self, CliFault> {
        let folder = global
            .home
            .clone()
            .or_else(|| Some(global.xdg_config_home.as_ref()?.join("watchtower")))
            .or_else(|| Some(global.user_home.as_ref()?.join(".config/watchtower")))
            .ok_or_else(|| {
                CliFault::Usage("no folder for the sign-in: set WATCHTOWER_HOME".to_owned())
            })?;
        Ok(Self(folder.join("session.json")))
    }

    /// The last sign-in, if there is one.
    pub(crate) fn read(&self) -> Result<Option<Session>, CliFault> {
        match fs::read(&self.0) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|_malformed| {
                    CliFault::Usage(format!(
                        "{} is damaged: remove it and sign in again",
                        self.0.display()
                    ))
                }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.trouble(&error)),
        }
    }

    /// Keeps a sign-in. Renamed into place: another command never reads half of it.
    pub(crate) fn write(&self, session: &Session) -> Result<(), CliFault> {
        if let Some(folder) = self.0.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|error| self.trouble(&error))?;
        }
        let new = self
            .0
            .with_extension(format!("{:016x}.new", rand::random::<u64>()));
        let text = serde_json::to_vec_pretty(session).map_err(CliFault::unexpected)?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| fs::rename(&new, &self.0))
            .map_err(|error| self.trouble(&error))
    }

    /// Forgets it.
    pub(crate) fn remove(&self) -> Result<(), CliFault> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.trouble(&error)),
            _ => Ok(()),
        }
    }

    fn trouble(&self, error: &std::io::Error) -> CliFault {
        CliFault::Unexpected(format!("cannot use {}: {error}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Keep, Session};

    #[test]
    fn a_sign_in_is_kept_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep(folder.path().join("deep/session.json"));
        assert!(keep.read().unwrap().is_none());
        let session = Session {
            url: "http://127.0.0.1:1".to_owned(),
            access_token: "a".to_owned(),
            refresh_token: "r".to_owned(),
            tenant_key: "org".to_owned(),
            email: "e".to_owned(),
        };
        keep.write(&session).unwrap();
        keep.write(&session).unwrap();
        let mode = std::fs::metadata(&keep.0).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(keep.read().unwrap().unwrap().access_token, "a");
        assert_eq!(
            std::fs::read_dir(folder.path().join("deep"))
                .unwrap()
                .count(),
            1
        );
        keep.remove().unwrap();
        keep.remove().unwrap();
        assert!(keep.read().unwrap().is_none());
    }
}
