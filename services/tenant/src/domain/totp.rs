//! One-time codes of an authenticator app (RFC 6238) and the codes for the day it is lost.
//!
//! Thirty lines of HMAC instead of a crate: what matters here is which step a code was for, so
//! that each works once, and no crate says that.

use aws_lc_rs::{constant_time, hmac};
use time::{Duration, OffsetDateTime};

/// Seconds a code is good for; what every app assumes.
const STEP_SECONDS: i64 = 30;
/// Steps a clock may be off, each way (RFC 6238 §5.2).
const DRIFT_STEPS: i64 = 1;
/// Digits of a code.
const DIGITS: usize = 6;
/// Seed length: RFC 4226 §4 asks for 128 bits and recommends 160.
pub(crate) const SEED_BYTES: usize = 20;
/// Recovery codes given out at once.
pub(crate) const RECOVERY_CODES: usize = 10;
/// 80 bits each: a stolen hash is not searched through.
pub(crate) const RECOVERY_BYTES: usize = 10;
/// Wrong codes of one person in [`FAILURES_WITHIN`]; a guesser then has 10 in 333,333 chances a
/// quarter of an hour, and needs the password first.
const FAILURES_MAX: i32 = 10;
/// See [`FAILURES_MAX`].
pub(crate) const FAILURES_WITHIN: Duration = Duration::minutes(15);
/// How long a sign-in waits for its second factor.
pub(crate) const CHALLENGE_LIFETIME: Duration = Duration::minutes(5);

/// What somebody typed for a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Six digits.
    Code(String),
    /// A recovery code, in the form that is hashed.
    Recovery(String),
}

/// Reads what was typed; spaces and dashes are for the eye.
pub(crate) fn typed(text: &str) -> Typed {
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(64)
        .collect();
    if text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Typed::Code(text)
    } else {
        Typed::Recovery(text.to_ascii_lowercase())
    }
}

/// The step a code is for, if it is one of the steps around now that was not used yet.
pub(crate) fn step_of(seed: &[u8], code: &str, now: OffsetDateTime, last_step: i64) -> Option<i64> {
    let this = now.unix_timestamp().div_euclid(STEP_SECONDS);
    (this - DRIFT_STEPS..=this + DRIFT_STEPS)
        .filter(|step| *step > last_step)
        .find(|step| {
            let right = code_at(seed, *step);
            constant_time::verify_slices_are_equal(right.as_bytes(), code.as_bytes()).is_ok()
        })
}

/// The code of a step (RFC 4226 §5.3).
fn code_at(seed: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let number = tag
        .iter()
        .skip(offset)
        .take(4)
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
        & 0x7fff_ffff;
    format!("{:0DIGITS$}", number % 1_000_000)
}

/// What an app reads from a QR code (the `otpauth` key URI format).
pub(crate) fn uri(seed: &[u8], account: &str) -> String {
    let account: String = account.bytes().map(escaped).collect();
    format!(
        "otpauth://totp/Watchtower:{account}?secret={}&issuer=Watchtower&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
        seed_text(seed)
    )
}

/// The seed as people type it.
pub(crate) fn seed_text(seed: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(seed)
}

fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// A recovery code as it is shown: four groups of four.
pub(crate) fn recovery_code(random: &[u8; RECOVERY_BYTES]) -> String {
    let text = data_encoding::BASE32_NOPAD
        .encode(random)
        .to_ascii_lowercase();
    let groups: Vec<String> = text
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join("-")
}

/// How long a person with so many wrong codes since then has to wait; none if they may try.
pub(crate) fn wait(
    now: OffsetDateTime,
    failures: i32,
    failures_since: OffsetDateTime,
) -> Option<Duration> {
    let end = failures_since + FAILURES_WITHIN;
    (failures >= FAILURES_MAX && now < end).then(|| end - now)
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{FAILURES_MAX, Typed, code_at, recovery_code, step_of, typed, uri, wait};

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(SEED, seconds / 30), code, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_a_step_each_way_and_once() {
        let now = OffsetDateTime::from_unix_timestamp(59).unwrap();
        assert_eq!(step_of(SEED, "287082", now, 0), Some(1));
        assert_eq!(step_of(SEED, "287082", now, 1), None);
        let later = now + Duration::seconds(30);
        assert_eq!(step_of(SEED, "287082", later, 0), Some(1));
        let too_late = now + Duration::seconds(61);
        assert_eq!(step_of(SEED, "287082", too_late, 0), None);
        for wrong in ["287083", "", "28708", "2870820"] {
            assert_eq!(step_of(SEED, wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_typed_is_read_as_it_is_meant() {
        assert_eq!(typed(" 287 082 "), Typed::Code("287082".to_owned()));
        let code = recovery_code(&[0xff; 10]);
        assert_eq!(code, "7777-7777-7777-7777");
        assert_eq!(
            typed(&code.to_uppercase()),
            Typed::Recovery("7777777777777777".to_owned())
        );
    }

    #[test]
    fn an_address_cannot_add_to_the_uri() {
        let uri = uri(SEED, "a&secret=b@example.com");
        assert!(
            uri.contains("Watchtower:a%26secret%3Db@example.com?secret=GEZD"),
            "{uri}"
        );
        assert_eq!(uri.matches("secret=").count(), 1);
    }

    #[test]
    fn a_guesser_waits() {
        let since = OffsetDateTime::UNIX_EPOCH;
        let soon = since + Duration::minutes(1);
        assert_eq!(wait(soon, FAILURES_MAX - 1, since), None);
        assert_eq!(wait(soon, FAILURES_MAX, since), Some(Duration::minutes(14)));
        assert_eq!(wait(since + Duration::minutes(15), 1_000, since), None);
    }
}
