//! Names of vulnerabilities, and how bad their publishers say they are.
use std::{fmt, str::FromStr};

/// Digits a number may have: the CNA rules ask for four or more; none has more than these.
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 4..=19;

/// The id of a vulnerability, such as `CVE-2021-44228`, in upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CveId(String);

/// Text that is no CVE id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like CVE-2021-44228")]
pub struct InvalidCve;

impl CveId {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CveId {
    type Err = InvalidCve;

    fn from_str(text: &str) -> Result<Self, InvalidCve> {
        let id = text.trim().to_ascii_uppercase();
        let rest = id.strip_prefix("CVE-").ok_or(InvalidCve)?;
        let (year, number) = rest.split_once('-').ok_or(InvalidCve)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() == 4
            && digits(year)
            && NUMBER_DIGITS.contains(&number.len())
            && digits(number)
        {
            Ok(Self(id))
        } else {
            Err(InvalidCve)
        }
    }
}

impl fmt::Display for CveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The base score of a CVSS vector (4.0, 3.1 or 3.0) in tenths, 0 to 100; none for text that is
/// no such vector.
pub fn cvss_tenths(vector: &str) -> Option<u8> {
    let vector = vector.trim();
    if !is_whole(vector) {
        return None;
    }
    let score = vector.parse::<cvss::Cvss>().ok()?.score();
    tenths(&format!("{score:.1}"))
}

/// Whether every base metric is there. One that is not would be read as no impact at all, and the
/// vector as harmless.
fn is_whole(vector: &str) -> bool {
    let metrics: &[&str] = if vector.starts_with("CVSS:4.0/") {
        &[
            "AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA",
        ]
    } else {
        &["AV", "AC", "PR", "UI", "S", "C", "I", "A"]
    };
    let has = |metric: &&str| {
        let mut parts = vector.split('/');
        parts.any(|part| {
            part.split_once(':')
                .is_some_and(|(name, _)| name == *metric)
        })
    };
    metrics.iter().all(has)
}

/// `9.8` as 98. Read from digits, so that no rounding of floats decides.
fn tenths(text: &str) -> Option<u8> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let whole: u8 = whole.parse().ok()?;
    let tenth: u8 = tenth.get(..1)?.parse().ok()?;
    whole
        .checked_mul(10)?
        .checked_add(tenth)
        .filter(|tenths| *tenths <= 100)
}

#[cfg(test)]
mod tests {
    use super::{CveId, cvss_tenths};

    #[test]
    fn an_id_is_read_in_any_case_and_nothing_else_is() {
        let id: CveId = " cve-2021-44228 ".parse().unwrap();
        assert_eq!(id.as_str(), "CVE-2021-44228");
        for text in [
            "CVE-2021-1",
            "CVE-21-4422",
            "2021-44228",
            "CVE-2021-44x28",
            "CVE-2021",
            "",
        ] {
            assert!(text.parse::<CveId>().is_err(), "{text}");
        }
    }

    #[test]
    fn base_scores_are_those_that_first_publishes() {
        // Examples of the CVSS 4.0 and 3.1 documents.
        for (vector, tenths) in [
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
                Some(100),
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                Some(93),
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N",
                Some(0),
            ),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", Some(100)),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Some(61)),
            ("CVSS:3.1/AV:N", None),
            ("9.8", None),
        ] {
            assert_eq!(cvss_tenths(vector), tenths, "{vector}");
        }
    }
}
