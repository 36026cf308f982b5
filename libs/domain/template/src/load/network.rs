//! `dns`, `tcp` and `ssl` blocks.
use crate::{DnsBlock, Marked, SslBlock, TcpBlock, TcpInput, yaml::Node};

use super::{Files, fields::Fields, http::payloads, operators};

/// How much is read where a template does not say.
const READ_BYTES_DEFAULT: usize = 1_024;
/// Most that is read, whatever a template says.
const READ_BYTES_MAX: usize = 1024 * 1024;
/// Record types that can be asked for.
const RECORD_TYPES: &[&str] = &[
    "A", "AAAA", "NS", "CNAME", "SOA", "PTR", "MX", "TXT", "DS", "CAA", "TLSA", "ANY", "SRV",
];

pub(super) fn dns(node: &Node, files: &mut Files<'_>) -> Result<DnsBlock, String> {
    let fields = Fields::new(node, "dns")?;
    let own: &[&str] = &[
        "id",
        "name",
        "type",
        "class",
        "recursion",
        "retries",
        "payloads",
        "attack",
        "threads",
    ];
    fields.known(&[own, operators::KEYS].concat())?;
    let kind = fields.text("type").unwrap_or("A").trim().to_uppercase();
    if !RECORD_TYPES.contains(&kind.as_str()) {
        return Err(format!("the record type {kind} is not supported"));
    }
    let class = match fields.word("class").as_str() {
        "" | "inet" => "inet",
        "chaos" => "chaos",
        other => return Err(format!("the class {other} is not supported")),
    };
    Ok(DnsBlock {
        name: Marked::new(fields.text("name").ok_or("dns: name is missing")?),
        kind,
        class: class.to_owned(),
        is_recursive: fields.get("recursion").is_none() || fields.flag("recursion")?,
        payloads: payloads(&fields, files)?,
        operators: operators::read(&fields)?,
    })
}

pub(super) fn tcp(node: &Node, files: &mut Files<'_>) -> Result<TcpBlock, String> {
    let fields = Fields::new(node, "tcp")?;
    let own: &[&str] = &[
        "id",
        "name",
        "host",
        "port",
        "exclude-ports",
        "inputs",
        "read-size",
        "read-all",
        "payloads",
        "attack",
        "threads",
        "stop-at-first-match",
    ];
    fields.known(&[own, operators::KEYS].concat())?;
    let ports: Vec<u16> = fields
        .texts("port")
        .iter()
        .flat_map(|text| text.split(','))
        .filter(|text| !text.trim().is_empty() && !text.contains("{{"))
        .map(|text| {
            text.trim()
                .parse()
                .map_err(|_| format!("tcp: port {text:?} is not a port"))
        })
        .collect::<Result<_, _>>()?;
    let hosts: Vec<Marked> = fields
        .texts("host")
        .iter()
        .map(|text| Marked::new(text.trim()))
        .collect();
    if hosts.is_empty() {
        return Err("tcp: host is missing".to_owned());
    }
    Ok(TcpBlock {
        hosts,
        ports,
        inputs: fields
            .list("inputs")
            .iter()
            .map(input)
            .collect::<Result<_, _>>()?,
        read_bytes: fields
            .number("read-size")?
            .unwrap_or(READ_BYTES_DEFAULT)
            .min(READ_BYTES_MAX),
        reads_all: fields.flag("read-all")?,
        payloads: payloads(&fields, files)?,
        stops_at_first_match: fields.flag("stop-at-first-match")?,
        operators: operators::read(&fields)?,
    })
}

fn input(node: &Node) -> Result<TcpInput, String> {
    let fields = Fields::new(node, "input")?;
    fields.known(&["data", "type", "read", "name"])?;
    let is_hex = match fields.word("type").as_str() {
        "" | "text" => false,
        "hex" => true,
        other => return Err(format!("the input type {other:?} is not supported")),
    };
    Ok(TcpInput {
        data: Marked::new(fields.text("data").unwrap_or_default()),
        is_hex,
        read_bytes: fields
            .number("read")?
            .map(|bytes| bytes.min(READ_BYTES_MAX)),
        name: fields.text("name").unwrap_or_default().to_owned(),
    })
}

const TLS_VERSIONS: &[&str] = &["", "sslv3", "ssl30", "tls10", "tls11", "tls12", "tls13"];

pub(super) fn ssl(node: &Node) -> Result<SslBlock, String> {
    let fields = Fields::new(node, "ssl")?;
    let own: &[&str] = &[
        "id",
        "name",
        "address",
        "min_version",
        "max_version",
        "scan_mode",
    ];
    fields.known(&[own, operators::KEYS].concat())?;
    let version = |key: &str| {
        let word = fields.word(key);
        if TLS_VERSIONS.contains(&word.as_str()) {
            Ok(word)
        } else {
            Err(format!("ssl: the version {word:?} is not known"))
        }
    };
    Ok(SslBlock {
        address: Marked::new(fields.text("address").unwrap_or("{{Host}}:{{Port}}").trim()),
        min_version: version("min_version")?,
        max_version: version("max_version")?,
        operators: operators::read(&fields)?,
    })
}
