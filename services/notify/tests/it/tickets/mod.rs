//! One exposure has one issue, whatever is lost on the way and however often the news comes; what
//! happens to it is told there. The peers are `forge.rs`, which says what that does not show.
mod by_hand;
mod jira;
mod once;
mod refused;
mod rule;

use time::OffsetDateTime;
use wt_model::{Principal, Role, TenantKey};
use wt_proto::convert::to_timestamp;
use wt_proto::notify::{
    CreateTicketRequest, IntegrationDelivery, ListTicketsRequest, PutIntegrationRequest,
    TestIntegrationRequest, Ticket, Tracker,
};
use wt_proto::{Message, results};
use wt_testkit::wait;

use crate::fixture::{Fixture, PATIENCE, change, member, organization, run_id, webhook};
use crate::forge::{Forge, TOKEN};

const KEY: &str = "exp1_abcdefghijklmnopqrstuvwxyz";

/// An organization with a tracker, and what both are asked through.
struct Scene {
    fixture: Fixture,
    forge: Forge,
    tenant: TenantKey,
    admin: Principal,
    id: String,
}

fn github(forge: &Forge) -> PutIntegrationRequest {
    PutIntegrationRequest {
        kind: "github".to_owned(),
        token: TOKEN.to_owned(),
        tracker: Some(Tracker {
            project: "acme/web".to_owned(),
            labels: vec!["security".to_owned()],
            ..Default::default()
        }),
        ..webhook(&forge.github())
    }
}

fn jira(forge: &Forge, account: &str) -> PutIntegrationRequest {
    PutIntegrationRequest {
        kind: "jira".to_owned(),
        token: TOKEN.to_owned(),
        tracker: Some(Tracker {
            project: "SEC".to_owned(),
            account: account.to_owned(),
            done_transition: "done".to_owned(),
            reopen_transition: "Reopen".to_owned(),
            ..Default::default()
        }),
        ..webhook(&forge.jira())
    }
}

impl Scene {
    async fn with(request: impl FnOnce(&Forge) -> PutIntegrationRequest) -> Self {
        Self::start(&[], request).await
    }

    async fn start(
        settings: &[(&str, &str)],
        request: impl FnOnce(&Forge) -> PutIntegrationRequest,
    ) -> Self {
        let fixture = Fixture::start_with("", settings).await;
        let forge = Forge::start().await;
        let tenant = organization();
        let admin = member(tenant, Role::Admin);
        let (id, secret) = fixture.joined(&admin, request(&forge)).await;
        assert_eq!(secret, "", "a token is taken, not made");
        let scene = Self {
            fixture,
            forge,
            tenant,
            admin,
            id,
        };
        scene.fixture.has_members(tenant, &[]);
        scene.stands("open");
        scene
    }

    /// Lets every exposure be in `state`.
    fn stands(&self, state: &str) {
        let answer = results::GetExposureResponse {
            exposure: Some(results::Exposure {
                key: KEY.to_owned(),
                state: state.to_owned(),
                severity: "high".to_owned(),
                title: "Expired @team certificate".to_owned(),
                host: "www.example.com".to_owned(),
                port: 443,
                check_id: "tls.cert_expired".to_owned(),
                ..Default::default()
            }),
            remediation: "Renew it.".to_owned(),
            ..Default::default()
        };
        let answer = answer.encode_to_vec();
        self.fixture
            .results
            .answers(self.tenant, "GetExposure", answer);
    }

    /// Lets a run see these, and tells of it.
    async fn happens(&self, events: Vec<results::ExposureEvent>) -> String {
        self.fixture.led_to(self.tenant, events);
        let run = run_id();
        self.told(&run).await;
        run
    }

    async fn told(&self, run: &str) {
        self.fixture
            .run_changed(self.tenant, run, "on_demand", "completed")
            .await;
    }

    async fn ticket_in(&self, state: &str) -> Ticket {
        self.ticket_of(KEY, state).await
    }

    async fn ticket_of(&self, key: &str, state: &str) -> Ticket {
        wait::until(PATIENCE, &format!("an issue that is {state}"), async || {
            let all = self.tickets(key).await.into_iter();
            all.into_iter().find(|ticket| ticket.state == state)
        })
        .await
    }

    async fn tickets(&self, key: &str) -> Vec<Ticket> {
        let request = ListTicketsRequest {
            exposure_key: key.to_owned(),
        };
        let answer = self.fixture.list_tickets(&self.admin, request).await;
        answer.unwrap().tickets
    }

    /// Everything that goes there, once that is `count` messages and none of them waits.
    async fn settled(&self, count: usize) -> Vec<IntegrationDelivery> {
        wait::until(PATIENCE, &format!("{count} messages"), async || {
            let all = self.fixture.sent_to(&self.admin, &self.id).await;
            let waits = all.iter().any(|one| one.state == "pending");
            (all.len() == count && !waits).then_some(all)
        })
        .await
    }

    async fn test(&self) -> IntegrationDelivery {
        let request = TestIntegrationRequest {
            id: self.id.clone(),
        };
        let asked = self.fixture.test_integration(&self.admin, request).await;
        let id = asked.unwrap().delivery.unwrap().id;
        wait::until(PATIENCE, "the test", async || {
            let all = self.fixture.sent_to(&self.admin, &self.id).await;
            all.into_iter()
                .find(|one| one.id == id && one.state != "pending")
        })
        .await
    }

    async fn asks(&self, who: &Principal, key: &str, id: &str) -> Result<Ticket, wt_rpc::RpcFault> {
        let request = CreateTicketRequest {
            exposure_key: key.to_owned(),
            integration_id: id.to_owned(),
        };
        let answer = self.fixture.create_ticket(who, request).await?;
        Ok(answer.ticket.unwrap())
    }
}

/// An event of the one exposure, `minute` minutes after the first.
fn event(kind: &str, minute: i64) -> results::ExposureEvent {
    event_of(KEY, kind, minute)
}

fn event_of(key: &str, kind: &str, minute: i64) -> results::ExposureEvent {
    let at = OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(minute);
    results::ExposureEvent {
        key: key.to_owned(),
        at: Some(to_timestamp(at)),
        reason: "[click](https://evil.example) @team".to_owned(),
        ..change(kind, "high", "Expired @team certificate", "www.example.com")
    }
}
