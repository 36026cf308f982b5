//! httpx, tlsx and nuclei: asked about one address at a time, under the name it is looked at for.
use std::{net::IpAddr, path::Path};

use serde_json::Value;
use url::Url;
use wt_import::{Template, templates};

use super::{Sighting, ToolTask, jsonl::text, shown};
use crate::check::looks_at_path;

/// Templates of the public tree that have a check of ours, and are asked for.
fn asked() -> impl Iterator<Item = &'static Template> {
    templates().iter().filter(|template| template.is_run)
}

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
    let most = shown::BODY_BYTES_MAX.to_string();
    let mut all = words(&[
        "-json",
        "-silent",
        "-duc",
        "-no-stdin",
        "-ip",
        "-irr",
        "-rstr",
        &most,
        "-no-color",
        "-retries",
        "0",
        "-rl",
        &rate,
    ]);
    all.extend(agent(task));
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
    let wait = format!("{}ms", 1_000_u32.div_ceil(task.per_second.max(1)));
    let mut all = words(&[
        "-json", "-silent", "-duc", "-ve", "-cert", "-retry", "1", "-c", "1", "-delay", &wait,
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
    let ids: Vec<&str> = asked().map(|template| template.id).collect();
    let rate = task.per_second.max(1).to_string();
    let ids = ids.join(",");
    let mut all = words(&[
        "-jsonl", "-silent", "-duc", "-or", "-ot", "-ni", "-nc", "-dr", "-retries", "0", "-rl",
        &rate, "-id", &ids,
    ]);
    all.extend(agent(task));
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

/// Web servers are told who asks, as the engine itself tells them.
fn agent(task: &ToolTask) -> [String; 2] {
    ["-H".to_owned(), format!("User-Agent: {}", task.user_agent)]
}

fn targets(task: &ToolTask) -> impl Iterator<Item = String> {
    task.addresses.iter().flat_map(|address| {
        let ports = task.ports.iter();
        ports.map(move |port| origin(*address, port))
    })
}

type Place = (IpAddr, u16);

/// A template of nuclei's that matched, where a check of ours means the same.
pub(super) fn read_nuclei(said: &Value, at: Place, line: &[u8]) -> Option<Sighting> {
    // Lines of templates that did not match appear where somebody asked for them.
    let is_match = said
        .get("matcher-status")
        .is_none_or(|status| status == true);
    let id = text(said, "template-id");
    let template = asked().find(|template| template.id == id)?;
    let check = template.check;
    if !is_match {
        return None;
    }
    let matched_at = text(said, "matched-at");
    let mut sighting = Sighting::new(at.0, at.1, check, line).matched(matched_at);
    if let Some((name, value)) = template.attribute {
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

#[cfg(test)]
mod tests {
    use wt_import::templates;

    use super::{httpx_arguments, nuclei_arguments};
    use crate::{adapter::ToolTask, check::catalogue};

    #[test]
    fn every_check_that_a_tool_may_speak_for_exists() {
        for template in templates() {
            let check = template.check;
            assert!(catalogue().iter().any(|ours| ours.id == check), "{check}");
        }
    }

    #[test]
    fn a_name_is_asked_for_at_its_own_address_only() {
        let task = ToolTask {
            addresses: vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()],
            ports: "80,443".parse().unwrap(),
            name: Some("shop.example".to_owned()),
            per_second: 9,
            user_agent: "Watchtower".to_owned(),
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
            assert!(all.contains(&"User-Agent: Watchtower".to_owned()));
            assert!(!all.contains(&"shop.example:80".to_owned()));
        }
    }
}
