//! Clocks: by when exposures have to be mended, what pauses them, what begins them again.
use sqlx::Executor;
use time::{Duration, OffsetDateTime};
use wt_exposure::Settled;
use wt_model::{Principal, Role, Severity};
use wt_proto::{
    convert::{from_timestamp, to_timestamp},
    results::{
        Exposure, GetDashboardRequest, GetSlaRequest, ListExposuresRequest, PutSlaRequest,
        RecordActionRequest, SlaTerms,
    },
};
use wt_rpc::RpcFault;

use crate::{
    room::{Room, organization, person},
    told::{gone, silent, told},
};

async fn listed(room: &Room, who: &Principal, filter: &str) -> Vec<Exposure> {
    let request = ListExposuresRequest {
        filter: filter.to_owned(),
        ..Default::default()
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let listed = room.client().list_exposures(request).await.unwrap();
    let mut exposures = listed.into_inner().exposures;
    exposures.sort_by_key(|exposure| exposure.port);
    exposures
}

/// Word and days until it is due, of each port.
fn clocks(exposures: &[Exposure]) -> Vec<(u32, &str, Option<i64>)> {
    let now = OffsetDateTime::now_utc();
    let days = |e: &Exposure| {
        let due = from_timestamp(e.due_at.as_ref())?;
        Some((due - now + Duration::HOUR).whole_days())
    };
    exposures
        .iter()
        .map(|e| (e.port, e.sla.as_str(), days(e)))
        .collect()
}

async fn act(room: &Room, who: &Principal, key: &str, kind: &str) {
    let until = OffsetDateTime::now_utc() + Duration::days(30);
    let request = RecordActionRequest {
        key: key.to_owned(),
        kind: kind.to_owned(),
        reason: "because".to_owned(),
        until: (kind == "accept_risk").then(|| to_timestamp(until)),
        ..Default::default()
    };
    let request = room.peer.request(Some(who), request).unwrap();
    room.client().record_action(request).await.unwrap();
}

async fn put(room: &Room, who: &Principal, terms: SlaTerms) -> Result<SlaTerms, String> {
    let request = PutSlaRequest { terms: Some(terms) };
    let request = room.peer.request(Some(who), request).unwrap();
    match room.client().put_sla(request).await {
        Ok(answer) => Ok(answer.into_inner().terms.unwrap()),
        Err(refused) => Err(RpcFault::from(refused).report().code.clone()),
    }
}

/// Puts everything that has happened so far back by some days.
async fn days_pass(room: &Room, days: i32) {
    let mut conn = room.superuser().await;
    let back = format!(
        "update results.exposures set first_seen = first_seen - interval '{days} days',
             clock_from = clock_from - interval '{days} days',
             paused_at = paused_at - interval '{days} days',
             decision_until = decision_until - interval '{days} days'"
    );
    conn.execute(sqlx::AssertSqlSafe(back)).await.unwrap();
}

async fn room_of_four() -> (Room, Principal) {
    let room = Room::open().await;
    let tenant = organization();
    let all: Vec<(u16, Settled)> = (80..84).map(|port| (port, Settled::Present)).collect();
    let mut run = told(tenant, "on_demand", &all);
    let last = run.report.observations.last_mut().unwrap();
    last.severity = Severity::Info;
    room.tell(run).await;
    (room, person(tenant, Role::Owner))
}

#[tokio::test]
async fn what_is_not_answered_goes_on_what_is_accepted_stands_and_both_are_found() {
    let (room, who) = room_of_four().await;
    let tenant = who.tenant_key.unwrap();
    let first = listed(&room, &who, "").await;
    assert_eq!(
        clocks(&first),
        [
            (80, "within", Some(30)),
            (81, "within", Some(30)),
            (82, "within", Some(30)),
            (83, "none", None)
        ]
    );
    act(&room, &who, &first[1].key, "accept_risk").await;
    days_pass(&room, 20).await;
    room.tell(told(tenant, "on_demand", &[(82, silent())]))
        .await;
    let now = listed(&room, &who, "").await;
    assert_eq!(
        clocks(&now)[1..3],
        [(81, "paused", None), (82, "within", Some(10))]
    );
    // After eleven days more nobody has said that the risk is no longer accepted, and it is not.
    days_pass(&room, 11).await;
    let now = listed(&room, &who, "").await;
    assert_eq!(
        clocks(&now),
        [
            (80, "breached", Some(0)),
            (81, "within", Some(29)),
            (82, "breached", Some(0)),
            (83, "none", None)
        ]
    );
    assert_eq!(now[1].decision, "", "an acceptance ends by itself");
    for (filter, ports) in [
        ("sla:breached", &[80, 82][..]),
        ("-sla:breached,none", &[81]),
        ("sla:none,within", &[81, 83]),
        ("sla:paused", &[]),
    ] {
        let fitting = listed(&room, &who, filter).await;
        let fitting: Vec<u32> = fitting.iter().map(|e| e.port).collect();
        assert_eq!(fitting, ports, "{filter}");
    }
    let request = room
        .peer
        .request(Some(&who), GetDashboardRequest::default());
    let shown = room.client().get_dashboard(request.unwrap()).await.unwrap();
    let by_sla = shown.into_inner().by_sla;
    assert_eq!(
        (by_sla["breached"], by_sla["within"], by_sla["none"]),
        (2, 1, 1)
    );
}

#[tokio::test]
async fn what_comes_back_has_all_its_time_again() {
    let (room, who) = room_of_four().await;
    let tenant = who.tenant_key.unwrap();
    let first = listed(&room, &who, "port:80").await;
    act(&room, &who, &first[0].key, "false_positive").await;
    days_pass(&room, 50).await;
    act(&room, &who, &first[0].key, "reopen").await;
    assert_eq!(
        clocks(&listed(&room, &who, "port:80").await),
        [(80, "within", Some(30))]
    );
    room.tell(told(tenant, "on_demand", &[(80, gone())])).await;
    assert_eq!(
        clocks(&listed(&room, &who, "port:80").await),
        [(80, "none", None)]
    );
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    assert_eq!(
        clocks(&listed(&room, &who, "port:80").await),
        [(80, "within", Some(30))]
    );
    days_pass(&room, 31).await;
    assert_eq!(
        clocks(&listed(&room, &who, "sla:breached port:80").await).len(),
        1
    );
}

#[tokio::test]
async fn an_organization_has_its_own_terms_and_nobody_overwrites_what_they_have_not_seen() {
    let (room, who) = room_of_four().await;
    let get = async || {
        let request = room.peer.request(Some(&who), GetSlaRequest {}).unwrap();
        let answer = room.client().get_sla(request).await.unwrap();
        answer.into_inner().terms.unwrap()
    };
    let usual = get().await;
    assert_eq!(
        (usual.days["critical"], usual.kev_days, usual.version),
        (7, Some(14), 1)
    );
    let own = SlaTerms {
        days: [("high".to_owned(), 3), ("info".to_owned(), 5)].into(),
        kev_days: None,
        version: usual.version,
    };
    let now = put(&room, &who, own.clone()).await.unwrap();
    assert_eq!((now.version, now.days.len()), (2, 2));
    assert_eq!(get().await, now);
    let all = listed(&room, &who, "sla:within").await;
    assert_eq!(
        clocks(&all)[2..],
        [(82, "within", Some(3)), (83, "within", Some(5))]
    );
    assert_eq!(
        put(&room, &who, own.clone()).await.unwrap_err(),
        "request.stale"
    );
    let wrong = SlaTerms {
        days: [("high".to_owned(), 0)].into(),
        ..own.clone()
    };
    assert_eq!(
        put(&room, &who, wrong).await.unwrap_err(),
        "request.invalid_field"
    );
    let operator = person(who.tenant_key.unwrap(), Role::Operator);
    assert_eq!(
        put(&room, &operator, own).await.unwrap_err(),
        "auth.forbidden"
    );
}
