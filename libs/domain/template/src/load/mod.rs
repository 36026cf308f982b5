//! Reading templates. What cannot run is refused with the reason, never dropped in silence.

mod fields;
mod http;
mod network;
mod operators;

use sha2::{Digest, Sha256};
use wt_model::Severity;

use crate::{
    Block, Flow, Marked, Template,
    model::Info,
    yaml::{self, Node},
};
use fields::{Fields, one_or_more};

/// Largest template file; the largest public one has 2 MB of payloads.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why a template does not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unsupported {
    /// Its id; empty when there is none, and then the file may be no template at all.
    pub id: String,
    /// Words of the protocols it uses.
    pub protocols: Vec<String>,
    /// A sentence.
    pub reason: String,
}

/// A template's bytes and the files it may read.
pub struct Source<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// Bytes of another file of the same set, by the path the template writes.
    pub files: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Files a template reads, and their bytes for its digest.
pub(super) struct Files<'a> {
    read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    digest: Sha256,
}

impl Files<'_> {
    /// The lines of a file, without empty ones.
    fn lines(&mut self, path: &str) -> Result<Vec<String>, String> {
        let bytes = (self.read)(path)
            .ok_or_else(|| format!("the payload file {path} is not in this set"))?;
        self.digest.update(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        Ok(text
            .lines()
            .map(str::to_owned)
            .filter(|line| !line.is_empty())
            .collect())
    }
}

/// Protocol keys at the top of a template, and the word they count as.
const PROTOCOLS: &[(&str, &str)] = &[
    ("http", "http"),
    ("requests", "http"),
    ("dns", "dns"),
    ("tcp", "tcp"),
    ("network", "tcp"),
    ("ssl", "ssl"),
    ("code", "code"),
    ("javascript", "javascript"),
    ("headless", "headless"),
    ("file", "file"),
    ("workflows", "workflow"),
    ("websocket", "websocket"),
    ("whois", "whois"),
];

/// Reads a template.
///
/// # Errors
/// [`Unsupported`] with the reason.
pub fn read_template(source: &Source<'_>) -> Result<Template, Unsupported> {
    let refuse = |id: &str, protocols: &[String], reason: String| Unsupported {
        id: id.to_owned(),
        protocols: protocols.to_vec(),
        reason,
    };
    if source.bytes.len() > FILE_BYTES_MAX {
        return Err(refuse(
            "",
            &[],
            format!("larger than {FILE_BYTES_MAX} bytes"),
        ));
    }
    let text =
        std::str::from_utf8(source.bytes).map_err(|_| refuse("", &[], "not UTF-8".to_owned()))?;
    let node = yaml::parse(text).map_err(|why| refuse("", &[], format!("not YAML: {why}")))?;
    let id = node
        .get("id")
        .and_then(Node::text)
        .unwrap_or_default()
        .trim();
    let mut protocols: Vec<String> = Vec::new();
    if let Node::Map(entries) = &node {
        for (key, _) in entries {
            if let Some((_, word)) = PROTOCOLS.iter().find(|(known, _)| known == key)
                && !protocols.iter().any(|known| known == word)
            {
                protocols.push((*word).to_owned());
            }
        }
    }
    let mut files = Files {
        read: source.files,
        digest: Sha256::new(),
    };
    files.digest.update(source.bytes);
    read(id, text, &node, &protocols, &mut files).map_err(|reason| refuse(id, &protocols, reason))
}

fn read(
    id: &str,
    text: &str,
    node: &Node,
    protocols: &[String],
    files: &mut Files<'_>,
) -> Result<Template, String> {
    if id.is_empty() || id.len() > 200 || id.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("it has no usable id".to_owned());
    }
    for word in ["code", "javascript", "headless", "file"] {
        if protocols.iter().any(|known| known == word) {
            return Err(format!("the protocol {word} is refused"));
        }
    }
    for word in ["workflow", "websocket", "whois"] {
        if protocols.iter().any(|known| known == word) {
            return Err(format!("the protocol {word} is not supported"));
        }
    }
    if protocols.is_empty() {
        return Err("it has no requests".to_owned());
    }
    let top = Fields::new(node, "template")?;
    top.known(&[
        "id",
        "info",
        "http",
        "requests",
        "dns",
        "tcp",
        "network",
        "ssl",
        "flow",
        "variables",
        "constants",
        "self-contained",
        "stop-at-first-match",
        "signature",
        "author",
        "name",
        "severity",
        "description",
        "tags",
        "metadata",
        "reference",
        "classification",
    ])?;
    if top.flag("self-contained")? {
        return Err("it is self-contained: its requests would not go to the target".to_owned());
    }
    if top.text("signature").is_some() {
        return Err("signed requests (signature) are not supported".to_owned());
    }
    let blocks = blocks(node, files)?;
    let flow = top.text("flow").map(Flow::new).transpose()?;
    if let Some(flow) = &flow {
        check_calls(flow, &blocks)?;
    }
    let variables = pairs(node.get("variables"))
        .into_iter()
        .map(|(name, value)| (name, Marked::new(&value)))
        .collect();
    let mut template = Template {
        id: id.to_owned(),
        digest: String::new(),
        info: info(node),
        blocks,
        flow,
        variables,
        constants: pairs(node.get("constants")),
        stops_at_first_match: top.flag("stop-at-first-match")?,
        policy: wt_model::Policy::Intrusive,
        needs_interactions: text.contains("interactsh"),
        needs: Vec::new(),
    };
    template.check_functions()?;
    template.needs = template.unfilled_names();
    template.policy = crate::policy::policy_of(&template);
    template.digest = hex::encode(std::mem::take(&mut files.digest).finalize());
    Ok(template)
}

/// Blocks in the order of the file.
fn blocks(node: &Node, files: &mut Files<'_>) -> Result<Vec<Block>, String> {
    let Node::Map(entries) = node else {
        return Ok(Vec::new());
    };
    let mut blocks = Vec::new();
    for (key, value) in entries {
        let Some((_, word)) = PROTOCOLS.iter().find(|(known, _)| known == key) else {
            continue;
        };
        for item in one_or_more(value) {
            blocks.push(match *word {
                "http" => Block::Http(Box::new(http::read(item, files)?)),
                "dns" => Block::Dns(network::dns(item, files)?),
                "tcp" => Block::Tcp(network::tcp(item, files)?),
                _ => Block::Ssl(network::ssl(item)?),
            });
        }
    }
    if blocks.is_empty() {
        return Err("it has no requests".to_owned());
    }
    Ok(blocks)
}

fn check_calls(flow: &Flow, blocks: &[Block]) -> Result<(), String> {
    for (protocol, number) in flow.calls() {
        let count = blocks
            .iter()
            .filter(|block| block.protocol().as_str() == protocol)
            .count();
        if count == 0 || number.is_some_and(|number| number > count) {
            return Err(format!(
                "flow calls a {protocol} request that does not exist"
            ));
        }
    }
    Ok(())
}

/// Names and texts of a mapping; lists become their texts joined by commas.
fn pairs(node: Option<&Node>) -> Vec<(String, String)> {
    let Some(Node::Map(entries)) = node else {
        return Vec::new();
    };
    entries
        .iter()
        .map(|(name, value)| (name.clone(), fields::texts_of(value).join(",")))
        .collect()
}

fn info(node: &Node) -> Info {
    let info = node.get("info").unwrap_or(&Node::Null);
    let text = |key: &str| {
        info.get(key)
            .and_then(Node::text)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let list = |node: Option<&Node>| -> Vec<String> {
        node.map(fields::texts_of)
            .unwrap_or_default()
            .iter()
            .flat_map(|text| text.split([',', '\n']))
            .map(|text| text.trim().trim_start_matches("- ").to_owned())
            .filter(|text| !text.is_empty())
            .collect()
    };
    let classification = info.get("classification").unwrap_or(&Node::Null);
    Info {
        name: text("name"),
        severity: text("severity")
            .to_lowercase()
            .parse()
            .unwrap_or(Severity::Info),
        description: text("description"),
        remediation: text("remediation"),
        references: list(info.get("reference")),
        tags: list(info.get("tags")),
        cwe: list(classification.get("cwe-id"))
            .iter()
            .filter_map(|id| id.to_uppercase().trim_start_matches("CWE-").parse().ok())
            .collect(),
        cve: list(classification.get("cve-id")),
        cvss_vector: classification
            .get("cvss-metrics")
            .and_then(Node::text)
            .unwrap_or_default()
            .trim()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests;
