//! What files of each tool become.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};
use wt_exposure::{CheckInfo, CheckRef, ExposureKey};
use wt_import::{Asset, Assets, Catalogue, CheckEntry, ImportFault, Read, read};
use wt_model::{AssetKind, ImportFormat, Severity, TenantKey};

const NUCLEI: &[u8] = include_bytes!("files/nuclei.jsonl");
const NMAP: &[u8] = include_bytes!("files/nmap.xml");
const SARIF: &[u8] = include_bytes!("files/sarif.json");
const DEFECTDOJO: &[u8] = include_bytes!("files/defectdojo.json");
const NOW: OffsetDateTime = datetime!(2026-11-21 00:00 UTC);

/// Ids, titles and paths as in the engine's catalogue.
const CHECKS: &[(&str, &str, &[&str])] = &[
    ("port.open", "Open TCP port", &[]),
    ("service.redis.no_auth", "Redis without password", &[]),
    ("service.telnet.exposed", "Telnet exposed", &[]),
    ("service.ftp.anonymous", "Anonymous FTP", &[]),
    ("tls.cert_expired", "Certificate expired", &[]),
    ("tls.version.tls_1_0", "TLS 1.0 accepted", &[]),
    ("http.header.hsts_missing", "No HSTS", &[]),
    ("http.cookie.secure_missing", "Cookie without Secure", &[]),
    ("dns.caa.missing", "No CAA record", &[]),
    (
        "http.exposed.git_config",
        "Git repository exposed",
        &["/.git/config"],
    ),
    (
        "http.exposed.env_file",
        "Environment file exposed",
        &["/.env", "/.env.local"],
    ),
];

fn catalogue() -> Catalogue {
    Catalogue::new(CHECKS.iter().map(|(id, title, paths)| CheckEntry {
        info: CheckInfo {
            check: CheckRef {
                id: (*id).to_owned(),
                digest: "d".to_owned(),
            },
            title: (*title).to_owned(),
            severity: Severity::Medium,
            description: String::new(),
            remediation: String::new(),
            references: Vec::new(),
            cwe: Vec::new(),
            cve: Vec::new(),
            cvss_vector: String::new(),
        },
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    }))
}

fn asset(last: char, kind: AssetKind, value: &str) -> Asset {
    Asset {
        id: format!("ast_01ARZ3NDEKTSV4RRFFQ69G5FA{last}")
            .parse()
            .unwrap(),
        kind,
        value: value.to_owned(),
    }
}

fn assets() -> Assets {
    Assets::new([
        asset('V', AssetKind::Domain, "shop.example.com"),
        asset('W', AssetKind::Ip, "192.0.2.10"),
    ])
}

fn of(format: ImportFormat, file: &[u8]) -> Result<Read, ImportFault> {
    read(format, file, &catalogue(), &assets(), NOW)
}

fn found(read: &Read) -> Vec<String> {
    let told = read.findings.iter().map(|finding| {
        let seen = &finding.observation;
        let at = finding.at.map(|at| at.format(&Rfc3339).unwrap());
        let at = at.unwrap_or_default();
        let at = at.get(..19).unwrap_or_default().replace('T', " ");
        let place = format!("{}:{}", seen.subject.host, seen.subject.port);
        format!(
            "{} {place} {}{} {at}",
            finding.line, seen.check.id, seen.discriminator
        )
    });
    told.collect()
}

fn refused(read: &Read) -> Vec<String> {
    let told = read.refused.iter();
    told.map(|refused| {
        format!(
            "{} {} {}",
            refused.line,
            refused.reason.as_str(),
            refused.subject
        )
    })
    .collect()
}

#[test]
fn lines_of_nuclei_become_findings_of_our_own_checks() {
    let read = of(ImportFormat::Nuclei, NUCLEI).unwrap();
    assert_eq!(
        found(&read),
        [
            "1 shop.example.com:443 http.exposed.git_config/.git/config 2026-11-20 10:11:12",
            "2 192.0.2.10:6379 service.redis.no_auth 2026-11-20 10:11:13",
            "3 shop.example.com:443 http.header.hsts_missing 2026-11-20 10:11:14",
            "4 shop.example.com:443 tls.version.tls_1_0 2026-11-20 10:11:15",
        ]
    );
    assert_eq!(
        refused(&read),
        [
            "6 unknown_check shop.example.com:443",
            "7 out_of_scope other.example.net:443/.git/config",
            "8 unknown_check shop.example.com:443/backup/.git/config",
            "9 not_open shop.example.com:443/.env",
            "10 malformed ",
        ]
    );
    let redis = read
        .findings
        .iter()
        .find(|finding| finding.line == 2)
        .unwrap();
    assert_eq!(redis.observation.attributes["access"], "open");
}

#[test]
fn answers_that_may_hold_secrets_are_not_kept() {
    let read = of(ImportFormat::Nuclei, NUCLEI).unwrap();
    for finding in &read.findings {
        let kept = String::from_utf8(finding.observation.evidence.response.clone()).unwrap();
        assert!(
            !kept.contains("hunter2") && !kept.contains("repositoryformat"),
            "{kept}"
        );
        assert!(kept.contains("template-id"), "{kept}");
    }
}

#[test]
fn open_tcp_ports_of_nmap_are_taken_under_the_name_that_was_asked_for() {
    let read = of(ImportFormat::Nmap, NMAP).unwrap();
    assert_eq!(
        found(&read),
        [
            "17 shop.example.com:21 port.open 2026-11-20 10:00:30",
            "17 shop.example.com:21 service.ftp.anonymous 2026-11-20 10:00:30",
            "18 shop.example.com:443 port.open 2026-11-20 10:00:30",
            "26 192.0.2.10:23 port.open 2026-11-20 10:01:00",
            "26 192.0.2.10:23 service.telnet.exposed 2026-11-20 10:01:00",
        ]
    );
    assert_eq!(refused(&read), ["34 out_of_scope 198.51.100.4:22"]);
}

#[test]
fn results_of_sarif_are_taken_where_they_point_at_a_service() {
    let read = of(ImportFormat::Sarif, SARIF).unwrap();
    assert_eq!(
        found(&read),
        [
            "1 shop.example.com:443 tls.cert_expired 2026-11-20 10:05:00",
            "2 shop.example.com:8443 http.exposed.git_config/.git/config 2026-11-19 00:00:00",
            "3 192.0.2.10:22 port.open 2026-11-20 10:05:00",
            "4 shop.example.com:0 dns.caa.missing 2026-11-20 10:05:00",
        ]
        .map(str::to_owned)
    );
    assert_eq!(
        refused(&read),
        [
            "5 not_open 192.0.2.10:23",
            "6 not_open 192.0.2.10:24",
            "7 malformed ",
            "8 unknown_check shop.example.com:443/search",
            "9 malformed ",
        ]
    );
}

#[test]
fn findings_of_defectdojo_are_taken_by_endpoint_and_only_where_they_stand_there() {
    let read = of(ImportFormat::DefectDojo, DEFECTDOJO).unwrap();
    assert_eq!(
        found(&read),
        [
            "1 shop.example.com:443 http.exposed.git_config/.git/config 2026-11-18 00:00:00",
            "2 192.0.2.10:6379 service.redis.no_auth 2026-11-18 00:00:00",
        ]
    );
    assert_eq!(
        refused(&read),
        [
            "2 out_of_scope 192.0.2.11:6379",
            "3 not_open shop.example.com:443",
            "4 unknown_check shop.example.com:443",
            "5 malformed ",
            "6 not_open 192.0.2.10:22",
        ]
    );
}

#[test]
fn every_tool_and_spelling_mints_the_same_key() {
    let tenant: TenantKey = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    let git = |format, file: &[u8]| -> Vec<ExposureKey> {
        let read = of(format, file).unwrap();
        let seen = read.findings.into_iter().map(|finding| finding.observation);
        seen.filter(|seen| seen.check.id == "http.exposed.git_config" && seen.subject.port == 443)
            .map(|o| ExposureKey::derive(tenant, &o.subject, &o.check.id, &o.discriminator))
            .collect()
    };
    let shouted = br#"{"template-id":"git-config","host":"SHOP.example.com.","matched-at":"https://SHOP.Example.COM:443/x/../.git/config/"}"#;
    let one = git(ImportFormat::Nuclei, NUCLEI);
    assert_eq!(one.len(), 1);
    assert_eq!(git(ImportFormat::DefectDojo, DEFECTDOJO), one);
    assert_eq!(git(ImportFormat::Nuclei, shouted), one);
}

#[test]
fn the_narrowest_asset_that_holds_an_address_is_the_one_and_names_hold_no_names_below_them() {
    let all = Assets::new([
        asset('A', AssetKind::Cidr, "192.0.2.0/24"),
        asset('B', AssetKind::Cidr, "192.0.2.8/29"),
        asset('C', AssetKind::Ip, "192.0.2.10"),
        asset('D', AssetKind::Domain, "example.com"),
    ]);
    let of = |host: &str| {
        let found = all.find(&[host.to_owned()]);
        found.map(|(asset, _)| asset.to_string().pop().unwrap())
    };
    assert_eq!(of("192.0.2.1"), Some('A'));
    assert_eq!(of("192.0.2.9"), Some('B'));
    assert_eq!(of("::ffff:192.0.2.10"), Some('C'));
    assert_eq!(of("Example.COM."), Some('D'));
    assert_eq!(of("www.example.com"), None);
    assert_eq!(of("198.51.100.1"), None);
}

#[test]
fn no_time_is_in_the_future_and_what_is_years_old_is_refused() {
    let line = |at: &str| {
        let line =
            format!(r#"{{"template-id":"port.open","host":"192.0.2.10:22","timestamp":"{at}"}}"#);
        of(ImportFormat::Nuclei, line.as_bytes()).unwrap()
    };
    assert_eq!(line("2031-01-01T00:00:00Z").findings[0].at, Some(NOW));
    assert_eq!(line("").findings[0].at, None);
    assert_eq!(
        refused(&line("2019-01-01T00:00:00Z")),
        ["1 too_old 192.0.2.10:22"]
    );
}

#[test]
fn a_document_that_is_not_of_its_format_is_refused_whole_with_its_line() {
    let line = |format, file: &[u8]| match of(format, file) {
        Err(ImportFault::Unreadable { line, .. }) => line,
        other => panic!("{other:?}"),
    };
    assert_eq!(line(ImportFormat::Sarif, b"{\n\n nothing"), 3);
    assert_eq!(line(ImportFormat::Sarif, b"{}"), 1);
    assert_eq!(line(ImportFormat::DefectDojo, b"[]"), 1);
    assert_eq!(line(ImportFormat::Nmap, b"<html>\n</html>"), 2);
    assert_eq!(line(ImportFormat::Nmap, &NMAP[..NMAP.len() / 2]), 18);
    assert_eq!(line(ImportFormat::Nuclei, b"a\nb\n\xff"), 3);
    let deep = format!("{{\"runs\":{}", "[".repeat(100_000));
    assert_eq!(line(ImportFormat::Sarif, deep.as_bytes()), 1);
}

#[test]
fn what_a_file_holds_too_much_of_is_refused_whole() {
    let many = "x\n".repeat(wt_import::FINDINGS_MAX + 1);
    let told = of(ImportFormat::Nuclei, many.as_bytes());
    assert_eq!(told, Err(ImportFault::TooMany));
    let long = vec![b'\n'; wt_import::FILE_BYTES_MAX + 1];
    assert_eq!(of(ImportFormat::Nuclei, &long), Err(ImportFault::TooLarge));
}
