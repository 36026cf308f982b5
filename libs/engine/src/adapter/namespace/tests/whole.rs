//! A whole run with a confined tool, and the real tools from a network of their own.
use std::{collections::BTreeSet, path::Path, sync::Mutex, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    super::{NFT, Namespaces},
    lab::{Lab, PORT, TARGET, WORKER, is_inside, left_behind, task, tool},
    runtime,
};
use crate::{
    Egress, Engine, EngineConfig, Progress, Tool, ToolSetting,
    adapter::{
        child::{Call, Hears},
        real::{agree, job_of},
    },
};

#[test]
fn what_a_tool_was_refused_is_a_denial_of_the_run() {
    if !is_inside("whole::what_a_tool_was_refused_is_a_denial_of_the_run") {
        return;
    }
    let (mut lab, folder) = (Lab::new(), tempfile::tempdir().unwrap());
    let note = folder.path().join("note");
    let told = format!("{}|{}|9", note.display(), std::process::id());
    let program = tool(folder.path(), "stub", &told);
    let engine = |egress| {
        Engine::new(EngineConfig {
            allowed: vec!["10.77.0.0/24".parse().unwrap()],
            tools: ToolSetting {
                paths: [(Tool::Naabu, program.clone())].into(),
                egress,
                nuclei_templates: None,
            },
            ..EngineConfig::default()
        })
        .unwrap()
    };
    let mut job = job_of(TARGET, &[PORT]);
    job.tools = [Tool::Naabu].into();
    job.checks.retain(|check| check.id == "port.open");
    let lines = Mutex::new(Vec::new());
    let sink = |news: Progress| {
        if let Progress::Line { text, .. } = news {
            lines.lock().unwrap().push(text);
        }
    };
    let run = |engine: Engine| {
        let cancel = CancellationToken::new();
        runtime().block_on(async { engine.run(&job, &sink, &cancel).await.unwrap() })
    };
    let report = run(engine(Egress::Namespace));
    let denied: BTreeSet<String> = report
        .denials
        .iter()
        .map(|d| format!("{:?} {} via {} for {}", d.address, d.port, d.via, d.host))
        .collect();
    for expected in [
        "Some(10.77.0.2) 81 via naabu for 10.77.0.2",
        "Some(10.77.0.3) 80 via naabu for 10.77.0.2",
        "None 53 via naabu for 10.77.0.2",
    ] {
        assert!(denied.contains(expected), "{expected}: {denied:?}");
    }
    let said = lines.lock().unwrap().join("\n");
    assert!(
        said.contains("packets to elsewhere were not let out"),
        "{said}"
    );
    assert_eq!(lab.strayed(), []);
    assert_eq!(left_behind(), (0, 0));

    // Where it can't be had, the tool is not started, and the run says why.
    std::fs::remove_file(&note).unwrap();
    std::fs::write("/proc/sys/net/ipv4/ip_forward", "0").unwrap();
    run(engine(Egress::Namespace));
    assert!(!note.exists());
    let said = lines.lock().unwrap().join("\n");
    let why = "naabu was not run: it is to be confined by a network namespace, and none can be \
               made here: net.ipv4.ip_forward is not on";
    assert!(said.contains(why), "{said}");
}

#[test]
fn a_firewall_that_passes_nothing_on_is_told_of() {
    if !is_inside("whole::a_firewall_that_passes_nothing_on_is_told_of") {
        return;
    }
    let (_lab, namespaces) = (Lab::new(), Namespaces::start().unwrap());
    let closed = "table inet other {\n chain forward {\n type filter hook forward priority 0; policy drop;\n }\n}\n";
    NFT.run(None, &["-f", "-"], closed).unwrap();
    let connect = format!("echo > /dev/tcp/{TARGET}/{PORT}");
    let arguments = ["2", "bash", "-c", &connect].map(str::to_owned);
    runtime().block_on(async {
        let time = Duration::from_mins(1);
        let namespace = namespaces.open(&task(&[TARGET]), time).await.unwrap();
        let call = Call {
            program: Path::new("/usr/bin/timeout"),
            arguments: &arguments,
            deadline: Instant::now() + time,
            hears: Hears::Output,
            within: Some(&namespace),
        };
        call.run(&mut |_| {}).await.unwrap_err();
        let refused = namespace.close().await;
        assert!(refused.is_stuck && refused.packets == 0, "{refused:?}");
    });
}

#[test]
fn the_real_tools_see_the_same_from_a_network_of_their_own() {
    if !is_inside("whole::the_real_tools_see_the_same_from_a_network_of_their_own") {
        return;
    }
    let _lab = Lab::new();
    Lab::serve_loopback();
    runtime().block_on(agree("127.0.0.1", WORKER, Egress::Namespace));
    assert_eq!(left_behind(), (0, 0));
}
