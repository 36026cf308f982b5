//! What counts as a secret, and what does not.
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{COVER, Covered, LOOKED_AT, SHAPES, shapes};

fn hide(text: &str) -> String {
    Covered::default().cover_text(text).0
}

#[test]
fn every_shape_is_one() {
    assert_eq!(SHAPES.len(), shapes().len());
}

#[test]
fn what_looks_like_a_secret_is_covered_and_nothing_beside_it() {
    // Put together here, so that nothing that looks for keys in this source finds one.
    let aws = format!("AKIA{}", "IOSFODNN7EXAMPLE");
    let github = format!("ghp_{}", "x".repeat(36));
    let jwt = format!("eyJ{}.eyJzdWIiOiIx.c2lnbmF0dXJl", "hbGciOiJ");
    let key = |of: &str, inner: &str| format!("-----BEGIN {of}-----{inner}-----END {of}-----");
    for (text, shown) in [
        (
            "DB_PASSWORD=hunter2\nDB_HOST=db",
            "DB_PASSWORD=•\nDB_HOST=db",
        ),
        (
            r#"{"api_key": "abc def", "name": "x"}"#,
            r#"{"api_key": "•", "name": "x"}"#,
        ),
        (r#"'password' => 'a"b',"#, "'password' => '•',"),
        (
            "GET /?access_token=abcdef&page=2",
            "GET /?access_token=•&page=2",
        ),
        ("a=1&token=abcdef&sid=123456", "a=1&token=•&sid=•"),
        ("authorization: Bearer abc.def", "authorization: Bearer •"),
        (
            "Authorization: Basic YWRtaW46YWRtaW4=\r\nA: b",
            "Authorization: Basic •\r\nA: b",
        ),
        ("X-Api-Key: 12345678", "X-Api-Key: •"),
        (
            "Set-Cookie: PHPSESSID=abc123; Path=/; HttpOnly",
            "Set-Cookie: PHPSESSID=•; Path=/; HttpOnly",
        ),
        (
            "url = https://ann:hunter2@git.example/a",
            "url = https://ann:•@git.example/a",
        ),
        (&format!("seen {aws} here"), "seen • here"),
        (&format!("seen {github}"), "seen •"),
        (&format!("x={jwt}"), "x=•"),
        (
            &key("RSA PRIVATE KEY", "\nMIIE\n"),
            &key("RSA PRIVATE KEY", "•"),
        ),
    ] {
        assert_eq!(hide(text), shown.replace('•', COVER), "{text}");
    }
}

#[test]
fn what_is_no_secret_is_shown() {
    for text in [
        "HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Type: text/html",
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "WWW-Authenticate: Basic realm=\"Your password please\"",
        "auth: true",
        "author: ann",
        "the password is required",
        "https://example.com:8443/path@here",
        "SSH-2.0-OpenSSH_9.6",
    ] {
        assert_eq!(hide(text), text);
    }
}

#[test]
fn a_value_is_covered_wherever_the_evidence_repeats_it() {
    let mut covered = Covered::default();
    covered.learn(b"DB_PASSWORD=hunter2");
    assert_eq!(
        covered.cover_text("matched hunter2").0,
        format!("matched {COVER}")
    );
    let attributes = [
        ("product", "nginx"),
        ("api_key", "k-123456"),
        ("seen", "hunter2"),
    ];
    let attributes: BTreeMap<_, _> = attributes
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let (shown, names) = covered.cover_named(attributes);
    assert_eq!(names, ["api_key", "seen"]);
    assert_eq!(shown["api_key"], COVER);
    assert_eq!(shown["seen"], COVER);
    assert_eq!(shown["product"], "nginx");
}

#[test]
fn what_is_too_long_to_be_looked_through_is_covered() {
    let text = "a ".repeat(LOOKED_AT);
    let (shown, covered) = Covered::default().cover_text(&text);
    assert_eq!((shown.len(), covered), (LOOKED_AT + COVER.len(), 1));
}

/// What backtracks would take minutes for one of them.
#[test]
fn it_ends_on_whatever_a_host_sends() {
    for piece in [
        "password_",
        "password=abc",
        "a_",
        "a.",
        "token ",
        "cookie:",
        "x-",
        "a://:",
        "-----BEGIN PRIVATE KEY-----",
        "eyJaaaaaaaa.",
    ] {
        let text = piece.repeat(100_000 / piece.len());
        let mut covered = Covered::default();
        covered.learn(text.as_bytes());
        let (shown, many) = covered.cover(text.as_bytes());
        assert!(many > 0 || shown == text.as_bytes(), "{piece}");
    }
}

proptest! {
    #[test]
    fn no_value_that_was_learnt_is_left(
        before in "[ -~]{0,40}", value in "[a-zA-Z0-9]{4,40}", after in "[ -~]{0,40}",
    ) {
        prop_assume!(!["true", "false", "null", "none", "basic", "bearer", "digest", "undefined",
            "required"].contains(&value.to_lowercase().as_str()));
        let mut covered = Covered::default();
        covered.learn(format!("password={value}").as_bytes());
        let (shown, many) = covered.cover_text(&format!("{before}{value}{after}"));
        prop_assert!(!shown.contains(&value));
        prop_assert!(many >= 1);
    }

    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let mut covered = Covered::default();
        covered.learn(&bytes);
        let (shown, many) = covered.cover(&bytes);
        prop_assert!(many > 0 || shown == bytes);
    }
}
