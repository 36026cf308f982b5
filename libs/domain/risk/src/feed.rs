//! The files that are published about CVEs: FIRST's EPSS scores (CSV) and CISA's catalogue of
//! known exploited vulnerabilities (JSON), as they are downloaded.
use serde::Deserialize;

use crate::CveId;

/// First line of the table in an EPSS file.
const EPSS_HEADER: &str = "cve,epss,percentile";
/// Digits of a millionth.
const PPM_DIGITS: usize = 6;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed<T> {
    /// The day or moment it says it is of, as it says it.
    pub dated: String,
    /// Its rows, in its order.
    pub rows: Vec<T>,
}

/// How likely one CVE is attacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpssRow {
    /// The CVE.
    pub cve: CveId,
    /// Parts of a million that it is attacked within 30 days.
    pub ppm: u32,
}

/// One CVE that is known to be attacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KevRow {
    /// The CVE.
    pub cve: CveId,
    /// Day it was added (`2021-12-10`).
    pub added: String,
    /// Day by which agencies of the USA have to have mended it.
    pub due: String,
    /// Whether extortionists are known to use it.
    pub ransomware: bool,
}

/// A file that is not what it should be; nothing of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedFault {
    /// Not the CSV that FIRST publishes.
    #[error("line {line} of the EPSS file: {reason}")]
    Epss {
        /// Which line, from 1.
        line: usize,
        /// What does not hold.
        reason: &'static str,
    },
    /// Not the JSON that CISA publishes.
    #[error("the KEV file: {reason}")]
    Kev {
        /// What does not hold.
        reason: String,
    },
}

/// Reads `epss_scores-YYYY-MM-DD.csv`: a line `#model_version:…,score_date:…`, the header, and a
/// row for each CVE.
///
/// # Errors
/// [`FeedFault::Epss`] for anything else, naming the line.
pub fn read_epss(text: &str) -> Result<Feed<EpssRow>, FeedFault> {
    let fault = |at: usize, reason| FeedFault::Epss {
        line: at + 1,
        reason,
    };
    let mut lines = text.lines().map(str::trim_end).enumerate();
    let (_, first) = lines.next().unwrap_or_default();
    let dated = first
        .split(',')
        .find_map(|part| part.trim_start_matches('#').strip_prefix("score_date:"))
        .filter(|dated| !dated.is_empty() && dated.len() <= 40)
        .ok_or_else(|| fault(0, "it begins with #model_version:…,score_date:…"))?;
    let header = lines.next().map(|(_, header)| header);
    if header != Some(EPSS_HEADER) {
        return Err(fault(1, "cve,epss,percentile is expected"));
    }
    let mut rows = Vec::new();
    for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let mut cells = line.split(',');
        let cve = cells.next().and_then(|cell| cell.parse().ok());
        let ppm = cells.next().and_then(ppm);
        rows.push(EpssRow {
            cve: cve.ok_or_else(|| fault(at, "the first cell is no CVE id"))?,
            ppm: ppm.ok_or_else(|| fault(at, "the second cell is no probability"))?,
        });
    }
    if rows.is_empty() {
        return Err(fault(2, "there is no row"));
    }
    Ok(Feed {
        dated: dated.to_owned(),
        rows,
    })
}

/// `0.94358` as parts of a million.
fn ppm(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = part
        .chars()
        .chain("000000".chars())
        .take(PPM_DIGITS)
        .collect();
    let ppm = whole * 1_000_000 + digits.parse::<u32>().ok()?;
    (ppm <= 1_000_000).then_some(ppm)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KevFile {
    date_released: String,
    vulnerabilities: Vec<KevEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KevEntry {
    #[serde(rename = "cveID")]
    cve_id: String,
    date_added: String,
    #[serde(default)]
    due_date: String,
    #[serde(default)]
    known_ransomware_campaign_use: String,
}

/// Reads `known_exploited_vulnerabilities.json`.
///
/// # Errors
/// [`FeedFault::Kev`] for anything else.
pub fn read_kev(text: &str) -> Result<Feed<KevRow>, FeedFault> {
    let kev = |reason: String| FeedFault::Kev { reason };
    let file: KevFile = serde_json::from_str(text).map_err(|error| kev(error.to_string()))?;
    if file.vulnerabilities.is_empty() {
        return Err(kev("there is no vulnerability in it".to_owned()));
    }
    let rows = file.vulnerabilities.into_iter().map(|entry| {
        let cve = entry
            .cve_id
            .parse()
            .map_err(|error| kev(format!("{:?}: {error}", entry.cve_id)))?;
        Ok(KevRow {
            cve,
            added: day("dateAdded", entry.date_added)?,
            due: if entry.due_date.is_empty() {
                String::new()
            } else {
                day("dueDate", entry.due_date)?
            },
            ransomware: entry.known_ransomware_campaign_use == "Known",
        })
    });
    Ok(Feed {
        rows: rows.collect::<Result<_, FeedFault>>()?,
        dated: file.date_released.chars().take(40).collect(),
    })
}

/// `YYYY-MM-DD`, by its shape.
fn day(field: &str, text: String) -> Result<String, FeedFault> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if shaped {
        Ok(text)
    } else {
        Err(FeedFault::Kev {
            reason: format!("{field}: {text:?} is no day"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ppm, read_epss, read_kev};

    #[test]
    fn an_epss_file_is_read_as_it_is_published() {
        let text = "#model_version:v2026.03.14,score_date:2026-11-20T12:55:00Z\n\
                    cve,epss,percentile\nCVE-2021-44228,0.94358,0.99958\nCVE-1999-0001,0.01215,0.78\n";
        let feed = read_epss(text).unwrap();
        assert_eq!(feed.dated, "2026-11-20T12:55:00Z");
        let rows: Vec<_> = feed
            .rows
            .iter()
            .map(|row| (row.cve.as_str(), row.ppm))
            .collect();
        assert_eq!(
            rows,
            [("CVE-2021-44228", 943_580), ("CVE-1999-0001", 12_150)]
        );
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(read_epss(&crlf).unwrap(), feed);
    }

    #[test]
    fn what_is_no_epss_file_is_refused_by_its_line() {
        for (text, line) in [
            ("", 1),
            ("cve,epss,percentile\nCVE-2021-44228,0.9,0.9", 1),
            ("#score_date:2026-11-20\ncve,percentile", 2),
            ("#score_date:2026-11-20\ncve,epss,percentile\n", 3),
            (
                "#score_date:2026-11-20\ncve,epss,percentile\nCVE-2021-44228,1.2,0",
                3,
            ),
            (
                "#score_date:2026-11-20\ncve,epss,percentile\nCVE-2021-44228,0.1,0\nx,0.1,0",
                4,
            ),
        ] {
            let said = read_epss(text).unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("line {line} ")),
                "{text:?}: {said}"
            );
        }
        assert_eq!(ppm("1.00000"), Some(1_000_000));
        assert_eq!(ppm("-0.1"), None);
        assert_eq!(ppm("0.1e3"), None);
    }

    #[test]
    fn the_catalogue_of_known_attacks_is_read_as_it_is_published() {
        let text = r#"{"title": "CISA Catalog", "catalogVersion": "2026.11.20",
            "dateReleased": "2026-11-20T15:00:00.0000Z", "count": 1, "vulnerabilities": [{
            "cveID": "CVE-2021-44228", "vendorProject": "Apache", "product": "Log4j2",
            "vulnerabilityName": "…", "dateAdded": "2021-12-10", "shortDescription": "…",
            "requiredAction": "…", "dueDate": "2021-12-24",
            "knownRansomwareCampaignUse": "Known", "notes": "", "cwes": ["CWE-20"]}]}"#;
        let feed = read_kev(text).unwrap();
        assert_eq!(feed.rows[0].cve.as_str(), "CVE-2021-44228");
        assert_eq!(
            (feed.rows[0].due.as_str(), feed.rows[0].ransomware),
            ("2021-12-24", true)
        );
        assert!(read_kev(&text.replace("2021-12-10", "soon")).is_err());
        assert!(read_kev(&text.replace("CVE-2021-44228", "Log4Shell")).is_err());
        assert!(read_kev("{}").is_err());
    }
}
