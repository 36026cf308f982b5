//! What makes exposures urgent here: their checks' CVEs and what is published about those.
use std::collections::BTreeMap;

use wt_diff::Observed;
use wt_exposure::CheckInfo;
use wt_model::Severity;
use wt_risk::{CveId, Facts, Reach, Score, cvss_tenths};

/// Most CVEs kept of one check; templates name one, rarely a handful.
const CVES_MAX: usize = 50;
/// Longest CVSS vector kept: 4.0 with every metric has 206 characters.
const VECTOR_BYTES_MAX: usize = 256;

/// What is published about the CVEs of one check; the default is a check without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Published {
    /// CVSS base score in tenths.
    pub(crate) cvss_tenths: Option<u8>,
    /// The highest EPSS probability, in parts of a million.
    pub(crate) epss_ppm: Option<u32>,
    /// Whether attacks with one of them are known.
    pub(crate) kev: bool,
}

impl Published {
    /// With it, the facts about an exposure.
    pub(crate) const fn facts(self, severity: Severity, reach: Reach) -> Facts {
        Facts {
            severity,
            cvss_tenths: self.cvss_tenths,
            epss_ppm: self.epss_ppm,
            kev: self.kev,
            reach,
        }
    }
}

/// What is published, by check.
#[derive(Debug, Clone, Default)]
pub(crate) struct Risks(BTreeMap<String, Published>);

impl FromIterator<(String, Published)> for Risks {
    fn from_iter<T: IntoIterator<Item = (String, Published)>>(rows: T) -> Self {
        Self(rows.into_iter().collect())
    }
}

impl Risks {
    /// Checks and what is published about them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Published)> {
        self.0.iter().map(|(check, of)| (check.as_str(), *of))
    }

    /// The facts about what a check saw on a port; of a check nothing was said about, as if it
    /// had no CVE.
    pub(crate) fn facts(&self, check_id: &str, severity: Severity, port: u16) -> Facts {
        let published = self.0.get(check_id).copied().unwrap_or_default();
        published.facts(severity, Reach::of(check_id, port))
    }

    /// Score and known exploitation of an exposure.
    pub(crate) fn score(&self, observed: &Observed) -> (Score, bool) {
        let facts = self.facts(&observed.check.id, observed.severity, observed.subject.port);
        (Score::of(&facts), facts.kev)
    }

    /// As [`Risks::score`]; none of a check nothing was said about, so that its scores stay.
    pub(crate) fn score_if_told(&self, observed: &Observed) -> Option<(Score, bool)> {
        self.0
            .contains_key(&observed.check.id)
            .then(|| self.score(observed))
    }
}

/// The CVEs a check names, as far as they are ids; a worker's text is not taken on trust.
pub(crate) fn cves(info: &CheckInfo) -> Vec<String> {
    let ids = info.cve.iter().filter_map(|id| id.parse::<CveId>().ok());
    let mut ids: Vec<String> = ids.take(CVES_MAX).map(|id| id.to_string()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The CVSS vector a check names and its base score; nothing for what is no vector.
pub(crate) fn cvss(info: &CheckInfo) -> (String, Option<u8>) {
    let vector = info.cvss_vector.trim();
    let tenths = (vector.len() <= VECTOR_BYTES_MAX)
        .then(|| cvss_tenths(vector))
        .flatten();
    match tenths {
        Some(_) => (vector.to_owned(), tenths),
        None => (String::new(), None),
    }
}

#[cfg(test)]
mod tests {
    use wt_exposure::{CheckInfo, CheckRef};
    use wt_model::Severity;

    use super::{cves, cvss};

    #[test]
    fn what_a_worker_says_of_cves_is_kept_only_where_it_is_one() {
        let text = |text: &str| text.to_owned();
        let mut info = CheckInfo {
            check: CheckRef {
                id: text("cve.log4shell"),
                digest: text("0123456789abcdef"),
            },
            title: text("Log4Shell"),
            severity: Severity::Critical,
            description: String::new(),
            remediation: String::new(),
            references: Vec::new(),
            cwe: Vec::new(),
            cve: vec![
                text("cve-2021-44228"),
                text("'); drop"),
                text("CVE-2021-44228"),
            ],
            cvss_vector: text("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"),
        };
        assert_eq!(cves(&info), ["CVE-2021-44228"]);
        assert_eq!(cvss(&info), (info.cvss_vector.clone(), Some(100)));
        info.cvss_vector = "CVSS:3.1/".repeat(100);
        assert_eq!(cvss(&info), (String::new(), None));
    }
}
