//! Writes the cache that queries are checked against when no database is at hand.
use std::{fs, process::ExitCode};

use anyhow::Result;
use wt_testkit::fleet::{DATABASE, Postgres, postgres_binaries};

use crate::{
    dev::{Lock, State},
    install::{self, Need},
    workspace::{Workspace, run},
};

/// Applies the migrations to a fresh database and builds everything against it; the query macros
/// write what they learn into `.sqlx`.
pub(crate) async fn write(workspace: &Workspace) -> Result<ExitCode> {
    install::ensure(workspace, &[Need::Postgres])?;
    let folder = workspace.target("sqlx");
    let _lock = Lock::take(&folder)?;
    let mut state = State::read(&folder);
    state.stop(&folder).await?;
    let binaries = postgres_binaries()?;
    let postgres = Postgres::prepare(&binaries, &folder.join("postgres"), false)?;
    let process = postgres.start(&folder.join("postgres.log")).await?;
    state.add(&folder, process, &postgres.address())?;
    let result = prepare(workspace, &postgres).await;
    state.stop(&folder).await?;
    result.map(|()| ExitCode::SUCCESS)
}

async fn prepare(workspace: &Workspace, postgres: &Postgres) -> Result<()> {
    postgres.drop_database(DATABASE).await?;
    postgres.create_database(DATABASE).await?;
    let url = postgres.url(DATABASE);
    // The client is built from the cache as it is: it holds no queries of the services.
    run(workspace
        .cargo()
        .args(["build", "--quiet", "--package", "wt-cli"]))?;
    run(workspace
        .command(workspace.binary("watchtower"))
        .args(["migrate", "--dir"])
        .arg(workspace.path("migrations"))
        .env("DATABASE_URL", &url))?;
    let cache = workspace.path(".sqlx");
    let fresh = workspace.target("sqlx/cache");
    if fresh.is_dir() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    touch_callers(workspace)?;
    run(workspace
        .cargo()
        .args(["check", "--workspace", "--all-targets"])
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &fresh)
        .env("DATABASE_URL", &url))?;
    if cache.is_dir() {
        fs::remove_dir_all(&cache)?;
    }
    fs::create_dir_all(&cache)?;
    let mut count = 0;
    for entry in fs::read_dir(&fresh)? {
        let entry = entry?;
        fs::copy(entry.path(), cache.join(entry.file_name()))?;
        count += 1;
    }
    println!("wrote {count} queries to .sqlx");
    Ok(())
}

/// Cargo rebuilds nothing whose sources did not change, and then no macro writes: every file that
/// holds a checked query counts as changed.
fn touch_callers(workspace: &Workspace) -> Result<()> {
    let now = std::time::SystemTime::now();
    for folder in ["libs", "services", "cli", "tests"] {
        for file in workspace.files(folder, ".rs")? {
            let text = fs::read_to_string(&file)?;
            if ["query!", "query_as!", "query_scalar!", "query_unchecked!"]
                .iter()
                .any(|macro_name| text.contains(macro_name))
            {
                fs::File::options()
                    .append(true)
                    .open(&file)?
                    .set_modified(now)?;
            }
        }
    }
    Ok(())
}
