//! The checklist of RFC 8725 (JWT best current practices), section by section, against both kinds
//! of token. Each forgery was accepted by some library once.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may be blunt"
)]

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wt_auth::{AccessIssuer, AccessVerifier, InternalIssuer, InternalVerifier, Jwks, SigningKey};
use wt_model::{Principal, PrincipalKind, Role};

/// A verifier, the key it trusts, and a person.
struct Fixture {
    key: SigningKey,
    verifier: AccessVerifier,
    person: Principal,
}

impl Fixture {
    fn new() -> Self {
        let key = SigningKey::generate().unwrap();
        Self {
            verifier: AccessVerifier::new(Jwks::of([*key.public()])),
            key,
            person: Principal {
                kind: PrincipalKind::User,
                sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                tenant_key: Some("org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()),
                roles: BTreeSet::from([Role::Operator]),
                sid: Some("ses_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()),
                ..Principal::nobody()
            },
        }
    }

    fn issuer(&self) -> AccessIssuer {
        AccessIssuer::new(SigningKey::from_pem(&self.key.to_pem(), "test").unwrap())
    }

    /// Header and claims of a good token.
    fn good(&self) -> (Value, Value) {
        let token = self.issuer().mint(&self.person).unwrap();
        let mut parts = token.split('.');
        let mut part = || {
            let bytes = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
            serde_json::from_slice(&bytes).unwrap()
        };
        (part(), part())
    }

    /// A token of any header and claims, signed by the trusted key.
    fn signed(&self, header: &Value, claims: &Value) -> String {
        let input = input(header, claims);
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(input.as_bytes()));
        format!("{input}.{signature}")
    }

    fn accepts(&self, token: &str) -> bool {
        self.verifier.verify(token).is_ok()
    }
}

fn input(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn with(value: &Value, member: &str, new: Value) -> Value {
    let mut value = value.clone();
    value[member] = new;
    value
}

/// The fixture forges well: otherwise every refusal below would prove nothing.
#[test]
fn a_token_put_together_by_hand_is_accepted() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    assert!(fixture.accepts(&fixture.signed(&header, &claims)));
}

/// RFC 8725 §2.1, §3.1, §3.2: the algorithm is the verifier's choice, never the token's.
#[test]
fn no_other_algorithm_is_taken_least_of_all_a_mac_with_the_public_key() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let public = fixture.key.public();
    let pem = public.to_pem();
    let secrets: [&[u8]; 3] = [public.raw(), pem.as_bytes(), pem.trim().as_bytes()];
    for (name, algorithm) in [
        ("HS256", aws_lc_rs::hmac::HMAC_SHA256),
        ("HS384", aws_lc_rs::hmac::HMAC_SHA384),
        ("HS512", aws_lc_rs::hmac::HMAC_SHA512),
    ] {
        let input = input(&with(&header, "alg", json!(name)), &claims);
        for secret in secrets {
            let key = aws_lc_rs::hmac::Key::new(algorithm, secret);
            let tag = aws_lc_rs::hmac::sign(&key, input.as_bytes());
            let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag));
            assert!(!fixture.accepts(&token), "{name}");
        }
    }
    for name in [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "eddsa",
        "EDDSA",
        "Ed25519ph",
        "",
    ] {
        let token = fixture.signed(&with(&header, "alg", json!(name)), &claims);
        assert!(!fixture.accepts(&token), "{name}");
    }
}

/// RFC 8725 §2.1: `none`, in every spelling that got through somewhere.
#[test]
fn an_unsigned_token_is_refused() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let good = fixture.signed(&header, &claims);
    let (signed_part, signature) = good.rsplit_once('.').unwrap();
    for name in ["none", "None", "NONE", "nOnE"] {
        let input = input(&with(&header, "alg", json!(name)), &claims);
        for end in [".".to_owned(), String::new(), format!(".{signature}")] {
            assert!(!fixture.accepts(&format!("{input}{end}")), "{name} {end}");
        }
    }
    for stripped in [
        signed_part.to_owned(),
        format!("{signed_part}."),
        format!("{signed_part}.AA"),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!(" {good}"),
    ] {
        assert!(!fixture.accepts(&stripped), "{stripped}");
    }
}

/// RFC 8725 §3.10: `kid` is a name in a table, not a path, a query or an address; keys inside the
/// token are strangers' keys.
#[test]
fn a_key_is_looked_up_by_its_exact_name_and_never_taken_from_the_token() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let own = header["kid"].as_str().unwrap().to_owned();
    for kid in [
        json!("../../../../dev/null"),
        json!("/etc/passwd"),
        json!("x' union select 'AA'--"),
        json!("http://127.0.0.1:1/jwks.json"),
        json!(format!("{own}\0")),
        json!(format!("{own} ")),
        json!(own.to_uppercase()),
        json!(""),
        json!([own.clone()]),
        json!({ "kid": own.clone() }),
        json!(0),
        Value::Null,
    ] {
        let token = fixture.signed(&with(&header, "kid", kid.clone()), &claims);
        assert!(!fixture.accepts(&token), "{kid}");
    }
    // A stranger's key, offered in the header.
    let stranger = SigningKey::generate().unwrap();
    let x = URL_SAFE_NO_PAD.encode(stranger.public().raw());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": own, "use": "sig"});
    for (member, value) in [
        ("jwk", jwk),
        ("jku", json!("http://127.0.0.1:1/jwks.json")),
        ("x5u", json!("http://127.0.0.1:1/cert.pem")),
        ("x5c", json!(["AA=="])),
    ] {
        let input = input(&with(&header, member, value), &claims);
        let signature = URL_SAFE_NO_PAD.encode(stranger.sign(input.as_bytes()));
        assert!(
            !fixture.accepts(&format!("{input}.{signature}")),
            "{member}"
        );
    }
}

/// RFC 7515 §4.1.11: an extension that is critical and not understood refuses the token.
#[test]
fn a_critical_extension_is_refused() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let header = with(&with(&header, "crit", json!(["b64"])), "b64", json!(false));
    assert!(!fixture.accepts(&fixture.signed(&header, &claims)));
}

/// RFC 8725 §3.8, §3.9: who said it, and to whom.
#[test]
fn another_issuer_or_audience_is_refused() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let bad = [
        ("iss", json!("https://evil.example")),
        ("iss", json!("Watchtower")),
        ("iss", json!(["watchtower", "evil"])),
        ("iss", json!("")),
        ("aud", json!("results")),
        ("aud", json!("watchtower-api2")),
        ("aud", json!([])),
        ("aud", json!({})),
        ("sub", json!("")),
        ("sub", json!("gateway")),
    ];
    for (claim, value) in bad {
        let token = fixture.signed(&header, &with(&claims, claim, value.clone()));
        assert!(!fixture.accepts(&token), "{claim}: {value}");
    }
}

/// Five seconds between two clocks are forgiven, not more.
#[test]
fn times_are_checked_with_a_small_allowance() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let now = claims["iat"].as_i64().unwrap();
    let at = |claim: &str, value: Value| fixture.signed(&header, &with(&claims, claim, value));
    assert!(fixture.accepts(&at("exp", json!(now - 1))));
    assert!(fixture.accepts(&at("nbf", json!(now + 5))));
    for value in [
        json!(now - 6),
        json!(0),
        json!(-1),
        json!((now + 600).to_string()),
        json!([now + 600]),
        json!({ "at": now + 600 }),
        json!(true),
        Value::Null,
    ] {
        assert!(!fixture.accepts(&at("exp", value.clone())), "exp {value}");
    }
    // A moment of this test is not the allowance.
    for value in [
        json!(now + 8),
        json!(now + 60),
        json!(now.to_string()),
        Value::Null,
    ] {
        assert!(!fixture.accepts(&at("nbf", value.clone())), "nbf {value}");
    }
    // 1e309 is no number of any machine.
    let (left, right) = (header.to_string(), claims.to_string());
    let huge = right.replace(&format!("\"exp\":{}", claims["exp"]), "\"exp\":1e309");
    assert_ne!(huge, right);
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(left),
        URL_SAFE_NO_PAD.encode(huge)
    );
    let signature = URL_SAFE_NO_PAD.encode(fixture.key.sign(input.as_bytes()));
    assert!(!fixture.accepts(&format!("{input}.{signature}")));
}

/// RFC 8725 §3.11, §3.12: one kind of token is not taken for another, even under the same key.
#[test]
fn an_access_token_and_an_internal_one_are_not_taken_for_each_other() {
    let fixture = Fixture::new();
    let copy = || SigningKey::from_pem(&fixture.key.to_pem(), "test").unwrap();
    let internal = InternalIssuer::new("gateway", copy());
    let results = InternalVerifier::new("results", [("gateway".to_owned(), *fixture.key.public())]);
    let inside = internal.mint("results", Some(&fixture.person)).unwrap();
    assert!(results.verify(&inside).is_ok());
    assert!(!fixture.accepts(&inside));
    let outside = fixture.issuer().mint(&fixture.person).unwrap();
    assert!(results.verify(&outside).is_err());

    // Nor with the claims of one under the header of the other.
    let (header, claims) = fixture.good();
    for typ in [
        json!("wt-internal+jwt"),
        json!("JWT"),
        json!("AT+JWT "),
        Value::Null,
    ] {
        let token = fixture.signed(&with(&header, "typ", typ.clone()), &claims);
        assert!(!fixture.accepts(&token), "{typ}");
    }
    let header = with(
        &with(&header, "typ", json!("wt-internal+jwt")),
        "kid",
        json!("gateway"),
    );
    let claims = with(&claims, "aud", json!("results"));
    assert!(results.verify(&fixture.signed(&header, &claims)).is_err());
}

/// RFC 8725 §2.9 and plain sense: what is too big is not parsed.
#[test]
fn an_oversize_or_malformed_token_is_refused_without_a_panic() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let padded = with(&claims, "padding", json!("x".repeat(9_000)));
    assert!(!fixture.accepts(&fixture.signed(&header, &padded)));
    let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(deep)
    );
    let signature = URL_SAFE_NO_PAD.encode(fixture.key.sign(input.as_bytes()));
    assert!(!fixture.accepts(&format!("{input}.{signature}")));
    for nonsense in ["", ".", "..", "...", "a.b.c", "\u{0}.\u{0}.\u{0}", "é.é.é"] {
        assert!(!fixture.accepts(nonsense), "{nonsense:?}");
    }
}

/// A token whose members are said twice means one thing to one reader and another to the next.
#[test]
fn a_member_said_twice_is_refused() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    let twice = claims
        .to_string()
        .replacen('{', "{\"sub\":\"usr_01ARZ3NDEKTSV4RRFFQ69G5FAW\",", 1);
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(twice)
    );
    let signature = URL_SAFE_NO_PAD.encode(fixture.key.sign(input.as_bytes()));
    assert!(!fixture.accepts(&format!("{input}.{signature}")));
}

/// A token without claims it relies on says nothing.
#[test]
fn every_claim_that_is_relied_on_is_required() {
    let fixture = Fixture::new();
    let (header, claims) = fixture.good();
    for claim in ["iss", "aud", "sub", "iat", "nbf", "exp", "sid", "roles"] {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(claim);
        assert!(
            !fixture.accepts(&fixture.signed(&header, &claims)),
            "{claim}"
        );
    }
    for member in ["alg", "kid", "typ"] {
        let mut header = header.clone();
        header.as_object_mut().unwrap().remove(member);
        assert!(
            !fixture.accepts(&fixture.signed(&header, &claims)),
            "{member}"
        );
    }
}
