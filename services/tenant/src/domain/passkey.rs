//! What is known of passkeys without asking anybody: limits, handles, what a browser is asked for.

use serde_json::{Value, json};
use time::Duration;
use ulid::Ulid;

/// How long a browser's ceremony may take; what people need to find a key and touch it.
pub(crate) const CEREMONY_LIFETIME: Duration = Duration::minutes(5);
/// Passkeys of one person: several devices and keys, no storage for anybody's use.
pub(crate) const PASSKEYS_MAX: i64 = 20;
/// Longest answer of a browser that is read: an attestation with certificates is a few KiB.
pub(crate) const ANSWER_BYTES_MAX: usize = 32 * 1024;

/// The handle an authenticator keeps for a person: it names them without telling who they are
/// (WebAuthn Level 3 §14.6.1).
pub(crate) fn handle(person: Ulid) -> [u8; 16] {
    person.to_bytes()
}

/// Asks for a passkey that needs no name typed: the library asks for the opposite, so that small
/// security keys do not fill up.
pub(crate) fn discoverable(mut options: Value) -> Value {
    let selection = options.get_mut("authenticatorSelection");
    if let Some(selection) = selection.and_then(Value::as_object_mut) {
        selection.insert("residentKey".to_owned(), json!("required"));
        selection.insert("requireResidentKey".to_owned(), json!(true));
    }
    options
}

/// Lets only these credentials answer.
pub(crate) fn only(mut options: Value, credential_ids: &[Vec<u8>]) -> Value {
    let allowed: Vec<Value> = credential_ids
        .iter()
        .map(|id| json!({ "type": "public-key", "id": data_encoding::BASE64URL_NOPAD.encode(id) }))
        .collect();
    if let Some(options) = options.as_object_mut() {
        options.insert("allowCredentials".to_owned(), Value::Array(allowed));
    }
    options
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{discoverable, only};

    #[test]
    fn a_passkey_is_asked_for_that_needs_no_name() {
        let asked = discoverable(json!({
            "authenticatorSelection": { "residentKey": "discouraged", "userVerification": "required" }
        }));
        assert_eq!(
            asked["authenticatorSelection"],
            json!({ "residentKey": "required", "requireResidentKey": true, "userVerification": "required" })
        );
    }

    #[test]
    fn only_the_named_credentials_may_answer() {
        let asked = only(json!({ "allowCredentials": [] }), &[vec![1, 2, 255]]);
        assert_eq!(
            asked["allowCredentials"],
            json!([{ "type": "public-key", "id": "AQL_" }])
        );
    }
}
