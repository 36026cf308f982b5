//! The services of the fleet: which there are, and what each is told.
use super::{Endpoints, Settings};

/// One service of the fleet and what it is granted. What is not granted is not told: the worker
/// has no database credentials, and only the tenant service signs access tokens.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Its name; the binary is `wt-` + name.
    pub name: &'static str,
    /// Variable under which others are told where it is; none if nobody calls it.
    pub url_variable: Option<&'static str>,
    /// Its role in the database, if it has one.
    pub role: Option<&'static str>,
    /// Other grants.
    pub grants: &'static [Grant],
}

/// Something a service is told besides the bus and its own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Object storage.
    Artifacts,
    /// Redis.
    Redis,
    /// The key that signs jobs.
    SignJobs,
    /// The public keys of job signers.
    TrustJobs,
    /// The key that signs tree heads.
    SignHeads,
    /// The key that signs access tokens.
    SignAccess,
    /// The master key of secrets at rest.
    MasterKey,
    /// The mail server.
    Mail,
    /// Networks in which receivers of webhooks may be although they are reserved.
    Receivers,
    /// Networks that may be touched although they are reserved, and the resolver of targets.
    Targets,
}

/// Every service, in the order of start: owners of data first, the edge last.
pub const SERVICES: [Service; 8] = [
    Service {
        name: "tenant",
        url_variable: Some("WT_TENANT_URL"),
        role: Some("wt_tenant"),
        grants: &[Grant::SignAccess, Grant::MasterKey, Grant::Redis],
    },
    Service {
        name: "asset-registry",
        url_variable: Some("WT_ASSET_REGISTRY_URL"),
        role: Some("wt_asset_registry"),
        grants: &[Grant::Targets],
    },
    Service {
        name: "scan-orchestrator",
        url_variable: Some("WT_SCAN_ORCHESTRATOR_URL"),
        role: Some("wt_scan_orchestrator"),
        grants: &[Grant::SignJobs, Grant::TrustJobs, Grant::Targets],
    },
    Service {
        name: "results",
        url_variable: Some("WT_RESULTS_URL"),
        role: Some("wt_results"),
        grants: &[Grant::Artifacts, Grant::TrustJobs, Grant::SignHeads],
    },
    Service {
        name: "notify",
        url_variable: Some("WT_NOTIFY_URL"),
        role: Some("wt_notify"),
        grants: &[Grant::Mail, Grant::MasterKey, Grant::Receivers],
    },
    Service {
        name: "ai-report",
        url_variable: Some("WT_AI_REPORT_URL"),
        role: Some("wt_ai_report"),
        grants: &[Grant::Artifacts],
    },
    Service {
        name: "scan-worker",
        url_variable: None,
        role: None,
        grants: &[
            Grant::Artifacts,
            Grant::Redis,
            Grant::TrustJobs,
            Grant::Targets,
        ],
    },
    Service {
        name: "gateway",
        url_variable: None,
        role: None,
        grants: &[Grant::Artifacts, Grant::Redis],
    },
];

/// Everything `service` is told, by variable.
pub(super) fn environment(
    service: &Service,
    endpoints: &Endpoints,
    settings: &Settings,
) -> Vec<(String, String)> {
    let keys = settings.folder.join("keys");
    let key = |path: String| keys.join(path).display().to_string();
    let mut told = vec![
        ("WT_LISTEN_ADDR", endpoints.listen(service.name)),
        ("WT_ADMIN_ADDR", endpoints.admin(service.name)),
        ("NATS_URL", settings.peers.nats_url.clone()),
        (
            "WT_INTERNAL_KEY_FILE",
            key(format!("internal/{}.key.pem", service.name)),
        ),
        ("WT_INTERNAL_TRUST_DIR", key("internal".to_owned())),
        ("WT_LOG", settings.log_filter.clone()),
        ("WT_PUBLIC_URL", endpoints.public_url()),
    ];
    for other in SERVICES {
        if let Some(variable) = other.url_variable {
            told.push((variable, format!("http://{}", endpoints.listen(other.name))));
        }
    }
    // Nothing is sold on one machine: fleets for development, tests and benches have no limits.
    if service.name == "tenant" {
        told.push(("WT_DEFAULT_PLAN", "enterprise".to_owned()));
    }
    if let Some(role) = service.role {
        told.push(("DATABASE_URL", settings.peers.database_url_as(role)));
    }
    if let Some(endpoint) = &settings.otlp_endpoint {
        told.push(("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.clone()));
    }
    for grant in service.grants {
        match grant {
            Grant::Artifacts => told.push(("ARTIFACTS_URL", settings.peers.artifacts_url.clone())),
            Grant::Redis => told.push(("REDIS_URL", settings.peers.redis_url.clone())),
            Grant::SignJobs => told.push((
                "WT_JOB_KEY_FILE",
                key("jobs/scan-orchestrator.key.pem".to_owned()),
            )),
            Grant::TrustJobs => told.push(("WT_JOB_TRUST_DIR", key("jobs".to_owned()))),
            Grant::SignHeads => told.push((
                "WT_LEDGER_KEY_FILE",
                key("ledger/results.key.pem".to_owned()),
            )),
            Grant::SignAccess => told.push((
                "WT_ACCESS_KEY_FILE",
                key("access/tenant.key.pem".to_owned()),
            )),
            Grant::MasterKey => {
                told.push(("WT_MASTER_KEY_FILE", key("master/master.key".to_owned())));
            }
            Grant::Receivers => told.extend(receivers(settings)),
            Grant::Mail => told.push(("WT_SMTP_URL", settings.smtp_url.clone())),
            Grant::Targets => told.extend(targets(settings)),
        }
    }
    told.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(settings.extra.iter().cloned())
        .collect()
}

/// Where webhooks may go besides the public internet: what scans may touch on this machine.
fn receivers(settings: &Settings) -> Option<(&'static str, String)> {
    let networks = settings.allow_networks.join(",");
    (!networks.is_empty()).then_some(("WT_NOTIFY_ALLOWED_NETWORKS", networks))
}

/// What may be touched besides the public internet, and where names are looked up. Left out where
/// it is empty: the services' own defaults are the safe ones.
fn targets(settings: &Settings) -> Vec<(&'static str, String)> {
    let ports: Vec<_> = settings
        .http_file_ports
        .iter()
        .map(ToString::to_string)
        .collect();
    let networks = settings.allow_networks.join(",");
    let resolver = settings.resolver.clone().unwrap_or_default();
    [
        ("WT_ALLOW_NETWORKS", networks.clone()),
        ("WT_ALLOWED_NETWORKS", networks),
        ("WT_RESOLVER", resolver.clone()),
        ("WT_PROOF_RESOLVERS", resolver),
        ("WT_PROOF_HTTP_PORTS", ports.join(",")),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .collect()
}
