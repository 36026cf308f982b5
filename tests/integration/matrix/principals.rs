//! Callers who are no plain members: who was put out, whose sign-in was ended, keys with one scope
//! and with all, platform staff, staff with somebody else's eyes, and people with one permission.
use std::collections::BTreeSet;

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgConnection;
use wt_auth::SigningKey;
use wt_model::{Permission, Role, role_may};

use super::cast::{join, organization, switched};
use crate::harness::{
    api::{Api, text},
    fleet::TestFleet,
};

/// What every account of the matrix signs in with (`Api::sign_up`).
const PASSWORD: &str = "correct horse battery staple";

/// A caller in the organization in the middle whose rights are no member's.
pub(super) struct Lesser {
    pub(super) who: String,
    pub(super) api: Api,
    /// What they may do there.
    pub(super) may: BTreeSet<Permission>,
    /// Whether what nobody does with somebody else's eyes is refused as that.
    pub(super) acting: bool,
}

impl Lesser {
    /// Somebody with what one role gives.
    pub(super) fn of_role(who: &str, api: Api, role: Role) -> Self {
        Self::of(who, api, |permission| role_may(role, permission))
    }

    fn of(who: &str, api: Api, may: impl Fn(Permission) -> bool) -> Self {
        let all = Permission::ALL.iter().copied();
        Self {
            who: who.to_owned(),
            api,
            may: all.filter(|permission| may(*permission)).collect(),
            acting: false,
        }
    }

    fn acting(self) -> Self {
        Self {
            acting: true,
            ..self
        }
    }
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
pub(super) async fn staff(nobody: &Api, database: &mut PgConnection, name: &str) -> Result<Api> {
    let api = nobody.sign_up(name).await?;
    let me = api.get("/me").await?.ok()?;
    // How staff come about is tested in the tenant service.
    sqlx::query("insert into tenant.platform_admins (user_id) values ($1)")
        .bind(text(&me["user"], "id")?)
        .execute(database)
        .await?;
    log_in(nobody, name).await
}

/// Somebody of the staff begins to look with the eyes of `person`.
async fn begin(staff: &Api, person: &Api, tenant_key: &str) -> Result<Value> {
    let me = person.get("/me").await?.ok()?;
    let begun = json!({
        "user_id": text(&me["user"], "id")?,
        "tenant_key": tenant_key,
        "reason": "the matrix looks with these eyes",
    });
    staff.post("/admin/impersonations", &begun).await?.ok()
}

/// The staff's look with the eyes of an owner, and its id.
pub(super) async fn looking(
    staff: &Api,
    owner: &Api,
    tenant_key: &str,
) -> Result<(Lesser, String)> {
    let begun = begin(staff, owner, tenant_key).await?;
    let id = text(&begun["impersonation"], "id")?;
    let api = staff.with_token(&text(&begun, "access_token")?);
    let lesser = Lesser::of("staff with an owner's eyes", api, |permission| {
        role_may(Role::Owner, permission) && permission.only_reads()
    });
    Ok((lesser.acting(), id))
}

/// The same, once `agrees`, another of the staff, let them do more than read.
pub(super) async fn elevated(
    staff: &Api,
    agrees: &Api,
    owner: &Api,
    tenant_key: &str,
) -> Result<Lesser> {
    let begun = begin(staff, owner, tenant_key).await?;
    let id = text(&begun["impersonation"], "id")?;
    let path = format!("/admin/impersonations/{id}/elevate");
    agrees.post(&path, &json!({})).await?.ok()?;
    let refresh = json!({ "refresh_token": text(&begun, "refresh_token")? });
    let session = staff.post("/auth/refresh", &refresh).await?.ok()?;
    let api = staff.with_token(&text(&session, "access_token")?);
    let lesser = Lesser::of(
        "staff that may write with an owner's eyes",
        api,
        |permission| role_may(Role::Owner, permission) && permission.suits_impersonation(),
    );
    Ok(lesser.acting())
}

/// The id and the secret of an owner's new key.
async fn key(owner: &Api, name: &str, scopes: &[Permission]) -> Result<(String, Api)> {
    let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    let body = json!({ "name": name, "scopes": scopes });
    let made = owner.post("/api-keys", &body).await?.ok()?;
    let secret = text(&made, "secret")?;
    Ok((text(&made["api_key"], "id")?, owner.with_token(&secret)))
}

/// An owner's key that lacks every scope but one, and one that has whatever keys may have.
pub(super) async fn keys(owner: &Api) -> Result<[Lesser; 2]> {
    let one = [Permission::AuditRead];
    let (_, lacking) = key(owner, "one scope", &one).await?;
    let all: Vec<_> = Permission::ALL
        .iter()
        .copied()
        .filter(|each| each.suits_api_keys())
        .collect();
    let (_, having) = key(owner, "every scope", &all).await?;
    Ok([
        Lesser::of("a key that lacks the scope", lacking, |each| {
            one.contains(&each)
        }),
        Lesser::of("a key that has the scope", having, |each| {
            all.contains(&each)
        }),
    ])
}

/// A key that was revoked.
pub(super) async fn revoked_key(owner: &Api) -> Result<(&'static str, Api)> {
    let (id, key) = key(owner, "revoked", &[Permission::AssetsRead]).await?;
    let request = owner.request(Method::DELETE, &format!("/api-keys/{id}"));
    owner.send(request).await?.ok()?;
    Ok(("a revoked key", key))
}

/// For every permission an organization gives: somebody with that one and no other. Whatever an
/// operation says it needs is what it asks for, or one of these is answered wrongly.
pub(super) fn singles(fleet: &TestFleet, person: &Api) -> Result<Vec<Lesser>> {
    let given = Permission::ALL.iter().filter(|each| !each.is_of_platform());
    given
        .map(|permission| {
            let token = resigned(fleet, person, |claims| {
                claims["roles"] = json!([Role::Member]);
                claims["permissions"] = json!([permission]);
                Ok(())
            })?;
            let who = format!("somebody with {permission} alone");
            let api = person.with_token(&token);
            Ok(Lesser::of(&who, api, |each| each == *permission))
        })
        .collect()
}

/// The token of `api` with other claims, signed by the right key.
pub(super) fn resigned(
    fleet: &TestFleet,
    api: &Api,
    change: impl FnOnce(&mut Value) -> Result<()>,
) -> Result<String> {
    let token = api.token().context("no token")?;
    let mut parts = token.split('.');
    let (header, claims) = (parts.next(), parts.next());
    let (header, claims) = header.zip(claims).context("no token of ours")?;
    let mut claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims)?)?;
    change(&mut claims)?;
    let signed = format!(
        "{header}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims)?)
    );
    let key = SigningKey::load(&fleet.folder.join("keys/access/tenant.key.pem"))?;
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    Ok(format!("{signed}.{signature}"))
}
