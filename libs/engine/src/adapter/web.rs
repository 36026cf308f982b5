//! httpx, tlsx and nuclei: asked about one address at a time, under the name it is looked at for.
use std::{net::IpAddr, path::Path};

use serde_json::Value;
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;

use super::{
    Sighting, ToolTask,
    jsonl::{is_set, text},
};
use crate::check::looks_at_path;

/// Name and value of an attribute that a check declares.
type Declared = Option<(&'static str, &'static str)>;

/// Templates of the public tree that have a check of ours: `(template, check, attribute)`. The
/// attribute is the one the check declares beside the path.
const TEMPLATES: &[(&str, &str, Declared)] = &[
    (
        "apache-server-status",
        "http.admin.apache_server_status",
        None,
    ),
    ("docker-registry", "http.admin.docker_registry_open", None),
    ("ds-store-file", "http.exposed.ds_store", None),
    ("elasticsearch", "http.admin.elasticsearch_open", None),
    (
        "exposed-redis",
        "service.redis.no_auth",
        Some(("access", "open")),
    ),
    ("exposed-svn", "http.exposed.svn", None),
    ("generic-env", "http.exposed.env_file", None),
    ("git-config", "http.exposed.git_config", None),
    (
        "memcached-stats",
        "service.memcached.open",
        Some(("access", "open")),
    ),
    (
        "mongodb-unauth",
        "service.mongodb.no_auth",
        Some(("access", "open")),
    ),
    ("phpinfo-files", "http.exposed.phpinfo", None),
    ("prometheus-metrics", "http.admin.metrics", None),
    ("springboot-env", "http.admin.actuator_env", None),
    ("swagger-api", "http.admin.swagger", None),
];
/// Versions as tlsx calls them, and our checks of them.
const VERSIONS: &[(&str, &str)] = &[
    ("ssl30", "tls.version.ssl_3"),
    ("tls10", "tls.version.tls_1_0"),
    ("tls11", "tls.version.tls_1_1"),
];
/// Technologies named alike by the tool and by us.
const TECHNOLOGIES: &[&str] = &[
    "nginx",
    "Apache",
    "IIS",
    "Caddy",
    "LiteSpeed",
    "PHP",
    "WordPress",
];

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

/// `http(s)://address:port`, an IPv6 address in brackets.
fn origin(address: IpAddr, port: u16) -> String {
    std::net::SocketAddr::new(address, port).to_string()
}

/// Asks each port once, whatever it speaks, under the host's name.
pub(super) fn httpx_arguments(task: &ToolTask) -> Vec<String> {
    let rate = task.per_second.max(1).to_string();
    let mut all = words(&[
        "-json",
        "-silent",
        "-duc",
        "-sc",
        "-td",
        "-ip",
        "-no-color",
        "-retries",
        "0",
        "-rl",
        &rate,
    ]);
    if let Some(name) = &task.name {
        all.extend(["-H".to_owned(), format!("Host: {name}")]);
        all.extend(["-sni-name".to_owned(), name.clone()]);
    }
    for target in targets(task) {
        all.extend(["-u".to_owned(), target]);
    }
    all
}

/// Asks each port for its certificate and versions, under the host's name.
pub(super) fn tlsx_arguments(task: &ToolTask) -> Vec<String> {
    let mut all = words(&[
        "-json", "-silent", "-duc", "-ve", "-ex", "-ss", "-mm", "-so", "-san", "-serial",
    ]);
    if let Some(name) = &task.name {
        all.extend(["-sni".to_owned(), name.clone()]);
    }
    for target in targets(task) {
        all.extend(["-u".to_owned(), target]);
    }
    all
}

/// Runs the templates that have a check of ours, without traffic of its own to anywhere.
pub(super) fn nuclei_arguments(task: &ToolTask, templates: Option<&Path>) -> Vec<String> {
    let ids: Vec<&str> = TEMPLATES.iter().map(|(id, ..)| *id).collect();
    let rate = task.per_second.max(1).to_string();
    let ids = ids.join(",");
    let mut all = words(&[
        "-jsonl", "-silent", "-duc", "-or", "-ot", "-ni", "-nc", "-dr", "-retries", "0", "-rl",
        &rate, "-id", &ids,
    ]);
    if let Some(folder) = templates {
        all.extend(["-t".to_owned(), folder.display().to_string()]);
    }
    if let Some(name) = &task.name {
        all.extend(["-H".to_owned(), format!("Host: {name}")]);
        all.extend(["-sni".to_owned(), name.clone()]);
    }
    for target in targets(task) {
        all.extend(["-u".to_owned(), target]);
    }
    all
}

fn targets(task: &ToolTask) -> impl Iterator<Item = String> {
    task.addresses.iter().flat_map(|address| {
        let ports = task.ports.iter();
        ports.map(move |port| origin(*address, port))
    })
}

type Place = (IpAddr, u16);

/// A web server that answered.
pub(super) fn read_httpx(said: &Value, at: Place, line: &[u8]) -> Vec<Sighting> {
    let status = said.get("status_code").and_then(Value::as_u64);
    let Some(status) = status.filter(|status| *status > 0 && !is_set(said, "failed")) else {
        return Vec::new();
    };
    let told: Vec<&str> = said
        .get("tech")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        // `Nginx:1.25`: the version is no part of the name.
        .map(|told| told.split(':').next().unwrap_or(told))
        .collect();
    let mut technologies: Vec<&str> = TECHNOLOGIES
        .iter()
        .copied()
        .filter(|ours| told.iter().any(|told| told.eq_ignore_ascii_case(ours)))
        .collect();
    technologies.sort_unstable();
    vec![
        open(at, line),
        Sighting::new(at.0, at.1, "http.service", line)
            .with("status", &status.to_string())
            .with("technologies", &technologies.join(", "))
            .matched(text(said, "title")),
    ]
}

/// What is wrong with a certificate or the versions of a port that shook hands.
pub(super) fn read_tlsx(said: &Value, at: Place, line: &[u8]) -> Vec<Sighting> {
    if !is_set(said, "probe_status") {
        return Vec::new();
    }
    let mut found = vec![open(at, line)];
    let serial = serial_of(text(said, "serial"));
    let new = |check| Sighting::new(at.0, at.1, check, line);
    if is_set(said, "expired")
        && let Some(until) = day_of(text(said, "not_after"))
    {
        let until = until.to_string();
        let sighting = new("tls.cert_expired").with("serial", &serial);
        found.push(sighting.with("not_after", &until).matched(&until));
    }
    if is_set(said, "self_signed") {
        let subject = text(said, "subject_dn");
        let sighting = new("tls.cert_self_signed").with("serial", &serial);
        found.push(sighting.with("subject", subject).matched(subject));
    }
    if is_set(said, "mismatched") {
        let names = said.get("subject_an").and_then(Value::as_array);
        let names: Vec<&str> = names
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let names = names.join(", ");
        found.push(
            new("tls.cert_name_mismatch")
                .with("names", &names)
                .matched(&names),
        );
    }
    let versions = said.get("version_enum").and_then(Value::as_array);
    let versions: Vec<&str> = versions
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (version, check) in VERSIONS {
        if versions.contains(version) {
            found.push(new(check).matched(version));
        }
    }
    found
}

/// A template of nuclei's that matched, where a check of ours means the same.
pub(super) fn read_nuclei(said: &Value, at: Place, line: &[u8]) -> Option<Sighting> {
    // Lines of templates that did not match appear where somebody asked for them.
    let is_match = said
        .get("matcher-status")
        .is_none_or(|status| status == true);
    let id = text(said, "template-id");
    let (_, check, attribute) = TEMPLATES.iter().find(|(template, ..)| *template == id)?;
    if !is_match {
        return None;
    }
    let matched_at = text(said, "matched-at");
    let mut sighting = Sighting::new(at.0, at.1, check, line).matched(matched_at);
    if let Some((name, value)) = attribute {
        sighting = sighting.with(name, value);
    } else {
        let path = Url::parse(matched_at).ok()?.path().to_owned();
        // A path our check does not ask for would seem gone the next time it looks.
        if !looks_at_path(check, &path) {
            return None;
        }
        sighting = sighting.with("path", &path);
        sighting.discriminator = path;
    }
    Some(sighting)
}

fn open(at: Place, line: &[u8]) -> Sighting {
    Sighting::new(at.0, at.1, "port.open", line).matched("open")
}

/// A serial number as DER has it: the sign takes a byte of its own (X.690 §8.3).
fn serial_of(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let serial = digits.to_ascii_lowercase();
    let is_signed = serial.starts_with(|c: char| matches!(c, '8'..='9' | 'a'..='f'));
    if is_signed && serial.len().is_multiple_of(2) {
        format!("00{serial}")
    } else {
        serial
    }
}

fn day_of(text: &str) -> Option<Date> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(at.date())
}

#[cfg(test)]
mod tests {
    use super::{TEMPLATES, VERSIONS, httpx_arguments, nuclei_arguments, serial_of};
    use crate::{adapter::ToolTask, check::catalogue};

    #[test]
    fn every_check_that_a_tool_may_speak_for_exists() {
        let checks = TEMPLATES.iter().map(|(_, check, _)| *check);
        for check in checks.chain(VERSIONS.iter().map(|(_, check)| *check)) {
            assert!(catalogue().iter().any(|ours| ours.id == check), "{check}");
        }
    }

    #[test]
    fn a_serial_number_is_spelled_as_in_the_certificate() {
        assert_eq!(serial_of("0A:BB"), "0abb");
        assert_eq!(serial_of("B4:C1"), "00b4c1");
    }

    #[test]
    fn a_name_is_asked_for_at_its_own_address_only() {
        let task = ToolTask {
            addresses: vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()],
            ports: "80,443".parse().unwrap(),
            name: Some("shop.example".to_owned()),
            per_second: 9,
        };
        for all in [httpx_arguments(&task), nuclei_arguments(&task, None)] {
            let at: Vec<&String> = all
                .iter()
                .zip(all.iter().skip(1))
                .filter(|(flag, _)| *flag == "-u")
                .map(|(_, target)| target)
                .collect();
            assert_eq!(
                at,
                [
                    "192.0.2.1:80",
                    "192.0.2.1:443",
                    "[2001:db8::1]:80",
                    "[2001:db8::1]:443"
                ]
            );
            assert!(all.contains(&"Host: shop.example".to_owned()));
            assert!(!all.contains(&"shop.example:80".to_owned()));
        }
    }
}
