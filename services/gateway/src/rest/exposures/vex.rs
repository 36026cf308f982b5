//! An exposure as `CycloneDX` 1.6 says it: a vulnerability, what is affected, and what came of it
//! (VEX; ECMA-424 §vulnerabilities).
use serde_json::{Value, json};

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

/// One exposure. The whole of it goes along as a property, so that nothing is lost to a tool that
/// knows more than the standard.
pub(super) fn vulnerability(exposure: &Exposure, url: &str) -> Result<Value, Problem> {
    let source = json!({ "name": "Watchtower" });
    Ok(json!({
        "bom-ref": exposure.key,
        "id": exposure.check_id,
        "source": source,
        "ratings": [{ "source": source, "severity": exposure.severity, "method": "other" }],
        "description": exposure.title,
        "created": exposure.first_seen,
        "updated": exposure.last_seen,
        "analysis": analysis(exposure),
        "affects": [{ "ref": reference(&exposure.host) }],
        "properties": [
            { "name": "watchtower:url", "value": url },
            { "name": "watchtower:exposure", "value": as_json(exposure)?.to_string() },
        ],
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
