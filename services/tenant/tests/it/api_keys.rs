//! Keys of programs: what they may do, for how long, and how they end.
use std::collections::BTreeSet;

use wt_fault::Kind;
use wt_model::{Permission, Principal, PrincipalKind};
use wt_proto::tenant::{
    ApiKey, CreateApiKeyRequest, CreateApiKeyResponse, ListApiKeysRequest, ResolveApiKeyRequest,
    RevokeApiKeyRequest, RotateApiKeyRequest,
};

use crate::door::{Door, refusal};

fn new_key(scopes: &[&str]) -> CreateApiKeyRequest {
    CreateApiKeyRequest {
        name: "nightly import".to_owned(),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        expires_at: None,
    }
}

async fn owner(door: &Door, email: &str) -> Principal {
    let session = door.sign_up(email, "bearer").await;
    door.principal(&session).await
}

async fn made(door: &Door, maker: &Principal, scopes: &[&str]) -> CreateApiKeyResponse {
    let asked = door.ask(Some(maker), new_key(scopes));
    let answer = door.sign_in().create_api_key(asked).await;
    answer.unwrap().into_inner()
}

async fn resolved(door: &Door, secret: &str) -> Result<Principal, (Kind, String)> {
    let message = ResolveApiKeyRequest {
        secret: secret.to_owned(),
        client: None,
    };
    match door
        .sign_in()
        .resolve_api_key(door.ask(None, message))
        .await
    {
        Ok(answer) => Ok(door.verified(&answer.into_inner().access_token).await),
        refused => Err(refusal(refused)),
    }
}

async fn listed(door: &Door, principal: &Principal) -> Vec<ApiKey> {
    let asked = door.ask(Some(principal), ListApiKeysRequest {});
    let answer = door.sign_in().list_api_keys(asked).await.unwrap();
    answer.into_inner().api_keys
}

fn not_valid() -> Result<Principal, (Kind, String)> {
    Err((Kind::Unauthenticated, "api_key.not_valid".to_owned()))
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_in_its_organization_and_nothing_more() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let key = made(&door, &ann, &["assets:read", "runs:create"]).await;
    let shown = key.api_key.unwrap();
    assert!(key.secret.starts_with(&shown.prefix) && key.secret.len() > shown.prefix.len() + 40);

    let program = resolved(&door, &key.secret).await.unwrap();
    assert_eq!(program.kind, PrincipalKind::ApiKey);
    assert_eq!(program.tenant_key, ann.tenant_key);
    assert_eq!(program.sid, None);
    let holds: BTreeSet<_> = Permission::ALL
        .iter()
        .filter(|permission| program.holds(**permission))
        .copied()
        .collect();
    assert_eq!(
        holds,
        BTreeSet::from([Permission::AssetsRead, Permission::RunsCreate])
    );
    let listed = listed(&door, &ann).await;
    let listed = listed.first().unwrap();
    assert!(listed.last_used_at.is_some());
    // The text is nowhere in the database.
    let rows: Vec<String> = sqlx::query_scalar(
        "select k::text from tenant.api_keys k
         union all select a::text from tenant.audit a
         union all select encode(o.envelope, 'escape') from tenant.outbox o",
    )
    .fetch_all(&mut door.database.superuser().await.unwrap())
    .await
    .unwrap();
    assert!(!rows.iter().any(|row| row.contains(&key.secret)));
    for invented in ["wt_", "wt_nonsense", "", &shown.prefix] {
        assert_eq!(resolved(&door, invented).await, not_valid());
    }
}

#[tokio::test]
async fn no_key_manages_people_keys_or_money_and_none_makes_another() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    for never in [
        "members:manage",
        "keys:manage",
        "billing:manage",
        "everything",
    ] {
        let asked = door.ask(Some(&ann), new_key(&["assets:read", never]));
        let refused = refusal(door.sign_in().create_api_key(asked).await);
        assert_eq!(refused.0, Kind::Invalid, "{never}");
    }
    let key = made(&door, &ann, &["organization:read"]).await;
    let program = resolved(&door, &key.secret).await.unwrap();
    let asked = door.ask(Some(&program), new_key(&["organization:read"]));
    assert_eq!(
        refusal(door.sign_in().create_api_key(asked).await).0,
        Kind::Forbidden
    );
    // Not even a program that would hold the permission.
    let strong = Principal {
        limit: None,
        ..program
    };
    let asked = door.ask(Some(&strong), new_key(&["organization:read"]));
    let refused = refusal(door.sign_in().create_api_key(asked).await);
    assert_eq!(refused.1, "auth.person_only");
}

#[tokio::test]
async fn a_rotated_key_has_two_texts_for_a_while_and_then_one() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let key = made(&door, &ann, &["assets:read"]).await;
    let id = key.api_key.unwrap().id;
    let rotate = |overlap_seconds| RotateApiKeyRequest {
        api_key_id: id.clone(),
        overlap_seconds,
    };
    let asked = door.ask(Some(&ann), rotate(3_600));
    let fresh = door
        .sign_in()
        .rotate_api_key(asked)
        .await
        .unwrap()
        .into_inner();
    assert!(resolved(&door, &key.secret).await.is_ok());
    assert!(resolved(&door, &fresh.secret).await.is_ok());
    door.change("update tenant.api_keys set old_until = now() - interval '1 second'")
        .await;
    assert_eq!(resolved(&door, &key.secret).await, not_valid());
    assert!(resolved(&door, &fresh.secret).await.is_ok());
    let asked = door.ask(Some(&ann), rotate(0));
    door.sign_in().rotate_api_key(asked).await.unwrap();
    assert_eq!(resolved(&door, &fresh.secret).await, not_valid());
    let asked = door.ask(Some(&ann), rotate(604_801));
    let refused = refusal(door.sign_in().rotate_api_key(asked).await);
    assert_eq!(refused.0, Kind::Invalid);
}

#[tokio::test]
async fn a_key_ends_when_revoked_expired_or_without_its_maker() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let revoked = made(&door, &ann, &["assets:read"]).await;
    let id = revoked.api_key.unwrap().id;
    let revoke = RevokeApiKeyRequest {
        api_key_id: id.clone(),
    };
    let asked = door.ask(Some(&ann), revoke);
    door.sign_in().revoke_api_key(asked).await.unwrap();
    assert_eq!(resolved(&door, &revoked.secret).await, not_valid());
    assert_eq!(door.revoked_keys().await, [id]);

    let key = made(&door, &ann, &["assets:read"]).await;
    door.change("update tenant.api_keys set expires_at = now() - interval '1 second'")
        .await;
    assert_eq!(resolved(&door, &key.secret).await, not_valid());
    door.change("update tenant.api_keys set expires_at = null")
        .await;
    assert!(resolved(&door, &key.secret).await.is_ok());
    door.change("delete from tenant.members").await;
    assert_eq!(resolved(&door, &key.secret).await, not_valid());
}

#[tokio::test]
async fn a_key_follows_its_maker_down() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let key = made(&door, &ann, &["assets:read", "assets:write"]).await;
    door.change("update tenant.members set role = 'viewer'")
        .await;
    let program = resolved(&door, &key.secret).await.unwrap();
    assert!(program.holds(Permission::AssetsRead));
    assert!(!program.holds(Permission::AssetsWrite));
}

#[tokio::test]
async fn another_organizations_key_is_not_there() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = owner(&door, "bob@example.com").await;
    let key = made(&door, &ann, &["assets:read"]).await;
    let id = key.api_key.unwrap().id;
    assert!(listed(&door, &bob).await.is_empty());
    let unknown = (Kind::NotFound, "api_key.not_found".to_owned());
    let message = RevokeApiKeyRequest {
        api_key_id: id.clone(),
    };
    let asked = door.ask(Some(&bob), message);
    assert_eq!(refusal(door.sign_in().revoke_api_key(asked).await), unknown);
    let message = RotateApiKeyRequest {
        api_key_id: id,
        overlap_seconds: 0,
    };
    let asked = door.ask(Some(&bob), message);
    assert_eq!(refusal(door.sign_in().rotate_api_key(asked).await), unknown);
    assert!(resolved(&door, &key.secret).await.is_ok());
}
