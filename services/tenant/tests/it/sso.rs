//! Single sign-on with a certified `OpenID` Connect provider, driven over HTTP.
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_model::{Principal, Role};
use wt_proto::tenant::{PutSsoConnectionRequest, ResolveSessionRequest, SsoConnection};
use wt_testkit::wait;

use crate::{
    door::{PATIENCE, refusal},
    sso_peers::{
        BROWSER, CLIENT_SECRET, at_the_provider, check, connection, put, returned, settings, start,
    },
    sso_scene::Scene,
};

/// Bob, who has an account, becomes an admin of Ann's organization.
pub(crate) const BOB_JOINS: &str = "insert into tenant.members (tenant_key, user_id, role)
    select m.tenant_key, b.id, 'admin' from tenant.users a
    join tenant.members m on m.user_id = a.id, tenant.users b
    where a.email = 'ann@corp.example' and b.email = 'bob@corp.example'";

fn person(email: &str, groups: &[&str]) -> Value {
    json!({"email": email, "email_verified": true, "name": "Bob", "groups": groups})
}

pub(crate) fn refused(code: &str) -> (Kind, String) {
    (Kind::Forbidden, code.to_owned())
}

#[tokio::test]
async fn a_new_person_comes_in_with_the_role_of_their_group_and_stays_the_same_person() {
    for alg in ["RS256", "ES256", "EdDSA"] {
        let accounts = json!({ "bob": person("bob@corp.example", &["staff", "sec"]) });
        let Some(scene) = Scene::open("sso: new person", alg, accounts).await else {
            return;
        };
        let made = scene.connect(connection(&scene.provider)).await;
        assert!(made.has_client_secret && made.domains[0].verified_at.is_some());
        let answer = scene.sign_in("bob").await.unwrap();
        assert_eq!(answer.return_to, "/assets");
        let bob = scene.who(answer).await;
        assert_eq!(bob.tenant_key, scene.ann.tenant_key);
        assert_eq!(bob.roles, [Role::Operator].into());
        let again = scene.sign_in("bob").await.unwrap();
        assert_eq!(scene.who(again).await.sub, bob.sub);
        let joined = "select count(*) from tenant.audit where action = 'member.join_by_sso'";
        assert_eq!(scene.door.count(joined).await, 1);
        let rows: Vec<String> = sqlx::query_scalar(
            "select c::text from tenant.sso_connections c
             union all select a::text from tenant.audit a
             union all select t::text from tenant.sso_attempts t",
        )
        .fetch_all(&mut scene.door.database.superuser().await.unwrap())
        .await
        .unwrap();
        for secret in [CLIENT_SECRET, BROWSER] {
            let hex = hex::encode(secret);
            assert!(
                !rows
                    .iter()
                    .any(|row| row.contains(secret) || row.contains(&hex))
            );
        }
    }
}

#[tokio::test]
async fn what_a_thin_id_token_leaves_out_is_asked_for() {
    let accounts = json!({
        "bob": person("bob@corp.example", &["sec"]),
        "unsure": {"email": "eve@corp.example", "email_verified": false, "groups": ["sec"]},
    });
    let Some(scene) = Scene::open("sso: thin token", "RS256", json!({})).await else {
        return;
    };
    let mut thin = settings("RS256", &accounts);
    thin["thin"] = true.into();
    scene.provider.change(&thin).unwrap();
    scene.connect(connection(&scene.provider)).await;
    let bob = wait::until(PATIENCE, "the new settings", || async {
        scene.sign_in("bob").await.ok()
    })
    .await;
    assert_eq!(scene.who(bob).await.roles, [Role::Operator].into());
    let answer = scene.sign_in("unsure").await.err();
    assert_eq!(answer, Some(refused("sso.refused")));
}

#[tokio::test]
async fn an_answer_counts_once_and_only_in_the_browser_that_asked() {
    let accounts = json!({ "bob": person("bob@corp.example", &["sec"]) });
    let Some(scene) = Scene::open("sso: browser", "RS256", accounts).await else {
        return;
    };
    scene.connect(connection(&scene.provider)).await;
    let ask = |message| scene.door.ask(None, message);
    let url = start(&scene.door, "bob@corp.example").await;
    let query = at_the_provider(&url, "bob").await;
    let mut elsewhere = returned(&query);
    elsewhere.browser_secret = "another browser's secret of 256 bits".to_owned();
    let answer = scene.door.sso().complete_sso(ask(elsewhere)).await;
    assert_eq!(refusal(answer), refused("sso.refused"));
    // A stranger's try did not spoil it; the second use of the right one is nothing.
    assert!(
        scene
            .door
            .sso()
            .complete_sso(ask(returned(&query)))
            .await
            .is_ok()
    );
    let answer = scene.door.sso().complete_sso(ask(returned(&query))).await;
    assert_eq!(refusal(answer), refused("sso.refused"));

    let url = start(&scene.door, "bob@corp.example").await;
    let mut mixed_up = returned(&at_the_provider(&url, "bob").await);
    mixed_up.issuer = "https://evil.example".to_owned();
    let answer = scene.door.sso().complete_sso(ask(mixed_up)).await;
    assert_eq!(refusal(answer), refused("sso.refused"));
}

#[tokio::test]
async fn nobody_comes_in_as_somebody_else() {
    let accounts = json!({
        "unsure": {"email": "bob@corp.example", "email_verified": false, "groups": ["sec"]},
        "foreign": person("bob@elsewhere.example", &["sec"]),
        "takeover": person("carol@corp.example", &["sec"]),
        "owner": person("ann@corp.example", &[]),
        "nobody": person("dave@corp.example", &["strangers"]),
    });
    let Some(scene) = Scene::open("sso: takeover", "RS256", accounts).await else {
        return;
    };
    // Carol has an account and an organization of her own.
    scene.door.sign_up("carol@corp.example", "bearer").await;
    scene.connect(connection(&scene.provider)).await;
    for account in ["unsure", "foreign", "takeover"] {
        let answer = scene.sign_in(account).await.err();
        assert_eq!(answer, Some(refused("sso.refused")), "{account}");
    }
    assert_eq!(
        scene.sign_in("nobody").await.err(),
        Some(refused("sso.no_role"))
    );
    assert_eq!(
        scene
            .door
            .count("select count(*) from tenant.sso_identities")
            .await,
        0
    );
    // A member with a proven address is linked, and an owner stays one whatever the groups say.
    let ann = scene.sign_in("owner").await.unwrap();
    let ann = scene.who(ann).await;
    assert_eq!(ann.sub, scene.ann.sub);
    assert!(ann.roles.contains(&Role::Owner));
}

#[tokio::test]
async fn who_loses_their_group_loses_the_membership_and_new_keys_are_found() {
    let accounts = json!({ "bob": person("bob@corp.example", &["sec"]) });
    let Some(scene) = Scene::open("sso: deprovision", "RS256", accounts).await else {
        return;
    };
    scene.connect(connection(&scene.provider)).await;
    let session = scene.sign_in("bob").await.unwrap().session.unwrap();
    // The provider comes back with new keys, and Bob in another group. Keys are read again only
    // some seconds after they were read last.
    let accounts = json!({ "bob": person("bob@corp.example", &["alumni"]) });
    let changed = settings("RS256", &accounts);
    scene.provider.change(&changed).unwrap();
    wait::until(PATIENCE, "the new keys", || async {
        (scene.sign_in("bob").await.err() == Some(refused("sso.no_role"))).then_some(())
    })
    .await;
    let request = ResolveSessionRequest {
        session_secret: session.session_secret,
    };
    let old = scene
        .door
        .client()
        .resolve_session(scene.door.ask(None, request))
        .await;
    assert_eq!(refusal(old).0, Kind::Unauthenticated);
    let removed = "select count(*) from tenant.audit where action = 'member.remove_by_sso'";
    assert_eq!(scene.door.count(removed).await, 1);
}

#[tokio::test]
async fn a_connection_without_a_role_map_leaves_roles_to_the_organization() {
    let accounts = json!({
        "bob": person("bob@corp.example", &["staff"]),
        "new": person("new@corp.example", &["staff"]),
    });
    let Some(scene) = Scene::open("sso: no role map", "ES256", accounts).await else {
        return;
    };
    scene.door.sign_up("bob@corp.example", "bearer").await;
    scene.door.change(BOB_JOINS).await;
    let plain = SsoConnection {
        role_map: [].into(),
        ..connection(&scene.provider)
    };
    let made = scene.connect(plain).await;
    let bob = scene.sign_in("bob").await.unwrap();
    assert_eq!(scene.who(bob).await.roles, [Role::Admin].into());
    assert_eq!(
        scene.sign_in("new").await.err(),
        Some(refused("sso.no_role"))
    );

    // Deactivated here, whatever the provider says.
    let suspend = "update tenant.members set suspended_at = now() where role = 'admin'";
    scene.door.change(suspend).await;
    assert_eq!(
        scene.sign_in("bob").await.err(),
        Some(refused("sso.refused"))
    );
    let resume = "update tenant.members set suspended_at = null";
    scene.door.change(resume).await;
    assert!(scene.sign_in("bob").await.is_ok());

    // Subjects are one issuer's names: with another issuer nobody is known any more.
    let moved = SsoConnection {
        issuer: scene.provider.issuer().replace("127.0.0.1", "127.0.0.2"),
        ..made
    };
    let moved = put(&scene.door, &scene.ann, moved).await;
    assert!(moved.domains[0].verified_at.is_some());
    let known = "select count(*) from tenant.sso_identities";
    assert_eq!(scene.door.count(known).await, 0);
}

#[tokio::test]
async fn a_connection_is_its_organizations_and_needs_the_permission() {
    let Some(scene) = Scene::open("sso: permission", "RS256", json!({})).await else {
        return;
    };
    let made = scene.connect(connection(&scene.provider)).await;
    let message = |connection: SsoConnection| PutSsoConnectionRequest {
        connection: Some(connection),
        client_secret: String::new(),
    };
    // Whoever decides who may sign in as whom could sign in as an owner: admins may not.
    for role in [Role::Admin, Role::Viewer] {
        let other = Principal {
            roles: [role].into(),
            ..scene.ann.clone()
        };
        let asked = scene.door.ask(Some(&other), message(made.clone()));
        let answer = scene.door.sso().put_sso_connection(asked).await;
        assert_eq!(refusal(answer), refused("auth.forbidden"));
    }

    let session = scene.door.sign_up("eve@evil.example", "bearer").await;
    let eve = scene.door.principal(&session).await;
    let asked = scene.door.ask(Some(&eve), message(made.clone()));
    let answer = scene.door.sso().put_sso_connection(asked).await;
    assert_eq!(refusal(answer).1, "sso.not_found");
    // Nor can the domain be had twice: Eve's own token is never at corp.example, and even the
    // right record leads to one connection only.
    let hers = SsoConnection {
        id: String::new(),
        ..made.clone()
    };
    let hers = put(&scene.door, &eve, hers).await;
    let hers = check(&scene.door, &eve, &hers).await;
    assert!(hers.domains[0].verified_at.is_none());

    for issuer in [
        "http://10.0.0.1",
        "https://169.254.169.254",
        "http://corp.example",
        "x",
    ] {
        let bad = SsoConnection {
            issuer: issuer.to_owned(),
            ..made.clone()
        };
        let asked = scene.door.ask(Some(&scene.ann), message(bad));
        let answer = scene.door.sso().put_sso_connection(asked).await;
        assert_eq!(refusal(answer).0, Kind::Invalid, "{issuer}");
    }
}
