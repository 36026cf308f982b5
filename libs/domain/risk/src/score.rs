//! The score of one exposure.
use wt_model::Severity;

use crate::Reach;

/// The highest score.
pub const SCORE_MAX: u8 = 100;

/// Parts of a thousand that count whatever the odds of an attack: it is bad where it stands.
const GROUND: u32 = 600;
/// Parts of a thousand that the odds of an attack add, at most.
const ODDS: u32 = 250;
/// Parts of a thousand that being met from outside adds to what is meant for the inside.
const INNER: u32 = 150;
/// What known exploitation starts from; its own score adds a tenth.
const KEV_FLOOR: u32 = 90;
/// Odds, in thousandths, of what needs no exploit: a misconfiguration is used by whoever finds
/// it. As much as a CVE of EPSS 25 % (`√0.25`).
const ODDS_WITHOUT_CVE: u32 = 500;
/// EPSS probabilities are parts of a million.
const PPM: u32 = 1_000_000;

/// From 0 (nothing to do) to 100 (now).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Score(u8);

/// What a score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// How bad the check says it is.
    pub severity: Severity,
    /// CVSS base score of the CVE it is about, in tenths (0 to 100); none without one.
    pub cvss_tenths: Option<u8>,
    /// EPSS: parts of a million that it is attacked within 30 days; none where nothing is known.
    pub epss_ppm: Option<u32>,
    /// Whether CISA knows of attacks with it (KEV).
    pub kev: bool,
    /// Where it stands.
    pub reach: Reach,
}

impl Score {
    /// How urgent these facts make it.
    pub fn of(facts: &Facts) -> Self {
        let weight = GROUND + ODDS * facts.odds() / 1_000 + facts.inner();
        let own = (facts.impact() * weight + 500) / 1_000;
        let score = if facts.kev { KEV_FLOOR + own / 10 } else { own };
        Self::bounded(score)
    }

    /// The number.
    pub const fn value(self) -> u8 {
        self.0
    }

    pub(crate) fn bounded(score: u32) -> Self {
        Self(u8::try_from(score).unwrap_or(SCORE_MAX).min(SCORE_MAX))
    }
}

impl From<u8> for Score {
    /// A stored score; what is beyond the highest is the highest.
    fn from(score: u8) -> Self {
        Self(score.min(SCORE_MAX))
    }
}

impl Facts {
    /// What it does, 0 to 100: whoever is more worried, the check or the CVE's publisher.
    fn impact(&self) -> u32 {
        let cvss = self.cvss_tenths.unwrap_or_default().min(100);
        severity_points(self.severity).max(u32::from(cvss))
    }

    /// How likely it is used, in thousandths. EPSS is skewed: half of all CVEs have less than a
    /// tenth of a percent, so its root is taken, which keeps the order and spreads the small.
    fn odds(&self) -> u32 {
        match (self.kev, self.epss_ppm) {
            (true, _) => 1_000,
            (false, Some(ppm)) => ppm.min(PPM).isqrt(),
            (false, None) => ODDS_WITHOUT_CVE,
        }
    }

    fn inner(&self) -> u32 {
        match self.reach {
            Reach::Public => 0,
            Reach::Inner => INNER,
        }
    }

    /// The reasons in sentences, the weightiest first.
    pub fn because(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.kev {
            said.push("attacks with it are known (CISA KEV): it starts from 90".to_owned());
        }
        match self.cvss_tenths {
            Some(tenths) if u32::from(tenths) > severity_points(self.severity) => {
                let (whole, tenth) = (tenths / 10, tenths % 10);
                said.push(format!("its CVE has a CVSS base score of {whole}.{tenth}"));
            }
            _ => said.push(format!("the check calls it {}", self.severity)),
        }
        match self.epss_ppm {
            Some(ppm) => {
                let (percent, part) = (ppm / 10_000, ppm % 10_000 / 100);
                said.push(format!(
                    "EPSS expects an attack within 30 days with {percent}.{part:02} %"
                ));
            }
            None if !self.kev => {
                said.push("no CVE is known: it is used by whoever finds it".to_owned());
            }
            None => {}
        }
        if self.reach == Reach::Inner {
            said.push("it is a service meant for the inside, met from outside".to_owned());
        }
        said
    }
}

/// The middle of what CVSS calls by the same word (4.0 specification, table 23); info is close to
/// nothing and not nothing.
const fn severity_points(severity: Severity) -> u32 {
    match severity {
        Severity::Info => 5,
        Severity::Low => 20,
        Severity::Medium => 55,
        Severity::High => 80,
        Severity::Critical => 95,
    }
}

#[cfg(test)]
mod tests {
    use wt_model::Severity;

    use super::{Facts, Score};
    use crate::Reach;

    const PLAIN: Facts = Facts {
        severity: Severity::High,
        cvss_tenths: None,
        epss_ppm: None,
        kev: false,
        reach: Reach::Public,
    };

    #[test]
    fn the_examples_of_the_guide_hold() {
        let score = |facts: Facts| Score::of(&facts).value();
        assert_eq!(score(PLAIN), 58);
        assert_eq!(
            score(Facts {
                severity: Severity::Info,
                ..PLAIN
            }),
            4
        );
        let redis = Facts {
            severity: Severity::Critical,
            reach: Reach::Inner,
            ..PLAIN
        };
        assert_eq!(score(redis), 83);
        let quiet = Facts {
            cvss_tenths: Some(98),
            epss_ppm: Some(400),
            ..PLAIN
        };
        assert_eq!(score(quiet), 59);
        let loud = Facts {
            epss_ppm: Some(944_000),
            ..quiet
        };
        assert_eq!(score(loud), 83);
        assert_eq!(score(Facts { kev: true, ..loud }), 98);
    }

    #[test]
    fn a_score_says_what_it_is_made_of() {
        let said = Facts {
            cvss_tenths: Some(98),
            epss_ppm: Some(944_000),
            kev: true,
            ..PLAIN
        };
        assert_eq!(
            said.because(),
            [
                "attacks with it are known (CISA KEV): it starts from 90",
                "its CVE has a CVSS base score of 9.8",
                "EPSS expects an attack within 30 days with 94.40 %",
            ]
        );
    }
}
