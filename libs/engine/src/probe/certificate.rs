//! What a certificate says about itself. Pure.
use std::net::IpAddr;

use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, prelude::FromDer, public_key::PublicKey,
};

/// Names kept of one certificate; some list ten thousand.
const NAMES_MAX: usize = 200;

/// The parts of a certificate that checks read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// Serial number, hex.
    pub(crate) serial: String,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    /// DNS names, lower case; the common name when there are none.
    pub(crate) names: Vec<String>,
    pub(crate) addresses: Vec<IpAddr>,
    /// `RSA`, `EC`, `Ed25519`, …
    pub(crate) key_kind: &'static str,
    pub(crate) key_bits: usize,
    /// Object id of the signature algorithm.
    pub(crate) signature_oid: String,
    pub(crate) is_self_signed: bool,
    pub(crate) der: Vec<u8>,
}

impl Certificate {
    /// Reads DER; `None` for what is not a certificate.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let (names, addresses) = names_of(&parsed);
        let (key_kind, key_bits) = key_of(&parsed);
        Some(Self {
            subject: crate::text::line(&parsed.subject().to_string()),
            issuer: crate::text::line(&parsed.issuer().to_string()),
            serial: hex::encode(parsed.raw_serial()),
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
            names,
            addresses,
            key_kind,
            key_bits,
            signature_oid: parsed.signature_algorithm.algorithm.to_id_string(),
            is_self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
            der: der.to_vec(),
        })
    }

    /// Whether it is valid for `host` (RFC 9525 §6.3: a wildcard stands for one whole label).
    pub(crate) fn covers(&self, host: &str) -> bool {
        if let Ok(address) = host.parse::<IpAddr>() {
            return self.addresses.contains(&address);
        }
        self.names.iter().any(|name| {
            name == host
                || name.strip_prefix("*.").is_some_and(|parent| {
                    host.split_once('.').is_some_and(|(label, rest)| {
                        !label.is_empty() && rest == parent && parent.contains('.')
                    })
                })
        })
    }

    /// Bits below which a key of its kind counts as weak (NIST SP 800-57 part 1, table 2).
    pub(crate) fn has_weak_key(&self) -> bool {
        match self.key_kind {
            "RSA" | "DSA" => (1..2048).contains(&self.key_bits),
            "EC" => (1..224).contains(&self.key_bits),
            _ => false,
        }
    }

    /// The name of a broken signature hash, if it uses one (RFC 9155, RFC 6151).
    pub(crate) fn weak_signature(&self) -> Option<&'static str> {
        match self.signature_oid.as_str() {
            "1.2.840.113549.1.1.2" => Some("MD2"),
            "1.2.840.113549.1.1.4" => Some("MD5"),
            "1.2.840.113549.1.1.5"
            | "1.2.840.10045.4.1"
            | "1.2.840.10040.4.3"
            | "1.3.14.3.2.29" => Some("SHA-1"),
            _ => None,
        }
    }
}

fn names_of(parsed: &X509Certificate<'_>) -> (Vec<String>, Vec<IpAddr>) {
    let mut names = Vec::new();
    let mut addresses = Vec::new();
    if let Ok(Some(alternative)) = parsed.subject_alternative_name() {
        for name in alternative.value.general_names.iter().take(NAMES_MAX) {
            match name {
                GeneralName::DNSName(dns) => names.push(crate::text::line(&dns.to_lowercase())),
                GeneralName::IPAddress(bytes) => addresses.extend(address_of(bytes)),
                _ => {}
            }
        }
    }
    if names.is_empty() && addresses.is_empty() {
        names.extend(
            parsed
                .subject()
                .iter_common_name()
                .filter_map(|name| name.as_str().ok())
                .map(|name| crate::text::line(&name.to_lowercase())),
        );
    }
    (names, addresses)
}

fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
        .map(wt_scope::canonical_address)
}

fn key_of(parsed: &X509Certificate<'_>) -> (&'static str, usize) {
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => ("RSA", key.key_size()),
        Ok(PublicKey::EC(point)) => ("EC", point.key_size()),
        Ok(PublicKey::DSA(key)) => ("DSA", key.len().saturating_mul(8)),
        _ => ("other", 0),
    }
}
