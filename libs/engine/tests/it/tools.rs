//! Tools beside the engine: what they see is added, under the engine's own keys, and nothing is
//! taken away by what they do not see.
#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use wt_engine::{Egress, Engine, EngineConfig, EngineFault, JobSpec, Silent, Tool, ToolSetting};
use wt_exposure::{ExposureKey, JobReport, Settled};
use wt_model::TenantKey;
use wt_targets::{Page, Site, serve_http};

use crate::support::{any_port, cell, config, job, only, run_with, until};

/// A tool that is a shell script.
fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn with_tool(tool: Tool, path: &Path, egress: Egress) -> EngineConfig {
    EngineConfig {
        tools: ToolSetting {
            paths: [(tool, path.to_owned())].into(),
            egress,
            nuclei_templates: None,
        },
        ..config(&["127.0.0.0/8"], None)
    }
}

fn naming(mut job: JobSpec, tool: Tool) -> JobSpec {
    job.tools = [tool].into();
    job
}

/// A report of nmap's about open ports.
fn report_of(places: &[(&str, u16)]) -> String {
    let mut hosts = String::new();
    for (address, port) in places {
        hosts.push_str("<host><address addrtype='ipv4' addr='");
        hosts.push_str(address);
        hosts.push_str("'/><ports><port protocol='tcp' portid='");
        hosts.push_str(&port.to_string());
        hosts.push_str("'><state state='open'/></port></ports></host>");
    }
    format!("<nmaprun version='7.93'>{hosts}</nmaprun>")
}

fn keys(report: &JobReport) -> Vec<ExposureKey> {
    let tenant: TenantKey = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    let all = report.observations.iter();
    all.map(|o| ExposureKey::derive(tenant, &o.subject, &o.check.id, &o.discriminator))
        .collect()
}

#[tokio::test]
async fn what_a_tool_sees_in_a_planned_cell_is_present_under_the_engines_own_key() {
    let (ip, folder) = ("127.0.28.1", tempfile::tempdir().unwrap());
    let site = serve_http(any_port(ip), Site::new([("/", Page::html("x"))]))
        .await
        .unwrap();
    let open = site.address().port();
    let job = only(job(&[ip], &[open]), &["port.open"]);
    let native = run_with(config(&["127.0.0.0/8"], None), &job).await;
    drop(site);
    until(|| std::net::TcpStream::connect((ip, open)).is_err()).await;

    // Beside the port of the plan: another port, another host.
    let told = report_of(&[(ip, open), (ip, 9), ("127.0.28.9", open)]);
    let tool = script(folder.path(), "nmap", &format!("cat <<'END'\n{told}\nEND"));
    let setting = with_tool(Tool::Nmap, &tool, Egress::Open);
    let report = run_with(setting.clone(), &naming(job.clone(), Tool::Nmap)).await;
    assert_eq!(cell(&report, ip, open, "port.open"), Settled::Present);
    assert_eq!(keys(&report), keys(&native));
    let [seen] = report.observations.as_slice() else {
        panic!("one observation: {:?}", report.observations);
    };
    assert_eq!(seen.attributes, native.observations[0].attributes);
    let called = String::from_utf8_lossy(&seen.evidence.request).into_owned();
    assert!(
        called.starts_with("nmap -n -Pn -sT") && called.contains(ip),
        "{called}"
    );

    // Nobody named it: it is not run.
    let report = run_with(setting, &job).await;
    assert_ne!(cell(&report, ip, open, "port.open"), Settled::Present);
}

#[tokio::test]
async fn what_a_tool_does_not_see_or_fails_to_say_takes_nothing_away() {
    let (ip, folder) = ("127.0.28.2", tempfile::tempdir().unwrap());
    let site = serve_http(any_port(ip), Site::new([("/", Page::html("x"))]))
        .await
        .unwrap();
    let port = site.address().port();
    let job = only(job(&[ip], &[port]), &["port.open", "http.service"]);
    let native = run_with(config(&["127.0.0.0/8"], None), &job).await;
    for (n, text) in ["true", "exit 7", "echo '<nmaprun><host>'", "kill -9 $$"]
        .iter()
        .enumerate()
    {
        let tool = script(folder.path(), &format!("nmap{n}"), text);
        let setting = with_tool(Tool::Nmap, &tool, Egress::Open);
        let report = run_with(setting, &naming(job.clone(), Tool::Nmap)).await;
        assert_eq!(
            (&report.cells, keys(&report)),
            (&native.cells, keys(&native)),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_tool_that_could_go_anywhere_is_not_started_while_the_way_out_is_open() {
    let (ip, folder) = ("127.0.28.3", tempfile::tempdir().unwrap());
    let site = serve_http(any_port(ip), Site::new([("/", Page::html("x"))]))
        .await
        .unwrap();
    let port = site.address().port();
    let job = only(
        job(&[ip], &[port]),
        &["port.open", "http.exposed.git_config"],
    );
    let note = folder.path().join("started");
    let line = format!(
        r#"{{"template-id":"git-config","matcher-status":true,"ip":"{ip}","port":"{port}","matched-at":"http://{ip}:{port}/.git/config"}}"#
    );
    let text = format!("touch {}\necho '{line}'", note.display());
    let tool = script(folder.path(), "nuclei", &text);
    let job = naming(job, Tool::Nuclei);
    let report = run_with(with_tool(Tool::Nuclei, &tool, Egress::Open), &job).await;
    assert!(!note.exists());
    assert_ne!(
        cell(&report, ip, port, "http.exposed.git_config"),
        Settled::Present
    );

    let setting = with_tool(Tool::Nuclei, &tool, Egress::ConfinedOutside);
    let report = run_with(setting, &job).await;
    assert!(note.exists());
    assert_eq!(
        cell(&report, ip, port, "http.exposed.git_config"),
        Settled::Present
    );
    let seen = report
        .observations
        .iter()
        .find(|o| o.check.id != "port.open")
        .unwrap();
    assert_eq!(
        (&*seen.discriminator, &*seen.attributes["path"]),
        ("/.git/config", "/.git/config")
    );
}

#[tokio::test]
async fn a_cancel_ends_a_tool_and_all_it_started() {
    let (ip, folder) = ("127.0.28.4", tempfile::tempdir().unwrap());
    let site = serve_http(any_port(ip), Site::new([("/", Page::html("x"))]))
        .await
        .unwrap();
    let job = only(job(&[ip], &[site.address().port()]), &["port.open"]);
    let note = folder.path().join("pids");
    let temporary = folder.path().join("pids.new");
    let text = format!(
        "sleep 300 &\necho $$ $! > {0}\nmv {0} {1}\nwait",
        temporary.display(),
        note.display()
    );
    let tool = script(folder.path(), "nmap", &text);
    let engine = Engine::new(with_tool(Tool::Nmap, &tool, Egress::Open)).unwrap();
    let cancel = CancellationToken::new();
    let (job, token) = (naming(job, Tool::Nmap), cancel.clone());
    let running = tokio::spawn(async move { engine.run(&job, &Silent, &token).await });
    until(|| note.exists()).await;
    let pids: Vec<String> = fs::read_to_string(&note)
        .unwrap()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let is_alive = |pid: &String| {
        // A process nobody has waited for yet is no longer running.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
    };
    assert!(pids.iter().all(is_alive), "{pids:?}");
    cancel.cancel();
    let ended = tokio::time::timeout(Duration::from_mins(1), running).await;
    assert_eq!(ended.unwrap().unwrap(), Err(EngineFault::Cancelled));
    until(|| !pids.iter().any(is_alive)).await;
}

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

#[tokio::test]
async fn real_tools_agree_with_the_engine_where_they_are_installed() {
    let ip = "127.0.28.5";
    let site = serve_http(
        any_port(ip),
        Site::new([("/", Page::html("<title>x</title>"))]),
    )
    .await
    .unwrap();
    let port = site.address().port();
    let job = only(job(&[ip], &[port, 9]), &["port.open", "http.service"]);
    let native = run_with(config(&["127.0.0.0/8"], None), &job).await;
    for tool in Tool::ALL {
        let Some(path) = real(tool) else {
            wt_testkit::skip(&format!("the real {tool}"), "it is not installed");
            continue;
        };
        let setting = with_tool(tool, &path, Egress::ConfinedOutside);
        let report = run_with(setting, &naming(job.clone(), tool)).await;
        assert_eq!(report.cells, native.cells, "{tool}");
    }
}
