//! Every metric of this service.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};

/// `outcome` is `proven` or `not_proven`; `method` is a verification method.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CheckLabels {
    pub(crate) method: &'static str,
    pub(crate) outcome: &'static str,
}

/// Counters of this service; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    /// `wt_asset_verification_checks_total`
    pub(crate) checks: Family<CheckLabels, Counter>,
    /// `wt_asset_authorizations_expired_total`
    pub(crate) expired: Counter,
}

impl Metrics {
    /// Makes and registers them.
    pub(crate) fn register(registry: &wt_telemetry::Metrics) -> Self {
        let metrics = Self::default();
        registry.register(|registry| {
            registry.register(
                "wt_asset_verification_checks",
                "Looks for a proof of ownership, by method and outcome",
                metrics.checks.clone(),
            );
            registry.register(
                "wt_asset_authorizations_expired",
                "Authorizations that ended because their time was over",
                metrics.expired.clone(),
            );
        });
        metrics
    }
}
