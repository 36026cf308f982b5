//! Names people give to themselves and their organizations.

use crate::error::TenantFault;

/// The database's limit (`migrations/tenant`).
const NAME_CHARS_MAX: usize = 120;

/// A printable name of 1 to 120 characters.
pub(crate) fn parse(field: &str, text: &str) -> Result<String, TenantFault> {
    let text = text.trim();
    let fits = (1..=NAME_CHARS_MAX).contains(&text.chars().count());
    if fits && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(TenantFault::field(
            field,
            format!("1 to {NAME_CHARS_MAX} printable characters"),
        ))
    }
}
