//! Bearer tokens of a trusted issuer, shaped as Clerk shapes them, from a real key set endpoint.
use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, routing::get};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use reqwest::Method;
use serde_json::{Value, json};
use wt_model::Role;
use wt_testkit::wait;

use crate::gateway::{Gateway, TENANT, problem};

const ISSUER: &str = "https://clerk.example.test";
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// An issuer's signing key and the endpoint that publishes what it is told to.
struct Issuer {
    published: Arc<Mutex<Value>>,
    address: std::net::SocketAddr,
}

struct Key {
    encoding: EncodingKey,
    id: &'static str,
    jwk: Value,
}

/// An Ed25519 key under a name; the algorithm the fleet's own crypto makes keys of.
fn key(id: &'static str) -> Key {
    let pair = wt_auth::SigningKey::generate().unwrap();
    let encoding = EncodingKey::from_ed_der(pair.pkcs8_der());
    let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    Key {
        encoding,
        id,
        jwk: serde_json::to_value(jwk).unwrap(),
    }
}

impl Issuer {
    async fn start(keys: &[&Key]) -> Self {
        let published = Arc::new(Mutex::new(set(keys)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = |State(published): State<Arc<Mutex<Value>>>| async move {
            Json(published.lock().unwrap().clone())
        };
        let router = Router::new()
            .route("/jwks.json", get(serve))
            .with_state(Arc::clone(&published));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { published, address }
    }

    /// A gateway that trusts this issuer.
    async fn gateway(&self) -> (Gateway, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("issuers.json");
        let settings = json!([{
            "issuer": ISSUER, "audience": "watchtower",
            "jwks_url": format!("http://{}/jwks.json", self.address),
            "organization_claim": "/o/id", "organizations": {"org_2abc": TENANT},
            "role_claim": "/o/rol", "roles": {"admin": "admin", "member": "viewer"},
        }]);
        std::fs::write(&file, settings.to_string()).unwrap();
        let gateway = Gateway::start_with(&[
            "--trusted-issuers-file",
            file.to_str().unwrap(),
            "--sso-allowed-networks=127.0.0.0/8",
        ])
        .await;
        (gateway, folder)
    }
}

fn set(keys: &[&Key]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk.clone()).collect::<Vec<_>>() })
}

/// What Clerk says (session token version 2), with an audience from a template.
fn claims() -> Value {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    json!({
        "iss": ISSUER, "aud": "watchtower", "sub": "user_2xyz", "sid": "sess_1",
        "iat": now, "nbf": now - 5, "exp": now + 60, "azp": "https://app.example.test", "v": 2,
        "o": {"id": "org_2abc", "slg": "acme", "rol": "admin", "per": "read,manage"},
    })
}

fn sign(key: &Key, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key.id.to_owned());
    encode(&header, claims, &key.encoding).unwrap()
}

async fn status(gateway: &Gateway, token: &str) -> u16 {
    let request = gateway
        .anonymous(Method::GET, "/api/v1/organizations")
        .bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_trusted_issuers_token_is_a_principal_of_the_mapped_organization_and_role() {
    let first = key("first");
    let issuer = Issuer::start(&[&first]).await;
    let (gateway, _folder) = issuer.gateway().await;
    let answer = wt_proto::tenant::ListOrganizationsResponse::default();
    gateway.upstream.answers("ListOrganizations", &answer);
    assert_eq!(status(&gateway, &sign(&first, &claims())).await, 200);
    let call = gateway.upstream.calls_of("ListOrganizations").remove(0);
    let caller = gateway.verifier_of("tenant").verify(&call.token).unwrap();
    let principal = caller.principal.unwrap();
    assert_eq!(principal.tenant_key.unwrap().to_string(), TENANT);
    assert_eq!(principal.roles, [Role::Admin].into());
    // Our own tokens work beside it.
    assert_eq!(
        status(&gateway, &gateway.token(Some(Role::Viewer))).await,
        200
    );

    // A new key is found without a restart, and the old one is worth nothing once it is gone.
    let second = key("second");
    *issuer.published.lock().unwrap() = set(&[&second]);
    wait::until(PATIENCE, "the new key", || async {
        (status(&gateway, &sign(&second, &claims())).await == 200).then_some(())
    })
    .await;
    assert_eq!(status(&gateway, &sign(&first, &claims())).await, 401);
}

#[tokio::test]
async fn every_known_way_around_a_signature_is_refused() {
    let (good, strange) = (key("good"), key("good"));
    let issuer = Issuer::start(&[&good]).await;
    let (gateway, _folder) = issuer.gateway().await;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let with = |name: &str, value: Value| {
        let mut changed = claims();
        changed[name] = value;
        sign(&good, &changed)
    };
    let without = |name: &str| {
        let mut changed = claims();
        changed.as_object_mut().unwrap().remove(name);
        sign(&good, &changed)
    };
    let whole = sign(&good, &claims());
    let parts: Vec<_> = whole.split('.').collect();
    let headed = |header: Value, key: &EncodingKey| {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let head = URL_SAFE_NO_PAD.encode(header.to_string());
        let message = format!("{head}.{}", parts[1]);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::HS256).unwrap();
        (message, signature)
    };
    // The public key as an HMAC secret, no algorithm at all, and a key the token brings itself.
    let x = good.jwk["x"].as_str().unwrap();
    let hmac = EncodingKey::from_secret(x.as_bytes());
    let (message, signature) = headed(json!({"alg": "HS256", "kid": "good"}), &hmac);
    let confused = format!("{message}.{signature}");
    let (message, _) = headed(json!({"alg": "none", "kid": "good"}), &hmac);
    let unsigned = format!("{message}.");
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some("good".to_owned());
    header.jwk = Some(serde_json::from_value(strange.jwk.clone()).unwrap());
    let embedded = encode(&header, &claims(), &strange.encoding).unwrap();
    let mut injected = Header::new(Algorithm::EdDSA);
    injected.kid = Some("../../dev/null' or '1'='1".to_owned());
    let injected = encode(&injected, &claims(), &good.encoding).unwrap();
    let bad = [
        ("another key of the same name", sign(&strange, &claims())),
        ("algorithm confusion", confused),
        ("no algorithm", unsigned),
        ("a key in the token", embedded),
        ("an injected key id", injected),
        ("another audience", with("aud", json!("somebody"))),
        ("no audience", without("aud")),
        ("another issuer", with("iss", json!("https://evil.test"))),
        ("our own issuer", with("iss", json!("watchtower"))),
        ("expired", with("exp", json!(now - 120))),
        (
            "a textual expiry",
            with("exp", json!((now + 60).to_string())),
        ),
        ("no expiry", without("exp")),
        ("not valid yet", with("nbf", json!(now + 600))),
        ("from the future", with("iat", json!(now + 600))),
        (
            "an unknown organization",
            with("o", json!({"id": "org_9", "rol": "admin"})),
        ),
        ("no organization", without("o")),
        (
            "no role",
            with("o", json!({"id": "org_2abc", "rol": "guest"})),
        ),
        ("nobody", without("sub")),
    ];
    for (what, token) in bad {
        assert_eq!(status(&gateway, &token).await, 401, "{what}");
    }
    assert_eq!(gateway.upstream.calls_of("ListOrganizations").len(), 0);
    let answer = gateway
        .anonymous(Method::GET, "/api/v1/organizations")
        .bearer_auth(with("aud", json!("somebody")))
        .send()
        .await
        .unwrap();
    problem(answer, 401, "auth.unauthenticated").await;
}
