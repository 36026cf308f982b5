//! Sets of templates: their manifest, verified on the bytes that are used, and what of them runs.
use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wt_envelope::{Envelope, EnvelopeFault, Signature, SigningKey, TrustedKeys};

use crate::{Template, Unsupported};

/// Media type of a signed manifest.
pub const MANIFEST_TYPE: &str = "application/vnd.watchtower.template-manifest+json";

/// A file of a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Path below the set's root, with `/`.
    pub path: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
}

/// Every file of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// In order of their paths.
    pub files: Vec<Entry>,
}

/// A manifest as it lies beside its files (DSSE's JSON form).
#[derive(Serialize, Deserialize)]
struct Signed {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<SignedBy>,
}

#[derive(Serialize, Deserialize)]
struct SignedBy {
    keyid: String,
    sig: String,
}

/// Why a set is not used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestFault {
    /// Not a signed manifest.
    #[error("the manifest of the template set cannot be read")]
    Unreadable,
    /// Signed by nobody who is trusted.
    #[error("the manifest of the template set is not signed by a trusted key")]
    NotTrusted(#[source] EnvelopeFault),
    /// A file is not in the manifest.
    #[error("{0} is not in the manifest of the template set")]
    Unlisted(String),
    /// A file's bytes are not those of the manifest.
    #[error("{0} is not what the manifest of the template set says")]
    Changed(String),
    /// A file of the manifest is not there.
    #[error("{0} is in the manifest of the template set and not in the set")]
    Missing(String),
}

impl Manifest {
    /// Of these files.
    pub fn of<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut files: Vec<Entry> = files
            .map(|(path, bytes)| Entry {
                path: path.to_owned(),
                sha256: hex::encode(Sha256::digest(bytes)),
            })
            .collect();
        files.sort();
        Self { files }
    }

    /// What the set is known by: SHA-256 over each path, a zero byte and the file's digest.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for file in &self.files {
            digest.update(file.path.as_bytes());
            digest.update([0]);
            digest.update(file.sha256.as_bytes());
            digest.update(b"\n");
        }
        hex::encode(digest.finalize())
    }

    /// Signed, as text.
    pub fn sign(&self, key: &SigningKey) -> String {
        let payload = serde_json::to_vec(self).unwrap_or_default();
        let envelope = wt_envelope::sign(key, MANIFEST_TYPE, payload);
        let signed = Signed {
            payload: BASE64.encode(&envelope.payload),
            payload_type: envelope.payload_type,
            signatures: envelope
                .signatures
                .iter()
                .map(|one| SignedBy {
                    keyid: one.key_id.clone(),
                    sig: BASE64.encode(&one.signature),
                })
                .collect(),
        };
        serde_json::to_string_pretty(&signed).unwrap_or_default()
    }

    /// Reads a signed manifest; the payload is looked at only after its signature held.
    ///
    /// # Errors
    /// [`ManifestFault`] when it is unreadable or not trusted.
    pub fn open(text: &[u8], keys: &TrustedKeys) -> Result<Self, ManifestFault> {
        let signed: Signed = serde_json::from_slice(text).map_err(|_| ManifestFault::Unreadable)?;
        let decode = |text: &str| {
            BASE64
                .decode(text.as_bytes())
                .map_err(|_| ManifestFault::Unreadable)
        };
        let envelope = Envelope {
            payload_type: signed.payload_type,
            payload: decode(&signed.payload)?,
            signatures: signed
                .signatures
                .into_iter()
                .map(|one| {
                    Ok(Signature {
                        key_id: one.keyid,
                        signature: decode(&one.sig)?,
                    })
                })
                .collect::<Result<_, ManifestFault>>()?,
        };
        let payload = wt_envelope::verify(&envelope, MANIFEST_TYPE, keys)
            .map_err(ManifestFault::NotTrusted)?;
        serde_json::from_slice(payload).map_err(|_| ManifestFault::Unreadable)
    }

    /// Whether these are exactly the files of the manifest: none changed, added or taken away.
    ///
    /// # Errors
    /// [`ManifestFault`] names the first file that is not.
    pub fn check<'a>(
        &self,
        files: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), ManifestFault> {
        let mut listed: BTreeMap<&str, &str> = self
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.sha256.as_str()))
            .collect();
        for (path, bytes) in files {
            let expected = listed
                .remove(path)
                .ok_or_else(|| ManifestFault::Unlisted(path.to_owned()))?;
            if hex::encode(Sha256::digest(bytes)) != expected {
                return Err(ManifestFault::Changed(path.to_owned()));
            }
        }
        match listed.into_keys().next() {
            Some(path) => Err(ManifestFault::Missing(path.to_owned())),
            None => Ok(()),
        }
    }
}

#[derive(Default, Serialize)]
struct Count {
    total: usize,
    loaded: usize,
}

/// How many templates of a set run, by protocol, and why the others do not. A template counts once
/// for each protocol it uses.
pub fn summary<'a>(
    results: impl Iterator<Item = (&'a str, &'a Result<Template, Unsupported>)>,
) -> serde_json::Value {
    let (mut all, mut by_protocol) = (Count::default(), BTreeMap::<String, Count>::new());
    let mut unsupported = Vec::new();
    for (path, result) in results {
        all.total += 1;
        let mut protocols: Vec<String> = match result {
            Ok(template) => template
                .blocks
                .iter()
                .map(|block| block.protocol().as_str().to_owned())
                .collect(),
            Err(refused) => refused.protocols.clone(),
        };
        protocols.sort_unstable();
        protocols.dedup();
        for protocol in protocols {
            let count = by_protocol.entry(protocol).or_default();
            count.total += 1;
            count.loaded += usize::from(result.is_ok());
        }
        match result {
            Ok(_) => all.loaded += 1,
            Err(refused) => unsupported.push(serde_json::json!({
                "id": refused.id, "path": path, "reason": refused.reason,
            })),
        }
    }
    serde_json::json!({
        "total": all.total,
        "loaded": all.loaded,
        "by_protocol": by_protocol,
        "unsupported": unsupported,
    })
}

#[cfg(test)]
mod tests {
    use wt_envelope::{SigningKey, TrustedKeys};

    use super::{Manifest, ManifestFault};

    fn files(second: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        vec![("a.yaml", b"a".to_vec()), ("b/c.yaml", second.to_vec())]
    }

    fn each<'a>(files: &'a [(&'static str, Vec<u8>)]) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        files.iter().map(|(path, bytes)| (*path, bytes.as_slice()))
    }

    #[test]
    fn a_manifest_holds_for_exactly_its_files() {
        let (key, other) = (
            SigningKey::from_seed(&[1; 32]).unwrap(),
            SigningKey::from_seed(&[2; 32]).unwrap(),
        );
        let set = files(b"c");
        let manifest = Manifest::of(each(&set));
        let text = manifest.sign(&key);
        let trusted: TrustedKeys = [key.public()].into_iter().collect();
        let opened = Manifest::open(text.as_bytes(), &trusted).unwrap();
        assert_eq!(opened.digest(), manifest.digest());
        opened.check(each(&set)).unwrap();
        let refused = |set: &[(&'static str, Vec<u8>)]| opened.check(each(set)).unwrap_err();
        assert!(matches!(refused(&files(b"x")), ManifestFault::Changed(_)));
        assert!(matches!(refused(&set[..1]), ManifestFault::Missing(_)));
        let more = [set.clone(), vec![("d.yaml", Vec::new())]].concat();
        assert!(matches!(refused(&more), ManifestFault::Unlisted(_)));
        let others: TrustedKeys = [other.public()].into_iter().collect();
        assert!(matches!(
            Manifest::open(text.as_bytes(), &others),
            Err(ManifestFault::NotTrusted(_))
        ));
    }
}
