//! Taking bytes away when nobody keeps them any more.

use object_store::ObjectStoreExt;

use crate::{ArtifactFault, ArtifactKey, Artifacts};

impl Artifacts {
    /// Removes an object; one that is gone already is as good.
    ///
    /// # Errors
    /// [`ArtifactFault::Store`] when the store is away or refuses.
    pub async fn remove(&self, key: &ArtifactKey) -> Result<(), ArtifactFault> {
        match self
            .store
            .delete(&key.path())
            .await
            .map_err(ArtifactFault::from)
        {
            Ok(()) | Err(ArtifactFault::Unknown) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use url::Url;

    use crate::{ArtifactFault, ArtifactsArgs, open};

    #[tokio::test]
    async fn what_is_removed_is_unknown_and_removing_it_again_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts_url = Url::from_directory_path(folder.path()).unwrap();
        let artifacts = open(&ArtifactsArgs {
            artifacts_url,
            artifacts_public_endpoint: None,
        })
        .unwrap();
        let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let run = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let bytes = |text: &'static [u8]| Bytes::from_static(text);
        let key = artifacts.put(tenant, run, bytes(b"old")).await.unwrap();
        let kept = artifacts.put(tenant, run, bytes(b"new")).await.unwrap();
        artifacts.remove(&key).await.unwrap();
        artifacts.remove(&key).await.unwrap();
        let gone = artifacts.get(&key, 100).await.unwrap_err();
        assert!(matches!(gone, ArtifactFault::Unknown), "{gone}");
        assert_eq!(artifacts.get(&kept, 100).await.unwrap(), "new");
    }
}
