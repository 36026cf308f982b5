//! The service in process, between a real database, bus and mail server and two scripted peers.
use std::{collections::BTreeSet, time::Duration};

use clap::Parser;
use tokio::net::TcpListener;
use ulid::Ulid;
use wt_auth::{InternalIssuer, SigningKey, write_dev_keys};
use wt_bus::{Bus, BusArgs, envelope_for};
use wt_lifecycle::Life;
use wt_model::{Principal, PrincipalKind, Role, TenantKey};
use wt_notify::{Config, start_on};
use wt_proto::{
    Message,
    convert::to_timestamp,
    event,
    notify::{self, notify_service_client::NotifyServiceClient},
    results, tenant,
};
use wt_rpc::{Peer, RpcFault};
use wt_testkit::{Broker, Database, GrpcPeer, wait};

/// Longest a test waits for a fact; everything here takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Fixture {
    pub(crate) database: Database,
    pub(crate) results: GrpcPeer,
    pub(crate) tenant: GrpcPeer,
    bus: Bus,
    peer: Peer,
    life: Life,
    _broker: Broker,
    _keys: tempfile::TempDir,
}

impl Fixture {
    /// Starts the service with mails going to `smtp_url`.
    pub(crate) async fn start(smtp_url: &str) -> Self {
        Self::start_with(smtp_url, &[]).await
    }

    /// The same with some settings in place of the usual ones; an empty one is left out.
    pub(crate) async fn start_with(smtp_url: &str, other: &[(&str, &str)]) -> Self {
        let keys = tempfile::tempdir().unwrap();
        write_dev_keys(keys.path()).unwrap();
        let trust = keys.path().join("internal");
        let database = wt_testkit::database().await.unwrap();
        let broker = Broker::start().await.unwrap();
        let results = GrpcPeer::start("results", &trust).await.unwrap();
        let tenant = GrpcPeer::start("tenant", &trust).await.unwrap();
        let settings = [
            ("--admin-addr", "127.0.0.1:0".to_owned()),
            ("--listen-addr", "127.0.0.1:0".to_owned()),
            (
                "--internal-key",
                trust.join("notify.key.pem").display().to_string(),
            ),
            ("--internal-trust-dir", trust.display().to_string()),
            ("--database-url", database.url_as("wt_notify").unwrap()),
            ("--nats-url", broker.url()),
            ("--results-url", results.url()),
            ("--tenant-url", tenant.url()),
            ("--smtp-url", smtp_url.to_owned()),
            ("--smtp-from", "Watchtower <wt@wt.example>".to_owned()),
            ("--public-url", "https://wt.example".to_owned()),
            ("--retry-base", "50ms".to_owned()),
            ("--period", "50ms".to_owned()),
            ("--allowed-networks", "127.0.0.0/8".to_owned()),
            (
                "--master-key-file",
                keys.path().join("master/master.key").display().to_string(),
            ),
        ];
        let settings = settings.map(|(name, usual)| {
            let given = other.iter().find(|(given, _)| *given == name);
            (name, given.map_or(usual, |(_, value)| (*value).to_owned()))
        });
        let arguments = settings
            .into_iter()
            .filter(|(name, value)| !value.is_empty() || *name == "--smtp-url")
            .flat_map(|(name, value)| [name.to_owned(), value]);
        let config = Config::parse_from(std::iter::once("wt-notify".to_owned()).chain(arguments));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let life = Life::new("notify");
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
        Self {
            peer: Peer::new(&url.parse().unwrap(), "notify", issuer),
            database,
            results,
            tenant,
            bus,
            life,
            _broker: broker,
            _keys: keys,
        }
    }

    /// Says that a run of `tenant` entered `state`, in a message of its own.
    pub(crate) async fn run_changed(&self, tenant: TenantKey, run: &str, kind: &str, state: &str) {
        let envelope = news(tenant, run, kind, state);
        self.publish(&envelope).await;
    }

    pub(crate) async fn publish(&self, envelope: &event::Envelope) {
        self.publish_as("run.changed", envelope).await;
    }

    pub(crate) async fn publish_as(&self, subject: &str, envelope: &event::Envelope) {
        self.bus.publish(subject, envelope).await.unwrap();
    }

    /// Lets results tell these events of every run of `tenant`.
    pub(crate) fn led_to(&self, tenant: TenantKey, events: Vec<results::ExposureEvent>) {
        let summary = results::GetRunSummaryResponse {
            events,
            ..Default::default()
        };
        self.results
            .answers(tenant, "GetRunSummary", summary.encode_to_vec());
    }

    /// Lets `tenant` have members with these addresses.
    pub(crate) fn has_members(&self, tenant: TenantKey, addresses: &[&str]) {
        let people: Vec<_> = addresses.iter().map(|email| (*email, "viewer")).collect();
        self.has_people(tenant, &people);
    }

    /// Lets `tenant` have members with these addresses and roles.
    pub(crate) fn has_people(&self, tenant: TenantKey, people: &[(&str, &str)]) {
        let members = people
            .iter()
            .map(|(email, role)| tenant::Member {
                user: Some(tenant::User {
                    id: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                    email: (*email).to_owned(),
                    display_name: "Somebody".to_owned(),
                    email_verified: true,
                }),
                role: (*role).to_owned(),
                joined_at: None,
            })
            .collect();
        let answer = tenant::ListMembersResponse { members };
        self.tenant
            .answers(tenant, "ListMembers", answer.encode_to_vec());
    }

    pub(crate) async fn get_settings(&self, who: &Principal) -> Result<notify::Settings, RpcFault> {
        let request = self
            .peer
            .request(Some(who), notify::GetSettingsRequest {})?;
        let answer = NotifyServiceClient::new(self.peer.channel())
            .get_settings(request)
            .await?;
        Ok(answer.into_inner().settings.unwrap())
    }

    pub(crate) async fn put_settings(
        &self,
        who: &Principal,
        settings: notify::Settings,
    ) -> Result<notify::Settings, RpcFault> {
        let message = notify::PutSettingsRequest {
            settings: Some(settings),
        };
        let request = self.peer.request(Some(who), message)?;
        let answer = NotifyServiceClient::new(self.peer.channel())
            .put_settings(request)
            .await?;
        Ok(answer.into_inner().settings.unwrap())
    }

    pub(crate) async fn deliveries(&self, who: &Principal) -> Vec<notify::Delivery> {
        let message = notify::ListDeliveriesRequest::default();
        let request = self.peer.request(Some(who), message).unwrap();
        let answer = NotifyServiceClient::new(self.peer.channel())
            .list_deliveries(request)
            .await;
        answer.unwrap().into_inner().deliveries
    }

    /// The one delivery of an organization, once it is in `state`.
    pub(crate) async fn delivery_in(&self, who: &Principal, state: &str) -> notify::Delivery {
        wait::until(PATIENCE, state, async || {
            let found = self.deliveries(who).await;
            found.into_iter().find(|delivery| delivery.state == state)
        })
        .await
    }
}

/// What is told from the least severity on, to a webhook at `address`.
pub(crate) fn webhook(address: &str) -> notify::PutIntegrationRequest {
    notify::PutIntegrationRequest {
        id: String::new(),
        kind: "webhook".to_owned(),
        name: "tickets".to_owned(),
        address: address.to_owned(),
        rule: Some(notify::IntegrationRule {
            min_severity: "info".to_owned(),
            ..Default::default()
        }),
        enabled: true,
        ..Default::default()
    }
}

macro_rules! calls {
    ($($name:ident($request:ident) -> $answer:ident;)+) => {
        impl Fixture {$(
            pub(crate) async fn $name(
                &self,
                who: &Principal,
                message: notify::$request,
            ) -> Result<notify::$answer, RpcFault> {
                let request = self.peer.request(Some(who), message)?;
                let answer = NotifyServiceClient::new(self.peer.channel())
                    .$name(request)
                    .await?;
                Ok(answer.into_inner())
            }
        )+}
    };
}

calls! {
    list_integrations(ListIntegrationsRequest) -> ListIntegrationsResponse;
    put_integration(PutIntegrationRequest) -> PutIntegrationResponse;
    delete_integration(DeleteIntegrationRequest) -> DeleteIntegrationResponse;
    rotate_integration_secret(RotateIntegrationSecretRequest) -> RotateIntegrationSecretResponse;
    test_integration(TestIntegrationRequest) -> TestIntegrationResponse;
    list_integration_deliveries(ListIntegrationDeliveriesRequest) -> ListIntegrationDeliveriesResponse;
    replay_integration_delivery(ReplayIntegrationDeliveryRequest) -> ReplayIntegrationDeliveryResponse;
    list_tickets(ListTicketsRequest) -> ListTicketsResponse;
    create_ticket(CreateTicketRequest) -> CreateTicketResponse;
}

impl Fixture {
    /// Makes one and returns its id and its secret.
    pub(crate) async fn joined(
        &self,
        who: &Principal,
        request: notify::PutIntegrationRequest,
    ) -> (String, String) {
        let made = self.put_integration(who, request).await.unwrap();
        (made.integration.unwrap().id, made.secret)
    }

    pub(crate) async fn integration(&self, who: &Principal, id: &str) -> notify::Integration {
        let all = self
            .list_integrations(who, notify::ListIntegrationsRequest {})
            .await
            .unwrap();
        let mut all = all.integrations.into_iter();
        all.find(|one| one.id == id).unwrap()
    }

    /// Ids of all.
    pub(crate) async fn integration_ids(&self, who: &Principal) -> Vec<String> {
        let all = self
            .list_integrations(who, notify::ListIntegrationsRequest {})
            .await
            .unwrap();
        let all = all.integrations.into_iter();
        all.map(|one| one.id).collect()
    }

    /// Waits until this many runs were decided about, whatever the decision.
    pub(crate) async fn decided(&self, runs: i64) {
        wait::until(PATIENCE, "the runs to be decided about", async || {
            let mut database = self.database.superuser().await.unwrap();
            let count = "select count(*) from notify.notices where state <> 'pending'";
            let count: i64 = sqlx::query_scalar(count)
                .fetch_one(&mut database)
                .await
                .unwrap();
            (count == runs).then_some(())
        })
        .await;
    }

    /// What was sent to one, newest first.
    pub(crate) async fn sent_to(
        &self,
        who: &Principal,
        id: &str,
    ) -> Vec<notify::IntegrationDelivery> {
        let request = notify::ListIntegrationDeliveriesRequest {
            integration_id: id.to_owned(),
            page: None,
        };
        let answer = self.list_integration_deliveries(who, request).await;
        answer.unwrap().deliveries
    }

    /// The first message to one that is in `state`.
    pub(crate) async fn sent_in(
        &self,
        who: &Principal,
        id: &str,
        state: &str,
    ) -> notify::IntegrationDelivery {
        wait::until(PATIENCE, state, async || {
            let all = self.sent_to(who, id).await;
            all.into_iter().find(|one| one.state == state)
        })
        .await
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.life.stop();
    }
}

/// The message that a run entered a state.
pub(crate) fn news(tenant: TenantKey, run: &str, kind: &str, state: &str) -> event::Envelope {
    let payload = event::RunChanged {
        run_id: run.to_owned(),
        kind: kind.to_owned(),
        profile: "baseline".to_owned(),
        state: state.to_owned(),
        previous: "processing".to_owned(),
        at: Some(to_timestamp(time::OffsetDateTime::now_utc())),
        ..Default::default()
    };
    let principal = Principal::service("scan-orchestrator", tenant);
    envelope_for("scan-orchestrator", tenant, &principal, &payload)
}

pub(crate) fn organization() -> TenantKey {
    TenantKey::from_ulid(Ulid::generate())
}

pub(crate) fn run_id() -> String {
    format!("run_{}", Ulid::generate())
}

pub(crate) fn member(tenant: TenantKey, role: Role) -> Principal {
    Principal {
        kind: PrincipalKind::User,
        sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        tenant_key: Some(tenant),
        roles: BTreeSet::from([role]),
        ..Principal::nobody()
    }
}

pub(crate) fn change(
    kind: &str,
    severity: &str,
    title: &str,
    host: &str,
) -> results::ExposureEvent {
    results::ExposureEvent {
        id: format!("evt_{}", Ulid::generate()),
        key: "exp1_abcdefghijklmnopqrstuvwxyz".to_owned(),
        r#type: kind.to_owned(),
        severity: severity.to_owned(),
        title: title.to_owned(),
        host: host.to_owned(),
        port: 443,
        check_id: "tls.cert_expired".to_owned(),
        ..Default::default()
    }
}
