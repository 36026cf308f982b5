//! The checklist of RFC 8725 against tokens between services.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may be blunt"
)]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wt_auth::{InternalIssuer, InternalVerifier, SigningKey};
use wt_model::Principal;

/// The gateway's key, and a service that trusts it and the tenant service.
struct Fixture {
    key: SigningKey,
    stranger: SigningKey,
    results: InternalVerifier,
}

impl Fixture {
    fn new() -> Self {
        let (key, stranger) = (generated(), generated());
        let trusted = [
            ("gateway".to_owned(), *key.public()),
            ("tenant".to_owned(), *stranger.public()),
        ];
        Self {
            results: InternalVerifier::new("results", trusted),
            key,
            stranger,
        }
    }

    /// Header and claims of a good token.
    fn good(&self) -> (Value, Value) {
        let key = SigningKey::from_pem(&self.key.to_pem(), "test").unwrap();
        let person =
            Principal::service("gateway", "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap());
        let token = InternalIssuer::new("gateway", key)
            .mint("results", Some(&person))
            .unwrap();
        let mut parts = token.split('.').map(|part| {
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
            serde_json::from_slice(&bytes).unwrap_or_default()
        });
        (parts.next().unwrap(), parts.next().unwrap())
    }

    fn accepts(&self, header: &Value, claims: &Value) -> bool {
        self.results
            .verify(&signed(&self.key, header, claims))
            .is_ok()
    }
}

fn generated() -> SigningKey {
    SigningKey::generate().unwrap()
}

fn input(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let input = input(header, claims);
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn with(value: &Value, member: &str, new: Value) -> Value {
    let mut value = value.clone();
    value[member] = new;
    value
}

fn without(value: &Value, member: &str) -> Value {
    let mut value = value.clone();
    value.as_object_mut().unwrap().remove(member);
    value
}

#[test]
fn neither_none_nor_a_mac_with_the_public_key_is_taken() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    assert!(fixture.accepts(&header, &claims), "the fixture forges well");
    for name in ["none", "None", "NONE", "RS256", "ES256", "eddsa", ""] {
        let header = with(&header, "alg", json!(name));
        assert!(!fixture.accepts(&header, &claims), "{name}");
        let unsigned = format!("{}.", input(&header, &claims));
        assert!(fixture.results.verify(&unsigned).is_err(), "{name}");
    }
    let public = fixture.key.public();
    let pem = public.to_pem();
    let input = input(&with(&header, "alg", json!("HS256")), &claims);
    let secrets: [&[u8]; 3] = [public.raw(), pem.as_bytes(), b""];
    for secret in secrets {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        let tag = aws_lc_rs::hmac::sign(&key, input.as_bytes());
        let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag));
        assert!(fixture.results.verify(&token).is_err());
    }
}

/// The key id is the name of a service: neither a path nor an address, and nobody else's.
#[test]
fn a_key_is_the_named_services_own() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    for kid in [
        json!("tenant"),
        json!("../gateway"),
        json!("/etc/passwd"),
        json!("gateway' or '1'='1"),
        json!("http://127.0.0.1:1/gateway.pub.pem"),
        json!("gateway\0"),
        json!("GATEWAY"),
        json!(["gateway"]),
        json!(""),
        Value::Null,
    ] {
        let header = with(&header, "kid", kid.clone());
        assert!(!fixture.accepts(&header, &claims), "{kid}");
    }
    // A trusted service does not speak for another, under either name.
    let token = signed(&fixture.stranger, &header, &claims);
    assert!(fixture.results.verify(&token).is_err());
    let own = with(&header, "kid", json!("tenant"));
    let token = signed(&fixture.stranger, &own, &claims);
    assert!(fixture.results.verify(&token).is_err());
}

#[test]
fn audience_issuer_and_times_are_there_and_right() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let now = claims["iat"].as_i64().unwrap();
    assert!(fixture.accepts(&header, &with(&claims, "exp", json!(now - 1))));
    assert!(fixture.accepts(&header, &with(&claims, "nbf", json!(now + 5))));
    for (claim, value) in [
        ("aud", json!("tenant")),
        ("aud", json!("watchtower-api")),
        ("aud", json!([])),
        ("iss", json!("tenant")),
        ("iss", json!("watchtower")),
        ("iss", json!("")),
        ("exp", json!(now - 6)),
        ("exp", json!((now + 60).to_string())),
        ("exp", json!(-1)),
        ("exp", Value::Null),
        ("nbf", json!(now + 8)),
        ("nbf", json!("soon")),
        ("principal", json!("everybody")),
    ] {
        let claims = with(&claims, claim, value.clone());
        assert!(!fixture.accepts(&header, &claims), "{claim}: {value}");
    }
    for claim in ["iss", "aud", "sub", "iat", "nbf", "exp"] {
        assert!(
            !fixture.accepts(&header, &without(&claims, claim)),
            "{claim}"
        );
    }
    for member in ["alg", "kid", "typ"] {
        assert!(
            !fixture.accepts(&without(&header, member), &claims),
            "{member}"
        );
    }
}

#[test]
fn what_is_critical_of_another_type_or_too_long_is_refused() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let critical = with(&with(&header, "crit", json!(["b64"])), "b64", json!(false));
    assert!(!fixture.accepts(&critical, &claims));
    for typ in [json!("at+jwt"), json!("JWT"), Value::Null] {
        let header = with(&header, "typ", typ.clone());
        assert!(!fixture.accepts(&header, &claims), "{typ}");
    }
    let padded = with(&claims, "padding", json!("x".repeat(9_000)));
    assert!(!fixture.accepts(&header, &padded));
}
