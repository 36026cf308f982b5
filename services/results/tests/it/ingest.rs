//! `scan.accepted`: applied once, in order, whole or not at all.
use sqlx::Row;
use wt_exposure::Settled;
use wt_model::{EventType, Role, Severity};
use wt_proto::results::{GetExposureRequest, ListChangesRequest, ListExposuresRequest};
use wt_testkit::wait;

use crate::{
    room::{PATIENCE, Room, organization, person},
    told::{Told, cell, gone, seen, silent, told, told_of},
};

/// State of the only exposure, and the types of all events, oldest first.
async fn state_and_events(room: &Room) -> (String, Vec<String>) {
    let mut conn = room.superuser().await;
    let state = sqlx::query_scalar("select state from results.exposures")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let events = sqlx::query_scalar("select type from results.events order by leaf_index")
        .fetch_all(&mut conn)
        .await
        .unwrap();
    (state, events)
}

fn words(types: &[EventType]) -> Vec<String> {
    types.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_first_result_opens_an_exposure_and_says_so() {
    let room = Room::open().await;
    let tenant = organization();
    let told = room
        .tell(told(
            tenant,
            "on_demand",
            &[(80, Settled::Present), (81, gone())],
        ))
        .await;
    assert_eq!(room.settled(&told).await, "");
    let (state, events) = state_and_events(&room).await;
    assert_eq!((state.as_str(), events), ("open", words(&[EventType::New])));
    let mut conn = room.superuser().await;
    let subjects: Vec<String> =
        sqlx::query_scalar("select subject from results.outbox order by subject")
            .fetch_all(&mut conn)
            .await
            .unwrap();
    assert_eq!(
        subjects,
        [format!("exposure.NEW.{tenant}"), "scan.applied".to_owned()]
    );
    let request = ListExposuresRequest::default();
    let request = room
        .peer
        .request(Some(&person(tenant, Role::Viewer)), request)
        .unwrap();
    let listed = room
        .client()
        .list_exposures(request)
        .await
        .unwrap()
        .into_inner();
    let request = GetExposureRequest {
        key: listed.exposures[0].key.clone(),
    };
    let request = room
        .peer
        .request(Some(&person(tenant, Role::Viewer)), request)
        .unwrap();
    let detail = room
        .client()
        .get_exposure(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(detail.remediation, "Do not serve the .git directory.");
    assert_eq!(detail.evidence.unwrap().response, b"[core]");
    assert_eq!(detail.attributes["value"], "1");
}

#[tokio::test]
async fn the_same_result_delivered_twice_changes_nothing_and_is_answered_again() {
    let room = Room::open().await;
    let told = room
        .tell(told(organization(), "on_demand", &[(80, Settled::Present)]))
        .await;
    let before = room.counts().await;
    room.say(&told).await;
    wait::until(PATIENCE, "the second delivery", async || {
        (room.inbox().await == 2).then_some(())
    })
    .await;
    let mut after = room.counts().await;
    // The answer itself is news: who asks again did not hear it.
    let (_, sent) = after.last_mut().unwrap();
    *sent -= 1;
    assert_eq!(after, before);
}

#[tokio::test]
async fn two_deliveries_at_once_are_settled_once() {
    let room = Room::open().await;
    let mut told = told(organization(), "on_demand", &[(80, Settled::Present)]);
    room.store(&mut told).await;
    tokio::join!(
        room.say(&told),
        room.say(&told),
        room.say(&told),
        room.say(&told)
    );
    wait::until(PATIENCE, "every delivery", async || {
        (room.inbox().await == 4).then_some(())
    })
    .await;
    let once: Vec<i64> = room
        .counts()
        .await
        .into_iter()
        .map(|(_, count)| count)
        .collect();
    // exposures, events, evidence, coverage, applied, leaves, heads; NEW once and an answer to
    // each delivery.
    assert_eq!(once, [1, 1, 1, 1, 1, 1, 1, 5]);
}

#[tokio::test]
async fn a_late_result_of_an_older_run_changes_nothing() {
    let room = Room::open().await;
    let tenant = organization();
    let first = told(tenant, "on_demand", &[(80, Settled::Present)]);
    let late = told(
        tenant,
        "on_demand",
        &[(80, Settled::Present), (81, Settled::Present)],
    );
    let newest = told(tenant, "on_demand", &[(80, gone()), (81, gone())]);
    room.tell(first).await;
    room.tell(newest).await;
    let fixed = words(&[EventType::New, EventType::Fixed]);
    assert_eq!(
        state_and_events(&room).await,
        ("fixed".to_owned(), fixed.clone())
    );
    room.tell(late).await;
    assert_eq!(state_and_events(&room).await, ("fixed".to_owned(), fixed));
}

#[tokio::test]
async fn an_unchanged_exposure_is_not_written_but_seen_later() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let row = async || {
        let mut conn = room.superuser().await;
        let sql = "select xmin::text as version, last_run_id from results.exposures";
        let row = sqlx::query(sql).fetch_one(&mut conn).await.unwrap();
        (row.get::<String, _>(0), row.get::<String, _>(1))
    };
    let before = row().await;
    let again = room
        .tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    assert_eq!(row().await, before);
    let request = ListExposuresRequest::default();
    let request = room
        .peer
        .request(Some(&person(tenant, Role::Viewer)), request)
        .unwrap();
    let listed = room
        .client()
        .list_exposures(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.exposures[0].last_run_id, again.job.run_id);
    let (first, last) = (
        listed.exposures[0].first_seen,
        listed.exposures[0].last_seen,
    );
    assert!(
        last.unwrap().nanos != first.unwrap().nanos,
        "seen when the second run looked"
    );
}

#[tokio::test]
async fn a_look_at_one_exposure_is_no_look_at_its_neighbour() {
    let room = Room::open().await;
    let tenant = organization();
    let cells = [(80, Settled::Present), (81, Settled::Present)];
    let first = room.tell(told(tenant, "on_demand", &cells)).await;
    let verify = room
        .tell(told(tenant, "verify", &[(80, Settled::Present)]))
        .await;
    let request = ListExposuresRequest::default();
    let request = room
        .peer
        .request(Some(&person(tenant, Role::Viewer)), request)
        .unwrap();
    let listed = room.client().list_exposures(request).await.unwrap();
    for exposure in listed.into_inner().exposures {
        let seen_by = if exposure.port == 80 { &verify } else { &first };
        assert_eq!(exposure.last_run_id, seen_by.job.run_id);
    }
}

#[tokio::test]
async fn absence_of_evidence_is_never_fixed() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    room.tell(told(tenant, "on_demand", &[(81, gone())])).await;
    room.tell(told(tenant, "verify", &[(80, silent())])).await;
    room.tell(told(tenant, "verify", &[(80, silent())])).await;
    let expected = words(&[EventType::New, EventType::Unresponsive]);
    assert_eq!(
        state_and_events(&room).await,
        ("unresponsive".to_owned(), expected)
    );
}

#[tokio::test]
async fn a_changed_finding_names_its_fields_in_the_feed() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    room.tell(told_of(tenant, "on_demand", &[(80, Settled::Present)], "2"))
        .await;
    let request = ListChangesRequest {
        types: vec!["CHANGED".to_owned()],
        ..Default::default()
    };
    let request = room
        .peer
        .request(Some(&person(tenant, Role::Viewer)), request)
        .unwrap();
    let feed = room
        .client()
        .list_changes(request)
        .await
        .unwrap()
        .into_inner();
    let field = &feed.events[0].changed_fields[0];
    assert_eq!(
        (
            field.name.as_str(),
            field.before.as_str(),
            field.after.as_str()
        ),
        ("value", "1", "2")
    );
}

#[tokio::test]
async fn an_edited_severity_or_title_is_kept_without_an_event() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let mut edited = told(tenant, "on_demand", &[(80, Settled::Present)]);
    edited.report.observations[0].severity = Severity::Critical;
    edited.report.observations[0].title = "Git, exposed".to_owned();
    room.tell(edited).await;
    let expected = words(&[EventType::New]);
    assert_eq!(state_and_events(&room).await, ("open".to_owned(), expected));
    let mut conn = room.superuser().await;
    let row = sqlx::query("select severity, severity_rank, title from results.exposures")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let kept: (String, i16, String) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(kept, ("critical".to_owned(), 4, "Git, exposed".to_owned()));
}

#[tokio::test]
async fn a_host_spelled_otherwise_is_the_same_exposure() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let loud = |mut told: Told| {
        let name = "WWW.Example.COM.".to_owned();
        told.job.targets[0].host.clone_from(&name);
        for cell in &mut told.report.cells {
            cell.host.clone_from(&name);
        }
        for seen in &mut told.report.observations {
            seen.subject.host.clone_from(&name);
        }
        told
    };
    let again = loud(told_of(tenant, "on_demand", &[(80, Settled::Present)], "2"));
    let again = room.tell(again).await;
    assert_eq!(room.settled(&again).await, "");
    room.tell(loud(told(tenant, "on_demand", &[(80, gone())])))
        .await;
    let expected = words(&[EventType::New, EventType::Changed, EventType::Fixed]);
    assert_eq!(
        state_and_events(&room).await,
        ("fixed".to_owned(), expected)
    );
}

#[tokio::test]
async fn a_late_sighting_that_nothing_newer_disproved_is_not_lost() {
    let room = Room::open().await;
    let tenant = organization();
    let late = told(tenant, "on_demand", &[(80, Settled::Present)]);
    room.tell(told(tenant, "on_demand", &[(80, silent())]))
        .await;
    room.tell(late).await;
    let expected = words(&[EventType::New]);
    assert_eq!(state_and_events(&room).await, ("open".to_owned(), expected));
}

#[tokio::test]
async fn a_result_that_claims_more_than_its_job_planned_is_refused_whole() {
    let room = Room::open().await;
    let tenant = organization();
    let mut other_port = told(tenant, "on_demand", &[(80, Settled::Present)]);
    other_port.report.cells.push(cell(8080, gone(), 2));
    let mut unsettled = told(tenant, "on_demand", &[(80, gone())]);
    unsettled.report.observations.push(seen(80, "1", 2));
    let mut twice = told(tenant, "on_demand", &[(80, gone())]);
    twice.report.cells.push(cell(80, silent(), 2));
    let mut stronger = told(tenant, "on_demand", &[]);
    stronger.job.targets[0].ports = "80".to_owned();
    stronger.report.cells.push(cell(80, gone(), 3));
    let mut elsewhere = told(tenant, "verify", &[(80, gone())]);
    elsewhere.job.known.clear();
    for (mut told, code) in [
        (other_port, "result.out_of_plan"),
        (unsettled, "result.contradiction"),
        (twice, "result.contradiction"),
        (stronger, "result.out_of_plan"),
        (elsewhere, "result.out_of_plan"),
    ] {
        room.store(&mut told).await;
        room.say(&told).await;
        assert_eq!(room.settled(&told).await, code);
    }
    let counts = room.counts().await;
    assert_eq!(counts[0].1, 0, "no exposure");
    let mut conn = room.superuser().await;
    let audited: i64 =
        sqlx::query_scalar("select count(*) from results.audit where action = 'result.refuse'")
            .fetch_one(&mut conn)
            .await
            .unwrap();
    assert_eq!(audited, 5);
}

#[tokio::test]
async fn a_job_that_was_not_signed_or_is_anothers_is_refused_whole() {
    let room = Room::open().await;
    let (tenant, other) = (organization(), organization());
    let mut tampered = told(tenant, "on_demand", &[(80, Settled::Present)]);
    room.store(&mut tampered).await;
    let last = tampered.message.job_envelope.len() - 1;
    tampered.message.job_envelope[last] ^= 1;
    let mut of_another_run = told(tenant, "on_demand", &[(80, Settled::Present)]);
    room.store(&mut of_another_run).await;
    of_another_run.message.run_seq += 1;
    let mut of_another_tenant = told(other, "on_demand", &[(80, Settled::Present)]);
    room.store(&mut of_another_tenant).await;
    of_another_tenant.tenant = tenant;
    let mut other_bytes = told(tenant, "on_demand", &[(80, Settled::Present)]);
    room.store(&mut other_bytes).await;
    other_bytes.message.artifact_sha256 = "0".repeat(64);
    for (told, code) in [
        (tampered, "result.job_not_trusted"),
        (of_another_run, "result.other_job"),
        (of_another_tenant, "result.artifact_unusable"),
        (other_bytes, "result.artifact_unusable"),
    ] {
        room.say(&told).await;
        assert_eq!(room.settled(&told).await, code);
    }
    assert_eq!(room.counts().await[0].1, 0, "no exposure");
}
