//! The filter grammar in SQL gives what it gives by definition (`wt_filter::Filter::fits`).
use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use wt_exposure::Settled;
use wt_filter::{Decided, Filter, Row};
use wt_model::{EventType, Principal, Role, Severity, Tag, TenantKey};
use wt_proto::{
    common::PageRequest,
    convert::{from_timestamp, to_timestamp},
    results::{
        Exposure, ExposureEvent, ListChangesRequest, ListExposuresRequest, RecordActionRequest,
    },
};
use wt_risk::{CveId, Score};
use wt_testkit::wait;

use crate::{
    room::{PATIENCE, Room, organization, person},
    told::{Told, gone, silent, told, told_of},
};

const FILTERS: [&str; 64] = [
    "severity>=high",
    "severity<medium",
    "-severity:low,info",
    "state:open",
    "state:fixed,unresponsive",
    "-state:fixed",
    "state:changed",
    "state:new,changed",
    "state:open,responsive",
    "-state:changed",
    "-state:open,changed",
    "asset:*.example.com",
    "asset:WWW.*",
    "asset:www_example.com",
    "-asset:*.org,www.*.com",
    "asset:ast_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "-asset:ast_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "check:http.*",
    "-check:*config",
    "check:tls.*,http.git*",
    "port:80",
    "port:81-83,85",
    "-port:80-84",
    "decision:none",
    "decision:accept_risk",
    "-decision:accept_risk",
    "-decision:none",
    "assignee:none",
    "assignee:sam@example.com",
    "-assignee:sam@example.com",
    "score>=70",
    "score<50",
    "-score:58-100",
    "score:4,58,69 severity>=high",
    "kev:true",
    "-kev:true",
    "cve:CVE-2021-44228,CVE-2014-0160",
    "-cve:CVE-2014-0160",
    "tag:pci",
    "tag:none",
    "-tag:pci,none",
    "tag:none,edge port:80-84",
    "sla:within",
    "sla:paused,none",
    "-sla:none",
    "sla:breached",
    "since:7d",
    "since:2020-01-01",
    "since:2999-01-01",
    "state:changed since:7d",
    "-state:changed since:2999-01-01",
    "git",
    "EXPOSED config",
    "\"git repository\" -port:80",
    "nowhere",
    "nginx",
    "ginx",
    "NGINX/1.18",
    "\"apache httpd\" -port:84",
    "apache git",
    "2.4.83",
    "x\\y",
    ",",
    "severity>=high state:new,changed asset:*.example.com since:7d",
];

/// Filters that changes have too.
fn of_changes() -> impl Iterator<Item = &'static str> {
    let own = [
        "state:fixed",
        "-state:new",
        "state:still_open",
        "state:fixed,unresponsive",
    ];
    let shared = FILTERS.into_iter().filter(|text| {
        ![
            "decision",
            "assignee",
            "score",
            "kev",
            "cve",
            "tag",
            "sla",
            "open",
            "state:fixed",
        ]
        .iter()
        .any(|word| text.contains(word))
    });
    shared.chain(own)
}

async fn exposures(room: &Room, who: &Principal, filter: &str) -> Vec<Exposure> {
    let request = ListExposuresRequest {
        filter: filter.to_owned(),
        ..Default::default()
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let listed = room.client().list_exposures(request).await.unwrap();
    listed.into_inner().exposures
}

/// The ports of what fits, asked for one at a time.
async fn one_by_one(room: &Room, who: &Principal, filter: &str, sort: &str) -> Vec<u32> {
    let (mut ports, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = ListExposuresRequest {
            filter: filter.to_owned(),
            sort: sort.to_owned(),
            page: Some(PageRequest {
                limit: 1,
                cursor: cursor.clone(),
            }),
            ..Default::default()
        };
        let request = room.peer.request(Some(who), request).unwrap();
        let listed = room.client().list_exposures(request).await.unwrap();
        let page = listed.into_inner();
        ports.extend(page.exposures.iter().map(|e| e.port));
        if page.next_cursor.is_empty() || ports.len() > 100 {
            return ports;
        }
        cursor = page.next_cursor;
    }
}

async fn changes(room: &Room, who: &Principal, filter: &str) -> Vec<ExposureEvent> {
    let request = ListChangesRequest {
        filter: filter.to_owned(),
        ..Default::default()
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let listed = room.client().list_changes(request).await.unwrap();
    listed.into_inner().events
}

async fn act(room: &Room, who: &Principal, request: RecordActionRequest) {
    let request = room.peer.request(Some(who), request).unwrap();
    room.client().record_action(request).await.unwrap();
}

/// What was seen on a port.
fn product(port: u32) -> String {
    match port {
        80 => "nginx/1.18.0 (Ubuntu)".to_owned(),
        81 => "C:\\x\\y, and \"more\"".to_owned(),
        _ => format!("Apache httpd 2.4.{port}"),
    }
}

fn with_products(mut told: Told) -> Told {
    for seen in &mut told.report.observations {
        let product = product(seen.subject.port.into());
        seen.attributes.insert("product".to_owned(), product);
    }
    told
}

/// Six exposures of which five were changed, fixed, silenced, accepted or assigned.
async fn history(room: &Room, tenant: TenantKey) -> Principal {
    let all: Vec<(u16, Settled)> = (80..86).map(|port| (port, Settled::Present)).collect();
    let mut first = with_products(told(tenant, "on_demand", &all));
    for info in &mut first.report.checks {
        info.cve = vec!["CVE-2021-44228".to_owned()];
    }
    for (seen, severity) in first.report.observations.iter_mut().zip(Severity::ALL) {
        seen.severity = *severity;
    }
    let severities: Vec<Severity> = first
        .report
        .observations
        .iter()
        .map(|o| o.severity)
        .collect();
    let first_checks = first.report.checks.clone();
    room.tell(first).await;
    let cells = [
        (80, Settled::Present),
        (81, gone()),
        (82, Settled::Present),
        (83, silent()),
    ];
    let mut second = with_products(told_of(tenant, "on_demand", &cells, "2"));
    second.report.checks.clone_from(&first_checks);
    for seen in &mut second.report.observations {
        let place = usize::from(seen.subject.port - 80);
        seen.severity = *severities.get(place).unwrap();
    }
    room.tell(second).await;
    let who = person(tenant, Role::Operator);
    for exposure in exposures(room, &who, "").await {
        let base = RecordActionRequest {
            key: exposure.key.clone(),
            reason: "because".to_owned(),
            ..Default::default()
        };
        let until = OffsetDateTime::now_utc() + time::Duration::days(1);
        let request = match exposure.port {
            84 => RecordActionRequest {
                kind: "accept_risk".to_owned(),
                until: Some(to_timestamp(until)),
                ..base
            },
            85 => RecordActionRequest {
                kind: "assign".to_owned(),
                assignee: "sam@example.com".to_owned(),
                ..base
            },
            83 => RecordActionRequest {
                kind: "tag".to_owned(),
                tags: vec!["pci".to_owned()],
                ..base
            },
            _ => continue,
        };
        act(room, &who, request).await;
    }
    who
}

/// Waits until a word is found as often as it was seen.
async fn words_are_taken_up(room: &Room, who: &Principal, word: &str, times: usize) {
    wait::until(PATIENCE, "the words of what was seen", async || {
        (exposures(room, who, word).await.len() == times).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_word_is_found_where_it_was_seen_last_and_by_nobody_else() {
    let room = Room::open().await;
    let (tenant, other) = (organization(), organization());
    let (who, stranger) = (person(tenant, Role::Viewer), person(other, Role::Viewer));
    for (whose, version, who) in [
        (tenant, "1.18.0", &who),
        (other, "1.20.1", &stranger),
        (tenant, "1.21.0", &who),
    ] {
        let cells = [(80, Settled::Present)];
        room.tell(told_of(whose, "on_demand", &cells, version))
            .await;
        words_are_taken_up(&room, who, version, 1).await;
    }
    for (who, word) in [(&who, "1.18"), (&who, "1.20"), (&stranger, "1.21")] {
        assert_eq!(exposures(&room, who, word).await, [], "{word}");
    }
}

fn when(event: &ExposureEvent) -> (EventType, OffsetDateTime) {
    let at = from_timestamp(event.at.as_ref()).unwrap();
    (event.r#type.parse().unwrap(), at)
}

fn decided(word: &str) -> Decided {
    if word.is_empty() {
        Decided::No
    } else {
        word.parse().unwrap()
    }
}

#[tokio::test]
async fn a_filter_gives_the_exposures_it_gives_by_definition() {
    let room = Room::open().await;
    let who = history(&room, organization()).await;
    let all = exposures(&room, &who, "").await;
    assert_eq!(all.len(), 6);
    words_are_taken_up(&room, &who, "apache", 4).await;
    let mut happened: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for event in changes(&room, &who, "").await {
        happened
            .entry(event.key.clone())
            .or_default()
            .push(when(&event));
    }
    let cves: Vec<CveId> = vec!["CVE-2021-44228".parse().unwrap()];
    let now = OffsetDateTime::now_utc();
    let mut sizes = BTreeSet::new();
    for text in FILTERS {
        let filter: Filter = text.parse().unwrap();
        let fits = |e: &&Exposure| {
            let tags: Vec<Tag> = e.tags.iter().map(|tag| tag.parse().unwrap()).collect();
            let row = Row {
                severity: e.severity.parse().unwrap(),
                state: Some(e.state.parse().unwrap()),
                happened: &happened[&e.key],
                asset_id: e.asset_id.parse().unwrap(),
                host: &e.host,
                check_id: &e.check_id,
                port: u16::try_from(e.port).unwrap(),
                decision: decided(&e.decision),
                assignee: &e.assignee,
                run_id: None,
                title: &e.title,
                score: Score::from(u8::try_from(e.score).unwrap()),
                kev: e.kev,
                cves: &cves,
                tags: &tags,
                sla: &e.sla,
                seen: &[&product(e.port)],
            };
            filter.fits(&row, now)
        };
        let expected: Vec<u32> = all.iter().filter(fits).map(|e| e.port).collect();
        let listed = exposures(&room, &who, text).await;
        let listed: Vec<u32> = listed.iter().map(|e| e.port).collect();
        assert_eq!(listed, expected, "{text}");
        let paged = one_by_one(&room, &who, text, "severity").await;
        assert_eq!(paged, expected, "{text}, a page for each");
        let mut by_score = one_by_one(&room, &who, text, "score").await;
        by_score.sort_unstable();
        let mut ports = expected;
        ports.sort_unstable();
        assert_eq!(by_score, ports, "{text}, by score");
        sizes.insert(listed.len());
    }
    assert!(
        sizes.len() > 4,
        "filters that all give the same show nothing"
    );
}

#[tokio::test]
async fn a_filter_gives_the_changes_it_gives_by_definition() {
    let room = Room::open().await;
    let who = history(&room, organization()).await;
    let all = changes(&room, &who, "").await;
    let now = OffsetDateTime::now_utc();
    for text in of_changes() {
        let filter: Filter = text.parse().unwrap();
        let fits = |e: &&ExposureEvent| {
            let row = Row {
                severity: e.severity.parse().unwrap(),
                state: None,
                happened: &[when(e)],
                asset_id: e.asset_id.parse().unwrap(),
                host: &e.host,
                check_id: &e.check_id,
                port: u16::try_from(e.port).unwrap(),
                decision: Decided::No,
                assignee: "",
                run_id: e.run_id.parse().ok(),
                title: &e.title,
                score: Score::default(),
                kev: false,
                cves: &[],
                tags: &[],
                sla: "none",
                seen: &[],
            };
            filter.fits(&row, now)
        };
        let expected: Vec<&str> = all.iter().filter(fits).map(|e| e.id.as_str()).collect();
        let listed = changes(&room, &who, text).await;
        let listed: Vec<&str> = listed.iter().map(|e| e.id.as_str()).collect();
        assert_eq!(listed, expected, "{text}");
    }
    let run = format!("run:{}", all[0].run_id);
    let of_run = changes(&room, &who, &run).await;
    assert!(!of_run.is_empty() && of_run.iter().all(|e| e.run_id == all[0].run_id));
}

#[tokio::test]
async fn what_is_no_filter_is_refused_by_name() {
    let room = Room::open().await;
    let who = person(organization(), Role::Viewer);
    for filter in ["colour:red", "severity:bad", "state:open\0"] {
        let request = ListExposuresRequest {
            filter: filter.to_owned(),
            ..Default::default()
        };
        let request = room.peer.request(Some(&who), request).unwrap();
        let refused = room.client().list_exposures(request).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{filter}");
    }
    for filter in [
        "state:open",
        "decision:none",
        "-assignee:none",
        "score>=1",
        "-kev:true",
    ] {
        let request = ListChangesRequest {
            filter: filter.to_owned(),
            ..Default::default()
        };
        let request = room.peer.request(Some(&who), request).unwrap();
        let refused = room.client().list_changes(request).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{filter}");
    }
}
