//! What enforced single sign-on refuses, what goes on, and who breaks the glass.
use serde_json::json;
use wt_model::Principal;
use wt_proto::tenant::{PutSsoConnectionRequest, SsoConnection, SwitchOrganizationRequest};

use crate::{
    device::{answers, waits},
    door::refusal,
    impersonation_scene::refreshed,
    passkey_scene::{tries, with_passkey},
    sso::{BOB_JOINS, refused},
    sso_peers::{check, connection, put},
    sso_scene::Scene,
};

/// Ann's organization enforces its provider from now on.
async fn enforces(scene: &Scene) {
    let made = scene.connect(connection(&scene.provider)).await;
    let enforced = SsoConnection {
        enforced: true,
        ..made
    };
    put(&scene.door, &scene.ann, enforced).await;
}

async fn switches(scene: &Scene, who: &Principal) -> Result<(), (wt_fault::Kind, String)> {
    let switch = SwitchOrganizationRequest {
        tenant_key: scene.ann.tenant_key.unwrap().to_string(),
    };
    let asked = scene.door.ask(Some(who), switch);
    match scene.door.client().switch_organization(asked).await {
        Ok(_) => Ok(()),
        answer => Err(refusal(answer)),
    }
}

#[tokio::test]
async fn enforced_sign_on_refuses_passwords_of_all_but_owners() {
    let Some(scene) = Scene::open("sso: enforced", "RS256", json!({})).await else {
        return;
    };
    scene.door.sign_up("bob@corp.example", "bearer").await;
    scene.door.change(BOB_JOINS).await;
    let mut wanted = connection(&scene.provider);
    wanted.enforced = true;
    let message = PutSsoConnectionRequest {
        connection: Some(wanted.clone()),
        client_secret: String::new(),
    };
    let asked = scene.door.ask(Some(&scene.ann), message);
    let answer = scene.door.sso().put_sso_connection(asked).await;
    assert_eq!(refusal(answer).1, "sso.domain_unproven");

    wanted.enforced = false;
    let made = scene.connect(wanted).await;
    assert!(scene.log_in("bob@corp.example").await.is_ok());
    let enforced = SsoConnection {
        enforced: true,
        ..made.clone()
    };
    put(&scene.door, &scene.ann, enforced).await;
    assert_eq!(
        scene.log_in("bob@corp.example").await.err(),
        Some(refused("sso.enforced"))
    );
    assert!(
        scene.log_in("ann@corp.example").await.is_ok(),
        "owners break the glass"
    );
    // An invitation leads in neither: who accepts one is a member, and comes in by the provider.
    assert_eq!(
        scene.accept("carol@corp.example").await.err(),
        Some(refused("sso.enforced"))
    );
    assert_eq!(
        scene.log_in("carol@corp.example").await.err(),
        Some(refused("sso.enforced"))
    );
    assert!(scene.accept("guest@elsewhere.example").await.is_ok());
    // A domain that is not proven any more binds nobody.
    scene.names.withdraw_all();
    check(&scene.door, &scene.ann, &made).await;
    assert!(scene.log_in("bob@corp.example").await.is_ok());
}

#[tokio::test]
async fn enforced_sign_on_refuses_passkeys_of_all_but_owners() {
    let Some(scene) = Scene::open("sso: enforced passkeys", "RS256", json!({})).await else {
        return;
    };
    let bob = scene.door.sign_up("bob@corp.example", "bearer").await;
    let bob = scene.door.principal(&bob).await;
    let (_, mut bobs) = with_passkey(&scene.door, &bob).await;
    let (_, mut anns) = with_passkey(&scene.door, &scene.ann).await;
    scene.door.change(BOB_JOINS).await;
    // By a passkey, and not held back by anything yet.
    let early = tries(&scene.door, &mut bobs).await.unwrap();
    let early = scene.door.principal(&early).await;
    assert!(switches(&scene, &early).await.is_ok());
    enforces(&scene).await;
    let answer = tries(&scene.door, &mut bobs).await;
    assert_eq!(answer.unwrap_err(), refused("sso.enforced"));
    assert_eq!(switches(&scene, &early).await, Err(refused("sso.enforced")));
    assert!(
        tries(&scene.door, &mut anns).await.is_ok(),
        "owners break the glass"
    );
}

#[tokio::test]
async fn a_sign_in_from_before_goes_on_where_it_is_and_lets_nobody_in_elsewhere() {
    let Some(scene) = Scene::open("sso: enforced before", "RS256", json!({})).await else {
        return;
    };
    let session = scene.door.sign_up("bob@corp.example", "bearer").await;
    let bob = scene.door.principal(&session).await;
    scene.door.change(BOB_JOINS).await;
    enforces(&scene).await;
    // At home it goes on, token by token, until it ends as sign-ins do ...
    let session = refreshed(&scene.door, &session).await.unwrap();
    assert_eq!(
        scene.door.principal(&session).await.tenant_key,
        bob.tenant_key
    );
    // ... and leads neither into the organization nor passes anything on to a program.
    assert_eq!(switches(&scene, &bob).await, Err(refused("sso.enforced")));
    let waiting = waits(&scene.door).await;
    let let_in = answers(&scene.door, &bob, &waiting.user_code, true).await;
    assert_eq!(let_in, Err(refused("sso.enforced")));
    // Turning a program away is always possible.
    let away = answers(&scene.door, &bob, &waiting.user_code, false).await;
    assert_eq!(away, Ok(()));
    let waiting = waits(&scene.door).await;
    let owner = answers(&scene.door, &scene.ann, &waiting.user_code, true).await;
    assert_eq!(owner, Ok(()), "owners break the glass");
}

#[tokio::test]
async fn who_is_at_home_below_is_bound_too_and_comes_in_there() {
    let accounts = json!({
        "bob": { "email": "bob@corp.example", "email_verified": true, "name": "Bob" },
        "eve": { "email": "eve@corp.example", "email_verified": true, "name": "Eve" },
    });
    let Some(scene) = Scene::open("sso: enforced below", "RS256", accounts).await else {
        return;
    };
    for email in ["bob@corp.example", "eve@corp.example"] {
        scene.door.sign_up(email, "bearer").await;
    }
    let below = scene.below("Below").await;
    scene
        .door
        .change(&format!(
            "insert into tenant.members (tenant_key, user_id, role)
             select '{below}', u.id, 'owner' from tenant.users u where u.email = 'bob@corp.example'"
        ))
        .await;
    assert!(scene.log_in("bob@corp.example").await.is_ok());
    let made = scene.connect(connection(&scene.provider)).await;
    let enforced = SsoConnection {
        enforced: true,
        ..made
    };
    put(&scene.door, &scene.ann, enforced).await;
    assert_eq!(
        scene.log_in("bob@corp.example").await.err(),
        Some(refused("sso.enforced")),
        "an owner of what is below is no owner of what enforces it"
    );
    assert!(
        scene.log_in("eve@corp.example").await.is_ok(),
        "nowhere below, nowhere bound"
    );
    // By the provider twice: linked the first time, known the second.
    for _ in 0..2 {
        let bob = scene.sign_in("bob").await.unwrap();
        let bob = scene.who(bob).await;
        assert_eq!(bob.tenant_key.unwrap().to_string(), below);
    }
    let members = format!(
        "select count(*) from tenant.members m join tenant.users u on u.id = m.user_id
         where u.email = 'bob@corp.example' and m.tenant_key = '{}'",
        scene.ann.tenant_key.unwrap()
    );
    assert_eq!(scene.door.count(&members).await, 0, "given nothing above");
    assert!(
        scene.sign_in("eve").await.is_err(),
        "a member nowhere in the tree is not let in"
    );
    scene
        .door
        .change(&format!(
            "update tenant.members set suspended_at = now() where tenant_key = '{below}'"
        ))
        .await;
    assert!(scene.sign_in("bob").await.is_err(), "deactivated below");
}
