//! Digests, message authentication and tokens.
use data_encoding::BASE64URL_NOPAD;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::{Arguments, Function, Outcome, function};
use crate::{expression::EvaluationFault, value::Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("md5", 1, Some(1), |a| {
        Ok(hex::encode(Md5::digest(a.bytes(0))).into())
    }),
    function("sha1", 1, Some(1), |a| {
        Ok(hex::encode(Sha1::digest(a.bytes(0))).into())
    }),
    function("sha256", 1, Some(1), |a| {
        Ok(hex::encode(Sha256::digest(a.bytes(0))).into())
    }),
    function("sha512", 1, Some(1), |a| {
        Ok(hex::encode(Sha512::digest(a.bytes(0))).into())
    }),
    function("hmac", 3, Some(3), |a| {
        keyed(&a.text(0), &a.bytes(1), &a.bytes(2)).map(|tag| hex::encode(tag).into())
    }),
    function("mmh3", 1, Some(1), |a| {
        Ok(murmur3(&a.bytes(0)).cast_signed().to_string().into())
    }),
    function("crc32", 1, Some(1), |a| {
        let mut crc = flate2::Crc::new();
        crc.update(&a.bytes(0));
        Ok(Value::Number(f64::from(crc.sum())))
    }),
    function("generate_jwt", 1, Some(4), token),
];

/// HMAC (RFC 2104) with one of the digests.
fn keyed(name: &str, data: &[u8], key: &[u8]) -> Result<Vec<u8>, EvaluationFault> {
    fn with<D: Digest>(block: usize, data: &[u8], key: &[u8]) -> Vec<u8> {
        let mut short = if key.len() > block {
            D::digest(key).to_vec()
        } else {
            key.to_vec()
        };
        short.resize(block, 0);
        let padded = |with: u8| short.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
        let inner = D::digest([padded(0x36).as_slice(), data].concat());
        D::digest([padded(0x5c).as_slice(), &inner].concat()).to_vec()
    }
    match name.to_ascii_lowercase().replace('-', "").as_str() {
        "md5" => Ok(with::<Md5>(64, data, key)),
        "sha1" => Ok(with::<Sha1>(64, data, key)),
        "sha256" | "hs256" => Ok(with::<Sha256>(64, data, key)),
        "sha512" | "hs512" => Ok(with::<Sha512>(128, data, key)),
        other => Err(EvaluationFault::wrong(format!("no digest {other:?}"))),
    }
}

/// `MurmurHash3`, 32 bits, seed 0 (Appleby 2011): how favicons are known by name.
pub(crate) fn murmur3(data: &[u8]) -> u32 {
    let mix = |k: u32| {
        k.wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593)
    };
    let mut hash = 0_u32;
    let (chunks, tail) = data.as_chunks::<4>();
    for chunk in chunks {
        hash ^= mix(u32::from_le_bytes(*chunk));
        hash = hash
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64);
    }
    if !tail.is_empty() {
        let mut last = [0; 4];
        for (to, from) in last.iter_mut().zip(tail) {
            *to = *from;
        }
        hash ^= mix(u32::from_le_bytes(last));
    }
    hash ^= u32::try_from(data.len() & 0xffff_ffff).unwrap_or_default();
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

/// A JSON Web Token of claims; without an algorithm, an unsigned one.
fn token(a: &mut Arguments<'_>) -> Outcome {
    let claims: serde_json::Value = serde_json::from_slice(&a.bytes(0))
        .map_err(|_| EvaluationFault::wrong("the claims are not JSON"))?;
    let algorithm = match a.text(1).to_ascii_uppercase() {
        name if name.is_empty() || name == "NONE" => "none".to_owned(),
        name => name,
    };
    let head = serde_json::json!({"alg": algorithm, "typ": "JWT"}).to_string();
    let body = [head, claims.to_string()]
        .map(|part| BASE64URL_NOPAD.encode(part.as_bytes()))
        .join(".");
    let tag = if algorithm == "none" {
        Vec::new()
    } else {
        keyed(&algorithm, body.as_bytes(), &a.bytes(2))?
    };
    Ok(format!("{body}.{}", BASE64URL_NOPAD.encode(&tag)).into())
}
