//! The published keys that access tokens are checked with.
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tokio::sync::Mutex;
use wt_auth::{AccessVerifier, Jwks};
use wt_proto::tenant::GetJwksRequest;

use crate::{clients::Clients, rest::problem::Problem};

/// Shortest time between two fetches: tokens signed by unknown keys must not become load.
const REFETCH_AFTER: Duration = Duration::from_secs(5);

/// Keys are fetched anew after this: one that was withdrawn must not be believed for ever. Less
/// than the time a new key is published before it signs.
const STALE_AFTER: Duration = Duration::from_mins(5);

/// Published keys, fetched when a token names one that is not known.
#[derive(Debug)]
pub(crate) struct AccessKeys {
    verifier: RwLock<Arc<AccessVerifier>>,
    fetched_at: Mutex<Option<Instant>>,
}

impl AccessKeys {
    /// No keys yet.
    pub(crate) fn new() -> Self {
        Self {
            verifier: RwLock::new(Arc::new(AccessVerifier::default())),
            fetched_at: Mutex::new(None),
        }
    }

    fn current(&self) -> Arc<AccessVerifier> {
        Arc::clone(&self.verifier.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What checks `token`, after fetching keys if it names an unknown one.
    pub(crate) async fn for_token(
        &self,
        token: &str,
        clients: &Clients,
    ) -> Result<Arc<AccessVerifier>, Problem> {
        let verifier = self.current();
        if !verifier.knows_key_of(token) {
            self.fetch(clients).await?;
            return Ok(self.current());
        }
        if self.take_turn_to_refresh().await {
            // What is known is good enough while the tenant service is away.
            if let Err(problem) = self.fetch_now(clients).await {
                tracing::warn!(error = %problem, "published keys can't be fetched anew");
            }
            return Ok(self.current());
        }
        Ok(verifier)
    }

    /// Whether the keys are stale and it is this caller who fetches them.
    async fn take_turn_to_refresh(&self) -> bool {
        let mut fetched_at = self.fetched_at.lock().await;
        let stale = fetched_at.is_some_and(|at| at.elapsed() > STALE_AFTER);
        if stale {
            *fetched_at = Some(Instant::now());
        }
        stale
    }

    /// Fetches the published keys, unless that was just done.
    pub(crate) async fn fetch(&self, clients: &Clients) -> Result<(), Problem> {
        let mut fetched_at = self.fetched_at.lock().await;
        if fetched_at.is_some_and(|at| at.elapsed() < REFETCH_AFTER) {
            return Ok(());
        }
        self.fetch_now(clients).await?;
        *fetched_at = Some(Instant::now());
        Ok(())
    }

    async fn fetch_now(&self, clients: &Clients) -> Result<(), Problem> {
        let json = clients
            .anonymous()?
            .get_jwks(GetJwksRequest {})
            .await?
            .into_inner()
            .jwks_json;
        let keys =
            Jwks::from_json(&json).map_err(|_malformed| Problem::broken_answer("jwks_json"))?;
        *self
            .verifier
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(AccessVerifier::new(keys));
        Ok(())
    }
}
