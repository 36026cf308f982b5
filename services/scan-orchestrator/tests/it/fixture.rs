//! The service in process, between a real database and bus and two scripted peers.
use std::{collections::BTreeSet, time::Duration};

use clap::Parser;
use tokio::net::TcpListener;
use ulid::Ulid;
use wt_auth::{InternalIssuer, SigningKey, write_dev_keys};
use wt_bus::{Bus, BusArgs};
use wt_lifecycle::Life;
use wt_model::{Principal, PrincipalKind, Role, TenantKey};
use wt_proto::{Message, asset, results, scan, tenant};
use wt_rpc::{Peer, RpcFault};
use wt_scan_orchestrator::{Config, start_on};
use wt_testkit::{Broker, Database, GrpcPeer, wait};

/// Longest a test waits for a fact; everything here takes milliseconds on a quiet machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// The consumer that hears what became of jobs.
const SCAN_EVENTS: &str = "orchestrator-scan-events";

pub(crate) struct Fixture {
    pub(crate) database: Database,
    pub(crate) registry: GrpcPeer,
    pub(crate) results: GrpcPeer,
    pub(crate) payer: GrpcPeer,
    pub(crate) broker: Broker,
    pub(crate) bus: Bus,
    pub(crate) peer: Peer,
    life: Life,
    _keys: tempfile::TempDir,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts the service with more settings than the usual.
    pub(crate) async fn start_with(more: &[(&str, &str)]) -> Self {
        let keys = tempfile::tempdir().unwrap();
        write_dev_keys(keys.path()).unwrap();
        let trust = keys.path().join("internal");
        let database = wt_testkit::database().await.unwrap();
        let broker = Broker::start().await.unwrap();
        let registry = GrpcPeer::start("asset-registry", &trust).await.unwrap();
        let results = GrpcPeer::start("results", &trust).await.unwrap();
        let payer = GrpcPeer::start("tenant", &trust).await.unwrap();
        let path = |name: &str| keys.path().join(name).display().to_string();
        let settings = [
            ("--admin-addr", "127.0.0.1:0".to_owned()),
            ("--listen-addr", "127.0.0.1:0".to_owned()),
            ("--internal-key", path("internal/scan-orchestrator.key.pem")),
            ("--internal-trust-dir", path("internal")),
            (
                "--database-url",
                database.url_as("wt_scan_orchestrator").unwrap(),
            ),
            ("--nats-url", broker.url()),
            ("--job-key", path("jobs/scan-orchestrator.key.pem")),
            ("--asset-registry-url", registry.url()),
            ("--results-url", results.url()),
            ("--tenant-url", payer.url()),
            ("--reconcile-ms", "50".to_owned()),
            ("--progress-ms", "50".to_owned()),
        ];
        let more = more
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let arguments = settings
            .into_iter()
            .chain(more)
            .map(|(name, value)| format!("{name}={value}"));
        let config =
            Config::parse_from(std::iter::once("wt-scan-orchestrator".to_owned()).chain(arguments));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let life = Life::new("scan-orchestrator");
        start_on(listener, config, life.clone()).await.unwrap();
        let gateway = SigningKey::load(&trust.join("gateway.key.pem")).unwrap();
        let issuer = InternalIssuer::new("gateway", gateway);
        let bus = BusArgs {
            nats_url: broker.url(),
            allow_old_nats: false,
        };
        let bus = Bus::open(&bus, "test").await.unwrap();
        wait::until(PATIENCE, "the streams", async || {
            bus.ensure_streams().await.ok()
        })
        .await;
        wait::until(PATIENCE, "the service to be ready", async || {
            // `started` is the process's, which there is none of here.
            let (_, reasons) = life.is_ready();
            let mut needs = reasons.iter().filter(|(name, _)| *name != "started");
            needs.all(|(_, is_ready)| *is_ready).then_some(())
        })
        .await;
        Self {
            peer: Peer::new(&url.parse().unwrap(), "scan-orchestrator", issuer),
            database,
            registry,
            results,
            payer,
            broker,
            bus,
            life,
            _keys: keys,
        }
    }

    /// Lets the registry allow these assets to `tenant`, refuse those, and results know of no
    /// open cell.
    pub(crate) fn may_scan(
        &self,
        tenant: TenantKey,
        assets: &[asset::AuthorizedAsset],
        refused: &[asset::UnauthorizedAsset],
    ) {
        let scope = asset::ResolveScopeResponse {
            assets: assets.to_vec(),
            refused: refused.to_vec(),
        };
        self.registry
            .answers(tenant, "ResolveScope", scope.encode_to_vec());
        self.are_open(tenant, Vec::new(), &[]);
        self.stands(tenant, "enterprise", true);
    }

    /// Lets `tenant` be on this plan, and scan or not.
    pub(crate) fn stands(&self, tenant: TenantKey, plan: &str, may_scan: bool) {
        self.stands_below(tenant, &[], plan, may_scan);
    }

    /// As [`Fixture::stands`], below these organizations, the nearest first; the last one pays.
    pub(crate) fn stands_below(
        &self,
        tenant: TenantKey,
        above: &[TenantKey],
        plan: &str,
        may_scan: bool,
    ) {
        let root = above.last().unwrap_or(&tenant);
        let answer = tenant::GetStandingResponse {
            standing: Some(tenant::Standing {
                plan: plan.to_owned(),
                state: if may_scan { "active" } else { "past_due" }.to_owned(),
                may_scan,
                until: None,
            }),
            root_tenant_key: root.to_string(),
            above: std::iter::once(&tenant)
                .chain(above)
                .map(ToString::to_string)
                .collect(),
        };
        self.payer
            .answers(tenant, "GetStanding", answer.encode_to_vec());
    }

    /// Lets results tell these open cells to `tenant`, whatever it asks.
    pub(crate) fn are_open(
        &self,
        tenant: TenantKey,
        cells: Vec<results::OpenCell>,
        unknown_keys: &[&str],
    ) {
        let answer = results::ListOpenCellsResponse {
            cells,
            unknown_keys: unknown_keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        self.results
            .answers(tenant, "ListOpenCells", answer.encode_to_vec());
    }

    /// What the database holds, past row-level security.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        let mut connection = self.database.superuser().await.unwrap();
        sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    /// Changes what the database holds, past row-level security.
    pub(crate) async fn sql(&self, sql: &'static str) -> Result<u64, sqlx::Error> {
        let mut connection = self.database.superuser().await.unwrap();
        let done = sqlx::query(sql).execute(&mut connection).await?;
        Ok(done.rows_affected())
    }

    /// What the service counts, as `/metrics` shows it.
    pub(crate) fn metrics(&self) -> String {
        self.life.metrics().render()
    }

    /// Waits until the service has handled everything that was said about jobs.
    pub(crate) async fn all_is_handled(&self) {
        wait::until(PATIENCE, "handled news", async || {
            (self.broker.unhandled_by(SCAN_EVENTS).await.ok()? == 0).then_some(())
        })
        .await;
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.life.stop();
    }
}

/// The code of what the service answered instead.
pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, RpcFault>) -> String {
    answer.unwrap_err().report().code.clone()
}

pub(crate) fn organization() -> TenantKey {
    TenantKey::from_ulid(Ulid::generate())
}

pub(crate) fn member(tenant: TenantKey, role: Role) -> Principal {
    let mut principal = Principal::service("test", tenant);
    principal.kind = PrincipalKind::User;
    "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".clone_into(&mut principal.sub);
    principal.roles = BTreeSet::from([role]);
    principal
}

/// A proven address with an id and an authorization of its own.
pub(crate) fn address(value: &str) -> asset::AuthorizedAsset {
    asset::AuthorizedAsset {
        asset_id: format!("ast_{}", Ulid::generate()),
        kind: "ip".to_owned(),
        value: value.to_owned(),
        authorization_id: format!("auz_{}", Ulid::generate()),
        expires_at: None,
    }
}

/// A proven network of 64 addresses or so: a job of its own.
pub(crate) fn network(value: &str) -> asset::AuthorizedAsset {
    asset::AuthorizedAsset {
        kind: "cidr".to_owned(),
        ..address(value)
    }
}

/// A request to scan one port of everything that may be scanned.
pub(crate) fn anything() -> scan::RequestRunRequest {
    scan::RequestRunRequest {
        profile: "fast_recheck".to_owned(),
        ports: "9".to_owned(),
        ..Default::default()
    }
}
