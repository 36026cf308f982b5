//! When what the vantage points saw counts as proof (promises P8).

use serde::{Deserialize, Serialize};

/// What one vantage point saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// Who looked, such as a resolver's address.
    pub(crate) vantage: String,
    /// What was asked for.
    pub(crate) asked: String,
    /// What was found, cut to a bound.
    pub(crate) found: Vec<String>,
    /// Whether it is the proof.
    pub(crate) ok: bool,
    /// Why not, for a person; empty when it is.
    pub(crate) detail: String,
}

/// Whether enough vantage points agree. CA/Browser Forum BR 3.2.2.9: with two to five
/// perspectives one may disagree, with six or more two; a single one must be right.
/// With two, one may *fail to answer* only if we accept half: we don't, so two must agree.
pub(crate) fn is_proven(findings: &[Finding]) -> bool {
    let agreeing = findings.iter().filter(|finding| finding.ok).count();
    let may_disagree = match findings.len() {
        0 => return false,
        1 | 2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    agreeing + may_disagree >= findings.len()
}

/// Cuts what a stranger's server said to what a person can read.
pub(crate) fn shown(text: &str) -> String {
    /// Longer values are never a token.
    const SHOWN_CHARS_MAX: usize = 200;
    text.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN_CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Finding, is_proven};

    fn findings(oks: &[bool]) -> Vec<Finding> {
        oks.iter()
            .map(|ok| Finding {
                vantage: String::new(),
                asked: String::new(),
                found: Vec::new(),
                ok: *ok,
                detail: String::new(),
            })
            .collect()
    }

    #[test]
    fn one_lying_resolver_of_three_neither_proves_nor_prevents() {
        assert!(!is_proven(&findings(&[true, false, false])));
        assert!(is_proven(&findings(&[true, true, false])));
    }

    #[test]
    fn nobody_looking_proves_nothing() {
        assert!(!is_proven(&[]));
        assert!(!is_proven(&findings(&[false])));
        assert!(!is_proven(&findings(&[true, false])));
    }
}
