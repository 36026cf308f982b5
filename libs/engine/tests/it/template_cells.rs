//! Templates as checks of a job: what is there, what is gone, and what nobody can say.
use std::{collections::BTreeMap, sync::Arc};

use wt_engine::{
    EngineConfig, JobSpec,
    template::{TemplateChecks, TemplateSet},
};
use wt_exposure::{AbsentReason, CheckRef, Control, InconclusiveReason, Settled};
use wt_model::{Policy, Severity};
use wt_targets::{Page, Site, serve_http};

use crate::{
    lab::{Lab, Reply},
    support::{any_port, cell, config, job, known, run_with},
};

const NETRC: &str = "netrc-exposed";
const PASSWORD: &str = "machine db.example login admin password hunter2";

/// A template with two steps: the second needs what the first answer has.
const TWO_STEPS: &str = r"
id: two-steps
info:
  name: Product that names its build
  severity: high
  author: tests
  description: It answers.
  remediation: Update it.
  classification:
    cve-id: CVE-2021-44228
    cvss-metrics: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H
http:
  - method: GET
    path: ['{{BaseURL}}/about']
    extractors:
      - type: regex
        name: build
        internal: true
        group: 1
        regex: ['build=([0-9]+)']
  - method: GET
    path: ['{{BaseURL}}/build/{{build}}']
    matchers:
      - type: word
        name: vulnerable
        words: ['unpatched']
";
const CHANGES_STATE: &str = r"
id: changes-state
info: {name: Writes, severity: low, author: tests}
http:
  - method: PUT
    path: ['{{BaseURL}}/written']
    matchers: [{type: status, status: [201]}]
";

fn checks() -> Arc<TemplateChecks> {
    let own: BTreeMap<String, Vec<u8>> = [("two.yaml", TWO_STEPS), ("put.yaml", CHANGES_STATE)]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect();
    let sets = vec![TemplateSet::builtin(), TemplateSet::from_files(&own)];
    Arc::new(TemplateChecks::new(sets).expect("few enough"))
}

fn with_templates() -> EngineConfig {
    EngineConfig {
        templates: checks(),
        ..config(&["127.0.0.0/8"], None)
    }
}

/// A job for some templates, as the planner names them.
fn templates(host: &str, port: u16, ids: &[&str]) -> JobSpec {
    let mut job = job(&[host], &[port]);
    job.checks = checks()
        .references(Policy::Intrusive)
        .into_iter()
        .filter(|check| ids.contains(&check.id.as_str()))
        .collect();
    assert_eq!(job.checks.len(), ids.len(), "{ids:?}");
    job.strength = 3;
    job
}

const GONE: Settled = Settled::Absent {
    control: Control::VhostAnswered,
    reason: AbsentReason::NotThere,
    confirmed: true,
};

fn unsure(reason: InconclusiveReason) -> Settled {
    Settled::Inconclusive { reason }
}

#[tokio::test]
async fn what_a_template_finds_is_told_with_evidence_and_without_the_secret() {
    let site = Site::new([
        ("/", Page::html("<title>Shop</title>")),
        ("/.netrc", Page::file(PASSWORD)),
    ]);
    let ip = "127.0.31.1";
    let target = serve_http(any_port(ip), site.clone()).await.unwrap();
    let port = target.address().port();
    let mut job = templates(ip, port, &[NETRC, "grafana-panel"]);
    job.known = [known(ip, port, NETRC)].into();

    let report = run_with(with_templates(), &job).await;
    assert_eq!(cell(&report, ip, port, NETRC), Settled::Present);
    assert!(matches!(
        cell(&report, ip, port, "grafana-panel"),
        Settled::Absent {
            confirmed: false,
            ..
        }
    ));
    let [seen] = report.observations.as_slice() else {
        panic!("{:?}", report.observations);
    };
    assert_eq!(
        (seen.check.id.as_str(), seen.severity, seen.strength),
        (NETRC, Severity::Critical, 3)
    );
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(text(&seen.evidence.request).starts_with("GET /.netrc HTTP/1.1"));
    let shown = text(&seen.evidence.response);
    assert!(shown.starts_with("HTTP/1.1 200"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(seen.evidence.address, Some(ip.parse().unwrap()));
    assert_eq!(
        seen.evidence.matched,
        [format!("http://{ip}:{port}/.netrc")]
    );
    let [info] = report.checks.as_slice() else {
        panic!("{:?}", report.checks);
    };
    assert_eq!(
        (&info.check, info.cwe.as_slice()),
        (&seen.check, &[538][..])
    );

    site.remove("/.netrc");
    let report = run_with(with_templates(), &job).await;
    assert_eq!(cell(&report, ip, port, NETRC), GONE);
}

#[tokio::test]
async fn a_known_vulnerability_keeps_its_number_and_its_name_for_the_match() {
    let site = Site::new([
        ("/", Page::html("<title>Shop</title>")),
        ("/about", Page::html("build=42")),
        ("/build/42", Page::html("unpatched")),
    ]);
    let ip = "127.0.31.2";
    let target = serve_http(any_port(ip), site.clone()).await.unwrap();
    let port = target.address().port();
    let mut job = templates(ip, port, &["two-steps"]);
    job.known = [known(ip, port, "two-steps")].into();
    let report = run_with(with_templates(), &job).await;
    let seen = report.observations.first().unwrap();
    assert_eq!(seen.discriminator, "vulnerable");
    let info = report.checks.first().unwrap();
    assert_eq!(info.cve, ["CVE-2021-44228"]);
    assert!(info.cvss_vector.starts_with("CVSS:3.1/"));

    // Without the value of the first step the second cannot be sent: nobody knows.
    site.put("/about", Page::html("welcome"));
    let report = run_with(with_templates(), &job).await;
    assert_eq!(
        cell(&report, ip, port, "two-steps"),
        unsure(InconclusiveReason::Skipped)
    );
    // Gone as a whole it has no second step.
    site.remove("/about");
    site.remove("/build/42");
    let report = run_with(with_templates(), &job).await;
    assert_eq!(cell(&report, ip, port, "two-steps"), GONE);
}

#[tokio::test]
async fn neither_silence_nor_a_filter_nor_patience_asked_for_is_a_fix() {
    let cut = b"HTTP/1.1 404 None\r\ncontent-length: 100\r\n\r\npart";
    let cases = [
        ("127.0.31.3", Reply::Silence),
        (
            "127.0.31.4",
            Reply::page(403, &[("server", "cloudflare")], "request blocked"),
        ),
        (
            "127.0.31.5",
            Reply::page(429, &[("retry-after", "1")], "slowly"),
        ),
        ("127.0.31.6", Reply::HalfOpen(cut.to_vec())),
        ("127.0.31.11", Reply::Bytes(cut.to_vec())),
    ];
    for (ip, reply) in cases {
        let lab = Lab::start(any_port(ip), move |_, head| {
            if head.starts_with("GET /.netrc ") {
                reply.clone()
            } else if head.starts_with("GET / ") {
                Reply::page(200, &[("content-type", "text/html")], "<title>Shop</title>")
            } else {
                Reply::page(404, &[], "none")
            }
        })
        .await;
        let port = lab.address().port();
        let mut job = templates(ip, port, &[NETRC]);
        job.known = [known(ip, port, NETRC)].into();
        let report = run_with(with_templates(), &job).await;
        let settled = cell(&report, ip, port, NETRC);
        assert!(
            matches!(settled, Settled::Inconclusive { .. }),
            "{ip}: {settled:?}"
        );
        assert!(
            lab.heard().iter().any(|heard| heard.path() == "/.netrc"),
            "{ip}: it was asked for"
        );
    }
}

#[tokio::test]
async fn a_server_that_says_the_same_to_everything_has_no_such_thing() {
    let ip = "127.0.31.7";
    let lab = Lab::start(any_port(ip), |_, _| {
        Reply::page(200, &[("content-type", "text/plain")], PASSWORD)
    })
    .await;
    let port = lab.address().port();
    let report = run_with(with_templates(), &templates(ip, port, &[NETRC])).await;
    assert!(report.observations.is_empty());
    assert_ne!(cell(&report, ip, port, NETRC), Settled::Present);
}

#[tokio::test]
async fn templates_are_asked_only_what_the_job_allows_and_only_as_planned() {
    let ip = "127.0.31.8";
    let lab = Lab::start(any_port(ip), |_, head| {
        if head.starts_with("PUT") {
            Reply::page(201, &[], "")
        } else {
            Reply::page(200, &[("content-type", "text/html")], "<title>Shop</title>")
        }
    })
    .await;
    let port = lab.address().port();
    let mut job = templates(ip, port, &["changes-state", NETRC]);
    for check in &mut job.checks {
        if check.id == NETRC {
            "0000000000000000".clone_into(&mut check.digest);
        }
    }
    let unknown = CheckRef {
        id: "nobodys-template".to_owned(),
        digest: String::new(),
    };
    job.checks.push(unknown);
    let report = run_with(with_templates(), &job).await;
    let missing = unsure(InconclusiveReason::CheckMissing);
    assert_eq!(cell(&report, ip, port, NETRC), missing);
    assert_eq!(cell(&report, ip, port, "nobodys-template"), missing);
    assert_eq!(
        cell(&report, ip, port, "changes-state"),
        unsure(InconclusiveReason::Skipped)
    );
    let heard = lab.heard();
    assert!(heard.iter().all(|heard| !heard.head.starts_with("PUT")));
    assert!(heard.iter().all(|heard| heard.path() != "/.netrc"));

    job.policy = Policy::Intrusive;
    let report = run_with(with_templates(), &job).await;
    assert_eq!(cell(&report, ip, port, "changes-state"), Settled::Present);
}

#[tokio::test]
async fn a_redirect_out_of_the_scope_is_on_record_and_not_followed() {
    let (ip, elsewhere) = ("127.0.31.9", "127.0.31.10");
    let outside = serve_http(
        any_port(elsewhere),
        Site::new([("/.netrc", Page::file(PASSWORD))]),
    )
    .await
    .unwrap();
    let location = format!("http://{}/.netrc", outside.address());
    let follows = TWO_STEPS.replace("id: two-steps", "id: follows").replace(
        "path: ['{{BaseURL}}/about']",
        "path: ['{{BaseURL}}/about']\n    redirects: true",
    );
    let files = BTreeMap::from([("f.yaml".to_owned(), follows.into_bytes())]);
    let checks = TemplateChecks::new(vec![TemplateSet::from_files(&files)]).unwrap();
    let lab = Lab::start(any_port(ip), move |_, head| {
        if head.starts_with("GET /about ") {
            Reply::page(302, &[("location", location.as_str())], "")
        } else {
            Reply::page(200, &[("content-type", "text/html")], "<title>Shop</title>")
        }
    })
    .await;
    let mut job = job(&[ip], &[lab.address().port()]);
    job.checks = checks.references(Policy::Safe);
    let config = EngineConfig {
        templates: Arc::new(checks),
        ..config(&["127.0.0.0/8"], None)
    };
    let report = run_with(config, &job).await;
    assert!(
        report.denials.iter().any(|denial| denial.host == elsewhere),
        "{:?}",
        report.denials
    );
    assert_eq!(outside.connections(), 0);
}
