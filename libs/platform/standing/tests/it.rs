//! What is asked, what is remembered, and what counts while nobody answers.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]
use wt_auth::{InternalIssuer, SigningKey, write_dev_keys};
use wt_fault::Fault;
use wt_model::{Principal, TenantKey};
use wt_plan::{Plan, State};
use wt_proto::{
    Message,
    tenant::{GetStandingResponse, Standing},
};
use wt_rpc::Peer;
use wt_standing::Standings;
use wt_testkit::GrpcPeer;

const ROOT: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const CHILD: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAW";
/// gRPC's code for a service that is away.
const UNAVAILABLE: u8 = 14;

struct Fixture {
    tenant: GrpcPeer,
    standings: Standings,
    _keys: tempfile::TempDir,
}

async fn fixture() -> Fixture {
    let keys = tempfile::tempdir().unwrap();
    write_dev_keys(keys.path()).unwrap();
    let trust = keys.path().join("internal");
    let tenant = GrpcPeer::start("tenant", &trust).await.unwrap();
    let key = SigningKey::load(&trust.join("asset-registry.key.pem")).unwrap();
    let issuer = InternalIssuer::new("asset-registry", key);
    let peer = Peer::new(&tenant.url().parse().unwrap(), "tenant", issuer);
    Fixture {
        tenant,
        standings: Standings::new(peer),
        _keys: keys,
    }
}

fn told(plan: &str, state: &str) -> Vec<u8> {
    GetStandingResponse {
        standing: Some(Standing {
            plan: plan.to_owned(),
            state: state.to_owned(),
            may_scan: true,
            until: None,
        }),
        root_tenant_key: ROOT.to_owned(),
        above: vec![CHILD.to_owned(), ROOT.to_owned()],
    }
    .encode_to_vec()
}

fn key(text: &str) -> TenantKey {
    text.parse().unwrap()
}

#[tokio::test]
async fn an_answer_is_asked_for_once_and_names_who_pays() {
    let fixture = fixture().await;
    let answer = told("team", "grace");
    fixture.tenant.answers(key(CHILD), "GetStanding", answer);
    let asker = Principal::service("asset-registry", key(CHILD));
    for _ in 0..3 {
        let told = fixture.standings.of(&asker).await.unwrap();
        assert_eq!(told.root, key(ROOT));
        assert_eq!(*told.above, [key(CHILD), key(ROOT)]);
        assert_eq!(told.standing.plan, Plan::Team);
        assert_eq!(told.standing.state, State::Grace);
    }
    assert_eq!(fixture.tenant.callers_of("GetStanding").len(), 1);
}

#[tokio::test]
async fn without_any_answer_nothing_is_admitted() {
    let fixture = fixture().await;
    let asker = Principal::service("asset-registry", key(CHILD));
    fixture
        .tenant
        .refuses(key(CHILD), "GetStanding", UNAVAILABLE);
    let fault = fixture.standings.of(&asker).await.unwrap_err();
    assert_eq!(fault.code(), "service.unavailable");
    // A word of a later version is not guessed at.
    let answer = told("galactic", "active");
    fixture.tenant.answers(key(CHILD), "GetStanding", answer);
    let fault = fixture.standings.of(&asker).await.unwrap_err();
    assert_eq!(fault.code(), "plan.unreadable");
}
