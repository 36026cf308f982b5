//! All checks, their digests, and lookup by reference. Pure.
use sha2::{Digest, Sha256};
use wt_exposure::CheckRef;

use super::{
    Check, Rule, name_rules, page_rules, path_admin, path_files, port, service, takeover, tls_rules,
};

/// Characters of a digest (contracts: `CheckRef::digest`).
const DIGEST_CHARS: usize = 16;

/// Every check, in order of id.
pub fn catalogue() -> Vec<&'static Check> {
    let mut checks: Vec<&'static Check> = [
        port::CHECKS,
        service::CHECKS,
        page_rules::CHECKS,
        path_files::CHECKS,
        path_admin::CHECKS,
        tls_rules::CHECKS,
        takeover::CHECKS,
        name_rules::CHECKS,
    ]
    .into_iter()
    .flatten()
    .collect();
    checks.sort_unstable_by_key(|check| check.id);
    checks
}

/// Digest of the whole catalogue: SHA-256 over each id and digest, hex.
pub fn check_set_digest() -> String {
    let mut hasher = Sha256::new();
    for check in catalogue() {
        hasher.update(check.id.as_bytes());
        hasher.update([0]);
        hasher.update(digest(check).as_bytes());
        hasher.update([0]);
    }
    hex::encode(hasher.finalize())
}

/// Digest of what a check concludes from: id, revision and the data of its rule.
pub(super) fn digest(check: &Check) -> String {
    let mut hasher = Sha256::new();
    hasher.update(check.id.as_bytes());
    hasher.update([0]);
    hasher.update(check.revision.to_be_bytes());
    let mut sink = |bytes: &[u8]| {
        hasher.update(bytes);
        hasher.update([0]);
    };
    match &check.rule {
        Rule::Path(rule) => rule.feed(&mut sink),
        Rule::Unclaimed => takeover::feed(&mut sink),
        _ => {}
    }
    let mut text = hex::encode(hasher.finalize());
    text.truncate(DIGEST_CHARS);
    text
}

/// Whether this engine has a check that a job asks for.
pub(crate) enum Known {
    /// Exactly that one.
    Here(&'static Check),
    /// Unknown, or known with another digest: concluding by another rule would be a lie.
    Missing,
}

/// Finds a check by id and digest. An empty digest asks for whatever this engine has.
pub(crate) fn find(wanted: &CheckRef) -> Known {
    catalogue()
        .into_iter()
        .find(|check| check.id == wanted.id)
        .filter(|check| wanted.digest.is_empty() || digest(check) == wanted.digest)
        .map_or(Known::Missing, Known::Here)
}

/// Whether a check of the engine has an id.
pub(crate) fn is_own(id: &str) -> bool {
    catalogue().into_iter().any(|check| check.id == id)
}

/// Whether a check by id looks at a path: a finding of somebody else's at another is not its own.
pub(crate) fn looks_at_path(id: &str, path: &str) -> bool {
    catalogue().into_iter().any(|check| {
        check.id == id && matches!(&check.rule, Rule::Path(rule) if rule.paths.contains(&path))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Known, Rule, catalogue, check_set_digest, digest, find};
    use wt_exposure::CheckRef;

    #[test]
    fn every_check_tells_people_what_it_means_and_what_to_do() {
        let all = catalogue();
        assert!(all.len() >= 45, "{}", all.len());
        let ids: BTreeSet<&str> = all.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), all.len(), "ids are unique");
        for check in all {
            assert!(check.description.len() > 60, "{}", check.id);
            assert!(check.remediation.len() > 30, "{}", check.id);
            assert!(!check.references.is_empty(), "{}", check.id);
            assert!(
                check
                    .references
                    .iter()
                    .all(|url| url.starts_with("https://")),
                "{}",
                check.id
            );
            assert!(
                check
                    .id
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c)),
                "{}",
                check.id
            );
        }
    }

    #[test]
    fn a_check_looks_at_names_exactly_when_its_id_says_so() {
        for check in catalogue() {
            let is_of_name = matches!(check.rule, Rule::Name(_));
            assert_eq!(
                is_of_name,
                wt_exposure::looks_at_name(check.id),
                "{}",
                check.id
            );
        }
    }

    #[test]
    fn a_check_is_found_only_under_its_own_digest() {
        let check = catalogue()[0];
        let own = check.reference();
        assert!(matches!(find(&own), Known::Here(found) if found.id == check.id));
        let other = CheckRef {
            digest: "0000000000000000".to_owned(),
            ..own
        };
        assert!(matches!(find(&other), Known::Missing));
        assert_eq!(digest(check).len(), 16);
        assert_eq!(check_set_digest(), check_set_digest());
    }
}
