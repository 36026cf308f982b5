//! Who calls, and what the organization in the middle owns.
use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use wt_model::Role;
use wt_testkit::fleet::DATABASE;

use super::{
    operations::World,
    principals::{self, Lesser},
};
use crate::harness::{
    api::{Api, text},
    fleet::TestFleet,
    until,
};

/// Text that is planted wherever the organization in the middle may write.
pub(super) const CANARY: &str = "canary-of-the-middle";
/// An id of the right shape that nobody has.
const ABSENT: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const ROLES: [Role; 5] = [
    Role::Owner,
    Role::Admin,
    Role::Operator,
    Role::Viewer,
    Role::Auditor,
];

/// What an organization has, by collection and by the names of fields that refer to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Owned {
    collections: BTreeMap<String, String>,
    fields: BTreeMap<String, Value>,
}

impl Owned {
    fn collection(&mut self, name: &str, id: &str) {
        self.collections.insert(name.to_owned(), id.to_owned());
    }

    fn names(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    /// The same shape, of nobody: to try writes that would otherwise succeed.
    pub(super) fn absent(&self) -> Self {
        let absent = |id: &String| match id.split_once('_') {
            Some(("exp1", _)) => "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
            Some((prefix, _)) => format!("{prefix}_{ABSENT}"),
            None => ABSENT.to_owned(),
        };
        let collections = self.collections.iter();
        let fields = self.fields.iter();
        Self {
            collections: collections
                .map(|(name, id)| (name.clone(), absent(id)))
                .collect(),
            fields: fields
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(id) if id.contains('_') && id.len() > 26 => absent(id).into(),
                        Value::Array(_) if name.ends_with("_ids") => json!([]),
                        other => other.clone(),
                    };
                    (name.clone(), value)
                })
                .collect(),
        }
    }

    /// What must never be read by anybody outside.
    pub(super) fn canaries(&self) -> Vec<String> {
        // A pool is seen from below on purpose.
        self.collections
            .iter()
            .filter(|(name, id)| *name != "pools" && id.len() > 26)
            .map(|(_, id)| id.clone())
            .chain([CANARY.to_owned()])
            .collect()
    }
}

impl World for Owned {
    fn id_in(&self, collection: &str) -> Option<String> {
        self.collections.get(collection).cloned()
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.get(name).cloned()
    }
}

/// Everybody the matrix asks as.
pub(super) struct Cast {
    pub(super) owned: Owned,
    /// The organization in the middle.
    pub(super) tenant_key: String,
    /// Members of the organization in the middle.
    pub(super) members: Vec<(Role, Api)>,
    /// Owners of organizations above, below and beside it, signed in there.
    pub(super) outsiders: Vec<(&'static str, Api)>,
    /// Who may less than their role says.
    pub(super) lesser: Vec<Lesser>,
    /// Credentials that are worth nothing.
    pub(super) refused: Vec<(&'static str, Api)>,
}

impl Cast {
    /// Plants a family of organizations.
    pub(super) async fn gather(fleet: &TestFleet) -> Result<Self> {
        let nobody = fleet.api()?;
        let above = nobody.sign_up("above").await?;
        let middle = child(&above, CANARY).await?;
        let middle_key = organization(&middle).await?;
        let below_key = organization(&child(&middle, "below the middle").await?).await?;
        let beside = nobody.sign_up("beside").await?;
        let mut database = PgConnection::connect(&fleet.postgres.0.url(DATABASE)).await?;
        let below = nobody.sign_up("below").await?;
        join(&mut database, &below, &below_key, Role::Owner).await?;
        let below = switched(&below, &below_key).await?;
        let mut members = Vec::new();
        for role in ROLES {
            let person = nobody.sign_up(&format!("{CANARY}-{role}")).await?;
            join(&mut database, &person, &middle_key, role).await?;
            members.push((role, switched(&person, &middle_key).await?));
        }
        let mut refused = refused(fleet, &mut database, &middle_key).await?;
        refused.extend(principals::put_out(&nobody, &mut database, &middle).await?);
        let staff = principals::staff(&nobody, &mut database, "staff").await?;
        let second = principals::staff(&nobody, &mut database, "second-of-staff").await?;
        let admin_above = admin(&nobody, &mut database, &organization(&above).await?).await?;
        let admin_below = admin(&nobody, &mut database, &below_key).await?;
        let single = nobody.sign_up("single").await?;
        join(&mut database, &single, &middle_key, Role::Viewer).await?;
        let single = switched(&single, &middle_key).await?;
        // Who founded the family belongs to others too: the person that is owned is a member only
        // of the organization in the middle.
        let (_, person) = members
            .iter()
            .find(|(role, _)| *role == Role::Viewer)
            .context("no viewer")?;
        let mut owned = possessions(fleet, &middle, person, &middle_key).await?;
        let (_, owner) = members
            .iter()
            .find(|(role, _)| *role == Role::Owner)
            .context("no owner")?;
        let (looking, id) = principals::looking(&staff, owner, &middle_key).await?;
        owned.collection("impersonations", &id);
        let mut lesser = vec![looking];
        lesser.push(principals::elevated(&second, &staff, owner, &middle_key).await?);
        lesser.extend(principals::keys(owner).await?);
        refused.push(principals::revoked_key(owner).await?);
        // A role reaches down: whoever administers above does here what an admin may.
        let from_above = switched(&admin_above, &middle_key).await?;
        lesser.push(Lesser::of_role(
            "an admin from above",
            from_above,
            Role::Admin,
        ));
        lesser.extend(principals::singles(fleet, &single)?);
        Ok(Self {
            owned,
            tenant_key: middle_key,
            lesser,
            members,
            outsiders: vec![
                ("parent", above),
                ("parent's admin", admin_above),
                ("child", below),
                ("child's admin", admin_below),
                ("foreign", beside),
                ("staff", staff),
            ],
            refused,
        })
    }
}

/// A sub-organization, and its maker signed in there.
async fn child(api: &Api, name: &str) -> Result<Api> {
    let made = api
        .post("/organizations", &json!({ "name": name }))
        .await?
        .ok()?;
    switched(api, &text(&made, "tenant_key")?).await
}

pub(super) async fn switched(api: &Api, tenant_key: &str) -> Result<Api> {
    let session = api
        .post("/auth/switch", &json!({ "tenant_key": tenant_key }))
        .await?
        .ok()?;
    Ok(api.with_token(&text(&session, "access_token")?))
}

pub(super) async fn organization(api: &Api) -> Result<String> {
    let me = api.get("/me").await?.ok()?;
    text(&me["organization"], "tenant_key")
}

/// Makes somebody a member without asking: how members come about is tested elsewhere.
pub(super) async fn join(
    database: &mut PgConnection,
    api: &Api,
    tenant_key: &str,
    role: Role,
) -> Result<()> {
    let me = api.get("/me").await?.ok()?;
    sqlx::query("insert into tenant.members (tenant_key, user_id, role) values ($1, $2, $3)")
        .bind(tenant_key)
        .bind(text(&me["user"], "id")?)
        .bind(role.as_str())
        .execute(database)
        .await?;
    Ok(())
}

/// An admin of one organization, signed in there.
async fn admin(nobody: &Api, database: &mut PgConnection, tenant_key: &str) -> Result<Api> {
    let name = format!("admin-of-{}", tenant_key.to_lowercase().replace('_', "-"));
    let person = nobody.sign_up(&name).await?;
    join(database, &person, tenant_key, Role::Admin).await?;
    switched(&person, tenant_key).await
}

/// No token, nonsense, an expired token and a sign-in that was signed out.
async fn refused(
    fleet: &TestFleet,
    database: &mut PgConnection,
    middle_key: &str,
) -> Result<Vec<(&'static str, Api)>> {
    let nobody = fleet.api()?;
    let left = nobody.sign_up("left").await?;
    join(database, &left, middle_key, Role::Owner).await?;
    let left = switched(&left, middle_key).await?;
    left.post("/auth/logout", &json!({})).await?.ok()?;
    let expired = principals::resigned(fleet, &left, |claims| {
        for name in ["iat", "nbf", "exp"] {
            let at = claims[name].as_i64().context("no time")?;
            claims[name] = (at - 3600).into();
        }
        Ok(())
    })?;
    Ok(vec![
        ("nobody", nobody.clone()),
        ("nonsense", nobody.with_token("eyJhbGciOiJub25lIn0.e30.")),
        ("expired", nobody.with_token(&expired)),
        ("left", left),
    ])
}

/// One of everything.
async fn possessions(
    fleet: &TestFleet,
    api: &Api,
    person: &Api,
    tenant_key: &str,
) -> Result<Owned> {
    let target = fleet.target("127.0.16.1").await?;
    target.expose_git();
    let asset = fleet.owned(api, &target).await?;
    let run = api.scanned(&[&asset], &fleet.web_port.to_string()).await?;
    let run = text(&run, "id")?;
    let key = text(&api.exposure("http.exposed.git_config").await?, "key")?;
    api.post(
        &format!("/exposures/{key}/actions"),
        &json!({ "kind": "note", "note": CANARY }),
    )
    .await?
    .ok()?;
    let bulk = json!({
        "selection": { "keys": [key] }, "action": { "kind": "acknowledge", "reason": CANARY },
    });
    let bulk = text(&api.post("/bulk-actions", &bulk).await?.ok()?, "id")?;
    let report = api
        .post("/reports", &json!({ "run_id": run }))
        .await?
        .ok()?;
    let report = text(&report, "id")?;
    until("the report", Duration::from_secs(30), || async {
        let state = api.get(&format!("/reports/{report}")).await?.ok()?["state"].clone();
        Ok((state == "ready").then_some(()))
    })
    .await?;
    let authorization = text(
        api.all("/authorizations")
            .await?
            .first()
            .context("no authorization")?,
        "id",
    )?;
    let session = text(
        person
            .all("/sessions")
            .await?
            .first()
            .context("no session")?,
        "id",
    )?;
    let api_key = api
        .post(
            "/api-keys",
            &json!({ "name": "of the matrix", "scopes": ["assets:read"] }),
        )
        .await?
        .ok()?;
    let api_key = text(&api_key["api_key"], "id")?;
    let me = person.get("/me").await?.ok()?;
    let user = text(&me["user"], "id")?;
    let made = async |path: &str, body: Value| text(&api.post(path, &body).await?.ok()?, "id");
    let team = made("/teams", json!({ "name": CANARY })).await?;
    let role = json!({ "name": CANARY, "permissions": ["runs:read"] });
    let role = made("/roles", role).await?;
    let invitation = json!({ "email": "invited@example.com", "role": "viewer" });
    let invitation = made("/invitations", invitation).await?;
    let connection = json!({
        "name": CANARY, "issuer": "https://idp.example.com", "client_id": "matrix",
    });
    let connection = made("/sso/connections", connection).await?;
    let view = made("/views", json!({ "name": CANARY })).await?;
    let pool = pool(fleet, tenant_key).await?;
    let (integration, delivery) = integration(api).await?;
    let daily = json!({ "name": CANARY, "every": "day", "at": "06:30", "zone": "Europe/Berlin" });
    let schedule = made("/report-schedules", daily.clone()).await?;
    let scan_schedule = made("/schedules", daily).await?;
    let share = made(&format!("/reports/{report}/shares"), json!({})).await?;
    let passkey = passkey(fleet, &user).await?;
    let mut owned = Owned::default();
    for (name, id) in [
        ("assets", &asset),
        ("authorizations", &authorization),
        ("scans", &run),
        ("stuck-runs", &run),
        // A run is compared with itself.
        ("compare", &run),
        ("exposures", &key),
        ("bulk-actions", &bulk),
        ("views", &view),
        ("report-schedules", &schedule),
        ("schedules", &scan_schedule),
        ("pools", &pool),
        ("reports", &report),
        ("shares", &share),
        ("artifacts", &report),
        ("sessions", &session),
        ("api-keys", &api_key),
        ("passkeys", &passkey),
        ("teams", &team),
        ("roles", &role),
        ("invitations", &invitation),
        ("users", &user),
        ("members", &user),
        ("connections", &connection),
        ("integrations", &integration),
        ("deliveries", &delivery),
    ] {
        owned.collection(name, id);
    }
    // Staff's alone; nobody else learns whether it is there.
    owned.collection("dead-letters", "1");
    // What a ticket or a link opens is open to whoever has it: here nobody has one.
    owned.collection("report-downloads", "no-ticket");
    owned.collection("report-shares", "no-link");
    // Off unless somebody turns it on.
    owned.collection("transparency", "no-such-page");
    owned.names("asset_id", asset.as_str());
    owned.names("asset_ids", json!([asset]));
    owned.names("run_id", run.as_str());
    owned.names("topics", format!("run:{run}"));
    owned.names("permission", "assets:read");
    owned.names("integration_id", integration.as_str());
    owned.names("pool", "shared");
    owned.names("tenant_key", tenant_key);
    owned.names("user_id", user);
    owned.collection("tenants", tenant_key);
    owned.collection("organizations", tenant_key);
    Ok(owned)
}

/// A webhook whose receiver nobody is, and the test that was sent there.
async fn integration(api: &Api) -> Result<(String, String)> {
    let webhook = json!({
        "kind": "webhook", "name": CANARY, "address": "http://127.0.0.1:9/", "min_severity": "info",
    });
    let made = api.post("/integrations", &webhook).await?.ok()?;
    let integration = text(&made["integration"], "id")?;
    let path = format!("/integrations/{integration}/test");
    let delivery = api.post(&path, &json!({})).await?.ok()?;
    Ok((integration, text(&delivery, "id")?))
}

/// A passkey that no authenticator holds: how one is made is tested elsewhere.
async fn passkey(fleet: &TestFleet, user: &str) -> Result<String> {
    let id = format!("pky_{}", user.trim_start_matches("usr_"));
    let mut database = PgConnection::connect(&fleet.postgres.0.url(DATABASE)).await?;
    sqlx::query(
        "insert into tenant.passkeys (id, user_id, credential_id, name, credential)
         values ($1, $2, $3, $4, '{}')",
    )
    .bind(&id)
    .bind(user)
    .bind(CANARY.as_bytes())
    .bind(CANARY)
    .execute(&mut database)
    .await?;
    Ok(id)
}

/// A private pool, past the plan: what plans include is tested elsewhere.
async fn pool(fleet: &TestFleet, tenant_key: &str) -> Result<String> {
    let id = "pol_01ARZ3NDEKTSV4RRFFQ69G5FAX".to_owned();
    let mut database = PgConnection::connect(&fleet.postgres.0.url(DATABASE)).await?;
    sqlx::query(
        "insert into scan.pools (tenant_key, id, root_tenant_key, name, created_by)
         values ($1, $2, $1, 'of the matrix', 'matrix')",
    )
    .bind(tenant_key)
    .bind(&id)
    .execute(&mut database)
    .await?;
    Ok(id)
}
