//! An exposure as `CycloneDX` 1.6 says it: a vulnerability, what is affected, and what came of it
//! (VEX; ECMA-424 §vulnerabilities).
use serde_json::{Value, json};
use wt_proto::results::CheckTexts;

use super::{Exposure, as_json};
use crate::rest::problem::Problem;

/// What comes before the first vulnerability.
pub(super) fn begin(made_at: &str) -> String {
    let metadata = json!({
        "timestamp": made_at,
        "tools": { "components": [{
            "type": "application",
            "name": "Watchtower",
            "version": env!("CARGO_PKG_VERSION"),
        }] },
    });
    format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"version\":1,\
         \"metadata\":{metadata},\"vulnerabilities\":["
    )
}

/// What comes after the last: the hosts that the vulnerabilities refer to.
pub(super) fn end<'a>(hosts: impl Iterator<Item = &'a String>) -> String {
    let services: Vec<Value> = hosts
        .map(|host| json!({ "bom-ref": reference(host), "name": host }))
        .collect();
    format!("],\"services\":{}}}\n", Value::from(services))
}

/// One exposure, by the known vulnerability its check is about where that is exactly one: that is
/// what tools join on. The whole of it goes along as a property, so that nothing is lost to a tool
/// that knows more than the standard.
pub(super) fn vulnerability(
    exposure: &Exposure,
    check: &CheckTexts,
    url: &str,
) -> Result<Value, Problem> {
    let source = json!({ "name": "Watchtower" });
    let mut ratings =
        vec![json!({ "source": source, "severity": exposure.severity, "method": "other" })];
    ratings.extend(rating(check));
    let cves = check.cve.iter().map(|id| {
        json!({ "id": id, "source": {
            "name": "NVD",
            "url": format!("https://nvd.nist.gov/vuln/detail/{id}"),
        } })
    });
    let id = match check.cve.as_slice() {
        [cve] => cve,
        _ => &exposure.check_id,
    };
    let mut found = json!({
        "bom-ref": exposure.key,
        "id": id,
        "source": source,
        "references": cves.collect::<Vec<Value>>(),
        "ratings": ratings,
        "cwes": check.cwe,
        "description": exposure.title,
        "created": exposure.first_seen,
        "updated": exposure.last_seen,
        "analysis": analysis(exposure),
        "affects": [{ "ref": reference(&exposure.host) }],
        "properties": [
            { "name": "watchtower:check", "value": exposure.check_id },
            { "name": "watchtower:url", "value": url },
            { "name": "watchtower:exposure", "value": as_json(exposure)?.to_string() },
        ],
    });
    if let (Some(found), false) = (found.as_object_mut(), check.remediation.is_empty()) {
        found.insert("recommendation".to_owned(), json!(check.remediation));
    }
    Ok(found)
}

/// The published score of the vulnerabilities a check is about.
fn rating(check: &CheckTexts) -> Option<Value> {
    let vector = check.cvss_vector.as_str();
    let method = match vector.split_once('/')?.0 {
        "CVSS:4.0" => "CVSSv4",
        "CVSS:3.1" => "CVSSv31",
        "CVSS:3.0" => "CVSSv3",
        _ => "other",
    };
    Some(json!({
        "score": f64::from(check.cvss_tenths) / 10.0,
        "method": method,
        "vector": vector,
    }))
}

fn reference(host: &str) -> String {
    format!("host:{host}")
}

/// What is known of its effect, in the standard's words. Only what was seen to be gone is
/// `resolved`, whatever somebody said of it; a host that is silent proves nothing.
fn analysis(exposure: &Exposure) -> Value {
    let is_standing = exposure.state == "open" || exposure.state == "unresponsive";
    match (exposure.state.as_str(), exposure.decision.as_str()) {
        ("fixed", _) => json!({ "state": "resolved" }),
        (_, "false_positive") => json!({ "state": "false_positive" }),
        (_, "accept_risk") if is_standing => {
            json!({ "state": "exploitable", "response": ["will_not_fix"] })
        }
        (_, "fix_in_progress") if is_standing => {
            json!({ "state": "exploitable", "response": ["update"] })
        }
        (_, "acknowledge") if is_standing => json!({ "state": "exploitable" }),
        ("open", _) => json!({ "state": "in_triage" }),
        (state, _) => json!({
            "state": "in_triage",
            "detail": match exposure.unresponsive_reason.as_str() {
                "" => state.to_owned(),
                reason => format!("{state}: {reason}"),
            },
        }),
    }
}
