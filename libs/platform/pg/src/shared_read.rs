//! One read for everybody who asks the same at the same moment.
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use wt_model::{Principal, TenantKey};

use crate::PgFault;

/// Answers equal questions that wait at the same moment with one read.
///
/// When something changes, every open tab of an organization asks for the same page in the same
/// instant. Whoever asks while an equal read is under way waits, and the next read answers all who
/// wait by then. A read answers only who asked **before it began**: nobody gets an answer older
/// than the question, so what was written before asking is seen, as without this. Nothing is kept
/// once nobody waits for it.
#[derive(Debug)]
pub struct SharedReads<V> {
    asked: Mutex<HashMap<Key, Arc<Question<V>>>>,
}

/// Whose rows are asked for, and the question.
type Key = (TenantKey, Vec<u8>);

#[derive(Debug)]
struct Question<V> {
    /// Orders askers and reads.
    clock: AtomicU64,
    /// The newest read; held while the next is made.
    last: tokio::sync::Mutex<Option<Made<V>>>,
}

#[derive(Debug)]
struct Made<V> {
    began: u64,
    /// None when it failed.
    answer: Option<V>,
}

impl<V> Default for SharedReads<V> {
    fn default() -> Self {
        Self {
            asked: Mutex::default(),
        }
    }
}

impl<V: Clone> SharedReads<V> {
    /// The answer to `question` about `principal`'s organization, by `read` or by that of an equal
    /// question which began after this one was asked. The question holds everything else the
    /// answer depends on; whether the principal may ask is decided before. After a failed read,
    /// everyone who waited for it reads alone, at once.
    pub async fn get<E, F>(
        &self,
        principal: &Principal,
        question: Vec<u8>,
        read: impl FnOnce() -> F,
    ) -> Result<V, E>
    where
        E: From<PgFault>,
        F: Future<Output = Result<V, E>>,
    {
        let tenant_key = principal.tenant_key.ok_or(PgFault::NoTenant)?;
        let asker = Asker::new(self, (tenant_key, question));
        let asked = asker.question.clock.fetch_add(1, Ordering::SeqCst);
        let mut last = asker.question.last.lock().await;
        match last.as_ref().filter(|made| made.began > asked) {
            Some(Made {
                answer: Some(answer),
                ..
            }) => return Ok(answer.clone()),
            Some(Made { answer: None, .. }) => {
                drop(last);
                return read().await;
            }
            None => {}
        }
        let began = asker.question.clock.fetch_add(1, Ordering::SeqCst);
        let answer = read().await;
        *last = Some(Made {
            began,
            answer: answer.as_ref().ok().cloned(),
        });
        answer
    }
}

/// Somebody who waits; the last one to leave takes the question along.
struct Asker<'a, V> {
    reads: &'a SharedReads<V>,
    key: Key,
    question: Arc<Question<V>>,
}

impl<'a, V> Asker<'a, V> {
    fn new(reads: &'a SharedReads<V>, key: Key) -> Self {
        let mut asked = reads.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let question = asked.entry(key.clone()).or_insert_with(|| {
            Arc::new(Question {
                clock: AtomicU64::new(0),
                last: tokio::sync::Mutex::new(None),
            })
        });
        Self {
            reads,
            key,
            question: Arc::clone(question),
        }
    }
}

impl<V> Drop for Asker<'_, V> {
    fn drop(&mut self) {
        let mut asked = self
            .reads
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The map's and this one: askers are counted under the lock alone.
        if Arc::strong_count(&self.question) == 2 {
            asked.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use futures::{FutureExt as _, future::join_all};
    use tokio::sync::Notify;
    use wt_model::Principal;

    use super::SharedReads;
    use crate::PgFault;

    type Reads = SharedReads<usize>;

    fn of(organization: char) -> Principal {
        let ulid: String = std::iter::repeat_n(organization, 26).collect();
        Principal::service("results", format!("org_{ulid}").parse().unwrap())
    }

    fn page() -> Vec<u8> {
        b"page".to_vec()
    }

    async fn never() -> Result<usize, PgFault> {
        pending().await
    }

    fn left(reads: &Reads) -> usize {
        reads.asked.lock().unwrap().len()
    }

    #[tokio::test]
    async fn who_asks_during_a_read_shares_the_next_and_never_the_one_under_way() {
        let (reads, made, go) = (Reads::default(), AtomicUsize::new(0), Notify::new());
        let me = of('1');
        let ask = || {
            reads.get(&me, page(), || async {
                let nth = made.fetch_add(1, Ordering::SeqCst) + 1;
                go.notified().await;
                Ok::<_, PgFault>(nth)
            })
        };
        let mut first = Box::pin(ask());
        assert!(first.as_mut().now_or_never().is_none(), "under way");
        let mut later = Box::pin(join_all((0..5).map(|_| ask())));
        assert!(later.as_mut().now_or_never().is_none(), "waiting");
        go.notify_one();
        assert_eq!(first.await.unwrap(), 1);
        assert!(later.as_mut().now_or_never().is_none(), "the second read");
        go.notify_one();
        for answer in later.await {
            assert_eq!(answer.unwrap(), 2);
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
        assert_eq!(left(&reads), 0, "nothing is kept");
    }

    #[tokio::test]
    async fn organizations_and_questions_share_nothing() {
        let (reads, me, they) = (Reads::default(), of('1'), of('2'));
        let mut stuck = Box::pin(reads.get(&me, page(), never));
        assert!(stuck.as_mut().now_or_never().is_none());
        let theirs = reads.get(&they, page(), || async { Ok::<_, PgFault>(7) });
        assert_eq!(theirs.await.unwrap(), 7);
        let other = reads.get(&me, b"other".to_vec(), || async { Ok::<_, PgFault>(8) });
        assert_eq!(other.await.unwrap(), 8);
        drop(stuck);
        assert_eq!(left(&reads), 0);
    }

    #[tokio::test]
    async fn a_reader_who_goes_away_leaves_the_read_to_the_next() {
        let (reads, me) = (Reads::default(), of('1'));
        let mut gone = Box::pin(reads.get(&me, page(), never));
        assert!(gone.as_mut().now_or_never().is_none());
        let mut next = Box::pin(reads.get(&me, page(), || async { Ok::<_, PgFault>(3) }));
        assert!(next.as_mut().now_or_never().is_none());
        drop(gone);
        assert_eq!(next.await.unwrap(), 3);
        assert_eq!(left(&reads), 0);
    }

    #[tokio::test]
    async fn a_failure_is_the_readers_own_and_the_others_read_alone() {
        let (reads, me, go) = (Reads::default(), of('1'), Notify::new());
        let mut first = Box::pin(reads.get(&me, page(), || async {
            go.notified().await;
            Ok::<_, PgFault>(1)
        }));
        assert!(first.as_mut().now_or_never().is_none());
        let mut fails = Box::pin(reads.get(&me, page(), || async { Err(PgFault::Cursor) }));
        assert!(fails.as_mut().now_or_never().is_none());
        let mut alone = Box::pin(reads.get(&me, page(), || async { Ok::<_, PgFault>(2) }));
        assert!(alone.as_mut().now_or_never().is_none());
        go.notify_one();
        assert_eq!(first.await.unwrap(), 1);
        assert!(fails.await.is_err());
        assert_eq!(alone.await.unwrap(), 2);
        assert_eq!(left(&reads), 0);
    }
}
