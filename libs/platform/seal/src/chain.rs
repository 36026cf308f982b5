//! A key management service, and former master keys of a file that still have to unwrap.
use async_trait::async_trait;

use crate::{Keyring, MasterKey, SealFault, Secret256, TransitKey, Wrapped};

/// The service wraps; the file's keys only unwrap what they wrapped before the service was there.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) current: TransitKey,
    pub(crate) former: Keyring,
}

#[async_trait]
impl MasterKey for Chain {
    async fn current(&self) -> Result<String, SealFault> {
        self.current.current().await
    }

    async fn wrap(&self, context: &[u8], key: &Secret256) -> Result<Wrapped, SealFault> {
        self.current.wrap(context, key).await
    }

    async fn unwrap(
        &self,
        id: &str,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Secret256, SealFault> {
        if self.current.wrapped(id) {
            self.current.unwrap(id, context, wrapped).await
        } else {
            self.former.unwrap(id, context, wrapped).await
        }
    }

    fn is_remote(&self) -> bool {
        true
    }
}
