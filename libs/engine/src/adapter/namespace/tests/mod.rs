//! Real namespaces, real rules, a hostile tool: what arrives is counted where nothing may.
mod lab;
mod player;
mod whole;

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    path::Path,
    process::Stdio,
    sync::{Arc, atomic::AtomicU16},
    time::Duration,
};

use tokio::time::Instant;
use wt_model::Policy;

use self::lab::{
    Lab, PORT, TARGET, TARGET_V6, at, is_inside, left_behind, player, player_behind, processes,
    role, task, told, tool, tools, until,
};
use super::{NamespaceFault, Namespaces, program::Trouble};
use crate::adapter::{
    Tool,
    child::{Call, Hears},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// Not a test of its own: the others start this binary again, to be somebody else.
#[test]
fn plays_its_role_in_a_lab() {
    let told = told();
    match role().as_deref() {
        Some("listener") => lab::listen(),
        Some("stub") => {
            let parts: Vec<&str> = told.split('|').collect();
            player::escape(parts[0], parts[1], parts[2].parse().unwrap());
        }
        Some("hold") => player::hold(&told),
        Some("probe") => match Namespaces::start() {
            Ok(_) => println!("\nprobed: it can"),
            Err(fault) => println!("\nprobed: {fault}"),
        },
        Some("worker") => {
            let program = Path::new(&told);
            let running = async {
                let deadline = Instant::now() + PATIENCE;
                let task = task(&[TARGET]);
                tools(program)
                    .run(Tool::Naabu, program, &task, deadline)
                    .await
            };
            let outcome = runtime().block_on(running);
            panic!("it was to be killed: {:?}", outcome.fault);
        }
        _ => {}
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

/// What the tool noted: `name=outcome` by line.
fn noted(note: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(note).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_tool_gets_where_it_was_sent_and_nowhere_else() {
    if !is_inside("a_tool_gets_where_it_was_sent_and_nowhere_else") {
        return;
    }
    let (mut lab, folder) = (Lab::new(), tempfile::tempdir().unwrap());
    let own = TcpListener::bind("0.0.0.0:0").unwrap();
    own.set_nonblocking(true).unwrap();
    let (port, id) = (own.local_addr().unwrap().port(), std::process::id());
    for address in [TARGET, TARGET_V6] {
        let note = folder.path().join("note");
        let program = tool(
            folder.path(),
            "stub",
            &format!("{}|{id}|{port}", note.display()),
        );
        let tools = tools(&program);
        tools.admit(Tool::Naabu, Policy::Safe).unwrap();
        let before = lab.arrivals();
        let call = async {
            let deadline = Instant::now() + PATIENCE;
            tools
                .run(Tool::Naabu, &program, &task(&[address]), deadline)
                .await
        };
        let outcome = runtime().block_on(call);
        assert!(outcome.fault.is_none(), "{:?}", outcome.fault);
        let seen: Vec<_> = outcome
            .sightings
            .iter()
            .map(|s| (s.address, s.port))
            .collect();
        assert_eq!(seen, [(address.parse().unwrap(), PORT)]);

        let noted = noted(&note);
        assert!(noted.contains("permitted=true"), "{noted:?}");
        let done: Vec<_> = noted
            .iter()
            .filter(|line| line.ends_with("=true"))
            .collect();
        assert_eq!(done, ["permitted=true"]);
        assert_eq!(
            noted.iter().filter(|line| line.ends_with("=false")).count(),
            20
        );
        for line in ["CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"] {
            assert!(
                noted.contains(&format!("{line}=0000000000000000")),
                "{noted:?}"
            );
        }
        assert!(noted.contains("NoNewPrivs=1"));

        let permitted = at(address, PORT).to_string();
        assert_eq!(lab.arrivals()[&permitted], before[&permitted] + 1);
        assert_eq!(lab.strayed(), []);
        assert!(own.accept().is_err(), "nobody came to the worker itself");

        let refused = outcome.refused;
        assert!(refused.packets >= 2, "{refused:?}");
        assert!(!refused.is_stuck);
        let elsewhere = if address == TARGET {
            "10.77.0.3:80"
        } else {
            "[fd77::3]:80"
        };
        assert!(
            refused.places.contains(&elsewhere.parse().unwrap()),
            "{refused:?}"
        );
        assert!(!refused.places.contains(&at(address, PORT)));

        assert_eq!(left_behind(), (0, 0));
        until("who left the session is gone", || {
            processes(&format!("300.{id}")) == 0
        });
    }
}

#[test]
fn the_way_closes_with_the_lease_for_those_who_are_through_as_well() {
    if !is_inside("the_way_closes_with_the_lease_for_those_who_are_through_as_well") {
        return;
    }
    let (_lab, folder) = (Lab::new(), tempfile::tempdir().unwrap());
    let note = folder.path().join("note");
    let program = tool(folder.path(), "hold", &note.display().to_string());
    let namespaces = Namespaces::start().unwrap();
    runtime().block_on(async {
        let time = Duration::from_secs(2);
        let namespace = namespaces.open(&task(&[TARGET]), time).await.unwrap();
        let call = Call {
            program: &program,
            arguments: &[],
            deadline: Instant::now() + PATIENCE,
            hears: Hears::Output,
            within: Some(&namespace),
        };
        call.run(&mut |_| {}).await.unwrap();
        let noted = fs::read_to_string(&note).unwrap();
        assert_eq!(noted, "in\ncut, and again=false\n");
        assert!(namespace.close().await.packets > 0);
    });
    assert_eq!(left_behind(), (0, 0));
}

#[test]
fn a_cancelled_call_leaves_nothing() {
    if !is_inside("a_cancelled_call_leaves_nothing") {
        return;
    }
    let (_lab, folder) = (Lab::new(), tempfile::tempdir().unwrap());
    let note = folder.path().join("note");
    let program = tool(folder.path(), "hold", &note.display().to_string());
    let tools = tools(&program);
    let runtime = runtime();
    let running = {
        let (program, tools) = (program.clone(), tools);
        runtime.spawn(async move {
            let deadline = Instant::now() + PATIENCE;
            let task = task(&[TARGET]);
            tools.run(Tool::Naabu, &program, &task, deadline).await;
        })
    };
    until("it is under way", || note.exists());
    assert_eq!(left_behind(), (1, 1));
    running.abort();
    until("link and table are gone", || left_behind() == (0, 0));
    until("the tool is gone", || {
        processes(&note.display().to_string()) == 0
    });
    until("its namespace is gone", || holders() == 1);
}

/// First processes of namespaces in this lab; one holds the targets'.
fn holders() -> usize {
    let own = std::process::id();
    let of = |text: String| {
        let (_, rest) = text.rsplit_once(')')?;
        let words: Vec<&str> = rest.split_whitespace().take(2).collect();
        Some(words == ["S", &own.to_string()] && text.contains("(unshare)"))
    };
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok())
        .filter(|text| of(text.clone()) == Some(true))
        .count()
}

#[test]
fn what_a_killed_worker_left_is_swept_by_the_next() {
    if !is_inside("what_a_killed_worker_left_is_swept_by_the_next") {
        return;
    }
    let (_lab, folder) = (Lab::new(), tempfile::tempdir().unwrap());
    let note = folder.path().join("note");
    let program = tool(folder.path(), "hold", &note.display().to_string());
    let mut worker = player("worker", &program.display().to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("it is under way", || note.exists());
    assert_eq!(left_behind(), (1, 1));
    // SIGKILL: nobody tidies up.
    worker.kill().unwrap();
    worker.wait().unwrap();
    until("the link is gone by itself", || left_behind().0 == 0);
    let name = program.display().to_string();
    until("so is the tool", || processes(&name) == 0);
    assert_eq!(left_behind(), (0, 1), "its table is left");

    // Somebody else's is not ours to remove.
    let other = "table inet other { }\n";
    super::NFT.run(None, &["-f", "-"], other).unwrap();
    Namespaces::start().unwrap();
    assert_eq!(left_behind(), (0, 0));
    let tables = super::NFT.run(None, &["list", "tables"], "").unwrap();
    assert_eq!(tables.trim(), "table inet other");
}

#[test]
fn what_is_missing_is_said_at_the_start() {
    if !is_inside("what_is_missing_is_said_at_the_start") {
        return;
    }
    let probe = |words: &[&str]| {
        let ended = player_behind(words, "probe", "").output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let line = said.lines().find_map(|line| line.strip_prefix("probed: "));
        line.unwrap_or_default().to_owned()
    };
    fs::write("/proc/sys/net/ipv4/ip_forward", "0").unwrap();
    let said = probe(&["env"]);
    assert!(said.starts_with("net.ipv4.ip_forward is not on"), "{said}");
    fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap();
    assert_eq!(probe(&["env"]), "it can");
    for name in ["net_admin", "sys_admin", "setpcap"] {
        let without = format!("--bounding-set=-{name}");
        let said = probe(&["setpriv", &without, "--inh-caps=-all", "--"]);
        assert_eq!(said, format!("CAP_{} is missing", name.to_uppercase()));
    }
    // A pod has these and no other.
    let only = "--bounding-set=-all,+net_admin,+setpcap,+sys_admin";
    assert_eq!(probe(&["setpriv", only, "--inh-caps=-all", "--"]), "it can");
    let nowhere = super::program::Program::new("wt-nowhere", "nothing");
    assert_eq!(
        nowhere.run(None, &[], ""),
        Err(Trouble::NotThere("wt-nowhere", "nothing"))
    );
    assert_eq!(left_behind(), (0, 0));
}

#[test]
fn a_namespace_leads_to_no_loopback_and_to_no_family_that_is_not_passed_on() {
    if !is_inside("a_namespace_leads_to_no_loopback_and_to_no_family_that_is_not_passed_on") {
        return;
    }
    let _lab = Lab::new();
    let namespaces = Namespaces::start().unwrap();
    fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "0").unwrap();
    runtime().block_on(async {
        let open = async |addresses: &[&str]| {
            let opened = namespaces.open(&task(addresses), PATIENCE).await;
            opened.map(drop)
        };
        assert_eq!(
            open(&[TARGET, "127.0.0.1"]).await,
            Err(NamespaceFault::Unreachable([127, 0, 0, 1].into()))
        );
        assert_eq!(
            open(&[TARGET_V6]).await,
            Err(NamespaceFault::Forwarding("net.ipv6.conf.all.forwarding"))
        );
        assert_eq!(open(&[TARGET]).await, Ok(()));
    });
    assert_eq!(left_behind(), (0, 0));
}

#[test]
fn calls_of_several_workers_at_once_do_not_meet() {
    if !is_inside("calls_of_several_workers_at_once_do_not_meet") {
        return;
    }
    let _lab = Lab::new();
    let first = Namespaces::start().unwrap();
    // Another worker that would take the very same pairs.
    let next = first.next.load(std::sync::atomic::Ordering::Relaxed);
    let second = Namespaces {
        next: Arc::new(AtomicU16::new(next)),
        ..first.clone()
    };
    runtime().block_on(async {
        let task = task(&[TARGET]);
        let calls = (0..8).map(|n| if n % 2 == 0 { &first } else { &second });
        let opening = calls.map(|namespaces| namespaces.open(&task, PATIENCE));
        let all = futures::future::try_join_all(opening).await.unwrap();
        let names: BTreeSet<String> = all.iter().map(|one| one.pair.unwrap().name()).collect();
        assert_eq!(names.len(), 8);
        for namespace in &all {
            let call = Call {
                program: Path::new("/bin/bash"),
                arguments: &["-c".to_owned(), format!("echo > /dev/tcp/{TARGET}/{PORT}")],
                deadline: Instant::now() + PATIENCE,
                hears: Hears::Output,
                within: Some(namespace),
            };
            call.run(&mut |_| {}).await.unwrap();
        }
        assert_eq!(left_behind(), (8, 8));
    });
    until("all are gone", || left_behind() == (0, 0));
}
