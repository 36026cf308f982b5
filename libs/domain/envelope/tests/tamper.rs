//! No changed byte of an envelope is accepted.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
use proptest::prelude::*;
use wt_envelope::{
    Envelope, EnvelopeFault, SIGNATURES_MAX, SigningKey, TrustedKeys, VerifyingKey, sign, verify,
};

const TYPE: &str = "application/vnd.watchtower.job.v1+protobuf";
/// Made with `openssl genpkey -algorithm ed25519` (PKCS#8 version 1) for this test alone.
const OPENSSL_PRIVATE: &str = include_str!("openssl_ed25519.pem");
const OPENSSL_PUBLIC: &str = include_str!("openssl_ed25519.pub.pem");

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).unwrap()
}

fn trust(keys: &[&SigningKey]) -> TrustedKeys {
    keys.iter().map(|key| key.public()).collect()
}

fn signed() -> Envelope {
    sign(&key(1), TYPE, b"payload bytes".to_vec())
}

#[test]
fn the_verified_bytes_are_exactly_the_signed_ones() {
    let envelope = signed();
    assert_eq!(
        verify(&envelope, TYPE, &trust(&[&key(1)])),
        Ok(b"payload bytes".as_slice())
    );
}

#[test]
fn any_flipped_bit_of_payload_or_signature_is_refused() {
    let keys = trust(&[&key(1)]);
    let length = signed().payload.len();
    for position in 0..length + 64 {
        for bit in 0..8 {
            let mut envelope = signed();
            match position.checked_sub(length) {
                None => envelope.payload[position] ^= 1 << bit,
                Some(at) => envelope.signatures[0].signature[at] ^= 1 << bit,
            }
            assert_eq!(
                verify(&envelope, TYPE, &keys),
                Err(EnvelopeFault::NotTrusted)
            );
        }
    }
}

#[test]
fn an_envelope_of_another_type_is_refused_even_with_a_good_signature() {
    let envelope = sign(&key(1), "text/plain", b"payload bytes".to_vec());
    let refused = verify(&envelope, TYPE, &trust(&[&key(1)]));
    assert!(matches!(refused, Err(EnvelopeFault::WrongType { .. })));
    let mut renamed = envelope;
    renamed.payload_type = TYPE.to_owned();
    assert_eq!(
        verify(&renamed, TYPE, &trust(&[&key(1)])),
        Err(EnvelopeFault::NotTrusted)
    );
}

#[test]
fn an_unknown_key_is_refused_whatever_key_id_it_claims() {
    let mut envelope = sign(&key(2), TYPE, b"payload bytes".to_vec());
    envelope.signatures[0].key_id = key(1).public().key_id().to_string();
    assert_eq!(
        verify(&envelope, TYPE, &trust(&[&key(1)])),
        Err(EnvelopeFault::NotTrusted)
    );
}

#[test]
fn the_key_id_is_a_hint_and_decides_nothing() {
    let mut envelope = signed();
    envelope.signatures[0].key_id = "somebody else".to_owned();
    assert!(verify(&envelope, TYPE, &trust(&[&key(3), &key(1)])).is_ok());
}

#[test]
fn an_unsigned_or_overloaded_envelope_is_refused() {
    let mut envelope = signed();
    let signature = envelope.signatures.remove(0);
    assert_eq!(
        verify(&envelope, TYPE, &trust(&[&key(1)])),
        Err(EnvelopeFault::Unsigned)
    );
    envelope.signatures = vec![signature; SIGNATURES_MAX + 1];
    assert_eq!(
        verify(&envelope, TYPE, &trust(&[&key(1)])),
        Err(EnvelopeFault::TooManySignatures)
    );
}

#[test]
fn keys_made_by_openssl_are_read_and_keys_survive_their_own_pem() {
    let ours = SigningKey::from_pkcs8_pem(OPENSSL_PRIVATE).unwrap();
    assert_eq!(
        ours.public(),
        VerifyingKey::from_spki_pem(OPENSSL_PUBLIC).unwrap()
    );
    assert_eq!(ours.public().to_spki_pem(), OPENSSL_PUBLIC);
    let again = SigningKey::from_pkcs8_pem(&ours.to_pkcs8_pem().unwrap()).unwrap();
    assert_eq!(again.public(), ours.public());
    assert!(VerifyingKey::from_spki_pem(OPENSSL_PRIVATE).is_err());
    assert!(SigningKey::from_pkcs8_pem("not a key").is_err());
}

proptest! {
    #[test]
    fn another_payload_under_the_same_signature_is_refused(other in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut envelope = signed();
        prop_assume!(other != envelope.payload);
        envelope.payload = other;
        prop_assert_eq!(verify(&envelope, TYPE, &trust(&[&key(1)])), Err(EnvelopeFault::NotTrusted));
    }
}
