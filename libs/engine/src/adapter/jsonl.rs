//! JSON lines as the tools write them: fields nobody asked for are ignored, every field may be
//! missing, and a port may be text or a number.
use std::net::IpAddr;

use serde_json::Value;

use super::{Sighting, Tool, ToolTask, shown, web};

/// A connect scan of exactly these addresses and ports.
pub(super) fn naabu_arguments(task: &ToolTask) -> Vec<String> {
    let hosts: Vec<String> = task.addresses.iter().map(ToString::to_string).collect();
    let rate = task.per_second.max(1).to_string();
    let ports = task.ports.to_string();
    [
        "-json",
        "-silent",
        "-duc",
        "-s",
        "c",
        "-Pn",
        "-retries",
        "1",
        "-rate",
        &rate,
        "-p",
        &ports,
        "-host",
        &hosts.join(","),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What one line of a tool says, as far as it concerns the task.
pub(super) fn read(tool: Tool, task: &ToolTask, line: &[u8]) -> Vec<Sighting> {
    let Ok(said) = serde_json::from_slice::<Value>(line) else {
        return Vec::new();
    };
    let Some((address, port)) = place(&said, task) else {
        return Vec::new();
    };
    match tool {
        Tool::Naabu => vec![Sighting::new(address, port, "port.open", line).matched("open")],
        Tool::Httpx => shown::read_httpx(task, &said, (address, port), line),
        Tool::Tlsx => shown::read_tlsx(task, &said, (address, port), line),
        Tool::Nuclei => web::read_nuclei(&said, (address, port), line)
            .into_iter()
            .collect(),
        Tool::Nmap => Vec::new(),
    }
}

/// Where a line speaks of: one of the task's own addresses and ports, or nowhere.
fn place(said: &Value, task: &ToolTask) -> Option<(IpAddr, u16)> {
    let port = port_of(said)?;
    let address = ["ip", "host_ip", "host"]
        .into_iter()
        .find_map(|field| said.get(field)?.as_str()?.parse::<IpAddr>().ok());
    // A tool that was given one address speaks of that one, also where it prints a name.
    let address = match (address, task.addresses.as_slice()) {
        (Some(address), _) => address,
        (None, [only]) => *only,
        (None, _) => return None,
    };
    (task.addresses.contains(&address) && task.ports.contains(port)).then_some((address, port))
}

fn port_of(said: &Value) -> Option<u16> {
    let port = said.get("port")?;
    // Older versions of naabu wrap it: {"Port": 80, …}.
    let port = port
        .get("Port")
        .or_else(|| port.get("port"))
        .unwrap_or(port);
    match port {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A text field; empty where it is missing.
pub(super) fn text<'a>(said: &'a Value, field: &str) -> &'a str {
    said.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A truth value; false where it is missing.
pub(super) fn is_set(said: &Value, field: &str) -> bool {
    said.get(field).and_then(Value::as_bool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{naabu_arguments, read};
    use crate::adapter::{Tool, ToolTask};

    fn task(ports: &str) -> ToolTask {
        ToolTask {
            addresses: vec!["127.0.0.1".parse().unwrap()],
            ports: ports.parse().unwrap(),
            name: Some("shop.example".to_owned()),
            per_second: 50,
            user_agent: "Watchtower".to_owned(),
        }
    }

    fn said(tool: Tool, file: &str) -> Vec<String> {
        let lines = file
            .lines()
            .flat_map(|line| read(tool, &task("1-20000"), line.as_bytes()));
        let told = lines.map(|s| {
            let attributes: Vec<String> = s
                .attributes
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let words = [s.check, &*s.discriminator, &*attributes.join(" ")];
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            format!("{} {}", s.port, words.join(" "))
        });
        told.collect()
    }

    #[test]
    fn what_the_tools_write_becomes_findings_of_our_own_checks() {
        let naabu = include_str!("../../tests/tools/naabu.jsonl");
        assert_eq!(
            said(Tool::Naabu, naabu),
            ["8080 port.open", "8443 port.open", "22 port.open"]
        );
        let httpx = include_str!("../../tests/tools/httpx.jsonl");
        assert_eq!(
            said(Tool::Httpx, httpx),
            [
                "8080 port.open",
                "8080 http.service status=200 technologies=",
                "8443 port.open",
                "8443 http.service status=404 technologies=PHP, nginx",
                // The engine would follow it, and see another page.
                "8444 port.open",
                // Nothing is said of what is served there.
                "8445 port.open",
            ]
        );
        let tlsx = include_str!("../../tests/tools/tlsx.jsonl");
        assert_eq!(
            said(Tool::Tlsx, tlsx),
            [
                "8443 port.open",
                "8443 tls.cert_expired not_after=2023-05-04 serial=00b4c1d2",
                "8443 tls.cert_name_mismatch names=old.example, www.old.example",
                "8443 tls.cert_self_signed serial=00b4c1d2 subject=CN=old.example",
                "8443 tls.version.tls_1_0",
                "8443 tls.version.tls_1_1",
            ]
        );
        let nuclei = include_str!("../../tests/tools/nuclei.jsonl");
        assert_eq!(
            said(Tool::Nuclei, nuclei),
            [
                "8080 http.exposed.git_config /.git/config path=/.git/config",
                "6379 service.redis.no_auth access=open",
            ]
        );
    }

    #[test]
    fn lines_about_other_places_or_about_failures_are_nothing() {
        let other = r#"{"ip":"192.0.2.9","port":80}"#;
        let outside = r#"{"ip":"127.0.0.1","port":20001}"#;
        let failed = r#"{"ip":"127.0.0.1","port":"80","status_code":200,"failed":true}"#;
        let silent = r#"{"ip":"127.0.0.1","port":"443","probe_status":false,"expired":true}"#;
        let no_match = r#"{"ip":"127.0.0.1","port":"80","template-id":"git-config","matcher-status":false,"matched-at":"http://127.0.0.1/.git/config"}"#;
        for (tool, line) in [
            (Tool::Naabu, other),
            (Tool::Naabu, outside),
            (Tool::Naabu, "not json"),
            (Tool::Httpx, failed),
            (Tool::Tlsx, silent),
            (Tool::Nuclei, no_match),
        ] {
            assert!(said(tool, line).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_sweep_names_its_addresses_and_never_a_shell() {
        let all = naabu_arguments(&task("80,443"));
        assert!(all.ends_with(&["-p", "80,443", "-host", "127.0.0.1"].map(str::to_owned)));
        assert!(all.contains(&"-duc".to_owned()), "it looks for no update");
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_harm(line in "[ -~]{0,60}", at in 0..4_usize) {
            let tool = [Tool::Naabu, Tool::Httpx, Tool::Tlsx, Tool::Nuclei][at];
            let line = format!(r#"{{"ip":"127.0.0.1","port":"80","template-id":"git-config",{line}}}"#);
            let _ = read(tool, &task("80"), line.as_bytes());
        }
    }
}
