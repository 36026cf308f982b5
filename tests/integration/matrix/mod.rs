//! Tenant isolation as a matrix: every operation of the API and of the services, asked as
//! everybody. What should happen is derived from the permission table, not written down here.
mod cast;
mod catalogue;
mod operations;
mod principals;
mod rpcs;

use std::{collections::BTreeSet, path::Path};

use anyhow::{Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tonic::{Code, transport::Channel};
use wt_auth::{InternalIssuer, SigningKey};
use wt_model::{Actor, Principal, PrincipalKind, Role, role_may};

use self::{
    cast::{Cast, Owned},
    operations::{Needs, Operation},
    principals::Lesser,
};
use crate::harness::{api::Api, fleet::TestFleet};

#[tokio::test]
async fn every_operation_answers_everybody_as_the_permission_table_says() -> Result<()> {
    let fleet = TestFleet::start("matrix").await?;
    let document = fleet.api()?.document().await?;
    let operations = Operation::all(&document)?;
    ensure!(operations.len() > 40, "{} operations", operations.len());
    let cast = Cast::gather(&fleet).await?;
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
    wrong.extend(procedures(&fleet).await?);
    wrong.extend(catalogue::weaknesses(&fleet).await?);
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
    let mut request = api.request(operation.method.clone(), &path);
    if let Some(body) = operation.body_in(world) {
        request = request.json(&body);
    }
    let response = request.send().await?;
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
    if operation.needs == Needs::Nothing {
        return Ok(None);
    }
    let (seen, _) = ask(api, operation, owned).await?;
    Ok((seen.status != StatusCode::UNAUTHORIZED).then(|| cell(operation, who, &seen, "401")))
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
    let family = ["parent", "child"].contains(&who)
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
        let known = ["parent", "child"].contains(&who) && canary.starts_with("org_");
        !known && seen.status.is_success() && seen.text.contains(canary.as_str())
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
    let said = |expected: &str| Some(cell(operation, lesser.who, &seen, expected));
    match operation.needs {
        Needs::Permission(permission) if (lesser.may)(permission) => {
            let refused = seen.status == StatusCode::FORBIDDEN
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

/// Behind the gateway the same holds: each service asks again.
async fn procedures(fleet: &TestFleet) -> Result<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let all = rpcs::procedures(&root)?;
    ensure!(all.len() > 40, "{} procedures", all.len());
    let key = fleet.folder.join("keys/internal/gateway.key.pem");
    let gateway = InternalIssuer::new("gateway", SigningKey::load(&key)?);
    let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse()?;
    let person = |roles: BTreeSet<Role>| -> Result<Principal> {
        Ok(Principal {
            kind: PrincipalKind::User,
            sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            roles,
            ..Principal::service("test", tenant)
        })
    };
    let mut wrong = Vec::new();
    for procedure in all {
        if procedure.needs == rpcs::Needs::Nothing {
            continue;
        }
        let url = fleet.fleet.member(procedure.served_by)?.url.clone();
        let channel = Channel::from_shared(url)?.connect().await?;
        let mut expect = |who: &str, code: Code, got: Result<(), tonic::Status>| match got {
            Err(status) if status.code() == code => {}
            other => wrong.push(format!(
                "{} as {who}: {other:?} instead of {code:?}",
                procedure.path
            )),
        };
        let got = rpcs::call(channel.clone(), &procedure.path, None).await;
        expect("nobody", Code::Unauthenticated, got);
        let other = if procedure.served_by == "tenant" {
            "results"
        } else {
            "tenant"
        };
        let token = gateway.mint(other, Some(&person(BTreeSet::from([Role::Owner]))?))?;
        let got = rpcs::call(channel.clone(), &procedure.path, Some(&token)).await;
        expect(
            "the holder of another service's token",
            Code::Unauthenticated,
            got,
        );
        if let rpcs::Needs::AnyOf(permissions) = &procedure.needs {
            if !permissions.iter().any(|each| each.suits_impersonation()) {
                let eyes = Principal {
                    act: Some(Actor {
                        sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAW".parse()?,
                    }),
                    ..person(Role::ALL.iter().copied().collect())?
                };
                let token = gateway.mint(procedure.served_by, Some(&eyes))?;
                let got = rpcs::call(channel.clone(), &procedure.path, Some(&token)).await;
                expect("somebody with other eyes", Code::PermissionDenied, got);
            }
            let roles = Role::ALL.iter().copied().filter(|role| {
                !permissions
                    .iter()
                    .any(|permission| role_may(*role, *permission))
            });
            for role in roles {
                let token =
                    gateway.mint(procedure.served_by, Some(&person(BTreeSet::from([role]))?))?;
                let got = rpcs::call(channel.clone(), &procedure.path, Some(&token)).await;
                expect(role.as_str(), Code::PermissionDenied, got);
            }
        }
    }
    Ok(wrong)
}
