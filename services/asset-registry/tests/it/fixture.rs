//! The service in process, between a real database and bus, a scripted tenant service, and web
//! servers on loopback addresses that prove whatever is asked for.
use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use axum::{Router, extract::Path, routing::get};
use clap::Parser;
use tokio::net::TcpListener;
use wt_asset_registry::{Config, start};
use wt_auth::{InternalIssuer, SigningKey, write_dev_keys};
use wt_lifecycle::Life;
use wt_model::{Principal, PrincipalKind, Role, TenantKey};
use wt_proto::{
    Message,
    asset::{
        ArchiveAssetRequest, CheckVerificationRequest, CountVerifiedRequest, ListTaggedRequest,
        ListTagsRequest, NewAsset, RegisterAssetsRequest, StartVerificationRequest,
        asset_registry_service_client::AssetRegistryServiceClient,
    },
    tenant::{GetStandingResponse, Standing},
};
use wt_rpc::{Peer, RpcFault};
use wt_testkit::{Broker, Database, GrpcPeer, fleet::free_ports, wait};

const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Fixture {
    peer: Peer,
    payer: GrpcPeer,
    web_port: u16,
    life: Life,
    _database: Database,
    _broker: Broker,
    _keys: tempfile::TempDir,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        let keys = tempfile::tempdir().unwrap();
        write_dev_keys(keys.path()).unwrap();
        let trust = keys.path().join("internal");
        let database = wt_testkit::database().await.unwrap();
        let broker = Broker::start().await.unwrap();
        let payer = GrpcPeer::start("tenant", &trust).await.unwrap();
        let [port, web_port] = free_ports(2).unwrap().try_into().unwrap();
        let listen: SocketAddr = ([127, 0, 0, 1], port).into();
        let own = trust.join("asset-registry.key.pem");
        let config = Config::parse_from([
            "wt-asset-registry".to_owned(),
            "--admin-addr=127.0.0.1:0".to_owned(),
            format!("--listen-addr={listen}"),
            format!("--internal-key={}", own.display()),
            format!("--internal-trust-dir={}", trust.display()),
            format!(
                "--database-url={}",
                database.url_as("wt_asset_registry").unwrap()
            ),
            format!("--nats-url={}", broker.url()),
            format!("--tenant-url={}", payer.url()),
            "--allowed-networks=127.0.0.0/8".to_owned(),
            // Addresses are not looked up: nobody is asked there.
            "--proof-resolvers=127.0.0.1:9".to_owned(),
            format!("--proof-http-ports={web_port}"),
        ]);
        let life = Life::new("asset-registry");
        start(config, life.clone()).await.unwrap();
        wait::until(PATIENCE, "the service to be ready", async || {
            // `started` is the process's, which there is none of here.
            let (_, reasons) = life.is_ready();
            let mut needs = reasons.iter().filter(|(name, _)| *name != "started");
            needs.all(|(_, is_ready)| *is_ready).then_some(())
        })
        .await;
        let gateway = SigningKey::load(&trust.join("gateway.key.pem")).unwrap();
        let issuer = InternalIssuer::new("gateway", gateway);
        let url = format!("http://{listen}").parse().unwrap();
        Self {
            peer: Peer::new(&url, "asset-registry", issuer),
            payer,
            web_port,
            life,
            _database: database,
            _broker: broker,
            _keys: keys,
        }
    }

    fn client(&self) -> AssetRegistryServiceClient<tonic::transport::Channel> {
        AssetRegistryServiceClient::new(self.peer.channel())
    }

    /// Lets `tenant` be below `root`, which is on `plan`.
    pub(crate) fn stands(&self, tenant: TenantKey, root: TenantKey, plan: &str) {
        let answer = GetStandingResponse {
            standing: Some(Standing {
                plan: plan.to_owned(),
                state: "active".to_owned(),
                may_scan: true,
                until: None,
            }),
            root_tenant_key: root.to_string(),
            above: Vec::new(),
        };
        self.payer
            .answers(tenant, "GetStanding", answer.encode_to_vec());
    }

    /// Registers the address, lets it prove itself, and starts the verification.
    pub(crate) async fn claim(&self, who: &Principal, address: &str) -> String {
        serve_proofs(&format!("{address}:{}", self.web_port)).await;
        let new = NewAsset {
            value: address.to_owned(),
            ..Default::default()
        };
        let message = RegisterAssetsRequest { assets: vec![new] };
        let asked = self.peer.request(Some(who), message).unwrap();
        let answer = self.client().register_assets(asked).await.unwrap();
        let [made] = answer.into_inner().results.try_into().unwrap();
        let asset_id = made.asset.unwrap().id;
        let message = StartVerificationRequest {
            asset_id: asset_id.clone(),
            method: "http_file".to_owned(),
        };
        let asked = self.peer.request(Some(who), message).unwrap();
        self.client().start_verification(asked).await.unwrap();
        asset_id
    }

    /// Looks for the proof; the code of the refusal, if it is one.
    pub(crate) async fn check(&self, who: &Principal, asset_id: &str) -> Result<String, String> {
        let message = CheckVerificationRequest {
            asset_id: asset_id.to_owned(),
        };
        let asked = self.peer.request(Some(who), message).unwrap();
        match self.client().check_verification(asked).await {
            Ok(answer) => Ok(answer.into_inner().verification.unwrap().status),
            Err(status) => Err(RpcFault::from(status).report().code.clone()),
        }
    }

    pub(crate) async fn archive(&self, who: &Principal, asset_id: &str) {
        let message = ArchiveAssetRequest {
            asset_id: asset_id.to_owned(),
        };
        let asked = self.peer.request(Some(who), message).unwrap();
        self.client().archive_asset(asked).await.unwrap();
    }

    /// Registers a name with tags; gives its id.
    pub(crate) async fn register(&self, who: &Principal, value: &str, tags: &[&str]) -> String {
        let new = NewAsset {
            value: value.to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Default::default()
        };
        let message = RegisterAssetsRequest { assets: vec![new] };
        let asked = self.peer.request(Some(who), message).unwrap();
        let answer = self.client().register_assets(asked).await.unwrap();
        let [made] = answer.into_inner().results.try_into().unwrap();
        made.asset.unwrap().id
    }

    pub(crate) async fn tags(&self, who: &Principal) -> Result<Vec<(String, u64)>, RpcFault> {
        let asked = self.peer.request(Some(who), ListTagsRequest {})?;
        let answer = self.client().list_tags(asked).await?.into_inner();
        let tags = answer.tags.into_iter().map(|tag| (tag.tag, tag.assets));
        Ok(tags.collect())
    }

    pub(crate) async fn tagged(&self, who: &Principal, tag: &str) -> Result<Vec<String>, RpcFault> {
        let message = ListTaggedRequest {
            tag: tag.to_owned(),
        };
        let asked = self.peer.request(Some(who), message)?;
        Ok(self
            .client()
            .list_tagged(asked)
            .await?
            .into_inner()
            .asset_ids)
    }

    pub(crate) async fn verified(&self, who: &Principal) -> u32 {
        let asked = self
            .peer
            .request(Some(who), CountVerifiedRequest {})
            .unwrap();
        let answer = self.client().count_verified(asked).await.unwrap();
        answer.into_inner().verified
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.life.stop();
    }
}

/// A web server that holds the file of every challenge: its name is the token it must hold.
async fn serve_proofs(listen: &str) {
    let listener = TcpListener::bind(listen).await.unwrap();
    let file =
        async |Path((_, token)): Path<(String, String)>| format!("watchtower-verification={token}");
    let router = Router::new().route("/.well-known/{folder}/{token}", get(file));
    tokio::spawn(async move { axum::serve(listener, router).await });
}

pub(crate) fn owner(tenant: TenantKey) -> Principal {
    let mut principal = Principal::service("test", tenant);
    principal.kind = PrincipalKind::User;
    "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".clone_into(&mut principal.sub);
    principal.roles = BTreeSet::from([Role::Owner]);
    principal
}
