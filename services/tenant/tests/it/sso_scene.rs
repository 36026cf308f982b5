//! One test of single sign-on: a service, a provider, a name server, and Ann who owns the
//! organization.
use serde_json::Value;
use wt_fault::Kind;
use wt_model::Principal;
use wt_proto::tenant::{
    AcceptInvitationRequest, CompleteSsoResponse, CreateOrganizationRequest, InviteUserRequest,
    LogInRequest, ResolveSessionRequest, SsoConnection,
};
use wt_testkit::{IdentityProvider, skip};

use crate::{
    door::{Door, PASSWORD, refusal},
    sso_peers::{Names, at_the_provider, prove, put, returned, settings, start},
};

/// Everything of one test, with Ann as the owner of the organization.
pub(crate) struct Scene {
    pub(crate) door: Door,
    pub(crate) names: Names,
    pub(crate) provider: IdentityProvider,
    pub(crate) ann: Principal,
}

impl Scene {
    pub(crate) async fn open(test: &str, alg: &str, accounts: Value) -> Option<Self> {
        if !IdentityProvider::is_installed() {
            skip(
                test,
                "no identity provider: `make test` installs it (needs node)",
            );
            return None;
        }
        let names = Names::start().await;
        let door = Door::open_with(&[
            "--default-plan=enterprise".to_owned(),
            "--sso-allowed-networks=127.0.0.0/8".to_owned(),
            format!("--sso-resolver={}", names.address),
        ])
        .await;
        let provider = IdentityProvider::start(&settings(alg, &accounts))
            .await
            .unwrap();
        let session = door.sign_up("ann@corp.example", "bearer").await;
        let ann = door.principal(&session).await;
        Some(Self {
            door,
            names,
            provider,
            ann,
        })
    }

    pub(crate) async fn connect(&self, wanted: SsoConnection) -> SsoConnection {
        let made = put(&self.door, &self.ann, wanted).await;
        prove(&self.door, &self.names, &self.ann, &made).await
    }

    /// Signs in as one of the provider's accounts, from the log-in page on.
    pub(crate) async fn sign_in(
        &self,
        account: &str,
    ) -> Result<CompleteSsoResponse, (Kind, String)> {
        let url = start(&self.door, "anybody@corp.example").await;
        let query = at_the_provider(&url, account).await;
        let message = self.door.ask(None, returned(&query));
        match self.door.sso().complete_sso(message).await {
            Ok(answer) => Ok(answer.into_inner()),
            refused => Err(refusal(refused)),
        }
    }

    pub(crate) async fn who(&self, answer: CompleteSsoResponse) -> Principal {
        let request = ResolveSessionRequest {
            session_secret: answer.session.unwrap().session_secret,
        };
        let session = self
            .door
            .client()
            .resolve_session(self.door.ask(None, request))
            .await;
        self.door.principal(&session.unwrap().into_inner()).await
    }

    /// Signs up with a password by an invitation of Ann's.
    pub(crate) async fn accept(&self, email: &str) -> Result<(), (Kind, String)> {
        let invite = InviteUserRequest {
            email: email.to_owned(),
            role: "viewer".to_owned(),
        };
        let asked = self.door.ask(Some(&self.ann), invite);
        self.door.people().invite_user(asked).await.unwrap();
        let link = self.door.mail().await.link;
        let accept = AcceptInvitationRequest {
            token: link.split_once("token=").unwrap().1.to_owned(),
            display_name: "Somebody".to_owned(),
            password: PASSWORD.to_owned(),
            ..Default::default()
        };
        let asked = self.door.ask(None, accept);
        match self.door.people().accept_invitation(asked).await {
            Ok(_) => Ok(()),
            refused => Err(refusal(refused)),
        }
    }

    /// An organization below Ann's.
    pub(crate) async fn below(&self, name: &str) -> String {
        let message = CreateOrganizationRequest {
            name: name.to_owned(),
        };
        let asked = self.door.ask(Some(&self.ann), message);
        let made = self.door.client().create_organization(asked).await;
        made.unwrap().into_inner().organization.unwrap().tenant_key
    }

    pub(crate) async fn log_in(&self, email: &str) -> Result<(), (Kind, String)> {
        let request = LogInRequest {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            ..Default::default()
        };
        match self
            .door
            .client()
            .log_in(self.door.ask(None, request))
            .await
        {
            Ok(_) => Ok(()),
            refused => Err(refusal(refused)),
        }
    }
}
