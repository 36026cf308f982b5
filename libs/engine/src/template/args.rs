//! Which templates runs use as checks, as an operator sets it.
use std::{fs, path::PathBuf};

use wt_envelope::{TrustedKeys, VerifyingKey};

use super::{SetFault, TemplateChecks, TemplateSet, TooManyChecks};

/// Templates of the operator's, beside our own. What plans runs and what scans need the same.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TemplateArgs {
    /// Folder of detection templates that deep scans run beside our own; its manifest has to be
    /// signed (`watchtower-engine templates sign`)
    #[arg(long, env = "WT_TEMPLATES", value_name = "DIR")]
    templates: Option<PathBuf>,
    /// Public keys (SPKI PEM, Ed25519) of which one has to have signed that folder's manifest,
    /// comma separated
    #[arg(
        long,
        env = "WT_TEMPLATES_TRUST",
        default_value = "",
        value_name = "FILES"
    )]
    templates_trust: String,
    /// Whether templates that nobody signed run too
    #[arg(
        long,
        env = "WT_TEMPLATES_UNSIGNED",
        default_value_t = false,
        action = clap::ArgAction::Set,
        value_name = "BOOL"
    )]
    templates_unsigned: bool,
}

/// Why templates are not used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateArgsFault {
    /// Nobody is trusted, and unsigned ones are not wanted.
    #[error("WT_TEMPLATES needs WT_TEMPLATES_TRUST, or WT_TEMPLATES_UNSIGNED=true")]
    NobodyTrusted,
    /// A key cannot be used.
    #[error("WT_TEMPLATES_TRUST: {}: {why}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The folder is not used.
    #[error("WT_TEMPLATES: {}", .path.display())]
    Set {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        fault: SetFault,
    },
    /// There are too many.
    #[error("WT_TEMPLATES: {0}")]
    TooMany(#[from] TooManyChecks),
}

impl TemplateArgs {
    /// Our own templates, and the operator's.
    ///
    /// # Errors
    /// When the operator's cannot be used as they are.
    pub fn open(&self) -> Result<TemplateChecks, TemplateArgsFault> {
        let mut sets = vec![TemplateSet::builtin()];
        if let Some(path) = &self.templates {
            let keys = self.keys()?;
            if keys.is_none() && !self.templates_unsigned {
                return Err(TemplateArgsFault::NobodyTrusted);
            }
            let set = TemplateSet::open(path, keys.as_ref()).map_err(|fault| {
                let path = path.clone();
                TemplateArgsFault::Set { path, fault }
            })?;
            sets.push(set);
        }
        let checks = TemplateChecks::new(sets)?;
        let refused: usize = checks.sets.iter().map(|set| set.refused.len()).sum();
        tracing::info!(
            templates = checks.len(),
            left_out = checks.left_out().len(),
            refused,
            "templates are ready"
        );
        Ok(checks)
    }

    fn keys(&self) -> Result<Option<TrustedKeys>, TemplateArgsFault> {
        let paths = self.templates_trust.split(',').map(str::trim);
        let keys = paths
            .filter(|path| !path.is_empty())
            .map(|path| {
                let fault = |why: String| TemplateArgsFault::Key {
                    path: path.into(),
                    why,
                };
                let text = fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
                VerifyingKey::from_spki_pem(&text).map_err(|error| fault(error.to_string()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok((!keys.is_empty()).then(|| keys.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wt_envelope::SigningKey;

    use super::{TemplateArgs, TemplateSet};

    const OWN: &str = "id: mine\ninfo: {name: Mine, severity: low, author: a}\nhttp:\n  \
                       - path: ['{{BaseURL}}/x']\n    matchers: [{type: word, words: [y]}]\n";

    fn args(folder: &Path, trust: &Path, templates_unsigned: bool) -> TemplateArgs {
        TemplateArgs {
            templates: Some(folder.to_path_buf()),
            templates_trust: trust.display().to_string(),
            templates_unsigned,
        }
    }

    #[test]
    fn templates_of_an_operator_run_when_somebody_trusted_signed_exactly_them() {
        let folder = tempfile::tempdir().unwrap();
        let keys = tempfile::tempdir().unwrap();
        let (nobody, trust) = (Path::new(""), keys.path().join("trust.pem"));
        let own = folder.path().join("mine.yaml");
        std::fs::write(&own, OWN).unwrap();
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        std::fs::write(&trust, key.public().to_spki_pem()).unwrap();
        let open = |trust, unsigned| args(folder.path(), trust, unsigned).open();

        let refused = open(nobody, false).unwrap_err().to_string();
        assert!(refused.contains("WT_TEMPLATES_TRUST"), "{refused}");
        let with_own = open(nobody, true).unwrap().len();
        let without = TemplateArgs::default().open().unwrap().len();
        assert_eq!(with_own, without + 1);
        assert!(open(&trust, false).is_err(), "nobody signed it");

        let signed = TemplateSet::manifest_of(folder.path()).unwrap();
        let signed = signed.sign(&key);
        std::fs::write(folder.path().join("watchtower-manifest.json"), signed).unwrap();
        assert_eq!(open(&trust, false).unwrap().len(), with_own);
        std::fs::write(&own, OWN.replace("[y]", "[z]")).unwrap();
        assert!(open(&trust, false).is_err(), "changed since");
        let refused = open(&own, false).unwrap_err().to_string();
        assert!(refused.starts_with("WT_TEMPLATES_TRUST: "), "{refused}");
    }
}
