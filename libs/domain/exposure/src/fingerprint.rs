//! What of a finding is meaningful: a difference here, and nothing else, is CHANGED.
use std::{collections::BTreeMap, fmt, str::FromStr};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::canonical::FieldHasher;

/// SHA-256 over a finding's declared attributes, sorted by name (contracts §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// Bytes or text that are not a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a fingerprint of 32 bytes")]
pub struct InvalidFingerprint;

impl Fingerprint {
    /// The fingerprint of these attributes.
    pub fn of(attributes: &BTreeMap<String, String>) -> Self {
        let hasher = attributes
            .iter()
            .fold(FieldHasher::default(), |hasher, (name, value)| {
                hasher.field(name.as_bytes()).field(value.as_bytes())
            });
        Self(hasher.finish())
    }

    /// The 32 bytes, as stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Fingerprint {
    type Error = InvalidFingerprint;

    fn try_from(bytes: &[u8]) -> Result<Self, InvalidFingerprint> {
        bytes.try_into().map(Self).map_err(|_| InvalidFingerprint)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let bytes = HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| InvalidFingerprint)?;
        Self::try_from(bytes.as_slice())
    }
}

/// One attribute that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldChange {
    /// The attribute.
    pub name: String,
    /// Its value before; none when it was not there.
    pub before: Option<String>,
    /// Its value now; none when it is gone.
    pub after: Option<String>,
}

/// Every attribute in which the two differ, by name.
pub fn changed_fields(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<FieldChange> {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let mut names: Vec<&String> = after.keys().chain(gone).collect();
    names.sort();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| FieldChange {
            name: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Fingerprint, changed_fields};

    /// Few names and values, so that two draws often agree.
    fn small() -> impl Strategy<Value = BTreeMap<String, String>> {
        proptest::collection::btree_map("[ab]{0,2}", "[ab]{0,2}", 0..3)
    }

    proptest! {
        #[test]
        fn a_fingerprint_differs_exactly_when_a_field_does(
            before in small(), after in small()
        ) {
            let same = Fingerprint::of(&before) == Fingerprint::of(&after);
            prop_assert_eq!(same, changed_fields(&before, &after).is_empty());
        }
    }

    #[test]
    fn changed_appeared_and_vanished_attributes_are_all_named() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let changes = changed_fields(
            &map(&[("same", "1"), ("gone", "1"), ("other", "1")]),
            &map(&[("same", "1"), ("new", "1"), ("other", "2")]),
        );
        let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, ["gone", "new", "other"]);
    }

    #[test]
    fn a_fingerprint_survives_its_own_text() {
        let print = Fingerprint::of(&BTreeMap::new());
        assert_eq!(print.to_string().parse(), Ok(print));
    }
}
