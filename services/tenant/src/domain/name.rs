//! Names people give to themselves and their organizations.

use crate::error::TenantFault;

/// The database's limit (`migrations/tenant`).
const NAME_CHARS_MAX: usize = 120;

/// A printable name of 1 to 120 characters, trimmed. The limit is of what was sent, as the API's
/// contract says it: blanks count.
pub(crate) fn parse(field: &str, text: &str) -> Result<String, TenantFault> {
    let fits = text.chars().count() <= NAME_CHARS_MAX;
    let text = text.trim();
    if fits && !text.is_empty() && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(TenantFault::field(
            field,
            format!("1 to {NAME_CHARS_MAX} printable characters"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME_CHARS_MAX, parse};

    #[test]
    fn a_name_is_trimmed_and_its_limit_is_of_what_was_sent() {
        assert_eq!(parse("name", " Acme ").unwrap(), "Acme");
        let longest = "*".repeat(NAME_CHARS_MAX);
        assert_eq!(parse("name", &longest).unwrap(), longest);
        for bad in [
            "",
            "  ",
            "a\nb",
            &format!(" {longest}"),
            &format!("{longest} "),
        ] {
            assert!(parse("name", bad).is_err(), "{bad:?}");
        }
    }
}
