//! Every metric of this service.

use prometheus_client::metrics::{counter::Counter, family::Family};
use wt_telemetry::Metrics as Registry;

/// `wt_notify_attempts_total{outcome}`: mails handed to the mail server. Outcomes: `sent`,
/// `later` (will be tried again), `failed` (given up).
/// `wt_notify_posts_total{outcome}`: messages to webhooks, chats and trackers, likewise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    attempts: Family<[(&'static str, &'static str); 1], Counter>,
    posts: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Metrics {
    /// Registers with the process's metrics.
    pub(crate) fn register(registry: &Registry) -> Self {
        let metrics = Self::default();
        let (attempts, posts) = (metrics.attempts.clone(), metrics.posts.clone());
        registry.register(|to| {
            to.register(
                "wt_notify_attempts",
                "Mails handed to the mail server",
                attempts,
            );
            to.register(
                "wt_notify_posts",
                "Messages posted to webhooks and chats",
                posts,
            );
        });
        metrics
    }

    /// Counts one attempt.
    pub(crate) fn attempted(&self, outcome: &'static str) {
        self.attempts.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Counts one message to an integration.
    pub(crate) fn posted(&self, outcome: &'static str) {
        self.posts.get_or_create(&[("outcome", outcome)]).inc();
    }
}
