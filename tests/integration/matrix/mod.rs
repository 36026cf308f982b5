//! Tenant isolation as a matrix: every operation of the API and of the services, asked as
//! everybody. What should happen is derived from the permission table, not written down here.
mod carried;
mod cast;
mod catalogue;
mod operations;
mod principals;
mod procedures;
mod rpcs;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use wt_model::{Role, role_may};

use self::{
    cast::{CANARY, Cast, Owned},
    operations::{Needs, Operation},
    principals::Lesser,
};
use crate::harness::{api::Api, fleet::TestFleet, until};

/// How long an organization's budget of writes may take to fill up again.
const BUDGET_PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn every_operation_answers_everybody_as_the_permission_table_says() -> Result<()> {
    let fleet = TestFleet::start("matrix").await?;
    let document = fleet.api()?.document().await?;
    let operations = Operation::all(&document)?;
    ensure!(operations.len() > 40, "{} operations", operations.len());
    let cast = Cast::gather(&fleet).await?;
    let began = Instant::now();
    let mut wrong = Vec::new();
    // First: an owner above may end the look of the staff.
    for operation in &operations {
        for lesser in &cast.lesser {
            wrong.extend(stays_within(operation, lesser, &cast.owned).await?);
        }
    }
    for operation in &operations {
        for (who, api) in &cast.refused {
            wrong.extend(refuses_credentials(operation, who, api, &cast.owned).await?);
        }
        for (who, api) in &cast.outsiders {
            wrong.extend(tells_outsiders_nothing(operation, who, api, &cast.owned).await?);
        }
    }
    // Writes that are allowed come last: they may change what the others ask for.
    for operation in &operations {
        for (role, api) in &cast.members {
            wrong.extend(follows_the_table(operation, *role, api, &cast.owned).await?);
        }
    }
    wrong.extend(procedures::wrong(&fleet).await?);
    let canaries = cast.owned.canaries();
    wrong.extend(carried::wrong(&fleet, &cast.tenant_key, &canaries).await?);
    wrong.extend(catalogue::weaknesses(&fleet).await?);
    eprintln!(
        "the matrix: {} operations as {} callers in {:.0?}",
        operations.len(),
        cast.lesser.len() + cast.refused.len() + cast.outsiders.len() + cast.members.len(),
        began.elapsed()
    );
    ensure!(
        wrong.is_empty(),
        "{} cells:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    Ok(())
}

/// What came back, as far as the matrix looks.
struct Seen {
    status: StatusCode,
    code: String,
    text: String,
}

async fn ask(api: &Api, operation: &Operation, world: &Owned) -> Result<(Seen, bool)> {
    let (path, named) = operation.path_in(world)?;
    let body = operation.body_in(world);
    // The matrix asks more than an organization, or an address without a good credential, may in a
    // moment. What comes before a sign-in has a budget of its own, and may be refused for it.
    let waits = operation.needs != Needs::Nothing;
    let response = until("a budget", BUDGET_PATIENCE, || async {
        let mut request = api.request(operation.method.clone(), &path);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let over = response.status() == StatusCode::TOO_MANY_REQUESTS;
        Ok((!(over && waits)).then_some(response))
    })
    .await?;
    let status = response.status();
    let streams = response
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    // A stream has no end; who may open it is decided before its first byte.
    let text = if streams {
        String::new()
    } else {
        response.text().await?
    };
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    Ok((Seen { status, code, text }, named))
}

fn cell(operation: &Operation, who: &str, seen: &Seen, expected: &str) -> String {
    let said: String = seen.text.chars().take(160).collect();
    format!(
        "{} {} as {who}: {} {} instead of {expected}: {said}",
        operation.method, operation.path, seen.status, seen.code
    )
}

/// A credential that is worth nothing opens nothing but what is public.
async fn refuses_credentials(
    operation: &Operation,
    who: &str,
    api: &Api,
    owned: &Owned,
) -> Result<Option<String>> {
    let open = operation.needs == Needs::Nothing;
    // Before a sign-in everybody is nobody.
    if open && who != "nobody" {
        return Ok(None);
    }
    let (seen, _) = ask(api, operation, owned).await?;
    if seen.text.contains(CANARY) || seen.status.is_server_error() {
        return Ok(Some(cell(operation, who, &seen, "silence")));
    }
    let turned_away = seen.status == StatusCode::UNAUTHORIZED;
    Ok((!open && !turned_away).then(|| cell(operation, who, &seen, "401")))
}

/// An owner of another organization reads none of this one's bytes, wherever it stands.
async fn tells_outsiders_nothing(
    operation: &Operation,
    who: &str,
    api: &Api,
    owned: &Owned,
) -> Result<Option<String>> {
    // Above and below, people know that the organization exists; its name and key are no secret.
    if operation.ends_sessions() {
        return Ok(None);
    }
    let (seen, named) = ask(api, operation, owned).await?;
    // Staff find people and see who of them looks with whose eyes; nothing else of anybody.
    if who == "staff" && operation.path.starts_with("/admin/") {
        return Ok(None);
    }
    let above = who.starts_with("parent");
    let related = above || who.starts_with("child");
    // Nobody below or beside steps into the organization; who is above may step down.
    if !above && operation.path == "/auth/switch" && seen.status.is_success() {
        return Ok(Some(cell(operation, who, &seen, "a refusal")));
    }
    let family = related
        && [
            "/organizations",
            "/tenants",
            "/me",
            "/auth/switch",
            "/admin/impersonations",
        ]
        .iter()
        .any(|path| operation.path.starts_with(path));
    if family {
        return Ok(None);
    }
    // A refusal may repeat what it was asked for.
    let asked = operation.path_in(owned)?.0;
    let told = owned.canaries().into_iter().find(|canary| {
        // A family knows its members' keys: its audit says under whom each was made.
        let known = related && canary.starts_with("org_");
        // Nothing but an id can come from the request itself.
        let answered = seen.status.is_success() || canary == CANARY;
        !known && answered && seen.text.contains(canary.as_str())
    });
    if let Some(canary) = told {
        return Ok(Some(cell(
            operation,
            who,
            &seen,
            &format!("silence about {canary}"),
        )));
    }
    let empty = serde_json::from_str::<Value>(&seen.text)
        .ok()
        .and_then(|body| body["items"].as_array().map(Vec::is_empty))
        .unwrap_or_default();
    let opened = named && seen.status.is_success() && !empty;
    let broken = seen.status.is_server_error();
    Ok((opened || broken).then(|| cell(operation, who, &seen, &format!("a refusal of {asked}"))))
}

/// A member may exactly what the table says. Refusals are tried on what exists, writes that are
/// allowed on what does not.
async fn follows_the_table(
    operation: &Operation,
    role: Role,
    api: &Api,
    owned: &Owned,
) -> Result<Option<String>> {
    let Needs::Permission(permission) = operation.needs else {
        return Ok(None);
    };
    if role_may(role, permission) {
        let (seen, _) = if operation.method == Method::GET {
            ask(api, operation, owned).await?
        } else {
            ask(api, operation, &owned.absent()).await?
        };
        let forbidden = seen.code == "auth.forbidden" || seen.status == StatusCode::UNAUTHORIZED;
        return Ok((forbidden || seen.status.is_server_error())
            .then(|| cell(operation, role.as_str(), &seen, "what the role may do")));
    }
    let (seen, _) = ask(api, operation, owned).await?;
    let refused = seen.status == StatusCode::FORBIDDEN && seen.code == "auth.forbidden";
    Ok((!refused).then(|| cell(operation, role.as_str(), &seen, "403 auth.forbidden")))
}

/// Somebody who may less than their role: what they may is answered, everything else refused. With
/// somebody else's eyes, what needs no permission changes nothing either.
async fn stays_within(
    operation: &Operation,
    lesser: &Lesser,
    owned: &Owned,
) -> Result<Option<String>> {
    if operation.ends_sessions() {
        return Ok(None);
    }
    let reads = operation.method == Method::GET;
    let world = if reads { owned.clone() } else { owned.absent() };
    let (seen, _) = ask(&lesser.api, operation, &world).await?;
    let said = |expected: &str| Some(cell(operation, &lesser.who, &seen, expected));
    if lesser.acting && operation.is_an_opinion() {
        let right = seen.status == StatusCode::FORBIDDEN && seen.code == "auth.impersonating";
        return Ok((!right).then(|| said("auth.impersonating")).flatten());
    }
    match operation.needs {
        Needs::Permission(permission)
            if lesser.may.contains(&permission)
                && operation.also.iter().all(|also| lesser.may.contains(also)) =>
        {
            let refused = ["auth.forbidden", "auth.impersonating"].contains(&seen.code.as_str())
                || seen.status == StatusCode::UNAUTHORIZED
                || seen.status.is_server_error();
            Ok(refused.then(|| said("what they may do")).flatten())
        }
        Needs::Permission(permission) => {
            let code = if lesser.acting && !permission.suits_impersonation() {
                "auth.impersonating"
            } else {
                "auth.forbidden"
            };
            let right = seen.status == StatusCode::FORBIDDEN && seen.code == code;
            Ok((!right).then(|| said(code)).flatten())
        }
        Needs::SignIn if lesser.acting && !reads => Ok(seen
            .status
            .is_success()
            .then(|| said("a refusal"))
            .flatten()),
        Needs::SignIn | Needs::Nothing => Ok(None),
    }
}
