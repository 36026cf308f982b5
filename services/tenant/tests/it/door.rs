//! A running tenant service and the gateway's way to it.
use std::{net::SocketAddr, path::Path, time::Duration};

use clap::Parser;
use wt_auth::{AccessVerifier, InternalIssuer, Jwks, SigningKey, write_dev_keys};
use wt_fault::{Fault, Kind};
use wt_lifecycle::Life;
use wt_model::Principal;
use wt_proto::{
    Message as _,
    event::{ApiKeyRevoked, Envelope, SessionEnded, TenantMail},
    tenant::{
        GetJwksRequest, SessionResponse, SignUpRequest,
        billing_service_client::BillingServiceClient,
        impersonation_service_client::ImpersonationServiceClient,
        people_service_client::PeopleServiceClient, sign_in_service_client::SignInServiceClient,
        sso_service_client::SsoServiceClient, tenant_service_client::TenantServiceClient,
    },
};
use wt_rpc::{Peer, Request, Response, RpcFault, Status};
use wt_tenant::Config;
use wt_testkit::{Broker, Database, database, fleet::free_ports, wait};

/// How long anything here may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// A password the policy accepts.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The service and everything it stands on; it ends with the test.
pub(crate) struct Door {
    pub(crate) database: Database,
    pub(crate) broker: Broker,
    pub(crate) life: Life,
    pub(crate) url: String,
    keys: tempfile::TempDir,
    gateway: Peer,
}

impl Door {
    pub(crate) async fn open() -> Self {
        Self::open_with(&["--default-plan=enterprise".to_owned()]).await
    }

    /// Opens one with these settings beside the usual; the plan is the free one unless they say.
    pub(crate) async fn open_with(settings: &[String]) -> Self {
        let (database, broker) = (database().await.unwrap(), Broker::start().await.unwrap());
        let keys = tempfile::tempdir().unwrap();
        write_dev_keys(keys.path()).unwrap();
        let port = *free_ports(1).unwrap().first().unwrap();
        let listen: SocketAddr = ([127, 0, 0, 1], port).into();
        let config = config(&database, &broker, keys.path(), listen, settings);
        let life = Life::new(wt_tenant::NAME);
        wt_tenant::start(config, life.clone()).await.unwrap();
        let url = format!("http://{listen}");
        let gateway = peer(&url, keys.path(), "gateway");
        Self {
            database,
            broker,
            life,
            url,
            keys,
            gateway,
        }
    }

    pub(crate) fn client(&self) -> TenantServiceClient<tonic::transport::Channel> {
        TenantServiceClient::new(self.gateway.channel())
    }

    pub(crate) fn sign_in(&self) -> SignInServiceClient<tonic::transport::Channel> {
        SignInServiceClient::new(self.gateway.channel())
    }

    pub(crate) fn billing(&self) -> BillingServiceClient<tonic::transport::Channel> {
        BillingServiceClient::new(self.gateway.channel())
    }

    pub(crate) fn people(&self) -> PeopleServiceClient<tonic::transport::Channel> {
        PeopleServiceClient::new(self.gateway.channel())
    }

    pub(crate) fn impersonations(&self) -> ImpersonationServiceClient<tonic::transport::Channel> {
        ImpersonationServiceClient::new(self.gateway.channel())
    }

    /// The way to procedures by their path.
    pub(crate) fn channel(&self) -> tonic::transport::Channel {
        self.gateway.channel()
    }

    pub(crate) fn sso(&self) -> SsoServiceClient<tonic::transport::Channel> {
        SsoServiceClient::new(self.gateway.channel())
    }

    /// A request on behalf of somebody, or of nobody, from the gateway.
    pub(crate) fn ask<T>(&self, principal: Option<&Principal>, message: T) -> Request<T> {
        self.gateway.request(principal, message).unwrap()
    }

    /// A request with a token minted by a key that is not the gateway's.
    pub(crate) fn ask_forged<T>(&self, message: T) -> Request<T> {
        let issuer = InternalIssuer::new("gateway", SigningKey::generate().unwrap());
        let url = self.url.parse().unwrap();
        let forger = Peer::new(&url, wt_tenant::NAME, issuer);
        forger.request(None, message).unwrap()
    }

    /// A request with a real service's token for another audience.
    pub(crate) fn ask_elsewhere<T>(&self, message: T) -> Request<T> {
        let key = SigningKey::load(&self.keys.path().join("internal/gateway.key.pem")).unwrap();
        let url = self.url.parse().unwrap();
        let elsewhere = Peer::new(&url, "results", InternalIssuer::new("gateway", key));
        elsewhere.request(None, message).unwrap()
    }

    pub(crate) async fn sign_up(&self, email: &str, mode: &str) -> SessionResponse {
        let message = SignUpRequest {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            display_name: "Ann".to_owned(),
            organization_name: format!("{email}'s"),
            mode: mode.to_owned(),
            client: None,
        };
        let answer = self.client().sign_up(self.ask(None, message)).await;
        answer.unwrap().into_inner()
    }

    /// Who an access token says it is, by the published keys.
    pub(crate) async fn principal(&self, session: &SessionResponse) -> Principal {
        self.verified(&session.access_token).await
    }

    /// The same of a token's text.
    pub(crate) async fn verified(&self, access_token: &str) -> Principal {
        let asked = self.ask(None, GetJwksRequest {});
        let jwks = self.client().get_jwks(asked).await.unwrap().into_inner();
        AccessVerifier::new(Jwks::from_json(&jwks.jwks_json).unwrap())
            .verify(access_token)
            .unwrap()
    }

    /// The token of the newest mail of a kind, once there is one.
    pub(crate) async fn mailed(&self, kind: &str) -> String {
        self.mailed_after(kind, "").await
    }

    /// The token of the newest mail of a kind, once it is another than `last`.
    pub(crate) async fn mailed_after(&self, kind: &str, last: &str) -> String {
        wait::until(PATIENCE, "the mail", || async {
            self.mails()
                .await
                .into_iter()
                .rev()
                .find(|mail| mail.kind == kind)
                .and_then(|mail| Some(mail.link.split_once("token=")?.1.to_owned()))
                .filter(|token| token != last)
        })
        .await
    }

    /// Every mail so far, oldest first.
    pub(crate) async fn mails(&self) -> Vec<TenantMail> {
        self.said("tenant.mail")
            .await
            .iter()
            .map(|payload| TenantMail::decode(payload.as_slice()).unwrap())
            .collect()
    }

    /// Sign-ins that were said to have ended.
    pub(crate) async fn ended_sessions(&self) -> Vec<String> {
        let said = self.said("tenant.session_ended").await;
        said.iter()
            .map(|payload| SessionEnded::decode(payload.as_slice()).unwrap().session_id)
            .collect()
    }

    /// Keys that were said to have been revoked.
    pub(crate) async fn revoked_keys(&self) -> Vec<String> {
        let said = self.said("tenant.api_key_revoked").await;
        said.iter()
            .map(|payload| {
                ApiKeyRevoked::decode(payload.as_slice())
                    .unwrap()
                    .api_key_id
            })
            .collect()
    }

    /// Payloads of the news of a subject, oldest first.
    async fn said(&self, subject: &str) -> Vec<Vec<u8>> {
        let envelopes: Vec<Vec<u8>> = sqlx::query_scalar(
            "select envelope from tenant.outbox where subject = $1 order by seq",
        )
        .bind(subject)
        .fetch_all(&mut self.database.superuser().await.unwrap())
        .await
        .unwrap();
        envelopes
            .iter()
            .map(|bytes| Envelope::decode(bytes.as_slice()).unwrap().payload)
            .collect()
    }

    /// One number from the database, asked as the superuser.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&mut self.database.superuser().await.unwrap())
            .await
            .unwrap()
    }

    /// One text from the database, asked as the superuser.
    pub(crate) async fn text(&self, sql: &'static str) -> String {
        sqlx::query_scalar(sql)
            .fetch_one(&mut self.database.superuser().await.unwrap())
            .await
            .unwrap()
    }

    /// The newest invitation that was mailed.
    pub(crate) async fn mail(&self) -> TenantMail {
        let mut mails = self.mails().await;
        mails.retain(|mail| mail.kind == "invitation");
        mails.pop().unwrap()
    }

    /// Changes the database behind the service's back, as the superuser.
    pub(crate) async fn change(&self, sql: &str) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&mut self.database.superuser().await.unwrap())
            .await
            .unwrap();
    }

    /// Waits until the broker holds so many messages of the domain's stream.
    pub(crate) async fn news(&self, count: u64) {
        wait::until(PATIENCE, "the news", || async {
            (self.broker.messages_in("DOMAIN").await.unwrap() >= count).then_some(())
        })
        .await;
    }
}

fn peer(url: &str, keys: &Path, service: &'static str) -> Peer {
    let key = SigningKey::load(&keys.join(format!("internal/{service}.key.pem"))).unwrap();
    Peer::new(
        &url.parse().unwrap(),
        wt_tenant::NAME,
        InternalIssuer::new(service, key),
    )
}

fn config(
    database: &Database,
    broker: &Broker,
    keys: &Path,
    listen: SocketAddr,
    settings: &[String],
) -> Config {
    let key = |path: &str| keys.join(path).display().to_string();
    let given = [
        "wt-tenant".to_owned(),
        format!("--listen-addr={listen}"),
        format!("--internal-key={}", key("internal/tenant.key.pem")),
        format!("--internal-trust-dir={}", key("internal")),
        format!("--access-key={}", key("access/tenant.key.pem")),
        format!("--master-key-file={}", key("master/master.key")),
        format!("--database-url={}", database.url_as("wt_tenant").unwrap()),
        format!("--nats-url={}", broker.url()),
        format!("--public-url={}", crate::authenticator::ORIGIN),
    ];
    Config::parse_from(given.into_iter().chain(settings.iter().cloned()))
}

/// The kind and code of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<Response<T>, Status>) -> (Kind, String) {
    let fault = RpcFault::from(answer.unwrap_err());
    (fault.kind(), fault.code().to_owned())
}
