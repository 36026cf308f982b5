//! An authenticator in software: what a phone or a security key and the browser before it answer
//! (WebAuthn Level 3 §6). It lies where a test tells it to.
use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// Where the service under test is, for browsers.
pub(crate) const ORIGIN: &str = "https://watchtower.example";
const RP_ID: &str = "watchtower.example";

/// User present, user verified, attested credential data (§6.1).
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// One passkey, and how its holder and browser behave.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    pub(crate) id: [u8; 16],
    /// Whom it says it belongs to; given at registration.
    pub(crate) handle: Vec<u8>,
    pub(crate) counter: u32,
    /// Where the browser stands.
    pub(crate) origin: String,
    /// For whom it signs.
    pub(crate) rp_id: String,
    /// Whether its holder proved who they are.
    pub(crate) verified: bool,
}

impl Authenticator {
    pub(crate) fn new() -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: rand::random(),
            handle: Vec::new(),
            counter: 0,
            origin: ORIGIN.to_owned(),
            rp_id: RP_ID.to_owned(),
            verified: true,
        }
    }

    /// Answers `navigator.credentials.create`.
    pub(crate) fn makes(&mut self, options: &Value) -> String {
        self.handle = decode(options.pointer("/user/id").unwrap());
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        data.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": h'…'}
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend(data);
        json!({
            "id": encode(&self.id),
            "rawId": encode(&self.id),
            "type": "public-key",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "attestationObject": encode(&attestation),
                "clientDataJSON": encode(client_data.as_bytes()),
                "transports": ["internal", "hybrid"],
            },
        })
        .to_string()
    }

    /// Answers `navigator.credentials.get`.
    pub(crate) fn signs(&mut self, options: &Value) -> String {
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let hash = digest::digest(&digest::SHA256, client_data.as_bytes());
        let signed = [data.as_slice(), hash.as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": encode(&self.id),
            "rawId": encode(&self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "authenticatorData": encode(&data),
                "clientDataJSON": encode(client_data.as_bytes()),
                "signature": encode(signature.as_ref()),
                "userHandle": encode(&self.handle),
            },
        })
        .to_string()
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        })
        .to_string()
    }

    /// Authenticator data without what is attested (§6.1).
    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verified { VERIFIED } else { 0 };
        let mut data = digest::digest(&digest::SHA256, self.rp_id.as_bytes())
            .as_ref()
            .to_vec();
        data.push(flags | PRESENT | verified);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key as COSE writes it: EC2, ES256, P-256 (RFC 9053 §7.1).
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = (point.get(1..33).unwrap(), point.get(33..65).unwrap());
        [
            b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(),
            x,
            b"\x22\x58\x20",
            y,
        ]
        .concat()
    }
}

fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn decode(text: &Value) -> Vec<u8> {
    BASE64URL_NOPAD
        .decode(text.as_str().unwrap().as_bytes())
        .unwrap()
}
