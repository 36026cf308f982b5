//! Two runs beside each other, through the service's own door.
use wt_exposure::{Control, Settled};
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{
    common::PageRequest,
    results::{CompareRunsRequest, CompareRunsResponse, ComparedCounts},
};

use crate::{
    room::{Room, organization, person},
    told::{Told, gone, silent, told, told_of},
};

async fn compare(
    room: &Room,
    who: &Principal,
    runs: [&Told; 2],
    page: PageRequest,
) -> CompareRunsResponse {
    let [run_id, other_run_id] = runs.map(|told| told.job.run_id.clone());
    let message = CompareRunsRequest {
        page: Some(page),
        run_id,
        other_run_id,
    };
    let request = room.peer.request(Some(who), message).unwrap();
    let answer = room.client().compare_runs(request).await.unwrap();
    answer.into_inner()
}

fn codes(answer: &CompareRunsResponse) -> Vec<&str> {
    let reasons = answer.reasons.iter();
    reasons.map(|reason| reason.code.as_str()).collect()
}

/// Port, what, and why not.
fn items(answer: &CompareRunsResponse) -> Vec<(u32, &str, &str)> {
    let mut items: Vec<_> = answer
        .items
        .iter()
        .map(|item| (item.port, item.what.as_str(), item.reason.as_str()))
        .collect();
    items.sort_unstable();
    items
}

fn run(tenant: TenantKey, cells: &[(u16, Settled)]) -> Told {
    told(tenant, "on_demand", cells)
}

#[tokio::test]
async fn what_is_new_gone_changed_and_the_same_is_told_whichever_run_is_named_first() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let present = Settled::Present;
    let earlier = run(
        tenant,
        &[
            (80, present.clone()),
            (81, present.clone()),
            (82, present.clone()),
            (83, gone()),
        ],
    );
    let earlier = room.tell(earlier).await;
    let mut later = run(
        tenant,
        &[
            (80, present.clone()),
            (81, gone()),
            (82, present.clone()),
            (83, present),
        ],
    );
    let changed = &mut later.report.observations[1];
    assert_eq!(changed.subject.port, 82);
    changed
        .attributes
        .insert("value".to_owned(), "2".to_owned());
    let later = room.tell(later).await;

    let answer = compare(&room, &who, [&earlier, &later], PageRequest::default()).await;
    assert!(answer.comparable, "{:?}", answer.reasons);
    assert_eq!(
        answer.counts,
        Some(ComparedCounts {
            new: 1,
            gone: 1,
            changed: 1,
            same: 1,
            not_compared: 0
        })
    );
    assert_eq!(
        items(&answer),
        [(81, "gone", ""), (82, "changed", ""), (83, "new", "")]
    );
    let changed = answer.items.iter().find(|item| item.port == 82).unwrap();
    assert_eq!(changed.changed_fields, ["value"]);
    assert_eq!(answer.earlier_run_id, earlier.job.run_id);
    let turned = compare(&room, &who, [&later, &earlier], PageRequest::default()).await;
    assert_eq!(turned, answer);

    // Page by page the same.
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = PageRequest { cursor, limit: 1 };
        let answer = compare(&room, &who, [&earlier, &later], page).await;
        assert!(answer.items.len() <= 1);
        paged.extend(answer.items);
        cursor = answer.next_cursor;
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(paged, answer.items);
}

#[tokio::test]
async fn nothing_is_gone_that_the_later_run_did_not_settle_as_hard_and_by_the_same_rules() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let ports = [80, 81, 82, 83].map(|port| (port, Settled::Present));
    let earlier = room.tell(run(tenant, &ports)).await;
    // 80 was silent, 81 is missed by a look that proves nothing, 82 seen gone once, 83 not looked at.
    let unconfirmed = match gone() {
        Settled::Absent {
            control, reason, ..
        } => Settled::Absent {
            control,
            reason,
            confirmed: false,
        },
        other => other,
    };
    let unproven = match gone() {
        Settled::Absent {
            reason, confirmed, ..
        } => Settled::Absent {
            control: Control::PortAccepted,
            reason,
            confirmed,
        },
        other => other,
    };
    let later = run(tenant, &[(80, silent()), (81, unproven), (82, unconfirmed)]);
    let later = room.tell(later).await;
    let answer = compare(&room, &who, [&earlier, &later], PageRequest::default()).await;
    assert!(!answer.comparable);
    assert_eq!(codes(&answer), ["scope_differed"]);
    assert_eq!(
        answer.reasons[0].says,
        "scope differed: 1 host was looked at on other ports"
    );
    assert_eq!(
        items(&answer),
        [
            (80, "not_compared", "the later run could not tell (timeout)"),
            (81, "not_compared", "the later run could not have seen it"),
            (
                82,
                "not_compared",
                "the later run did not see it once; a second look has to agree"
            ),
            (83, "not_compared", "the later run did not look there"),
        ]
    );
    assert_eq!(answer.counts.unwrap().gone, 0);
}

#[tokio::test]
async fn what_stands_against_comparing_is_said() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let one = room.tell(run(tenant, &[(80, Settled::Present)])).await;
    let verify = room
        .tell(told(tenant, "verify", &[(80, Settled::Present)]))
        .await;
    let answer = compare(&room, &who, [&one, &verify], PageRequest::default()).await;
    assert_eq!(codes(&answer), ["profile_differed"]);
    assert_eq!(answer.counts.unwrap().same, 1);
    let mut newer = told_of(tenant, "on_demand", &[(80, Settled::Present)], "1");
    newer.job.checks[0].digest = "fedcba9876543210".to_owned();
    newer.report.cells[0].checks[0].digest = "fedcba9876543210".to_owned();
    newer.report.observations[0].check.digest = "fedcba9876543210".to_owned();
    newer.report.checks[0].check.digest = "fedcba9876543210".to_owned();
    let newer = room.tell(newer).await;
    let answer = compare(&room, &who, [&one, &newer], PageRequest::default()).await;
    assert_eq!(codes(&answer), ["checks_differed"]);
    assert!(
        answer.reasons[0]
            .says
            .ends_with("1 check ran by other rules")
    );
    let never = run(tenant, &[(80, Settled::Present)]);
    let answer = compare(&room, &who, [&one, &never], PageRequest::default()).await;
    assert_eq!(codes(&answer), ["nothing_settled"]);
    assert!(answer.items.is_empty());
}

#[tokio::test]
async fn another_organization_compares_nothing() {
    let room = Room::open().await;
    let tenant = organization();
    let one = room.tell(run(tenant, &[(80, Settled::Present)])).await;
    let two = room.tell(run(tenant, &[(80, gone())])).await;
    let other = person(organization(), Role::Owner);
    let answer = compare(&room, &other, [&one, &two], PageRequest::default()).await;
    assert_eq!(codes(&answer), ["nothing_settled"]);
    assert!(answer.items.is_empty());
    assert_eq!(answer.counts, Some(ComparedCounts::default()));
}
