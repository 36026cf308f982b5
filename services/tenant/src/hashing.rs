//! Password hashes: argon2id with OWASP's parameters, a bounded number at once.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHasher, Version,
    password_hash::phc::{Output, PasswordHash},
};
use tokio::sync::Semaphore;

use crate::error::TenantFault;

/// OWASP Password Storage: argon2id, 19 MiB, two passes, one lane (about 38 ms).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Longest wait for a turn; a flood of sign-ins must not queue for minutes.
const TURN_TIMEOUT: Duration = Duration::from_secs(8);

/// Hashes and checks passwords; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Hashing {
    turns: Arc<Semaphore>,
    memory: Arc<Memory>,
    argon2: Argon2<'static>,
    /// Checked when there is no account, so that the answer takes as long.
    nobody: Arc<str>,
}

impl Hashing {
    /// At most as many hashes at once as there are cores: more only fill the memory.
    pub(crate) fn new() -> Result<Self, TenantFault> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| failed(&e))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2
            .hash_password(b"no account has this password")
            .map_err(|error| failed(&error))?
            .to_string();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            turns: Arc::new(Semaphore::new(cores)),
            memory: Arc::default(),
            argon2,
            nobody: nobody.into(),
        })
    }

    /// The PHC string of a password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, TenantFault> {
        let argon2 = self.argon2.clone();
        self.turn(move || {
            argon2
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|error| failed(&error))
        })
        .await
    }

    /// Whether the password is the one of `stored`, or of nobody; takes the same time either way.
    pub(crate) async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, TenantFault> {
        let memory = Arc::clone(&self.memory);
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        self.turn(move || {
            let mut blocks = memory.take();
            let right = matches(&password, &stored, &mut blocks);
            memory.give_back(blocks);
            Ok(right? && exists)
        })
        .await
    }

    /// Whether a stored hash was made with other parameters than today's.
    pub(crate) fn is_outdated(stored: &str) -> bool {
        let today = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$");
        !stored.starts_with(&today)
    }

    async fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, TenantFault> + Send + 'static,
    ) -> Result<T, TenantFault> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| TenantFault::Busy)?
            .map_err(|_| TenantFault::Busy)?;
        let done = tokio::task::spawn_blocking(work).await;
        drop(turn);
        done.map_err(|error| failed(&error))?
    }
}

/// What hashes are computed in, kept for the next one: to be given 19 MiB of zeroed pages by the
/// system for each costs a tenth of the hash. No more of it is kept than hashes ran at once.
#[derive(Debug, Default)]
struct Memory(Mutex<Vec<Vec<Block>>>);

impl Memory {
    fn take(&self) -> Vec<Block> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.pop().unwrap_or_default()
    }

    fn give_back(&self, mut blocks: Vec<Block>) {
        // A stored hash may have asked for more than today's do.
        blocks.truncate(MEMORY_KIB as usize);
        blocks.shrink_to(MEMORY_KIB as usize);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(blocks);
    }
}

/// Whether `stored`, a PHC string with the parameters it was made by, is of this password.
fn matches(password: &str, stored: &str, blocks: &mut Vec<Block>) -> Result<bool, TenantFault> {
    let stored = PasswordHash::new(stored).map_err(|error| failed(&error))?;
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return Err(failed(&"a stored hash without its salt or output"));
    };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(|e| failed(&e))?;
    let version = stored
        .version
        .map_or(Ok(Version::default()), Version::try_from);
    let params = Params::try_from(&stored).map_err(|error| failed(&error))?;
    let argon2 = Argon2::new(algorithm, version.map_err(|error| failed(&error))?, params);
    let count = argon2.params().block_count();
    if blocks.len() < count {
        blocks.resize(count, Block::new());
    }
    let mut bytes = [0; Output::MAX_LENGTH];
    let out = bytes.get_mut(..expected.len()).unwrap_or_default();
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, out, blocks)
        .map_err(|error| failed(&error))?;
    let found = Output::new(out).map_err(|error| failed(&error))?;
    // Compared in constant time.
    Ok(found == *expected)
}

fn failed(error: &dyn std::fmt::Display) -> TenantFault {
    TenantFault::Hash {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};

    use super::Hashing;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_is_right() {
        let hashing = Hashing::new().unwrap();
        let stored = hashing
            .hash("correct horse battery".to_owned())
            .await
            .unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(!Hashing::is_outdated(&stored));
        assert!(Hashing::is_outdated(
            "$argon2id$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA"
        ));
        let verify = |password: &str, stored| hashing.verify(password.to_owned(), stored);
        assert!(
            verify("correct horse battery", Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(!verify("correct horse batterz", Some(stored)).await.unwrap());
        assert!(!verify("no account has this password", None).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_of_other_parameters_are_checked_one_after_the_other() {
        let hashing = Hashing::new().unwrap();
        for (memory, passes) in [(64, 3), (64 * 1024, 1), (8, 1), (19 * 1024, 2)] {
            let params = Params::new(memory, passes, 1, None).unwrap();
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let stored = argon2.hash_password(b"open sesame").unwrap().to_string();
            let verify = |password: &str| hashing.verify(password.to_owned(), Some(stored.clone()));
            assert!(verify("open sesame").await.unwrap(), "{stored}");
            assert!(!verify("open barley").await.unwrap(), "{stored}");
        }
        let kept = hashing.memory.0.lock().unwrap();
        let largest = kept.iter().map(Vec::capacity).max();
        assert!(largest <= Some(super::MEMORY_KIB as usize), "{largest:?}");
    }
}
