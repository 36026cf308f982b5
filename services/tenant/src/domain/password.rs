//! Which passwords are accepted (NIST SP 800-63B §5.1.1.2: length, and not a common one).

use crate::error::TenantFault;

/// Shortest password.
const CHARS_MIN: usize = 12;
/// Longest password: argon2 takes any length, a request should not.
const BYTES_MAX: usize = 512;
/// The commonest passwords of twelve characters and more, and this product's own name.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "password1234",
    "passwordpassword",
    "qwertyuiopasdf",
    "qwerty123456",
    "1q2w3e4r5t6y",
    "iloveyou1234",
    "administrator",
    "letmein12345",
    "welcome12345",
    "changeme1234",
    "watchtower123",
    "watchtowerwatchtower",
];

/// Refuses what would be guessed first.
pub(crate) fn check(password: &str, email: &str) -> Result<(), TenantFault> {
    let chars = password.chars().count();
    if chars < CHARS_MIN || password.len() > BYTES_MAX {
        let reason = format!("at least {CHARS_MIN} characters, at most {BYTES_MAX} bytes");
        return Err(TenantFault::field("password", reason));
    }
    let lower = password.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let guessable =
        COMMON.contains(&lower.as_str()) || distinct.len() < 4 || lower == email.to_lowercase();
    if guessable {
        return Err(TenantFault::field("password", "too easy to guess"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn short_common_and_repetitive_passwords_are_refused() {
        for bad in [
            "short",
            "passwordpassword",
            "aaaaaaaaaaaaaaaa",
            "ann@example.com",
        ] {
            assert!(check(bad, "Ann@Example.com").is_err(), "{bad}");
        }
        assert!(check("correct horse battery", "ann@example.com").is_ok());
    }
}
