//! TLS versions by hand: a `ClientHello` goes out, the `ServerHello` is read, the handshake is left.
//!
//! A TLS library of today cannot speak SSL 3.0 to TLS 1.1 or weak suites; this does, and needs no
//! cryptography for it. RFC 6101, 2246, 4346, 5246, 8446.
use std::time::Duration;

use tokio::net::TcpStream;

use super::wire::{Heard, hear_until, say};

/// SSL 3.0 on the wire.
pub(crate) const SSL_3: u16 = 0x0300;
/// TLS 1.0 on the wire.
pub(crate) const TLS_1_0: u16 = 0x0301;
/// TLS 1.1 on the wire.
pub(crate) const TLS_1_1: u16 = 0x0302;
/// TLS 1.2 on the wire.
pub(crate) const TLS_1_2: u16 = 0x0303;
/// TLS 1.3 on the wire.
pub(crate) const TLS_1_3: u16 = 0x0304;

/// Suites offered below TLS 1.3: what servers of any age accept.
const SUITES_ALL: &[u16] = &[
    0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc024,
    0xc027, 0xc028, 0x009c, 0x009d, 0x009e, 0x009f, 0x002f, 0x0035, 0x003c, 0x003d, 0x0033, 0x0039,
    0x0067, 0x006b, 0x0032, 0x0038, 0xc007, 0xc011, 0xc008, 0xc012, 0x0005, 0x0004, 0x000a, 0x0016,
    0x0013, 0x0041, 0x0084, 0x0096,
];
/// NULL, anonymous, export, RC4, DES and 3DES suites: none may be accepted (RFC 9325 §4.1).
const SUITES_WEAK: &[u16] = &[
    0x0001, 0x0002, 0x003b, 0xc006, 0xc010, 0x0018, 0x001b, 0x0034, 0x003a, 0x006c, 0xc018, 0xc019,
    0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0019, 0x0004, 0x0005, 0xc007, 0xc011,
    0x0009, 0x000c, 0x0012, 0x0015, 0x001a, 0x000a, 0x000d, 0x0010, 0x0013, 0x0016, 0xc008, 0xc012,
];
const SUITES_13: &[u16] = &[0x1301, 0x1302, 0x1303];
/// x25519 and the NIST curves.
const GROUPS: &[u16] = &[0x001d, 0x0017, 0x0018, 0x0019];
/// Signature schemes, old ones included: the point is to be answered.
const SIGNATURES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
    0x0202,
];

/// What to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer<'a> {
    /// Exactly this version.
    Version(u16),
    /// TLS 1.2 and below with only weak suites.
    WeakSuites,
    /// Exactly this version and these suites.
    Suites {
        version: u16,
        suites: &'a [u16],
        /// Whether to wait for the certificates too.
        wants_chain: bool,
    },
}

/// What a server made of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HelloAnswer {
    /// It chose a version and a suite, and up to TLS 1.2 showed certificates in clear.
    Accepted {
        version: u16,
        suite: u16,
        certificates: Vec<Vec<u8>>,
    },
    /// It spoke TLS and declined.
    Declined,
    /// It closed without a word: older stacks decline like this.
    Closed,
    /// It spoke something else.
    NotTls,
    /// Nothing in time.
    Silence,
}

/// Sends one offer on a fresh connection and reads the answer.
pub(crate) async fn offer(
    stream: &mut TcpStream,
    what: Offer<'_>,
    server_name: Option<&str>,
    random: &[u8; 32],
    patience: Duration,
) -> HelloAnswer {
    if !say(stream, &client_hello(what, server_name, random), patience).await {
        return HelloAnswer::Closed;
    }
    // Below 1.3 the certificate follows in the same flight, so wait for more than the hello.
    let wants_chain = !matches!(
        what,
        Offer::Suites {
            wants_chain: false,
            ..
        }
    );
    let is_whole = |heard: &[u8]| match read_flight(heard) {
        Flight::NeedsMore => false,
        Flight::Done(HelloAnswer::Accepted {
            version,
            certificates,
            ..
        }) => !wants_chain || version >= TLS_1_3 || !certificates.is_empty() || heard.len() > 7_000,
        Flight::Done(_) => true,
    };
    match hear_until(stream, patience, is_whole).await {
        Heard::Bytes(heard) => match read_flight(&heard) {
            Flight::Done(answer) => answer,
            Flight::NeedsMore => HelloAnswer::NotTls,
        },
        Heard::Closed => HelloAnswer::Closed,
        Heard::Silence => HelloAnswer::Silence,
    }
}

fn client_hello(what: Offer<'_>, server_name: Option<&str>, random: &[u8; 32]) -> Vec<u8> {
    let (version, suites) = match what {
        Offer::Version(TLS_1_3) => (TLS_1_3, SUITES_13),
        Offer::Version(version) => (version, SUITES_ALL),
        Offer::WeakSuites => (TLS_1_2, SUITES_WEAK),
        Offer::Suites {
            version, suites, ..
        } => (version, suites),
    };
    let legacy = version.min(TLS_1_2);
    let mut body = Vec::with_capacity(512);
    body.extend_from_slice(&legacy.to_be_bytes());
    body.extend_from_slice(random);
    if version == TLS_1_3 {
        body.push(32); // middlebox compatibility, RFC 8446 §D.4
        body.extend_from_slice(random);
    } else {
        body.push(0);
    }
    let mut list: Vec<u8> = suites.iter().flat_map(|s| s.to_be_bytes()).collect();
    list.extend_from_slice(&[0x00, 0xff]); // TLS_EMPTY_RENEGOTIATION_INFO_SCSV
    push_block16(&mut body, &list);
    body.extend_from_slice(&[1, 0]); // no compression
    if version > SSL_3 {
        push_block16(&mut body, &extensions(version, server_name, random));
    }
    let mut message = vec![0x01, 0];
    message.extend_from_slice(&len16(&body));
    message.extend_from_slice(&body);
    let mut record = vec![0x16];
    record.extend_from_slice(&legacy.clamp(SSL_3, TLS_1_0).to_be_bytes());
    push_block16(&mut record, &message);
    record
}

fn extensions(version: u16, server_name: Option<&str>, random: &[u8; 32]) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(name) = server_name {
        let mut entry = vec![0];
        push_block16(&mut entry, name.as_bytes());
        let mut list = Vec::new();
        push_block16(&mut list, &entry);
        push_extension(&mut out, 0x0000, &list);
    }
    push_extension(&mut out, 0x000a, &block16(&words(GROUPS)));
    push_extension(&mut out, 0x000b, &[1, 0]);
    if version >= TLS_1_2 {
        push_extension(&mut out, 0x000d, &block16(&words(SIGNATURES)));
    }
    if version == TLS_1_3 {
        push_extension(&mut out, 0x002b, &[2, 0x03, 0x04]);
        // Any 32 bytes are a valid x25519 share (RFC 7748 §5).
        let mut share = words(&[0x001d]);
        push_block16(&mut share, random);
        push_extension(&mut out, 0x0033, &block16(&share));
        push_extension(&mut out, 0x002d, &[1, 1]);
    }
    out
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_be_bytes()).collect()
}

fn block16(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    push_block16(&mut out, bytes);
    out
}

fn len16(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()
}

fn push_block16(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&len16(bytes));
    out.extend_from_slice(bytes);
}

fn push_extension(out: &mut Vec<u8>, kind: u16, bytes: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    push_block16(out, bytes);
}

enum Flight {
    NeedsMore,
    Done(HelloAnswer),
}

const RECORD_ALERT: u8 = 0x15;
const RECORD_HANDSHAKE: u8 = 0x16;
const MESSAGE_SERVER_HELLO: u8 = 0x02;
const MESSAGE_CERTIFICATE: u8 = 0x0b;
const EXTENSION_SUPPORTED_VERSIONS: u16 = 0x002b;

/// The certificates that a server's bytes show, whatever else they are.
pub(super) fn certificates_of(heard: &[u8]) -> Vec<Vec<u8>> {
    match read_flight(heard) {
        Flight::Done(HelloAnswer::Accepted { certificates, .. }) => certificates,
        _ => Vec::new(),
    }
}

/// Joins handshake records and reads the first messages.
fn read_flight(heard: &[u8]) -> Flight {
    let mut rest = heard;
    let mut handshake = Vec::new();
    loop {
        let [kind, major, _, h, l, body @ ..] = rest else {
            let is_foreign = rest
                .first()
                .is_some_and(|kind| !matches!(*kind, 0x14..=0x17));
            if is_foreign {
                return Flight::Done(HelloAnswer::NotTls);
            }
            break;
        };
        if *major != 3 || !matches!(*kind, 0x14..=0x17) {
            return if handshake.is_empty() {
                Flight::Done(HelloAnswer::NotTls)
            } else {
                break;
            };
        }
        let length = usize::from(u16::from_be_bytes([*h, *l]));
        if *kind == RECORD_ALERT && handshake.is_empty() {
            return Flight::Done(HelloAnswer::Declined);
        }
        if *kind != RECORD_HANDSHAKE {
            break;
        }
        let Some((whole, next)) = body.split_at_checked(length) else {
            handshake.extend_from_slice(body);
            break;
        };
        handshake.extend_from_slice(whole);
        rest = next;
    }
    read_messages(&handshake)
}

fn read_messages(mut handshake: &[u8]) -> Flight {
    let mut chosen = None;
    let mut certificates = Vec::new();
    while let [kind, a, b, c, body @ ..] = handshake {
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let Some((message, next)) = body.split_at_checked(length) else {
            break;
        };
        match *kind {
            MESSAGE_SERVER_HELLO => chosen = server_hello(message),
            MESSAGE_CERTIFICATE => certificates = certificate_list(message),
            _ => {}
        }
        handshake = next;
    }
    match chosen {
        Some((version, suite)) => Flight::Done(HelloAnswer::Accepted {
            version,
            suite,
            certificates,
        }),
        None => Flight::NeedsMore,
    }
}

/// Version (the extension's, where there is one) and suite.
fn server_hello(message: &[u8]) -> Option<(u16, u16)> {
    let (version, rest) = take16(message)?;
    let rest = rest.get(32..)?;
    let (session_len, rest) = rest.split_first()?;
    let rest = rest.get(usize::from(*session_len)..)?;
    let (suite, rest) = take16(rest)?;
    let mut chosen = version;
    if let Some((_, mut extensions)) = rest.get(1..).and_then(take16) {
        while let Some((kind, after)) = take16(extensions) {
            let (length, after) = take16(after)?;
            let (body, next) = after.split_at_checked(usize::from(length))?;
            if kind == EXTENSION_SUPPORTED_VERSIONS {
                chosen = take16(body)?.0;
            }
            extensions = next;
        }
    }
    Some((chosen, suite))
}

fn take16(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let [high, low, rest @ ..] = bytes else {
        return None;
    };
    Some((u16::from_be_bytes([*high, *low]), rest))
}

/// Most certificates kept of a chain; real ones have two to four.
pub(crate) const CHAIN_MAX: usize = 10;

fn certificate_list(message: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = message.get(3..).unwrap_or_default();
    let mut list = Vec::new();
    while let [a, b, c, body @ ..] = rest {
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let Some((der, next)) = body.split_at_checked(length) else {
            break;
        };
        if list.len() < CHAIN_MAX {
            list.push(der.to_vec());
        }
        rest = next;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::{Flight, HelloAnswer, Offer, SSL_3, TLS_1_3, client_hello, read_flight};

    #[test]
    fn a_hello_states_its_own_length_and_ssl3_has_no_extensions() {
        for version in SSL_3..=TLS_1_3 {
            let hello = client_hello(Offer::Version(version), Some("example.com"), &[7; 32]);
            let stated = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
            assert_eq!(stated, hello.len() - 5);
            let has_name = hello.windows(11).any(|w| w == b"example.com");
            assert_eq!(has_name, version > SSL_3);
        }
    }

    #[test]
    fn the_supported_versions_extension_decides() {
        let mut hello = vec![0x03, 0x03];
        hello.extend([9; 32]);
        hello.extend([0, 0x13, 0x01, 0, 0, 6, 0, 0x2b, 0, 2, 3, 4]);
        let mut record = vec![
            0x16,
            3,
            3,
            0,
            u8::try_from(hello.len() + 4).unwrap(),
            2,
            0,
            0,
        ];
        record.push(u8::try_from(hello.len()).unwrap());
        record.extend(&hello);
        assert!(matches!(
            read_flight(&record),
            Flight::Done(HelloAnswer::Accepted {
                version: TLS_1_3,
                suite: 0x1301,
                ..
            })
        ));
        for cut in 1..record.len() {
            assert!(
                matches!(read_flight(&record[..cut]), Flight::NeedsMore),
                "{cut}"
            );
        }
    }

    #[test]
    fn alerts_decline_and_other_words_are_not_tls() {
        let alert = [0x15, 3, 1, 0, 2, 2, 70];
        assert!(matches!(
            read_flight(&alert),
            Flight::Done(HelloAnswer::Declined)
        ));
        assert!(matches!(
            read_flight(b"HTTP/1.1 400 Bad"),
            Flight::Done(HelloAnswer::NotTls)
        ));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = read_flight(&bytes);
            let mut framed = vec![0x16, 3, 3];
            framed.extend(u16::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
            framed.extend(&bytes);
            let _ = read_flight(&framed);
        }
    }
}
