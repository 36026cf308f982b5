//! Sizes in bytes, such as `512`, `64KiB`, `16MiB`, `2GiB`.

/// Text that is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of bytes, optionally with KiB, MiB or GiB")]
pub struct InvalidSize;

/// Reads a size; a bare number is bytes.
pub fn parse_size(text: &str) -> Result<u64, InvalidSize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| InvalidSize)?;
    let unit_bytes: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(InvalidSize),
    };
    number.checked_mul(unit_bytes).ok_or(InvalidSize)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_are_powers_of_two() {
        assert_eq!(parse_size("64KiB"), Ok(65_536));
        assert_eq!(parse_size("12"), Ok(12));
        assert!(parse_size("1kb").is_err());
        assert!(parse_size("99999999999999999999").is_err());
    }
}
