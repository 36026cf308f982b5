//! The `Message-ID` of a mail: the same for every attempt, so that a retry is not a second mail.

use sha2::{Digest, Sha256};

use super::address::MailAddress;

/// Hex digits kept of the digest: 128 bits, never the same for two mails.
const DIGITS: usize = 32;

/// The id of the mail about `about` (a run, a message) to `recipient`, sent from `domain` (RFC 5322 §3.6.4).
/// Mailboxes drop a second mail with an id they have, which makes delivery effectively once.
pub(crate) fn message_id(about: &str, recipient: &MailAddress, domain: &str) -> String {
    let mut hash = Sha256::new();
    // Length first: no two pairs of texts run together into one.
    for text in [about, recipient.as_str()] {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    }
    let digest: String = hex::encode(hash.finalize()).chars().take(DIGITS).collect();
    format!("<{digest}@{domain}>")
}

#[cfg(test)]
mod tests {
    use super::message_id;

    #[test]
    fn it_depends_on_run_and_recipient_and_on_nothing_else() {
        let (ann, bob) = (
            "ann@example.com".parse().unwrap(),
            "bob@example.com".parse().unwrap(),
        );
        let first = message_id("run_1", &ann, "wt.example");
        assert_eq!(first, message_id("run_1", &ann, "wt.example"));
        assert_ne!(first, message_id("run_1", &bob, "wt.example"));
        assert_ne!(first, message_id("run_2", &ann, "wt.example"));
        assert_eq!(first.len(), "<@wt.example>".len() + 32);
    }
}
