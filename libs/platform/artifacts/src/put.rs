//! Storing bytes under their digest.

use bytes::Bytes;
use object_store::{ObjectStoreExt, PutPayload};
use wt_model::{RunId, TenantKey};

use crate::{ArtifactFault, ArtifactKey, Artifacts};

impl Artifacts {
    /// Stores bytes and returns their key. Storing the same bytes again changes nothing.
    ///
    /// # Errors
    /// [`ArtifactFault::Store`] when the store is away; nothing half-written is visible.
    pub async fn put(
        &self,
        tenant: TenantKey,
        run: RunId,
        bytes: Bytes,
    ) -> Result<ArtifactKey, ArtifactFault> {
        let key = ArtifactKey::of(tenant, run, &bytes);
        self.store
            .put(&key.path(), PutPayload::from_bytes(bytes))
            .await?;
        Ok(key)
    }
}
