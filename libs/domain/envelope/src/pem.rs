//! The little of PEM (RFC 7468) that keys need.
use data_encoding::BASE64;

use crate::KeyFault;

/// Characters of base64 a line of PEM carries (RFC 7468 §2).
const LINE: usize = 64;

/// The bytes of the first block called `label`.
pub(crate) fn decode(text: &str, label: &'static str) -> Result<Vec<u8>, KeyFault> {
    let fault = KeyFault::NotPem { label };
    let (_, rest) = text
        .split_once(&format!("-----BEGIN {label}-----"))
        .ok_or_else(|| fault.clone())?;
    let (body, _) = rest
        .split_once(&format!("-----END {label}-----"))
        .ok_or_else(|| fault.clone())?;
    let joined: String = body.split_ascii_whitespace().collect();
    BASE64.decode(joined.as_bytes()).map_err(|_| fault)
}

/// `der` as a block called `label`.
pub(crate) fn encode(der: &[u8], label: &str) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let body = BASE64.encode(der);
    for (index, character) in body.chars().enumerate() {
        if index > 0 && index % LINE == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + &format!("\n-----END {label}-----\n")
}
