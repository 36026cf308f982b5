//! `make demo`: the main job on this machine, from signing up to a proven fix.
mod client;
mod story;
mod summary;
mod targets;

use std::{path::Path, process::ExitCode, time::Instant};

use anyhow::Result;

use self::{
    client::Client,
    story::Story,
    targets::{NETWORK, Ports, Targets},
};
use crate::{
    dev::{self, Lock, Plan, State},
    install::{self, Need},
    workspace::Workspace,
};

/// Runs the demo; with `once` it stops everything at the end and fails unless all of it happened.
pub(crate) async fn run(workspace: &Workspace, once: bool) -> Result<ExitCode> {
    let started = Instant::now();
    let folder = workspace.target("demo");
    let _lock = Lock::take(&folder)?;
    install::ensure(workspace, &[Need::Nginx])?;
    dev::prepare(workspace)?;
    let mut state = State::read(&folder);
    // Every demo starts with an empty house.
    dev::clear(&folder, &mut state).await?;
    let told = tell(workspace, &folder, &mut state, started).await;
    if once || told.is_err() {
        let stopped = state.stop(&folder).await?;
        println!("\nstopped {stopped} processes");
    }
    let story = told?;
    if !once {
        println!("\n{}", state.table(workspace));
        println!("Look further: {}", state.public_url);
        println!("Sign in as {} with {}", story.email(), story.password());
        println!("`make down` stops it.");
    }
    Ok(ExitCode::SUCCESS)
}

async fn tell(
    workspace: &Workspace,
    folder: &Path,
    state: &mut State,
    started: Instant,
) -> Result<Story> {
    let ports = Ports::choose()?;
    let targets = Targets::start(workspace, folder, state, ports).await?;
    let plan = Plan {
        folder: folder.to_path_buf(),
        allow_networks: vec![NETWORK.to_owned()],
        resolver: Some(targets.resolver.clone()),
        http_file_ports: vec![ports.http],
        extra: dev::example_prices(),
        ..Plan::default()
    };
    dev::start(workspace, &plan, state).await?;
    println!("\n{}", state.table(workspace));
    let client = Client::new(workspace, folder.join("client"), &state.gateway_url)?;
    let mut story = Story::new(client, targets, ports, folder.to_path_buf(), started);
    story.tell().await?;
    story.summary()?.write(folder)?;
    Ok(story)
}
