//! How urgent things are: scores of exposures, what is published, totals.
use std::path::Path;

use serde_json::Value;
use sqlx::Executor;
use tokio::process::Command;
use wt_exposure::Settled;
use wt_model::{Principal, Role, Severity, TenantKey};
use wt_proto::results::{
    Exposure, GetDashboardRequest, GetExposureRequest, GetRiskRequest, GetRiskResponse,
    ListExposuresRequest, RecordActionRequest,
};
use wt_risk::Reach;

use crate::{
    room::{Room, organization, person},
    told::{Told, asset, told},
};

const LOG4SHELL: &str = "CVE-2021-44228";
const VECTOR: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H";

/// `wt-results risk import`; what it said, or why not.
pub(crate) async fn import(room: &Room, file: &Path) -> Result<Value, String> {
    let done = Command::new(env!("CARGO_BIN_EXE_wt-results"))
        .args(["risk", "import"])
        .arg(file)
        .args(room.stored_at().into_iter().take(1))
        .output()
        .await
        .unwrap();
    if done.status.success() {
        Ok(serde_json::from_slice(&done.stdout).unwrap())
    } else {
        Err(String::from_utf8(done.stderr).unwrap())
    }
}

fn sample(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

/// A run that saw these severities, one a port, by a check that names a CVE.
fn saw(tenant: TenantKey, severities: &[(u16, Severity)], cve: &[&str]) -> Told {
    let cells: Vec<_> = severities
        .iter()
        .map(|(port, _)| (*port, Settled::Present))
        .collect();
    let mut run = told(tenant, "on_demand", &cells);
    for (seen, (_, severity)) in run.report.observations.iter_mut().zip(severities) {
        seen.severity = *severity;
    }
    for info in &mut run.report.checks {
        info.cve = cve.iter().map(|&id| id.to_owned()).collect();
        if !cve.is_empty() {
            VECTOR.clone_into(&mut info.cvss_vector);
        }
    }
    run
}

async fn listed(room: &Room, who: &Principal, filter: &str) -> Vec<Exposure> {
    let request = ListExposuresRequest {
        filter: filter.to_owned(),
        sort: "score".to_owned(),
        ..Default::default()
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let listed = room.client().list_exposures(request).await.unwrap();
    listed.into_inner().exposures
}

fn scores(exposures: &[Exposure]) -> Vec<(u32, u32, bool)> {
    exposures.iter().map(|e| (e.port, e.score, e.kev)).collect()
}

async fn risk(room: &Room, who: &Principal, request: GetRiskRequest) -> GetRiskResponse {
    let request = room.peer.request(Some(who), request).unwrap();
    room.client().get_risk(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn what_becomes_known_of_a_cve_scores_its_exposures_anew() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let seen = [(80, Severity::High), (6379, Severity::Low)];
    room.tell(saw(tenant, &seen, &[LOG4SHELL])).await;
    // Nothing is known yet: CVSS 10.0, odds as of a misconfiguration; a port of the inside.
    assert_eq!(
        scores(&listed(&room, &who, "").await),
        [(6379, 88, false), (80, 73, false)]
    );

    let imported = import(&room, &sample("epss-sample.csv")).await.unwrap();
    assert_eq!(imported["name"], "epss");
    assert_eq!(imported["dated"], "2026-11-01T00:00:00+0000");
    assert_eq!(
        (&imported["organizations"], &imported["rescored"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        scores(&listed(&room, &who, "").await),
        [(6379, 99, false), (80, 84, false)]
    );
    let imported = import(&room, &sample("kev-sample.json")).await.unwrap();
    assert_eq!(
        (&imported["rows"], &imported["rescored"]),
        (&7.into(), &2.into())
    );
    assert_eq!(
        scores(&listed(&room, &who, "kev:true score>=98 cve:CVE-2021-44228").await),
        [(6379, 100, true), (80, 98, true)]
    );
    assert!(listed(&room, &who, "kev:false").await.is_empty());
    assert!(listed(&room, &who, "-cve:CVE-2021-44228").await.is_empty());
    let again = import(&room, &sample("kev-sample.json")).await.unwrap();
    assert_eq!(again["rescored"], 0, "what stays is not written");

    let key = listed(&room, &who, "port:80").await.remove(0).key;
    let request = room.peer.request(Some(&who), GetExposureRequest { key });
    let shown = room.client().get_exposure(request.unwrap()).await.unwrap();
    let shown = shown.into_inner().risk.unwrap();
    assert_eq!(shown.because[1], "its CVE has a CVSS base score of 10.0");
    assert_eq!(
        (shown.cvss_vector.as_str(), shown.cvss_tenths),
        (VECTOR, 100)
    );
    assert_eq!(shown.cves[0].epss_ppm, Some(940_000));
    assert_eq!(shown.cves[0].kev_due, "2021-12-24");

    let request = ListExposuresRequest {
        with_checks: true,
        ..Default::default()
    };
    let request = room.peer.request(Some(&who), request).unwrap();
    let listed = room.client().list_exposures(request).await.unwrap();
    let checks = listed.into_inner().checks;
    assert_eq!(checks.len(), 1, "each once");
    assert_eq!(checks[0].cve, [LOG4SHELL]);
    assert_eq!(
        (checks[0].cvss_vector.as_str(), checks[0].cvss_tenths),
        (VECTOR, 100)
    );

    let feeds = risk(&room, &who, GetRiskRequest::default()).await.feeds;
    let feeds: Vec<_> = feeds
        .iter()
        .map(|feed| (feed.name.as_str(), feed.rows))
        .collect();
    assert_eq!(feeds, [("epss", 15), ("kev", 7)]);
}

#[tokio::test]
async fn a_result_is_scored_by_what_is_known_when_it_comes() {
    let room = Room::open().await;
    let (tenant, other) = (organization(), organization());
    import(&room, &sample("kev-sample.json")).await.unwrap();
    room.tell(saw(tenant, &[(80, Severity::High)], &[])).await;
    room.tell(saw(other, &[(80, Severity::High)], &[])).await;
    let who = person(tenant, Role::Viewer);
    assert_eq!(scores(&listed(&room, &who, "").await), [(80, 58, false)]);
    // The same thing again, by a check that tells of a CVE now: the exposure is as it is known,
    // and its score is not.
    room.tell(saw(tenant, &[(80, Severity::High)], &[LOG4SHELL]))
        .await;
    assert_eq!(scores(&listed(&room, &who, "").await), [(80, 98, true)]);
    let stranger = person(other, Role::Viewer);
    assert_eq!(
        scores(&listed(&room, &stranger, "").await),
        [(80, 58, false)]
    );
    // And another severity moves it.
    room.tell(saw(other, &[(80, Severity::Info)], &[])).await;
    assert_eq!(
        scores(&listed(&room, &stranger, "").await),
        [(80, 4, false)]
    );
}

#[tokio::test]
async fn a_file_that_is_not_what_is_published_changes_nothing() {
    let room = Room::open().await;
    import(&room, &sample("epss-sample.csv")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (text, said) in [
        (
            "#score_date:x\ncve,epss,percentile\nCVE-2021-44228,2,0\n",
            "line 3 of the EPSS file",
        ),
        ("{\"vulnerabilities\": []}", "the KEV file"),
        ("\u{1f}", "line 1 of the EPSS file"),
    ] {
        let file = folder.path().join("file");
        std::fs::write(&file, text).unwrap();
        let refused = import(&room, &file).await.unwrap_err();
        assert!(refused.contains(said), "{refused}");
    }
    let who = person(organization(), Role::Viewer);
    let feeds = risk(&room, &who, GetRiskRequest::default()).await.feeds;
    assert_eq!(feeds.len(), 1);
    assert_eq!(feeds[0].rows, 15);
}

#[tokio::test]
async fn totals_and_what_to_do_next_leave_out_what_was_decided() {
    let room = Room::open().await;
    let tenant = organization();
    let seen = [
        (80, Severity::High),
        (81, Severity::Critical),
        (82, Severity::Info),
        (83, Severity::Critical),
    ];
    room.tell(saw(tenant, &seen, &[])).await;
    let who = person(tenant, Role::Operator);
    let all = risk(&room, &who, GetRiskRequest::default()).await;
    // Twice 69 and once 58 and 4.
    assert_eq!((all.score, all.open), (76, 4));
    for (port, kind) in [(81, "false_positive"), (83, "fix_in_progress")] {
        let key = listed(&room, &who, &format!("port:{port}"))
            .await
            .remove(0)
            .key;
        let action = RecordActionRequest {
            key,
            kind: kind.to_owned(),
            reason: "seen".to_owned(),
            ..Default::default()
        };
        let request = room.peer.request(Some(&who), action).unwrap();
        room.client().record_action(request).await.unwrap();
    }
    let all = risk(&room, &who, GetRiskRequest::default()).await;
    assert_eq!((all.score, all.open), (70, 3));
    assert_eq!(all.assets.len(), 1);
    assert_eq!(all.assets[0].asset_id, asset().to_string());
    assert_eq!((all.assets[0].score, all.assets[0].open), (70, 3));
    let elsewhere = GetRiskRequest {
        asset_ids: vec!["ast_01ARZ3NDEKTSV4RRFFQ69G5FAX".to_owned()],
        ..Default::default()
    };
    assert!(risk(&room, &who, elsewhere).await.assets.is_empty());

    let request = room
        .peer
        .request(Some(&who), GetDashboardRequest::default());
    let shown = room.client().get_dashboard(request.unwrap()).await.unwrap();
    let shown = shown.into_inner();
    assert_eq!(shown.score, 70);
    let next: Vec<u32> = shown.next.iter().map(|e| e.port).collect();
    assert_eq!(next, [80, 82]);
    assert_eq!(shown.by_severity["critical"], 2);
    assert_eq!(shown.by_state["open"], 4);
}

#[tokio::test]
async fn a_list_by_score_goes_on_where_it_stopped_and_its_cursor_is_no_other_lists() {
    let room = Room::open().await;
    let tenant = organization();
    let seen: Vec<(u16, Severity)> = (80..90)
        .zip(Severity::ALL.iter().copied().cycle())
        .collect();
    room.tell(saw(tenant, &seen, &[])).await;
    let who = person(tenant, Role::Viewer);
    let whole: Vec<String> = listed(&room, &who, "")
        .await
        .into_iter()
        .map(|e| e.key)
        .collect();
    let mut walked = Vec::new();
    let mut request = ListExposuresRequest {
        sort: "score".to_owned(),
        page: Some(wt_proto::common::PageRequest {
            limit: 3,
            ..Default::default()
        }),
        ..Default::default()
    };
    loop {
        let asked = room.peer.request(Some(&who), request.clone()).unwrap();
        let page = room
            .client()
            .list_exposures(asked)
            .await
            .unwrap()
            .into_inner();
        walked.extend(page.exposures.into_iter().map(|e| e.key));
        if page.next_cursor.is_empty() {
            break;
        }
        request.page.as_mut().unwrap().cursor = page.next_cursor;
    }
    assert_eq!(walked, whole);
    for sort in ["severity", "title"] {
        let other = ListExposuresRequest {
            sort: sort.to_owned(),
            ..request.clone()
        };
        let asked = room.peer.request(Some(&who), other).unwrap();
        let refused = room.client().list_exposures(asked).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{sort}");
    }
}

#[tokio::test]
async fn what_a_migration_gave_earlier_exposures_is_what_the_service_gives() {
    let room = Room::open().await;
    let tenant = organization();
    let ports = [22, 80, 443, 5432, 6379, 8080, 27017, 60_000];
    let mut seen = Vec::new();
    for (at, port) in ports.iter().enumerate() {
        seen.push((*port, Severity::ALL[at % Severity::ALL.len()]));
    }
    room.tell(saw(tenant, &seen, &[])).await;
    let who = person(tenant, Role::Viewer);
    let before = scores(&listed(&room, &who, "").await);
    let migration = include_str!("../../../../migrations/results/0007_risk.sql");
    let (_, after) = migration.split_once("-- backfill {").unwrap();
    let (backfill, _) = after.split_once("-- }").unwrap();
    let mut conn = room.superuser().await;
    conn.execute("update results.exposures set score = 1")
        .await
        .unwrap();
    conn.execute(sqlx::AssertSqlSafe(backfill.to_owned()))
        .await
        .unwrap();
    assert_eq!(scores(&listed(&room, &who, "").await), before);
    for port in wt_risk::INNER_PORTS {
        assert!(backfill.contains(&port.to_string()), "{port}");
        assert_eq!(Reach::of("port.open", port), Reach::Inner);
    }
}
