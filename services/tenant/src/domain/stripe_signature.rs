//! The signature of a webhook: HMAC-SHA256 over `t.body` (promises P10).
//!
//! The header is `t=<seconds>,v1=<hex>[,v1=<hex>…]`: while a signing secret is being replaced there
//! is one signature for each, and other schemes may stand beside them.
use aws_lc_rs::hmac;
use time::OffsetDateTime;

/// How far the time of signing may be from now, either way: the provider signs each try anew, so
/// an older one is a replay.
const TOLERANCE_SECONDS: i64 = 300;
/// Most signatures looked at: two while a secret is replaced, and room.
const SIGNATURES_MAX: usize = 8;

/// The header proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotSigned;

/// Checks that `body` was signed with `secret` close to `now`.
pub(crate) fn verify(
    secret: &str,
    header: &str,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), NotSigned> {
    let (mut at, mut signatures) = (None, Vec::new());
    for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
        match name.trim() {
            "t" => at = Some(value.trim()),
            "v1" if signatures.len() < SIGNATURES_MAX => signatures.push(value.trim()),
            _ => {}
        }
    }
    let at = at.ok_or(NotSigned)?;
    let seconds: i64 = at.parse().map_err(|_| NotSigned)?;
    let off = seconds.checked_sub(now.unix_timestamp()).ok_or(NotSigned)?;
    if off.unsigned_abs() > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(NotSigned);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let message = [at.as_bytes(), b".", body].concat();
    // Compared in constant time.
    let genuine = signatures.iter().any(|signature| {
        hex::decode(signature).is_ok_and(|tag| hmac::verify(&key, &message, &tag).is_ok())
    });
    if genuine { Ok(()) } else { Err(NotSigned) }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use time::{Duration, OffsetDateTime};

    use super::{NotSigned, verify};

    const SECRET: &str = "whsec_of_a_test";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap()
    }

    fn signed(secret: &str, at: &str, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let message = [at.as_bytes(), b".", body].concat();
        hex::encode(hmac::sign(&key, &message))
    }

    #[test]
    fn a_genuine_signature_is_one_of_those_sent() {
        let right = signed(SECRET, "1700000000", BODY);
        let other = signed("whsec_before", "1700000000", BODY);
        for header in [
            format!("t=1700000000,v1={right}"),
            format!("t=1700000000,v1={other},v1={right}"),
            format!("v1={right}, t=1700000000 ,v0=00"),
        ] {
            assert_eq!(verify(SECRET, &header, BODY, now()), Ok(()), "{header}");
        }
    }

    #[test]
    fn nothing_else_is_taken() {
        let right = signed(SECRET, "1700000000", BODY);
        let other = signed("whsec_of_others", "1700000000", BODY);
        for header in [
            String::new(),
            "t=1700000000".to_owned(),
            format!("v1={right}"),
            format!("t=1700000000,v1={other}"),
            // The scheme before, and a signature that is cut or not hex.
            format!("t=1700000000,v0={right}"),
            format!("t=1700000000,v1={}", right.get(..62).unwrap_or_default()),
            "t=1700000000,v1=xyz".to_owned(),
            "t=1700000000,v1=".to_owned(),
            format!("t=abc,v1={right}"),
            format!("t=1700000001,v1={right}"),
            format!("t=-9223372036854775808,v1={right}"),
        ] {
            assert_eq!(
                verify(SECRET, &header, BODY, now()),
                Err(NotSigned),
                "{header}"
            );
        }
        let header = format!("t=1700000000,v1={right}");
        assert_eq!(
            verify(SECRET, &header, br#"{"id":"evt_2"}"#, now()),
            Err(NotSigned)
        );
    }

    #[test]
    fn a_replay_is_taken_for_five_minutes_and_no_longer() {
        let header = format!("t=1700000000,v1={}", signed(SECRET, "1700000000", BODY));
        for (seconds, taken) in [(300, true), (301, false), (-300, true), (-301, false)] {
            let later = now() + Duration::seconds(seconds);
            assert_eq!(
                verify(SECRET, &header, BODY, later).is_ok(),
                taken,
                "{seconds}"
            );
        }
    }
}
