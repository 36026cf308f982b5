//! The checklist of RFC 8725 against tokens that others signed, with each algorithm they may use.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may be blunt"
)]

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use wt_auth::{ForeignKeys, SigningKey};

const ISSUER: &str = "https://idp.example.com";
const AUDIENCE: &str = "watchtower";

/// A key of somebody else's, and what they publish of it.
struct Key {
    algorithm: Algorithm,
    encoding: EncodingKey,
    jwk: Value,
}

impl Key {
    fn new(algorithm: Algorithm, id: &str) -> Self {
        let encoding = match algorithm {
            Algorithm::EdDSA => {
                EncodingKey::from_ed_der(SigningKey::generate().unwrap().pkcs8_der())
            }
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
                EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
            }
            _ => rsa(KeySize::Rsa2048),
        };
        Self::of(algorithm, encoding, id)
    }

    fn of(algorithm: Algorithm, encoding: EncodingKey, id: &str) -> Self {
        let mut jwk = Jwk::from_encoding_key(&encoding, algorithm).unwrap();
        jwk.common.key_id = Some(id.to_owned());
        Self {
            algorithm,
            encoding,
            jwk: serde_json::to_value(jwk).unwrap(),
        }
    }

    fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = self.jwk["kid"].as_str().map(str::to_owned);
        header
    }

    fn sign(&self, claims: &Value) -> String {
        encode(&self.header(), claims, &self.encoding).unwrap()
    }
}

fn rsa(size: KeySize) -> EncodingKey {
    let pair = KeyPair::generate(size).unwrap();
    let der = pair.as_der().unwrap();
    let text = STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
}

fn published(keys: &[&Key]) -> ForeignKeys {
    let keys: Vec<_> = keys.iter().map(|key| key.jwk.clone()).collect();
    ForeignKeys::from_json(json!({ "keys": keys })).unwrap()
}

fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "1", "iat": now(), "exp": now() + 60 })
}

fn with(name: &str, value: Value) -> Value {
    let mut changed = claims();
    changed[name] = value;
    changed
}

fn taken(keys: &ForeignKeys, token: &str) -> bool {
    keys.verify(token, ISSUER, AUDIENCE).is_ok()
}

/// A token with a header of one's own, signed with HMAC.
fn hmac(header: &Value, secret: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(&claims()));
    let key = EncodingKey::from_secret(secret);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

const TAKEN: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

#[test]
fn three_algorithms_are_taken_each_with_its_own_key_only() {
    let keys = TAKEN.map(|algorithm| Key::new(algorithm, "same"));
    for key in &keys {
        for other in &keys {
            let fits = key.algorithm == other.algorithm;
            assert_eq!(taken(&published(&[other]), &key.sign(&claims())), fits);
        }
        assert!(taken(&published(&keys.each_ref()), &key.sign(&claims())));
    }
}

#[test]
fn a_public_key_is_no_hmac_secret_and_none_is_no_algorithm() {
    for algorithm in TAKEN {
        let key = Key::new(algorithm, "k");
        let keys = published(&[&key]);
        let public = [&key.jwk["n"], &key.jwk["x"]]
            .into_iter()
            .find_map(Value::as_str)
            .unwrap();
        let raw = URL_SAFE_NO_PAD.decode(public).unwrap();
        let published = key.jwk.to_string();
        for secret in [public.as_bytes(), &raw, published.as_bytes(), b""] {
            for alg in ["HS256", "hs256"] {
                let header = json!({ "alg": alg, "typ": "JWT", "kid": "k" });
                assert!(!taken(&keys, &hmac(&header, secret)), "{alg}");
            }
        }
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let token = hmac(&json!({ "alg": alg, "kid": "k" }), b"");
            let (message, _) = token.rsplit_once('.').unwrap();
            assert!(!taken(&keys, &format!("{message}.")), "{alg}");
            assert!(!taken(&keys, &token), "{alg}");
        }
        let whole = key.sign(&claims());
        let (message, _) = whole.rsplit_once('.').unwrap();
        assert!(!taken(&keys, &format!("{message}.")), "stripped");
        assert!(!taken(&keys, message), "two parts");
        assert!(!taken(&keys, &format!("{whole}.{whole}")), "two signatures");
    }
}

#[test]
fn other_algorithms_of_the_same_key_and_weak_keys_are_refused() {
    let mut key = Key::new(Algorithm::RS256, "k");
    let keys = published(&[&key]);
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        key.algorithm = algorithm;
        assert!(!taken(&keys, &key.sign(&claims())), "{algorithm:?}");
    }
    key.algorithm = Algorithm::RS256;
    // A key of 1024 bits, one for encrypting, one for another algorithm, and a secret.
    let mut short = key.jwk.clone();
    let modulus = URL_SAFE_NO_PAD
        .decode(short["n"].as_str().unwrap())
        .unwrap();
    short["n"] = URL_SAFE_NO_PAD.encode(&modulus[..128]).into();
    let mut sealing = key.jwk.clone();
    sealing["use"] = "enc".into();
    let mut other = key.jwk.clone();
    other["alg"] = "RS512".into();
    let secret = json!({ "kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0" });
    for jwk in [short, sealing, other, secret] {
        let keys = ForeignKeys::from_json(json!({ "keys": [jwk.clone()] })).unwrap();
        assert!(!keys.knows_key_of(&key.sign(&claims())), "{jwk}");
    }
    let shared = ForeignKeys::from_json(
        json!({ "keys": [{ "kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0" }] }),
    )
    .unwrap();
    assert!(!taken(
        &shared,
        &hmac(&json!({ "alg": "HS256", "kid": "k" }), b"secret")
    ));
}

#[test]
fn a_key_comes_from_the_issuers_set_and_is_the_one_that_is_named() {
    for algorithm in TAKEN {
        let (good, other) = (Key::new(algorithm, "good"), Key::new(algorithm, "good"));
        let keys = published(&[&good]);
        assert!(!taken(&keys, &other.sign(&claims())), "same name");
        let headed = |change: &dyn Fn(&mut Header), key: &Key| {
            let mut header = key.header();
            change(&mut header);
            encode(&header, &claims(), &key.encoding).unwrap()
        };
        for id in [
            "",
            "unknown",
            "../../../dev/null",
            "good' or '1'='1",
            "https://evil.example/jwks.json#good",
            "GOOD",
            "good\u{0}",
        ] {
            let renamed = headed(&|header| header.kid = Some(id.to_owned()), &good);
            assert!(!taken(&keys, &renamed), "{id:?}");
        }
        let jwk: Jwk = serde_json::from_value(other.jwk.clone()).unwrap();
        let brought = headed(&|header| header.jwk = Some(jwk.clone()), &other);
        assert!(!taken(&keys, &brought), "a key in the token");
        let address = "https://evil.example/jwks.json";
        let led = headed(&|header| header.jku = Some(address.to_owned()), &other);
        assert!(!taken(&keys, &led), "an address of keys in the token");
        // Without a name, one fitting key is meant; of two, neither is.
        let nameless = headed(&|header| header.kid = None, &good);
        assert!(taken(&keys, &nameless));
        let second = Key::new(algorithm, "second");
        assert!(!taken(&published(&[&good, &second]), &nameless));
    }
}

#[test]
fn issuer_audience_subject_and_times_are_there_and_right() {
    let key = Key::new(Algorithm::ES256, "k");
    let keys = published(&[&key]);
    let good = [
        with("aud", json!([AUDIENCE, "another"])),
        with("exp", json!(now() - 30)),
        with("nbf", json!(now() + 30)),
        with("iat", json!(now() + 30)),
    ];
    for claims in good {
        assert!(
            taken(&keys, &key.sign(&claims)),
            "within a minute: {claims}"
        );
    }
    let bad = [
        ("iss", json!("https://evil.example")),
        ("iss", json!("https://idp.example.com/")),
        ("iss", json!(["https://evil.example"])),
        ("iss", Value::Null),
        ("aud", json!("another")),
        ("aud", json!([])),
        ("aud", json!({ AUDIENCE: true })),
        ("aud", Value::Null),
        ("sub", Value::Null),
        ("exp", json!(now() - 61)),
        ("exp", json!((now() + 60).to_string())),
        ("exp", json!(-1)),
        ("exp", Value::Null),
        ("nbf", json!(now() + 90)),
        ("nbf", json!("soon")),
        ("iat", json!(now() + 90)),
        ("iat", json!(now().to_string())),
        ("iat", Value::Null),
    ];
    for (name, value) in bad {
        let token = key.sign(&with(name, value.clone()));
        assert!(!taken(&keys, &token), "{name}: {value}");
        let mut absent = claims();
        absent.as_object_mut().unwrap().remove(name);
        let optional = name == "nbf";
        assert_eq!(taken(&keys, &key.sign(&absent)), optional, "no {name}");
    }
}

#[test]
fn what_is_too_long_or_asks_for_an_extension_is_refused() {
    let key = Key::new(Algorithm::EdDSA, "k");
    let keys = published(&[&key]);
    assert!(!taken(
        &keys,
        &key.sign(&with("groups", json!("g".repeat(20_000))))
    ));
    let mut header = key.header();
    header.crit = Some(vec!["b64".to_owned()]);
    let token = encode(&header, &claims(), &key.encoding).unwrap();
    assert!(!taken(&keys, &token));
    let many: Vec<_> = (0..65).map(|_| key.jwk.clone()).collect();
    assert!(ForeignKeys::from_json(json!({ "keys": many })).is_err());
    for document in [json!({}), json!([]), json!({ "keys": "k" }), Value::Null] {
        assert!(ForeignKeys::from_json(document).is_err());
    }
}
