//! Staff, and what they ask for to look with a person's eyes.
use std::process::Stdio;

use tokio::process::Command;
use wt_model::Principal;
use wt_proto::tenant::{
    ElevateImpersonationRequest, EndImpersonationRequest, Impersonation, LogInRequest,
    RefreshRequest, ResolveSessionRequest, SessionResponse, StartImpersonationRequest,
};

use crate::door::{Door, PASSWORD, refusal};

pub(crate) const REASON: &str = "ticket 4711: the list of assets is empty";

/// Runs the command an operator runs.
pub(crate) async fn operator(door: &Door, verb: &str, email: &str) -> bool {
    Command::new(env!("CARGO_BIN_EXE_wt-tenant"))
        .args(["platform-admin", verb, email])
        .env("DATABASE_URL", door.database.url_as("wt_tenant").unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .unwrap()
        .success()
}

pub(crate) async fn signed_in(door: &Door, email: &str, mode: &str) -> SessionResponse {
    let message = LogInRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        mode: mode.to_owned(),
        client: None,
    };
    let answer = door.client().log_in(door.ask(None, message)).await;
    answer.unwrap().into_inner()
}

/// Somebody of the platform's staff, signed in.
pub(crate) async fn staff(door: &Door, email: &str) -> Principal {
    door.sign_up(email, "bearer").await;
    assert!(operator(door, "grant", email).await);
    let session = signed_in(door, email, "bearer").await;
    door.principal(&session).await
}

pub(crate) fn looking_at(person: &Principal) -> StartImpersonationRequest {
    StartImpersonationRequest {
        person: person.sub.clone(),
        tenant_key: person.tenant_key.unwrap().to_string(),
        reason: REASON.to_owned(),
        client: None,
    }
}

pub(crate) async fn start(
    door: &Door,
    by: &Principal,
    message: StartImpersonationRequest,
) -> Result<(Impersonation, SessionResponse), String> {
    let asked = door.ask(Some(by), message);
    match door.impersonations().start_impersonation(asked).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            Ok((answer.impersonation.unwrap(), answer.session.unwrap()))
        }
        refused => Err(refusal(refused).1),
    }
}

pub(crate) async fn elevate(door: &Door, by: &Principal, id: &str) -> Result<(), String> {
    let impersonation_id = id.to_owned();
    let asked = door.ask(Some(by), ElevateImpersonationRequest { impersonation_id });
    match door.impersonations().elevate_impersonation(asked).await {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused).1),
    }
}

pub(crate) async fn end(door: &Door, by: &Principal, id: &str) -> Result<String, String> {
    let impersonation_id = id.to_owned();
    let asked = door.ask(Some(by), EndImpersonationRequest { impersonation_id });
    match door.impersonations().end_impersonation(asked).await {
        Ok(answer) => Ok(answer.into_inner().session_id),
        refused => Err(refusal(refused).1),
    }
}

pub(crate) async fn refreshed(
    door: &Door,
    session: &SessionResponse,
) -> Result<SessionResponse, String> {
    let refresh_token = session.refresh_token.clone();
    let asked = RefreshRequest {
        refresh_token,
        client: None,
    };
    match door.client().refresh(door.ask(None, asked)).await {
        Ok(answer) => Ok(answer.into_inner()),
        refused => Err(refusal(refused).1),
    }
}

pub(crate) async fn resolved(door: &Door, session: &SessionResponse) -> Principal {
    let asked = ResolveSessionRequest {
        session_secret: session.session_secret.clone(),
    };
    let answer = door.client().resolve_session(door.ask(None, asked)).await;
    door.principal(&answer.unwrap().into_inner()).await
}
