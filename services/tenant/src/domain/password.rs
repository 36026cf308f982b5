//! Which passwords are accepted (NIST SP 800-63B §5.1.1.2: length, and not one that is guessed).
//!
//! No rules about classes of characters: they make passwords worse. Instead the number of
//! guesses is estimated with the `zxcvbn` dictionaries (30,000 leaked passwords, names, words and
//! keyboard walks, with their usual disguises), to which the person's own words are added.

use zxcvbn::{Score, zxcvbn};

use crate::error::TenantFault;

/// Shortest password (ASVS 5 V6.2.1 asks for 8, and recommends 15).
const CHARS_MIN: usize = 12;
/// Longest password, as the API's document says: argon2 takes any length, a request should not.
const CHARS_MAX: usize = 256;
/// Fewer guesses than this scores (10⁸) fall to an afternoon's cracking of a stolen hash.
const SCORE_MIN: Score = Score::Three;
/// What has to be left of a password without the person's own words.
const REST_CHARS_MIN: usize = 8;
/// Every product's name is guessed first.
const OWN_NAME: &str = "watchtower";

/// Refuses what would be guessed first. `person` is what is known of them: address, name.
pub(crate) fn check(password: &str, person: &[&str]) -> Result<(), TenantFault> {
    check_field("password", password, person)
}

/// The same for a password in another field of the request.
pub(crate) fn check_field(field: &str, password: &str, person: &[&str]) -> Result<(), TenantFault> {
    let chars = password.chars().count();
    if !(CHARS_MIN..=CHARS_MAX).contains(&chars) {
        let reason = format!("{CHARS_MIN} to {CHARS_MAX} characters");
        return Err(TenantFault::field(field, reason));
    }
    let lower = password.to_lowercase();
    let words = words_of(person);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let rest = words
        .iter()
        .fold(lower.clone(), |rest, word| rest.replace(word, ""));
    if rest.chars().count() < REST_CHARS_MIN || zxcvbn(&lower, &words).score() < SCORE_MIN {
        return Err(TenantFault::field(
            field,
            "too easy to guess: common, leaked, or made of your name or address",
        ));
    }
    Ok(())
}

/// The person's words, whole and in parts, in lower case.
fn words_of(person: &[&str]) -> Vec<String> {
    let mut words = vec![OWN_NAME.to_owned()];
    for text in person {
        let text = text.to_lowercase();
        words.extend(
            text.split(|c: char| !c.is_alphanumeric())
                .filter(|part| part.chars().count() > 2)
                .map(ToOwned::to_owned),
        );
        if !text.is_empty() {
            words.push(text);
        }
    }
    // The longest first: a part of a word must not leave the rest of it.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::check;

    const ANN: [&str; 2] = ["Ann.Archer@example.com", "Ann Archer"];

    #[test]
    fn short_common_and_repetitive_passwords_are_refused() {
        for bad in [
            "short",
            "passwordpassword",
            "aaaaaaaaaaaaaaaa",
            "123456789012",
            "1q2w3e4r5t6y",
            "qwertyuiopasdf",
            "iloveyou1234",
            "Password1234!",
            "P@ssw0rd1234",
            "letmein12345",
            "watchtower123",
            "Watchtower2026",
            "abcdefghijkl",
        ] {
            assert!(check(bad, &ANN).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_made_of_the_persons_own_words_is_refused() {
        for bad in [
            "Ann.Archer@example.com",
            "annarcher1234",
            "archerarcher",
            "example.com1",
        ] {
            assert!(check(bad, &ANN).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sentence_needs_no_digits() {
        for good in [
            "correct horse battery",
            "a sentence nobody guesses",
            "0f8e3b1c-66c1-4e0f-8c3f-5ad0f1c9a1be",
        ] {
            assert!(check(good, &ANN).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_long_password_is_judged_in_little_time() {
        let long = "ab1!".repeat(64);
        let begun = std::time::Instant::now();
        let _ = check(&long, &ANN);
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }
}
