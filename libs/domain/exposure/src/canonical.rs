//! One spelling for what is the same place: hosts, paths, and fields laid end to end.
use std::{fmt::Write, net::IpAddr};

use sha2::{Digest, Sha256};

/// Hashes fields so that no two lists of fields share an encoding: each is preceded by its
/// length in bytes, 32 bits, big endian.
#[derive(Default)]
pub(crate) struct FieldHasher(Sha256);

impl FieldHasher {
    /// Adds one field. Fields over 4 GiB share a length prefix; nothing here comes near.
    pub(crate) fn field(mut self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// The hash of every field added.
    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// The one spelling of a host: canonical text of an address (brackets dropped, IPv4-mapped IPv6
/// folded to IPv4), else the name in lower case without its trailing dot. Names arrive here in
/// ASCII: IDNA happens once, when an asset is registered.
pub fn fold_host(host: &str) -> String {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => bare.trim_end_matches('.').to_ascii_lowercase(),
    }
}

/// Whether the values in a query tell two findings of one check apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryValues {
    /// They do: `?id=1` and `?id=2` are two findings.
    Kept,
    /// They do not: only the keys count.
    Dropped,
}

/// The one spelling of a path or URL as a discriminator (contracts §5): scheme, authority (with
/// any default port) and fragment dropped, because the subject already names them; dot segments
/// resolved; percent-escapes in upper case and undone where they were not needed (RFC 3986
/// §6.2.2); trailing slash folded; query keys sorted.
pub fn fold_path(text: &str, values: QueryValues) -> String {
    let local = match text.split_once("://") {
        // A scheme holds no slash or question mark: `/go?to=https://…` is a path.
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => rest
            .find(['/', '?', '#'])
            .and_then(|start| rest.get(start..))
            .unwrap_or(""),
        _ => text,
    };
    let local = local.split('#').next().unwrap_or("");
    let (path, query) = match local.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (local, None),
    };
    let path = fold_segments(&fold_escapes(path));
    match query
        .map(|query| fold_query(query, values))
        .filter(|q| !q.is_empty())
    {
        Some(query) => format!("{path}?{query}"),
        None => path,
    }
}

fn fold_query(query: &str, values: QueryValues) -> String {
    let mut pairs: Vec<String> = query
        .split('&')
        .map(|pair| match (pair.split_once('='), values) {
            (Some((name, _)), QueryValues::Dropped) => fold_escapes(name),
            _ => fold_escapes(pair),
        })
        .filter(|pair| !pair.is_empty())
        .collect();
    pairs.sort();
    pairs.dedup();
    pairs.join("&")
}

/// Resolves `.` and `..` (RFC 3986 §5.2.4), folds the trailing slash, and roots the path.
fn fold_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let rooted = path.strip_prefix('/').unwrap_or(path);
    for segment in rooted.split('/') {
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    // Only the slash at the end is folded: an empty segment inside names another resource.
    while kept.last().is_some_and(|last| last.is_empty()) {
        kept.pop();
    }
    format!("/{}", kept.join("/"))
}

/// Upper-cases percent-escapes and undoes those of unreserved characters.
fn fold_escapes(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        folded.push_str(before);
        let byte = escape
            .get(1..3)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let Some(byte) = byte else {
            folded.push('%');
            rest = escape.get(1..).unwrap_or("");
            continue;
        };
        let character = char::from(byte);
        if character.is_ascii_alphanumeric() || "-._~".contains(character) {
            folded.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(folded, "%{byte:02X}");
        }
        rest = escape.get(3..).unwrap_or("");
    }
    folded.push_str(rest);
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{QueryValues, fold_host, fold_path};

    #[test]
    fn spellings_of_one_host_fold_to_one() {
        for (given, folded) in [
            ("WWW.Example.COM.", "www.example.com"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[2001:DB8::0:1]", "2001:db8::1"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(fold_host(given), folded);
        }
    }

    #[test]
    fn spellings_of_one_path_fold_to_one() {
        for (given, folded) in [
            ("", "/"),
            ("/", "/"),
            ("/a/", "/a"),
            ("/a/./b/../c", "/a/c"),
            ("/../../etc", "/etc"),
            ("/%7Euser/%2fx%3a", "/~user/%2Fx%3A"),
            ("/%2e%2e/x", "/x"),
            ("https://example.com:443/a/?b=2&a=1#top", "/a?a=1&b=2"),
            ("http://example.com", "/"),
            ("http://example.com?x", "/?x"),
            ("/a//b", "/a//b"),
            ("/100%", "/100%"),
            ("/go?to=https://x/", "/go?to=https://x/"),
            ("/.git/config", "/.git/config"),
        ] {
            assert_eq!(fold_path(given, QueryValues::Kept), folded, "{given}");
        }
        assert_eq!(fold_path("/a?b=2&a=1&b=3", QueryValues::Dropped), "/a?a&b");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "[/.%a-fA-F0-9?&=#~:ü]{0,40}") {
            for values in [QueryValues::Kept, QueryValues::Dropped] {
                let once = fold_path(&text, values);
                prop_assert_eq!(fold_path(&once, values), once.clone());
            }
            let host = fold_host(&text);
            prop_assert_eq!(fold_host(&host), host.clone());
        }
    }
}
