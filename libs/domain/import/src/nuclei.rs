//! nuclei's JSON lines (`nuclei -jsonl`), a finding a line.
use serde_json::{Value, json};
use url::Url;

use crate::{
    Claim, Named, Reason, Refused,
    text::{field, flag, moment, port, shown},
};

/// What each line claims; empty lines are none.
pub(crate) fn claims(file: &str) -> Vec<Result<Claim, Refused>> {
    let lines = file.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| claim(index + 1, line))
        .collect()
}

fn claim(line: usize, text: &str) -> Result<Claim, Refused> {
    let said: Value = serde_json::from_str(text)
        .map_err(|error| Refused::malformed(line, format!("not JSON: {error}")))?;
    let id = field(&said, "template-id");
    if id.is_empty() {
        return Err(Refused::malformed(line, "no template-id"));
    }
    let matched_at = field(&said, "matched-at");
    let url = Url::parse(matched_at).ok().filter(Url::has_host);
    let (hosts, port_of_text) = hosts(&said, url.as_ref(), matched_at);
    if hosts.is_empty() {
        return Err(Refused::malformed(line, "it names no host"));
    }
    let claim = Claim {
        line,
        hosts,
        port: url
            .as_ref()
            .and_then(Url::port_or_known_default)
            .or_else(|| port(&said, "port"))
            .or(port_of_text),
        path: url.as_ref().map(|url| url.path().to_owned()),
        check: Named::Id {
            id: id.to_owned(),
            variant: variant(&said),
        },
        at: moment(field(&said, "timestamp")),
        proof: proof(&said),
    };
    // Lines of templates that did not match appear where somebody asked for them.
    if flag(&said, "matcher-status") == Some(false) {
        return Err(claim.refused(Reason::NotOpen, "the template did not match"));
    }
    Ok(claim)
}

/// The name that was asked for comes before the address it had, for a name keeps its findings when
/// its address changes. The second is a port written behind the host.
fn hosts(said: &Value, url: Option<&Url>, matched_at: &str) -> (Vec<String>, Option<u16>) {
    let mut hosts: Vec<String> = Vec::new();
    let mut port = None;
    if let Some(host) = url.and_then(Url::host_str) {
        hosts.push(bare(host));
    } else if let Some((host, after)) = split(matched_at) {
        hosts.push(host);
        port = after;
    }
    if let Some((host, after)) = split(field(said, "host")) {
        hosts.push(host);
        port = port.or(after);
    }
    hosts.push(bare(field(said, "ip")));
    hosts.retain(|host| !host.is_empty());
    hosts.dedup();
    (hosts, port)
}

/// `host`, `host:port`, `[v6]:port` or a URL.
fn split(text: &str) -> Option<(String, Option<u16>)> {
    if text.is_empty() {
        return None;
    }
    if let Some(url) = Url::parse(text).ok().filter(Url::has_host) {
        return Some((bare(url.host_str()?), url.port_or_known_default()));
    }
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some((text.to_owned(), None));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() => Some((bare(host), port.parse().ok())),
        _ => Some((bare(text), None)),
    }
}

fn bare(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned()
}

fn variant(said: &Value) -> String {
    let extracted = || {
        let first = said.get("extracted-results")?.get(0)?;
        first.as_str().map(str::to_owned)
    };
    match field(said, "matcher-name") {
        "" => extracted().unwrap_or_default(),
        name => name.to_owned(),
    }
}

/// Requests and answers stay out: a template about a file of secrets has them in its answer.
fn proof(said: &Value) -> String {
    let name = said.get("info").map_or("", |info| field(info, "name"));
    json!({
        "template-id": shown(field(said, "template-id")),
        "name": shown(name),
        "type": shown(field(said, "type")),
        "matcher-name": shown(field(said, "matcher-name")),
        "matched-at": shown(field(said, "matched-at")),
        "ip": shown(field(said, "ip")),
        "timestamp": shown(field(said, "timestamp")),
    })
    .to_string()
}
