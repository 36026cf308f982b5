//! A fresh directory of keys for development, tests and the demo.
use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{KeyFault, SigningKey};

/// Every service that calls or is called.
pub const SERVICES: [&str; 8] = [
    "gateway",
    "tenant",
    "asset-registry",
    "scan-orchestrator",
    "scan-worker",
    "results",
    "notify",
    "ai-report",
];

/// Writes `internal/<service>.{key,pub}.pem`,
/// `jobs/scan-orchestrator.{key,pub}.pem`, `ledger/results.{key,pub}.pem` and
/// `access/tenant.{key,pub}.pem` and the master key `master/master.key` below `dir`. Keys that are there already are kept, so that a
/// restart does not sign everybody out. A trust directory may be the directory of the pairs:
/// only `.pub.pem` files are read from it.
pub fn write_dev_keys(dir: &Path) -> Result<(), KeyFault> {
    for service in SERVICES {
        pair(&dir.join("internal"), service)?;
    }
    pair(&dir.join("jobs"), "scan-orchestrator")?;
    pair(&dir.join("ledger"), "results")?;
    pair(&dir.join("access"), "tenant")?;
    master_key(&dir.join("master"))
}

/// 32 random bytes in Base64, as `wt-seal` reads them.
fn master_key(dir: &Path) -> Result<(), KeyFault> {
    let path = dir.join("master.key");
    if path.exists() {
        return Ok(());
    }
    let mut raw = [0; 32];
    aws_lc_rs::rand::fill(&mut raw).map_err(|_| KeyFault::Generate)?;
    let file = |source| KeyFault::File {
        path: path.display().to_string(),
        source,
    };
    std::fs::create_dir_all(dir).map_err(file)?;
    write_private(&path, &format!("{}\n", STANDARD.encode(raw))).map_err(file)
}

fn pair(dir: &Path, name: &str) -> Result<(), KeyFault> {
    let private = dir.join(format!("{name}.key.pem"));
    let public = dir.join(format!("{name}.pub.pem"));
    let key = if private.exists() {
        SigningKey::load(&private)?
    } else {
        SigningKey::generate()?
    };
    let file = |path: &Path| {
        let path = path.display().to_string();
        move |source| KeyFault::File { path, source }
    };
    std::fs::create_dir_all(dir).map_err(file(dir))?;
    write_private(&private, &key.to_pem()).map_err(file(&private))?;
    std::fs::write(&public, key.public().to_pem()).map_err(file(&public))
}

fn write_private(path: &Path, pem: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(pem.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::write_dev_keys;
    use crate::{InternalVerifier, SigningKey};

    #[test]
    fn writing_twice_keeps_the_keys() {
        let dir = std::env::temp_dir().join(format!("wt-keys-{}", std::process::id()));
        write_dev_keys(&dir).unwrap();
        let path = dir.join("access/tenant.key.pem");
        let first = SigningKey::load(&path).unwrap();
        let master = std::fs::read(dir.join("master/master.key")).unwrap();
        write_dev_keys(&dir).unwrap();
        assert_eq!(
            std::fs::read(dir.join("master/master.key")).unwrap(),
            master
        );
        assert_eq!(SigningKey::load(&path).unwrap().public(), first.public());
        assert!(InternalVerifier::load("results", &dir.join("internal")).is_ok());
        std::fs::remove_dir_all(dir).unwrap();
    }
}
