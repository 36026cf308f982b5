//! The published vectors of identity v1: a key, once minted, is minted for ever.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
use serde::Deserialize;
use wt_exposure::{ExposureKey, Subject, Transport};

#[derive(Deserialize)]
struct Vector {
    why: String,
    tenant_key: String,
    asset_id: String,
    host: String,
    transport: Transport,
    port: u16,
    check_id: String,
    discriminator: String,
    key: String,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../vectors/identity_v1.json")).unwrap()
}

#[test]
fn every_published_vector_still_mints_its_key() {
    for vector in vectors() {
        let subject = Subject {
            asset_id: vector.asset_id.parse().unwrap(),
            host: vector.host,
            transport: vector.transport,
            port: vector.port,
        };
        let key = ExposureKey::derive(
            vector.tenant_key.parse().unwrap(),
            &subject,
            &vector.check_id,
            &vector.discriminator,
        );
        assert_eq!(key.as_str(), vector.key, "{}", vector.why);
        assert_eq!(vector.key.parse(), Ok(key), "{}", vector.why);
    }
}

#[test]
fn keys_agree_exactly_where_the_vectors_say_the_place_is_the_same() {
    let vectors = vectors();
    let first = &vectors[0];
    for vector in &vectors[1..] {
        let same = vector.why.starts_with("same:");
        assert_eq!(vector.key == first.key, same, "{}", vector.why);
    }
}

#[test]
fn text_that_is_not_a_key_is_refused() {
    for text in [
        "",
        "exp1_",
        "exp2_aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "exp1_AAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert!(text.parse::<ExposureKey>().is_err(), "{text}");
    }
}
