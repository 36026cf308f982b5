//! The adapters beside the real tools, where `make tools` put them: whatever a tool sees, the
//! engine sees too, and both spell it alike.
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wt_model::Policy;
use wt_scope::{Network, Scope};
use wt_targets::{CertificateSpec, Page, Site, Target, serve_http, serve_https};

use super::{Egress, Tool, ToolSetting, ToolTask, Tools};
use crate::{
    Engine, EngineConfig, JobLimits, JobSpec, Silent, TargetSpec,
    check::{Check, catalogue},
};

/// Longest call: nuclei reads its settings for some seconds before it asks anything.
const PATIENCE: Duration = Duration::from_mins(2);
const GIT_CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n";
/// A template of the public tree's id, for which there is a check.
const TEMPLATE: &str = "id: git-config
info: {name: Git configuration, author: watchtower, severity: medium}
http:
  - method: GET
    path: ['{{BaseURL}}/.git/config']
    matchers:
      - type: word
        words: ['[core]']
";

/// Attributes by port, check and discriminator.
type Seen = BTreeMap<(u16, String, String), BTreeMap<String, String>>;

/// Where a real tool is.
fn real(tool: Tool) -> Option<PathBuf> {
    let made = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../target/tools/scanners/bin"
    );
    [made, "/usr/bin", "/usr/local/bin"]
        .map(|folder| Path::new(folder).join(tool.as_str()))
        .into_iter()
        .find(|path| path.is_file())
}

async fn serve(ip: &str) -> (Target, Target) {
    let site = || {
        let home = Page::html("<html><title>Shop</title><script src=jquery.js></script></html>");
        Site::new([
            (
                "/",
                home.with("server", "Apache/2.4.57 (Debian)")
                    .with("x-powered-by", "PHP/8.2.7")
                    .with("set-cookie", "PHPSESSID=1; path=/"),
            ),
            ("/.git/config", Page::file(GIT_CONFIG)),
        ])
    };
    let at = || std::net::SocketAddr::new(ip.parse().unwrap(), 0);
    let expired = CertificateSpec::expired(&["old.example", "www.old.example"]);
    (
        serve_http(at(), site()).await.unwrap(),
        serve_https(at(), site(), &expired).await.unwrap(),
    )
}

/// Everything the engine looks at by itself, at these ports of an address.
pub(super) fn job_of(ip: &str, ports: &[u16]) -> JobSpec {
    let network = Network::single(ip.parse().unwrap());
    let ports: wt_exposure::PortSet = ports.iter().copied().collect();
    JobSpec {
        targets: vec![TargetSpec {
            asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            host: ip.to_owned(),
            ports: ports.clone(),
        }],
        checks: catalogue().into_iter().map(Check::reference).collect(),
        scope: Scope {
            networks: BTreeSet::from([network]),
            ports,
            ..Scope::default()
        },
        limits: JobLimits::default(),
        known: BTreeSet::new(),
        only_known: false,
        strength: 2,
        policy: Policy::Safe,
        tools: BTreeSet::new(),
    }
}

async fn seen_by_the_engine(ip: &str, ports: &[u16]) -> Seen {
    let job = job_of(ip, ports);
    let engine = Engine::new(EngineConfig {
        allowed: vec![Network::single(ip.parse().unwrap())],
        ..EngineConfig::default()
    })
    .unwrap();
    let cancel = CancellationToken::new();
    let report = engine.run(&job, &Silent, &cancel).await.unwrap();
    let all = report.observations.into_iter();
    all.map(|o| {
        let key = (o.subject.port, o.check.id, o.discriminator);
        (key, o.attributes)
    })
    .collect()
}

#[tokio::test]
async fn real_tools_see_what_the_engine_sees_and_spell_it_alike() {
    agree("127.0.28.7", "127.0.28.7", Egress::ConfinedOutside).await;
}

/// Asks the engine and every tool that is here about two servers, which are at `own` and are seen
/// at `ip`.
pub(super) async fn agree(own: &str, ip: &str, egress: Egress) {
    let (plain, secret) = serve(own).await;
    let ports = [plain.address().port(), secret.address().port()];
    let ours = seen_by_the_engine(ip, &ports).await;
    let templates = tempfile::tempdir().unwrap();
    std::fs::write(templates.path().join("git-config.yaml"), TEMPLATE).unwrap();
    for tool in Tool::ALL {
        let Some(program) = real(tool) else {
            wt_testkit::skip(&format!("what the real {tool} sees"), "it is not installed");
            continue;
        };
        let setting = ToolSetting {
            paths: [(tool, program.clone())].into(),
            egress,
            nuclei_templates: Some(templates.path().to_owned()),
        };
        let task = ToolTask {
            addresses: vec![ip.parse().unwrap()],
            ports: ports.into_iter().collect(),
            name: None,
            per_second: 200,
            user_agent: crate::user_agent(crate::ABOUT_URL),
        };
        let deadline = Instant::now() + PATIENCE;
        let outcome = Tools::start(setting)
            .run(tool, &program, &task, deadline)
            .await;
        assert!(outcome.fault.is_none(), "{tool}: {:?}", outcome.fault);
        let theirs: Seen = outcome
            .sightings
            .iter()
            .map(|s| {
                let key = (s.port, s.check.to_owned(), s.discriminator.clone());
                (key, s.attributes.clone())
            })
            .collect();
        for (key, attributes) in &theirs {
            assert_eq!(ours.get(key), Some(attributes), "{tool} about {key:?}");
        }
        for check in expected_of(tool) {
            let (port, check) = (ports[usize::from(check.starts_with("tls."))], *check);
            let is_seen = theirs.keys().any(|(p, c, _)| *p == port && c == check);
            assert!(is_seen, "{tool} did not see {check} in {theirs:?}");
        }
    }
}

/// What each has to see of the two servers: of TLS at the second, of everything else at the first.
fn expected_of(tool: Tool) -> &'static [&'static str] {
    match tool {
        Tool::Naabu | Tool::Nmap => &["port.open"],
        Tool::Httpx => &["port.open", "http.service"],
        Tool::Tlsx => &["tls.cert_expired", "tls.cert_self_signed"],
        Tool::Nuclei => &["http.exposed.git_config"],
    }
}
