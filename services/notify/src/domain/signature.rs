//! What makes a message genuine and recognisable: the headers of Standard Webhooks.
//!
//! <https://www.standardwebhooks.com>: `webhook-id` is the same for every attempt,
//! `webhook-timestamp` is the attempt's, `webhook-signature` is HMAC-SHA256 over both and the body.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// How a signing secret begins as text.
const SECRET_PREFIX: &str = "whsec_";
/// Random bytes of a secret; the scheme allows 24 to 64.
pub(crate) const SECRET_BYTES: usize = 32;
/// Hex digits kept of the digest in a message's id: 128 bits, never the same for two messages.
const DIGITS: usize = 32;

/// A signing secret as people copy it.
pub(crate) fn secret_text(secret: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(secret))
}

/// The id of part `part` of what `about` (a run, a test) is told to `integration`.
pub(crate) fn message_id(about: &str, integration: &str, part: usize) -> String {
    let mut hash = Sha256::new();
    // Length first: no two rows of texts run together into one.
    for text in [about, integration, &part.to_string()] {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    }
    let digest: String = hex::encode(hash.finalize()).chars().take(DIGITS).collect();
    format!("msg_{digest}")
}

/// The value of `webhook-signature`: one signature a secret, so that a receiver may hold either
/// while the secret is being replaced.
pub(crate) fn signatures(secrets: &[&[u8]], id: &str, seconds: i64, body: &str) -> String {
    let message = format!("{id}.{seconds}.{body}");
    let signed: Vec<String> = secrets
        .iter()
        .map(|secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let tag = hmac::sign(&key, message.as_bytes());
            format!("v1,{}", STANDARD.encode(tag))
        })
        .collect();
    signed.join(" ")
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::{message_id, secret_text, signatures};

    /// The example of the Standard Webhooks specification and of its reference libraries.
    #[test]
    fn it_is_what_the_reference_libraries_sign() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(
            secret_text(&secret),
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        );
        let signed = signatures(
            &[&secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = signatures(&[&secret, b"another"], "a", 1, "b");
        assert_eq!(both.split(' ').count(), 2);
    }

    #[test]
    fn an_id_depends_on_run_integration_and_part() {
        let first = message_id("run_1", "int_1", 1);
        assert_eq!(first, message_id("run_1", "int_1", 1));
        assert_ne!(first, message_id("run_1", "int_1", 2));
        assert_ne!(first, message_id("run_1", "int_2", 1));
        assert_ne!(first, message_id("run_2", "int_1", 1));
        assert_eq!(first.len(), "msg_".len() + 32);
    }
}
