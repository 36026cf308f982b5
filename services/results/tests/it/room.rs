//! One running service on ground of its own.
use std::ops::Deref;

use clap::Parser;
use ulid::Ulid;
use wt_auth::{InternalIssuer, SigningKey as AuthKey};
use wt_lifecycle::Life;
use wt_model::{Principal, PrincipalKind, Role, TenantKey, TypedId, UserId};
use wt_proto::{
    results::results_service_client::ResultsServiceClient,
    stream::{RESULTS_AUDIT, RESULTS_AUTHORIZATIONS, RESULTS_SCAN_ACCEPTED},
};
use wt_results::{Config, NAME};
use wt_rpc::Peer;
use wt_testkit::{database, wait};

use crate::ground::Ground;
pub(crate) use crate::ground::PATIENCE;

pub(crate) struct Room {
    pub(crate) peer: Peer,
    ground: Ground,
    life: Life,
}

impl Deref for Room {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.ground
    }
}

impl Room {
    pub(crate) async fn open() -> Self {
        Self::on(Ground::lay(database().await.unwrap()).await).await
    }

    /// On ground that was laid, and perhaps changed, before.
    pub(crate) async fn on(ground: Ground) -> Self {
        let settings = std::iter::once(NAME.to_owned()).chain(ground.settings());
        let life = Life::new(NAME);
        wt_results::start(Config::parse_from(settings), life.clone())
            .await
            .unwrap();
        let gateway = ground.key_file("internal/gateway.key.pem");
        let gateway = AuthKey::load(gateway.as_ref()).unwrap();
        let url = format!("http://127.0.0.1:{}", ground.port).parse().unwrap();
        wait::until(PATIENCE, "the service's consumers", async || {
            let (_, flags) = life.is_ready();
            let is = |name: &str| flags.contains(&(name, true));
            let consumers = [
                &RESULTS_SCAN_ACCEPTED,
                &RESULTS_AUTHORIZATIONS,
                &RESULTS_AUDIT,
            ];
            (is("schema") && consumers.iter().all(|consumer| is(consumer.name))).then_some(())
        })
        .await;
        Self {
            peer: Peer::new(&url, NAME, InternalIssuer::new("gateway", gateway)),
            ground,
            life,
        }
    }

    pub(crate) fn client(&self) -> ResultsServiceClient<tonic::transport::Channel> {
        ResultsServiceClient::new(self.peer.channel())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.life.stop();
    }
}

pub(crate) fn organization() -> TenantKey {
    TenantKey::from_ulid(Ulid::generate())
}

/// A person with one role in an organization.
pub(crate) fn person(tenant: TenantKey, role: Role) -> Principal {
    Principal {
        kind: PrincipalKind::User,
        sub: UserId::from_ulid(Ulid::generate()).to_string(),
        tenant_key: Some(tenant),
        roles: [role].into(),
        ..Principal::nobody()
    }
}
