//! DefectDojo's generic findings (`{"findings": […]}`), a claim for each endpoint.
use serde_json::{Value, json};
use url::Url;

use crate::{
    Claim, ImportFault, Named, Reason, Refused,
    sarif::place,
    text::{field, flag, moment, port, shown},
};

/// What each finding claims.
pub(crate) fn claims(file: &str) -> Result<Vec<Result<Claim, Refused>>, ImportFault> {
    let unreadable = |line, reason: String| ImportFault::Unreadable { line, reason };
    let said: Value = serde_json::from_str(file)
        .map_err(|error| unreadable(error.line(), format!("not JSON: {error}")))?;
    let findings = said.get("findings").and_then(Value::as_array);
    let findings = findings.ok_or_else(|| {
        let reason = "these are no generic findings of DefectDojo: there is no list `findings`";
        unreadable(1, reason.to_owned())
    })?;
    let numbered = findings.iter().enumerate();
    Ok(numbered
        .flat_map(|(index, finding)| claims_of(index + 1, finding))
        .collect())
}

fn claims_of(line: usize, finding: &Value) -> Vec<Result<Claim, Refused>> {
    let Some(check) = check_of(finding) else {
        return vec![Err(Refused::malformed(line, "the finding has no title"))];
    };
    let endpoints = finding.get("endpoints").and_then(Value::as_array);
    let Some(endpoints) = endpoints.filter(|all| !all.is_empty()) else {
        let why = "the finding names no endpoint, so nobody knows where it is";
        return vec![Err(Refused::malformed(line, why))];
    };
    let each = endpoints.iter().map(|endpoint| {
        let why = "an endpoint without a host";
        let at = endpoint_of(endpoint).ok_or_else(|| Refused::malformed(line, why))?;
        let claim = Claim {
            line,
            hosts: vec![at.0],
            port: at.1,
            path: at.2,
            check: check.clone(),
            at: moment(field(finding, "date")),
            proof: proof(finding),
        };
        match not_open(finding) {
            Some(why) => Err(claim.refused(Reason::NotOpen, why)),
            None => Ok(claim),
        }
    });
    each.collect()
}

/// The tool's own id says more than a title; both may be ours.
fn check_of(finding: &Value) -> Option<Named> {
    let id = field(finding, "vuln_id_from_tool").trim();
    if !id.is_empty() {
        return Some(Named::Id {
            id: id.to_owned(),
            variant: String::new(),
        });
    }
    let title = field(finding, "title").trim();
    (!title.is_empty()).then(|| Named::Title(title.to_owned()))
}

/// Host, port and path of an endpoint: an object, or a URL as text.
fn endpoint_of(endpoint: &Value) -> Option<(String, Option<u16>, Option<String>)> {
    if let Some(text) = endpoint.as_str() {
        return place(text).map(|place| (place.host, place.port, place.path));
    }
    let host = field(endpoint, "host").trim();
    if host.is_empty() {
        return None;
    }
    let scheme = field(endpoint, "protocol");
    // The one place that knows the ports of schemes.
    let of_scheme = Url::parse(&format!("{scheme}://host/"))
        .ok()
        .and_then(|url| url.port_or_known_default());
    let path = field(endpoint, "path").trim_start_matches('/');
    let path = matches!(scheme, "http" | "https") || !path.is_empty();
    let text = field(endpoint, "path").trim_start_matches('/');
    Some((
        host.trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned(),
        port(endpoint, "port").or(of_scheme),
        path.then(|| format!("/{text}")),
    ))
}

/// What people decided in DefectDojo is a decision there, and evidence of nothing here.
fn not_open(finding: &Value) -> Option<&'static str> {
    if flag(finding, "active") == Some(false) {
        return Some("the finding is not active");
    }
    let flags = [
        ("false_p", "the finding is a false positive there"),
        ("duplicate", "the finding is a duplicate there"),
        ("out_of_scope", "the finding is out of scope there"),
        ("is_mitigated", "the finding is mitigated there"),
    ];
    flags
        .into_iter()
        .find(|(name, _)| flag(finding, name) == Some(true))
        .map(|(_, why)| why)
}

fn proof(finding: &Value) -> String {
    json!({
        "title": shown(field(finding, "title")),
        "vuln_id_from_tool": shown(field(finding, "vuln_id_from_tool")),
        "cve": shown(field(finding, "cve")),
        "severity": shown(field(finding, "severity")),
        "date": shown(field(finding, "date")),
    })
    .to_string()
}
