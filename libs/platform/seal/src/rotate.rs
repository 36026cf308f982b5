//! Wrapping every data key with the current master key: what an operator runs after a change.
use std::{ffi::OsString, io::Write, process::ExitCode};

use clap::Parser;
use sqlx::{AssertSqlSafe, Row};
use wt_pg::{PgArgs, Pool};

use crate::{MasterKey, MasterKeyArgs, SealFault, data_key};

/// Data keys of one transaction: what is lost when the process is killed.
const BATCH: i32 = 100;
/// Exit code for settings that cannot be used (sysexits.h `EX_USAGE`).
const EXIT_BAD_SETTINGS: u8 = 64;

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// Data keys wrapped anew.
    pub rewrapped: u64,
}

/// Wraps every data key of `pool`'s schema that another master key wrapped. Secrets stay as they
/// are. Running it again, or by two at once, or after it was killed, goes on where it stopped.
pub async fn rotate(pool: &Pool, master: &dyn MasterKey) -> Result<Rotated, SealFault> {
    let mut rewrapped = 0;
    loop {
        let done = batch(pool, master).await?;
        if done == 0 {
            return Ok(Rotated { rewrapped });
        }
        rewrapped += done;
        tracing::info!(rewrapped, "data keys wrapped anew");
    }
}

/// One transaction; 0 when nothing is left.
async fn batch(pool: &Pool, master: &dyn MasterKey) -> Result<u64, SealFault> {
    let schema = pool.schema();
    let mut tx = pool.begin_platform("rotate_master_key").await?;
    let due =
        format!("select owner, id, master_key_id, wrapped from {schema}.data_keys_due($1, $2)");
    let rows = sqlx::query(AssertSqlSafe(due))
        .bind(master.current().await?)
        .bind(BATCH)
        .fetch_all(tx.conn())
        .await?;
    let mut done = 0;
    for row in rows {
        let (owner, id): (String, String) = (row.try_get("owner")?, row.try_get("id")?);
        let former: String = row.try_get("master_key_id")?;
        let wrapped: Vec<u8> = row.try_get("wrapped")?;
        let context = data_key::context(&owner, &id);
        let secret = master.unwrap(&former, &context, &wrapped).await?;
        let wrapped = master.wrap(&context, &secret).await?;
        if wrapped.master_key_id == former {
            // It would be due again at once, and for ever.
            return Err(SealFault::MasterKey {
                reason: format!("{former} wraps what a newer version should"),
            });
        }
        let rewrap = format!("select {schema}.data_key_rewrap($1, $2, $3, $4, $5)");
        // Nobody else changes it meanwhile: due rows are locked.
        sqlx::query(AssertSqlSafe(rewrap))
            .bind(owner)
            .bind(id)
            .bind(former)
            .bind(wrapped.master_key_id)
            .bind(wrapped.bytes)
            .execute(tx.conn())
            .await?;
        done += 1;
    }
    tx.commit().await?;
    Ok(done)
}

/// Maintains the master key; the service itself keeps running meanwhile.
#[derive(Debug, Clone, Parser)]
#[command(name = "master-key")]
pub struct MasterKeyCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Verb {
    /// Wraps every data key with the newest version of the service's key, or the first key of the
    /// file; the others are only read
    Rotate {
        #[command(flatten)]
        pg: PgArgs,
        #[command(flatten)]
        master_key: MasterKeyArgs,
    },
}

/// Runs `<service> master-key …` if that is what the command line says.
pub fn command(service: &'static str, schema: &'static str) -> Option<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    if args.next()? != *"master-key" {
        return None;
    }
    let name = std::iter::once(OsString::from(format!("{service} master-key")));
    Some(match MasterKeyCommand::try_parse_from(name.chain(args)) {
        Ok(command) => run(command, service, schema),
        Err(error) => {
            let asked = !error.use_stderr();
            // A closed stream changes nothing about the exit.
            let _ = error.print();
            if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EXIT_BAD_SETTINGS)
            }
        }
    })
}

fn run(command: MasterKeyCommand, service: &'static str, schema: &'static str) -> ExitCode {
    let Verb::Rotate { pg, master_key } = command.verb;
    let done = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))
        .and_then(|runtime| {
            runtime.block_on(async {
                let master = master_key.load().map_err(|fault| wt_fault::chain(&fault))?;
                let pool =
                    Pool::new(&pg, service, schema).map_err(|fault| wt_fault::chain(&fault))?;
                let told = |fault| match fault {
                    SealFault::MasterKeyUnknown { id } => {
                        format!("master key {id} wraps data keys, and the file lacks it")
                    }
                    fault => wt_fault::chain(&fault),
                };
                let rotated = rotate(&pool, master.as_ref()).await.map_err(told)?;
                Ok((rotated, master.current().await.map_err(told)?))
            })
        });
    // A closed stream changes nothing about the exit.
    match done {
        Ok((Rotated { rewrapped }, id)) => {
            let _ = writeln!(
                std::io::stdout(),
                "{rewrapped} data keys wrapped anew; all are wrapped by master key {id}"
            );
            ExitCode::SUCCESS
        }
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "{service} master-key: {reason}");
            ExitCode::FAILURE
        }
    }
}
