//! Reading bytes back, checked against the digest that names them.

use bytes::Bytes;
use object_store::ObjectStoreExt;

use crate::{ArtifactFault, ArtifactKey, Artifacts};

impl Artifacts {
    /// Reads an object whole, at most `bytes_max` of it.
    ///
    /// # Errors
    /// [`ArtifactFault::Unknown`], [`ArtifactFault::TooLong`], [`ArtifactFault::Damaged`] when the
    /// bytes are not those the key names, [`ArtifactFault::Store`].
    pub async fn get(&self, key: &ArtifactKey, bytes_max: u64) -> Result<Bytes, ArtifactFault> {
        let found = self.store.get(&key.path()).await?;
        if found.meta.size > bytes_max {
            return Err(ArtifactFault::TooLong { max: bytes_max });
        }
        let bytes = found.bytes().await?;
        if digest(&bytes) == key.sha256() {
            Ok(bytes)
        } else {
            Err(ArtifactFault::Damaged {
                key: key.to_string(),
            })
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use url::Url;

    use crate::{ArtifactFault, ArtifactsArgs, open};

    #[tokio::test]
    async fn bytes_that_changed_in_the_store_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts_url = Url::from_directory_path(folder.path()).unwrap();
        let artifacts = open(&ArtifactsArgs {
            artifacts_url,
            artifacts_public_endpoint: None,
        })
        .unwrap();
        let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let run = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let key = artifacts
            .put(tenant, run, Bytes::from_static(b"seen"))
            .await
            .unwrap();
        assert_eq!(artifacts.get(&key, 100).await.unwrap(), "seen");
        assert!(matches!(
            artifacts.get(&key, 3).await,
            Err(ArtifactFault::TooLong { .. })
        ));

        std::fs::write(folder.path().join(key.to_string()), b"sown").unwrap();
        assert!(matches!(
            artifacts.get(&key, 100).await,
            Err(ArtifactFault::Damaged { .. })
        ));
    }
}
