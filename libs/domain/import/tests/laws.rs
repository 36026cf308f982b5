//! What holds of any file.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use proptest::prelude::*;
use time::macros::datetime;
use wt_exposure::{CheckInfo, CheckRef};
use wt_import::{Asset, Assets, Catalogue, CheckEntry, read, templates};
use wt_model::{AssetKind, ImportFormat, Severity};

fn catalogue() -> Catalogue {
    Catalogue::new(templates().iter().map(|template| CheckEntry {
        info: CheckInfo {
            check: CheckRef {
                id: template.check.to_owned(),
                digest: "d".to_owned(),
            },
            title: template.check.to_owned(),
            severity: Severity::Low,
            description: String::new(),
            remediation: String::new(),
            references: Vec::new(),
            cwe: Vec::new(),
            cve: Vec::new(),
            cvss_vector: String::new(),
        },
        paths: Vec::new(),
    }))
}

fn assets() -> Assets {
    Assets::new([Asset {
        id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        kind: AssetKind::Domain,
        value: "shop.example".to_owned(),
    }])
}

/// Pieces of files, put together in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let whole = [
        include_str!("files/nuclei.jsonl"),
        include_str!("files/nmap.xml"),
        include_str!("files/sarif.json"),
        include_str!("files/defectdojo.json"),
    ];
    let piece = (
        0..whole.len(),
        any::<(u16, u8)>(),
        prop::collection::vec(any::<u8>(), 0..4),
    );
    prop::collection::vec(piece, 0..5).prop_map(move |all| {
        let cut = all.into_iter().flat_map(|(file, (from, length), noise)| {
            let bytes = whole.get(file).unwrap().as_bytes();
            let from = usize::from(from) % bytes.len();
            let end = bytes.len().min(from + 16 * usize::from(length));
            [bytes.get(from..end).unwrap(), &noise].concat()
        });
        cut.collect()
    })
}

/// A line of nuclei's about one place, in a spelling of one's own.
fn line() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec!["shop.example", "SHOP.example.", "other.example"]);
    let all: Vec<&str> = templates().iter().map(|template| template.id).collect();
    (host, prop::sample::select(all), 1..65_535_u16, "[ -~]{0,8}").prop_map(
        |(host, template, port, noise)| {
            let noise = serde_json::Value::String(noise);
            format!(
                r#"{{"template-id":"{template}","matched-at":"https://{host}:{port}/","matcher-name":{noise}}}"#
            )
        },
    )
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(file in pieces(), at in 0..4_usize) {
        let format = ImportFormat::ALL[at];
        let now = datetime!(2026-11-21 00:00 UTC);
        if let Ok(read) = read(format, &file, &catalogue(), &assets(), now) {
            for refused in read.refused {
                prop_assert!(refused.subject.chars().count() <= 200);
                prop_assert!(!refused.detail.chars().any(char::is_control));
            }
        }
    }

    #[test]
    fn every_line_is_either_taken_or_refused_and_none_outside_the_assets_is_taken(
        lines in prop::collection::vec(line(), 0..20)
    ) {
        let now = datetime!(2026-11-21 00:00 UTC);
        let file = lines.join("\n");
        let read = read(ImportFormat::Nuclei, file.as_bytes(), &catalogue(), &assets(), now).unwrap();
        prop_assert_eq!(read.findings.len() + read.refused.len(), lines.len());
        for finding in &read.findings {
            prop_assert_eq!(&finding.observation.subject.host, "shop.example");
            prop_assert!(finding.at.is_none_or(|at| at <= now));
        }
    }

    #[test]
    fn the_order_of_lines_decides_nothing(lines in prop::collection::vec(line(), 0..20)) {
        let now = datetime!(2026-11-21 00:00 UTC);
        let seen = |lines: &[String]| {
            let file = lines.join("\n");
            let read = read(ImportFormat::Nuclei, file.as_bytes(), &catalogue(), &assets(), now);
            let mut all: Vec<_> = read.unwrap().findings.into_iter().map(|f| f.observation).collect();
            all.sort_by_key(|seen| format!("{seen:?}"));
            all
        };
        let mut turned = lines.clone();
        turned.reverse();
        prop_assert_eq!(seen(&lines), seen(&turned));
    }
}
