//! `wt-tenant platform-admin grant|revoke EMAIL`: how platform staff come about. An operator with
//! the database's address says so; no door of the product can.

use std::{ffi::OsString, io::Write, process::ExitCode};

use clap::Parser;
use serde_json::json;
use wt_model::{Principal, TenantKey};
use wt_pg::{PgArgs, Pool, TenantTx};
use wt_proto::event;

use crate::{error::TenantFault, issue, store};

/// Who the audit says it was: whoever holds the database's address.
const OPERATOR: &str = "operator";
/// As everywhere in the fleet: a command line that cannot be used (sysexits.h `EX_USAGE`).
const EXIT_BAD_SETTINGS: u8 = 64;

/// Says who is of the platform's staff; the service itself keeps running meanwhile.
#[derive(Debug, Clone, Parser)]
#[command(name = "platform-admin")]
struct PlatformAdminCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Verb {
    /// Makes the person with this address platform staff, from their next sign-in on
    Grant(Whom),
    /// Takes that away, and ends what they look at with somebody else's eyes
    Revoke(Whom),
}

#[derive(Debug, Clone, clap::Args)]
struct Whom {
    /// Address of an account
    email: String,
    #[command(flatten)]
    pg: PgArgs,
}

/// Runs `wt-tenant platform-admin …` if that is what the command line says.
pub fn command() -> Option<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    if args.next()? != *"platform-admin" {
        return None;
    }
    let name = std::iter::once(OsString::from("wt-tenant platform-admin"));
    Some(
        match PlatformAdminCommand::try_parse_from(name.chain(args)) {
            Ok(command) => run(command),
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
        },
    )
}

fn run(command: PlatformAdminCommand) -> ExitCode {
    let done = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))
        .and_then(|runtime| runtime.block_on(change(command.verb)));
    // A closed stream changes nothing about the exit.
    match done {
        Ok(said) => {
            let _ = writeln!(std::io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "wt-tenant platform-admin: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn change(verb: Verb) -> Result<String, String> {
    let (whom, granting) = match verb {
        Verb::Grant(whom) => (whom, true),
        Verb::Revoke(whom) => (whom, false),
    };
    let pool =
        Pool::new(&whom.pg, crate::NAME, "tenant").map_err(|fault| wt_fault::chain(&fault))?;
    let email = whom.email.trim();
    let changed = set(&pool, email, granting)
        .await
        .map_err(|fault| wt_fault::chain(&fault))?;
    let state = if granting { "is" } else { "is not" };
    let so = if changed {
        "now"
    } else {
        "already: nothing changed"
    };
    Ok(format!("{email} {state} platform staff ({so})"))
}

/// Grants or revokes, records it in the person's first organization, and tells the gateways which
/// sign-ins ended.
async fn set(pool: &Pool, email: &str, granting: bool) -> Result<bool, TenantFault> {
    let mut tx = pool.begin_platform("find_user").await?;
    let user = store::user::find_by_email(tx.conn(), email)
        .await?
        .ok_or_else(|| TenantFault::field("email", "no account has this address"))?;
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    tx.commit().await?;
    let home = &issue::home(&access)?.tenant_key;
    let tenant_key: TenantKey = home.parse().map_err(|_| TenantFault::Inconsistent {
        place: format!("organization of {}", user.id),
    })?;
    let operator = Principal::service(OPERATOR, tenant_key);
    let mut tx = pool.begin(&operator, "set_platform_admin").await?;
    let (changed, action) = if granting {
        let granted = store::impersonation::grant(tx.conn(), &user.id).await?;
        (granted, "platform_admin.grant")
    } else {
        let revoked = store::impersonation::revoke(tx.conn(), &user.id).await?;
        end_all_of(&mut tx, &user.id, None).await?;
        (revoked, "platform_admin.revoke")
    };
    if changed {
        let after = json!({ "email": user.email });
        wt_audit::record(&mut tx, action, &user.id, None, Some(&after)).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Ends what somebody of the staff looks through, and tells every gateway.
pub(crate) async fn end_all_of(
    tx: &mut TenantTx,
    actor: &str,
    from_session: Option<&str>,
) -> Result<(), TenantFault> {
    let ended = store::impersonation::end_all_of(tx.conn(), actor, from_session).await?;
    for (session_id, user_id) in ended {
        let ended = event::SessionEnded {
            session_id,
            user_id,
            reason: "impersonation ended".to_owned(),
        };
        wt_outbox::enqueue(tx, &ended).await?;
    }
    Ok(())
}
