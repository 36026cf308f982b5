//! A gateway on a free port, its scripted services, and people with tokens.
use std::{collections::BTreeSet, net::SocketAddr, path::Path, time::Duration};

use clap::Parser as _;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use wt_auth::{AccessIssuer, InternalVerifier, SigningKey};
use wt_gateway::config::Config;
use wt_lifecycle::Life;
use wt_model::{Actor, Permission, Principal, PrincipalKind, Role};
use wt_proto::tenant::GetJwksResponse;

use crate::upstream::Upstream;

pub(crate) const TENANT: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";

pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) upstream: Upstream,
    pub(crate) client: Client,
    issuer: AccessIssuer,
    keys: Keys,
    _life: Life,
}

/// Key files of this test, removed with it.
struct Keys(std::path::PathBuf);

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with more arguments.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        let folder =
            std::env::temp_dir().join(format!("wt-gateway-{:016x}", rand::random::<u64>()));
        let trust = folder.join("trust");
        std::fs::create_dir_all(&trust).unwrap();
        let internal = SigningKey::generate().unwrap();
        std::fs::write(folder.join("gateway.pem"), internal.to_pem()).unwrap();
        std::fs::write(trust.join("gateway.pub.pem"), internal.public().to_pem()).unwrap();
        let issuer = AccessIssuer::new(SigningKey::generate().unwrap());
        let upstream = Upstream::default();
        upstream.answers(
            "GetJwks",
            &GetJwksResponse {
                jwks_json: issuer.jwks().to_json(),
            },
        );
        let peer = format!("http://{}", upstream.start().await);
        let key = folder.join("gateway.pem").display().to_string();
        let trust = trust.display().to_string();
        let artifacts = format!("file://{}/artifacts", folder.display());
        let mut command = vec![
            "wt-gateway",
            "--listen-addr=127.0.0.1:0",
            // Nobody is there: the API must not need the bus.
            "--nats-url=nats://127.0.0.1:9",
            "--internal-key",
            &key,
            "--internal-trust-dir",
            &trust,
            "--artifacts-url",
            &artifacts,
        ];
        for flag in [
            "--tenant-url",
            "--asset-registry-url",
            "--scan-orchestrator-url",
            "--results-url",
            "--notify-url",
            "--ai-report-url",
        ] {
            command.extend([flag, peer.as_str()]);
        }
        command.extend(arguments);
        let config = Config::try_parse_from(command).unwrap();
        let life = Life::new("gateway");
        let bound = wt_gateway::start(config, life.clone()).await.unwrap();
        Self {
            address: bound.address,
            upstream,
            client: Client::builder()
                .timeout(Duration::from_mins(1))
                .no_proxy()
                .build()
                .unwrap(),
            issuer,
            keys: Keys(folder),
            _life: life,
        }
    }

    /// An access token of somebody with this role in `TENANT`.
    pub(crate) fn token(&self, role: Option<Role>) -> String {
        self.issuer
            .mint(&Principal {
                kind: PrincipalKind::User,
                sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                tenant_key: Some(TENANT.parse().unwrap()),
                roles: role.into_iter().collect::<BTreeSet<_>>(),
                sid: Some("ses_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()),
                ..Principal::nobody()
            })
            .unwrap()
    }

    /// An access token of an owner's API key with these scopes.
    pub(crate) fn key_token(&self, scopes: &[Permission]) -> String {
        self.issuer
            .mint(&Principal {
                kind: PrincipalKind::ApiKey,
                sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                tenant_key: Some(TENANT.parse().unwrap()),
                roles: BTreeSet::from([Role::Owner]),
                limit: Some(scopes.iter().copied().collect()),
                ..Principal::nobody()
            })
            .unwrap()
    }

    /// An access token of staff who look with an owner's eyes, at most at this.
    pub(crate) fn acting_token(&self, limit: Option<BTreeSet<Permission>>) -> String {
        let actor = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAW".parse().unwrap();
        self.issuer
            .mint(&Principal {
                kind: PrincipalKind::User,
                sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                tenant_key: Some(TENANT.parse().unwrap()),
                roles: BTreeSet::from([Role::Owner]),
                sid: Some("ses_01ARZ3NDEKTSV4RRFFQ69G5FAX".parse().unwrap()),
                act: Some(Actor { sub: actor }),
                limit,
                ..Principal::nobody()
            })
            .unwrap()
    }

    /// What a service accepts internal tokens with.
    pub(crate) fn verifier_of(&self, service: &'static str) -> InternalVerifier {
        InternalVerifier::load(service, &Path::new(&self.keys.0).join("trust")).unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request without credentials.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// A request of an owner.
    pub(crate) fn owner(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path)
            .bearer_auth(self.token(Some(Role::Owner)))
    }
}

/// Asserts that an answer is a problem document with this status and code, and returns it.
pub(crate) async fn problem(response: Response, status: u16, code: &str) -> Value {
    let url = response.url().path().to_owned();
    assert_eq!(
        response
            .headers()
            .get("content-type")
            .map(reqwest::header::HeaderValue::as_bytes),
        Some(b"application/problem+json".as_slice()),
        "{url} answered {}",
        response.status()
    );
    let answered = response.status().as_u16();
    let id = response
        .headers()
        .get("x-request-id")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], code, "{url}: {problem}");
    assert_eq!(answered, status, "{url}: {problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("/docs/errors/{code}"));
    assert_eq!(problem["request_id"], id);
    problem
}
