//! Callers with less than a member: who was put out, whose sign-in was ended, a key with one
//! scope, platform staff, and staff with somebody else's eyes.
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgConnection;
use wt_model::{Permission, Role, role_may};

use super::cast::{join, organization, switched};
use crate::harness::api::{Api, text};

/// What every account of the matrix signs in with (`Api::sign_up`).
const PASSWORD: &str = "correct horse battery staple";

/// A caller of the organization in the middle who may less than their role.
pub(super) struct Lesser {
    pub(super) who: &'static str,
    pub(super) api: Api,
    /// Whether they may do this there.
    pub(super) may: fn(Permission) -> bool,
    /// Whether what nobody does with somebody else's eyes is refused as that.
    pub(super) acting: bool,
}

async fn log_in(nobody: &Api, name: &str) -> Result<Api> {
    let body = json!({ "email": format!("{name}@example.org"), "password": PASSWORD });
    let session = nobody.post("/auth/login", &body).await?.ok()?;
    Ok(nobody.with_token(&text(&session, "access_token")?))
}

/// Somebody who was deactivated by the organization's owner, and a sign-in that its person ended
/// from elsewhere: both had an owner's token.
pub(super) async fn put_out(
    nobody: &Api,
    database: &mut PgConnection,
    middle: &Api,
) -> Result<Vec<(&'static str, Api)>> {
    let middle_key = organization(middle).await?;
    let suspended = nobody.sign_up("suspended").await?;
    join(database, &suspended, &middle_key, Role::Owner).await?;
    let suspended = switched(&suspended, &middle_key).await?;
    let me = suspended.get("/me").await?.ok()?;
    let path = format!("/users/{}", text(&me["user"], "id")?);
    let body = json!({ "state": "deactivated" });
    let request = middle.request(Method::PATCH, &path).json(&body);
    middle.send(request).await?.ok()?;

    let revoked = nobody.sign_up("revoked").await?;
    join(database, &revoked, &middle_key, Role::Owner).await?;
    let revoked = switched(&revoked, &middle_key).await?;
    let elsewhere = log_in(nobody, "revoked").await?;
    let request = elsewhere.request(Method::DELETE, "/sessions");
    elsewhere.send(request).await?.ok()?;
    Ok(vec![("suspended", suspended), ("revoked", revoked)])
}

/// Somebody of the platform's staff, signed in anew.
pub(super) async fn staff(nobody: &Api, database: &mut PgConnection) -> Result<Api> {
    let api = nobody.sign_up("staff").await?;
    let me = api.get("/me").await?.ok()?;
    // How staff come about is tested in the tenant service.
    sqlx::query("insert into tenant.platform_admins (user_id) values ($1)")
        .bind(text(&me["user"], "id")?)
        .execute(database)
        .await?;
    log_in(nobody, "staff").await
}

/// The staff's look with the eyes of `person`, and its id.
pub(super) async fn looking(
    staff: &Api,
    person: &Api,
    tenant_key: &str,
) -> Result<(Lesser, String)> {
    let me = person.get("/me").await?.ok()?;
    let begun = json!({
        "user_id": text(&me["user"], "id")?,
        "tenant_key": tenant_key,
        "reason": "the matrix looks with these eyes",
    });
    let begun: Value = staff.post("/admin/impersonations", &begun).await?.ok()?;
    let id = text(&begun["impersonation"], "id")?;
    let lesser = Lesser {
        who: "staff with an owner's eyes",
        api: staff.with_token(&text(&begun, "access_token")?),
        may: |permission| role_may(Role::Owner, permission) && permission.only_reads(),
        acting: true,
    };
    Ok((lesser, id))
}

/// An owner's key with one scope.
pub(super) async fn key(owner: &Api) -> Result<Lesser> {
    let body = json!({ "name": "one scope", "scopes": ["audit:read"] });
    let made = owner.post("/api-keys", &body).await?.ok()?;
    let secret = made["secret"].as_str().context("no secret")?;
    Ok(Lesser {
        who: "a key for audit:read",
        api: owner.with_token(secret),
        may: |permission| permission == Permission::AuditRead,
        acting: false,
    })
}
