//! Answers kept for one target, so that identical requests are sent once.
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use http::{HeaderName, HeaderValue};
use tokio::sync::OnceCell;
use wt_template::{HttpAnswer, HttpRequest, Prefilter, Seen};

use super::transport::Said;
use crate::{
    probe::{self, PAGE_BYTES_MAX},
    text,
};

/// Most bytes of bodies kept of one target; beyond, keeping starts anew.
const KEPT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most answers kept of one target.
const KEPT_MAX: usize = 10_000;

/// One request and its answer.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) request: HttpRequest,
    pub(super) answer: HttpAnswer,
    pub(super) ip: String,
    /// Whether the answer ended before its end.
    pub(super) is_cut: bool,
    head: Vec<u8>,
    seen: OnceLock<Seen>,
    page: OnceLock<probe::Exchange>,
}

impl Exchange {
    pub(super) fn new(request: HttpRequest, said: Said) -> Self {
        Self {
            head: said.answer.head(),
            request,
            answer: said.answer,
            ip: said.address.to_string(),
            is_cut: said.is_cut,
            seen: OnceLock::new(),
            page: OnceLock::new(),
        }
    }

    /// The answer as the engine's checks see one; made once.
    pub(super) fn page(&self) -> &probe::Exchange {
        self.page.get_or_init(|| {
            let most = usize::try_from(PAGE_BYTES_MAX).unwrap_or(usize::MAX);
            let body = self.answer.body.get(..most);
            let body = body.unwrap_or(&self.answer.body).to_vec();
            let headers = self.answer.headers.iter().filter_map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                Some((name, HeaderValue::from_bytes(value).ok()?))
            });
            probe::Exchange {
                path: self.request.url.path.clone(),
                request: self.request.to_bytes(),
                status: self.answer.status,
                headers: headers.collect(),
                is_whole: !self.is_cut,
                sha256: text::sha256(&body),
                body,
                // Bounded by the patience with one answer.
                elapsed_ms: u32::try_from(
                    std::time::Duration::from_secs_f64(self.answer.duration_s.max(0.0)).as_millis(),
                )
                .unwrap_or(u32::MAX),
            }
        })
    }

    /// Which texts of the set this answer has; looked for once.
    pub(super) fn seen(&self, prefilter: &Prefilter) -> &Seen {
        self.seen
            .get_or_init(|| prefilter.look(&[&self.head, &self.answer.body]))
    }
}

type Slot = Arc<OnceCell<Option<Arc<Exchange>>>>;

/// The answers of one target.
#[derive(Debug, Default)]
pub(super) struct Kept {
    slots: Mutex<(BTreeMap<HttpRequest, Slot>, usize)>,
    pub(super) shared: AtomicU64,
}

impl Kept {
    /// The answer to a request: sent once, also when several templates ask at the same time.
    pub(super) async fn get_or_send<F>(
        &self,
        request: &HttpRequest,
        send: F,
    ) -> Option<Arc<Exchange>>
    where
        F: Future<Output = Option<Arc<Exchange>>>,
    {
        let is_read = matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS")
            && request.body.is_empty()
            && request.exact.is_none();
        if !is_read {
            return send.await;
        }
        let slot = {
            let mut guard = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            let (slots, bytes) = &mut *guard;
            if slots.len() >= KEPT_MAX || *bytes > KEPT_BYTES_MAX {
                slots.clear();
                *bytes = 0;
            }
            Arc::clone(slots.entry(request.clone()).or_default())
        };
        if slot.initialized() {
            self.shared.fetch_add(1, Ordering::Relaxed);
        }
        let exchange = slot.get_or_init(|| send).await.clone();
        if let Some(exchange) = &exchange {
            let mut guard = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            guard.1 = guard.1.saturating_add(exchange.answer.body.len() / 8 + 1);
        }
        exchange
    }
}
