//! Templates of bytes and of handshakes as checks of a job: of services that are not of the web.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use wt_engine::{
    EngineConfig, JobSpec,
    template::{TemplateChecks, TemplateSet},
};
use wt_exposure::{AbsentReason, Control, InconclusiveReason, Settled};
use wt_model::Policy;
use wt_targets::{CertificateSpec, Page, Site, Target, serve_http, serve_https};

use crate::support::{any_port, cell, config, job, known, run_with};

const OLD_FTP: &str = r"
id: ftp-backdoor
info: {name: FTP server with a backdoor, severity: critical, author: tests, tags: network}
tcp:
  - host: ['{{Hostname}}']
    matchers:
      - type: word
        name: greeting
        words: ['vsFTPd 2.3.4']
";
const ELSEWHERE: &str = r"
id: only-there
info: {name: Of another port, severity: low, author: tests}
tcp:
  - host: ['{{Hostname}}', '{{Host}}:2']
    port: 1
    matchers: [{type: word, words: ['vsFTPd']}]
";
const ENDED: &str = r"
id: certificate-ended
info: {name: Certificate that ended, severity: low, author: tests}
ssl:
  - address: '{{Host}}:{{Port}}'
    matchers:
      - type: dsl
        dsl: ['unixtime() > not_after']
    extractors: [{type: json, json: ['.not_after']}]
";
const OLD_VERSION: &str = r"
id: speaks-ssl-3
info: {name: Speaks SSL 3, severity: low, author: tests}
ssl:
  - address: '{{Host}}:{{Port}}'
    min_version: ssl30
    max_version: ssl30
    matchers: [{type: word, words: ['ssl30']}]
";

fn checks() -> Arc<TemplateChecks> {
    let files: BTreeMap<String, Vec<u8>> = [
        ("ftp.yaml", OLD_FTP),
        ("there.yaml", ELSEWHERE),
        ("ended.yaml", ENDED),
        ("old.yaml", OLD_VERSION),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .collect();
    let checks = TemplateChecks::new(vec![TemplateSet::from_files(&files)]).expect("few enough");
    assert_eq!(checks.left_out(), []);
    Arc::new(checks)
}

fn with_templates() -> EngineConfig {
    EngineConfig {
        templates: checks(),
        ..config(&["127.0.0.0/8"], None)
    }
}

/// A job for templates that are known to be there.
fn templates(target: SocketAddr, ids: &[&str]) -> JobSpec {
    let (host, port) = (target.ip().to_string(), target.port());
    let mut job = job(&[&host], &[port]);
    let all = checks().references(Policy::Safe).into_iter();
    job.checks = all.filter(|check| ids.contains(&&*check.id)).collect();
    assert_eq!(job.checks.len(), ids.len(), "{ids:?}");
    job.known = ids.iter().map(|id| known(&host, port, id)).collect();
    job
}

/// A service that says the same to everybody, until it is told to say something else.
struct Greeter {
    address: SocketAddr,
    greeting: Arc<Mutex<&'static str>>,
    task: JoinHandle<()>,
}

impl Drop for Greeter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Greeter {
    async fn start(ip: &str) -> Self {
        let listener = TcpListener::bind(any_port(ip)).await.expect("a free port");
        let greeting = Arc::new(Mutex::new(""));
        let (address, says) = (
            listener.local_addr().expect("an address"),
            Arc::clone(&greeting),
        );
        let task = tokio::spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let greeting = *says.lock().expect("not poisoned");
                talks.spawn(async move {
                    let mut heard = [0; 512];
                    if stream.write_all(greeting.as_bytes()).await.is_ok() {
                        while matches!(stream.read(&mut heard).await, Ok(1..)) {}
                    }
                });
            }
        });
        Self {
            address,
            greeting,
            task,
        }
    }

    fn says(&self, greeting: &'static str) {
        *self.greeting.lock().expect("not poisoned") = greeting;
    }
}

fn gone(control: Control) -> Settled {
    Settled::Absent {
        control,
        reason: AbsentReason::NotThere,
        confirmed: true,
    }
}

fn unsure(reason: InconclusiveReason) -> Settled {
    Settled::Inconclusive { reason }
}

#[tokio::test]
async fn what_a_service_says_is_told_and_gone_only_when_it_says_something_else() {
    let service = Greeter::start("127.0.32.1").await;
    let (ip, port) = ("127.0.32.1", service.address.port());
    let job = templates(service.address, &["ftp-backdoor", "only-there"]);

    service.says("220 (vsFTPd 2.3.4)\r\n");
    let report = run_with(with_templates(), &job).await;
    assert_eq!(cell(&report, ip, port, "ftp-backdoor"), Settled::Present);
    let [seen] = report.observations.as_slice() else {
        panic!("{:?}", report.observations);
    };
    assert_eq!(seen.discriminator, "greeting");
    assert_eq!(seen.evidence.response, b"220 (vsFTPd 2.3.4)\r\n");
    assert_eq!(seen.evidence.matched, [format!("{ip}:{port}")]);
    // A template that names its ports has nothing to say about others.
    let skipped = unsure(InconclusiveReason::Skipped);
    assert_eq!(cell(&report, ip, port, "only-there"), skipped);

    for (greeting, settled) in [
        ("220 (vsFTPd 3.0.5)\r\n", gone(Control::PortAccepted)),
        (
            "421 There are too many connections from your address\r\n",
            unsure(InconclusiveReason::RateLimited),
        ),
        ("", unsure(InconclusiveReason::Timeout)),
        // Something answers, and does not say what it is.
        ("hello\r\n", unsure(InconclusiveReason::Timeout)),
    ] {
        service.says(greeting);
        let report = run_with(with_templates(), &job).await;
        assert_eq!(
            cell(&report, ip, port, "ftp-backdoor"),
            settled,
            "{greeting}"
        );
        assert!(report.observations.is_empty(), "{greeting}");
    }
}

#[tokio::test]
async fn a_web_server_in_place_of_a_service_proves_nothing() {
    let site = Site::new([("/", Page::html("<title>Sign in to the network</title>"))]);
    let target = serve_http(any_port("127.0.32.2"), site).await.unwrap();
    let port = target.address().port();
    let job = templates(target.address(), &["ftp-backdoor"]);
    let report = run_with(with_templates(), &job).await;
    assert_eq!(
        cell(&report, "127.0.32.2", port, "ftp-backdoor"),
        unsure(InconclusiveReason::Skipped)
    );
}

#[tokio::test]
async fn what_a_handshake_shows_is_told_and_gone_after_another_handshake() {
    let site = || Site::new([("/", Page::html("<title>Shop</title>"))]);
    let both = ["certificate-ended", "speaks-ssl-3"];
    let expired = CertificateSpec::expired(&["127.0.32.3"]);
    let at = any_port("127.0.32.3");
    let target = serve_https(at, site(), &expired).await.unwrap();
    let (shown, seen) = settled(&target, &both).await;
    assert_eq!(seen.0, Settled::Present);
    // No server of today accepts it: declined, beside a handshake that was made.
    let gone = gone(Control::HandshakeCompleted);
    assert_eq!(seen.1, gone);
    assert!(shown.contains(r#""expired":true"#), "{shown}");

    let valid = CertificateSpec::valid(&["127.0.32.4"]);
    let at = any_port("127.0.32.4");
    let target = serve_https(at, site(), &valid).await.unwrap();
    assert_eq!(settled(&target, &both).await.1, (gone.clone(), gone));

    // What does not speak TLS any more may speak it tomorrow.
    let target = serve_http(any_port("127.0.32.5"), site()).await.unwrap();
    let skipped = unsure(InconclusiveReason::Skipped);
    assert_eq!(settled(&target, &both).await.1, (skipped.clone(), skipped));
}

/// What was seen at a target, and how two templates that are known to be there settle.
async fn settled(target: &Target, ids: &[&str; 2]) -> (String, (Settled, Settled)) {
    let (ip, port) = (target.address().ip().to_string(), target.address().port());
    let report = run_with(with_templates(), &templates(target.address(), ids)).await;
    let seen = report.observations.first();
    let seen = seen.map(|one| String::from_utf8_lossy(&one.evidence.response).into_owned());
    let [one, two] = ids.map(|id| cell(&report, &ip, port, id));
    (seen.unwrap_or_default(), (one, two))
}
