//! What a match tells people of its template.
use crate::template_support::{Said, Site, run, set, setting};

#[tokio::test]
async fn a_match_says_which_vulnerabilities_and_weaknesses_it_is_about() {
    let site = Site::serve("127.0.22.11", |_| Said::ok("alpha")).await;
    let request = "http:\n  - path: ['{{BaseURL}}']\n    matchers: [{type: word, words: [alpha]}]";
    let known = "id: known\ninfo:\n  name: known\n  severity: high\n  classification:\n    \
                 cve-id: CVE-2021-44228\n    cwe-id: CWE-502,CWE-20\n    \
                 cvss-metrics: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H\n";
    let texts = [
        format!("{known}{request}"),
        format!("id: plain\ninfo: {{name: plain, severity: low}}\n{request}"),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (found, _) = run(&set(&texts), &[site.url()], &setting(&[site.address])).await;
    let told = |id: &str| {
        let found = found.iter().find(|found| found.template_id == id);
        serde_json::to_value(&found.unwrap().info).unwrap()
    };
    let classification = serde_json::json!({
        "cve-id": ["CVE-2021-44228"],
        "cwe-id": ["cwe-502", "cwe-20"],
        "cvss-metrics": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
    });
    assert_eq!(told("known")["classification"], classification);
    assert!(told("plain").get("classification").is_none());
}
