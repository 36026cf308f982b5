//! The pre-authentication encoding of DSSE 1.

/// `DSSEv1 SP len(type) SP type SP len(body) SP body`: no two inputs share an encoding.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::pae;

    #[test]
    fn the_encoding_is_the_one_of_the_published_example() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn moving_a_byte_between_type_and_payload_changes_the_encoding() {
        assert_ne!(pae("ab", b"c"), pae("a", b"bc"));
    }
}
