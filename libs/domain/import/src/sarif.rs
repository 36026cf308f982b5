//! SARIF 2.1.0 (OASIS): results that point at URLs.
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use crate::{
    Claim, ImportFault, Named, Reason, Refused,
    text::{field, moment, shown},
};

/// What each result of each run claims.
pub(crate) fn claims(file: &str) -> Result<Vec<Result<Claim, Refused>>, ImportFault> {
    let unreadable = |line, reason: String| ImportFault::Unreadable { line, reason };
    let said: Value = serde_json::from_str(file)
        .map_err(|error| unreadable(error.line(), format!("not JSON: {error}")))?;
    let runs = said.get("runs").and_then(Value::as_array);
    let runs = runs.ok_or_else(|| unreadable(1, "this is no SARIF: it has no runs".to_owned()))?;
    let mut all = Vec::new();
    for run in runs {
        let ended = ended(run);
        let results = run.get("results").and_then(Value::as_array);
        for result in results.into_iter().flatten() {
            all.push(claim(all.len() + 1, run, result, ended));
        }
    }
    Ok(all)
}

/// When the run ended, or at least began.
fn ended(run: &Value) -> Option<OffsetDateTime> {
    let last = run.get("invocations")?.as_array()?.last()?;
    moment(field(last, "endTimeUtc")).or_else(|| moment(field(last, "startTimeUtc")))
}

fn claim(
    line: usize,
    run: &Value,
    result: &Value,
    ended: Option<OffsetDateTime>,
) -> Result<Claim, Refused> {
    let id = rule_of(run, result);
    if id.is_empty() {
        return Err(Refused::malformed(line, "the result names no rule"));
    }
    let uri = uri_of(result).unwrap_or_default();
    let place = place(uri).ok_or_else(|| {
        let told = format!(
            "it points at {}, which is no address of a service",
            shown(uri)
        );
        Refused::malformed(line, told)
    })?;
    let provenance = result.get("provenance");
    let seen = provenance.and_then(|of| moment(field(of, "lastDetectionTimeUtc")));
    let claim = Claim {
        line,
        hosts: vec![place.host],
        port: place.port,
        path: place.path,
        check: Named::Id {
            id: id.to_owned(),
            variant: String::new(),
        },
        at: seen.or(ended),
        proof: json!({
            "ruleId": shown(id),
            "uri": shown(uri),
            "message": shown(result.get("message").map_or("", |text| field(text, "text"))),
        })
        .to_string(),
    };
    match not_open(result) {
        Some(why) => Err(claim.refused(Reason::NotOpen, why)),
        None => Ok(claim),
    }
}

/// Results also tell of what passed, what somebody muted, and what is gone.
fn not_open(result: &Value) -> Option<&'static str> {
    let suppressions = result.get("suppressions").and_then(Value::as_array);
    let is_suppressed = suppressions.into_iter().flatten().any(|suppression| {
        // Accepted is what a suppression is that says nothing (SARIF §3.35.3).
        matches!(field(suppression, "status"), "" | "accepted")
    });
    if is_suppressed {
        return Some("the result is suppressed");
    }
    if !matches!(field(result, "kind"), "" | "fail" | "open" | "review") {
        return Some("the result is no failure");
    }
    (field(result, "baselineState") == "absent").then_some("the result is absent")
}

fn rule_of<'a>(run: &'a Value, result: &'a Value) -> &'a str {
    let of_rule = || {
        let rule = result.get("rule")?;
        Some(field(rule, "id")).filter(|id| !id.is_empty())
    };
    let of_index = || {
        let index = result.get("ruleIndex")?.as_u64()?;
        let rules = run.get("tool")?.get("driver")?.get("rules")?;
        Some(field(rules.get(usize::try_from(index).ok()?)?, "id"))
    };
    match field(result, "ruleId") {
        "" => of_rule().or_else(of_index).unwrap_or_default(),
        id => id,
    }
}

fn uri_of(result: &Value) -> Option<&str> {
    let asked = result
        .get("webRequest")
        .map_or("", |asked| field(asked, "target"));
    if !asked.is_empty() {
        return Some(asked);
    }
    let location = result.get("locations")?.get(0)?.get("physicalLocation")?;
    location.get("artifactLocation")?.get("uri")?.as_str()
}

/// Where a URI points at.
pub(crate) struct Place {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) path: Option<String>,
}

/// `https://shop.example:8443/x`, `tcp://192.0.2.1:22`, `dns:shop.example` (RFC 4501), or
/// `192.0.2.1:22` as people write it.
pub(crate) fn place(uri: &str) -> Option<Place> {
    if let Some(name) = uri.strip_prefix("dns:").filter(|name| !name.contains('/')) {
        return Some(Place {
            host: name.to_owned(),
            port: Some(wt_exposure::NAME_PORT),
            path: None,
        });
    }
    let url = Url::parse(uri).ok().filter(Url::has_host);
    let url = match url {
        Some(url) => url,
        None if uri.contains([' ', '\\']) || uri.starts_with('/') => return None,
        // No path of a file looks like this.
        None => Url::parse(&format!("tcp://{uri}"))
            .ok()
            .filter(|url| url.port().is_some() && matches!(url.path(), "" | "/"))?,
    };
    let host = url
        .host_str()?
        .trim_start_matches('[')
        .trim_end_matches(']');
    if host.is_empty() || url.scheme() == "file" {
        return None;
    }
    let is_web = matches!(url.scheme(), "http" | "https");
    Some(Place {
        host: host.to_owned(),
        port: url.port_or_known_default(),
        path: (is_web || !matches!(url.path(), "" | "/")).then(|| url.path().to_owned()),
    })
}
