//! What a template is after it was read.
use wt_model::{Policy, Severity};

use crate::{Flow, Marked, Operators, Payloads};

/// A protocol of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Web requests.
    Http,
    /// Questions to name servers.
    Dns,
    /// Bytes over TCP.
    Tcp,
    /// TLS handshakes.
    Ssl,
}

impl Protocol {
    /// The language's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Ssl => "ssl",
        }
    }
}

/// A template that can run.
#[derive(Debug)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// SHA-256 of its bytes and those of the files it reads, hex.
    pub digest: String,
    /// What people are told.
    pub info: Info,
    /// Its requests, in the order they run.
    pub blocks: Vec<Block>,
    /// Which blocks run, when it says so.
    pub flow: Option<Flow>,
    /// Values it names, in order; later ones may read earlier ones.
    pub variables: Vec<(String, Marked)>,
    /// Values that nothing overrides but payloads.
    pub constants: Vec<(String, String)>,
    /// Whether one result of a target is enough.
    pub stops_at_first_match: bool,
    /// The least policy under which its requests may be sent.
    pub policy: Policy,
    /// Whether it waits for the target to come to a server of ours.
    pub needs_interactions: bool,
    /// Values an operator has to give before it can run.
    pub needs: Vec<String>,
}

/// What people are told of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Short name.
    pub name: String,
    /// How bad a match is.
    pub severity: Severity,
    /// What it means.
    pub description: String,
    /// What to do.
    pub remediation: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// CVE ids.
    pub cve: Vec<String>,
    /// CVSS vector, as it is written; empty for none.
    pub cvss_vector: String,
}

/// Requests of one protocol.
#[derive(Debug)]
pub enum Block {
    /// Web requests.
    Http(Box<HttpBlock>),
    /// A question.
    Dns(DnsBlock),
    /// Bytes.
    Tcp(TcpBlock),
    /// A handshake.
    Ssl(SslBlock),
}

impl Block {
    /// Its protocol.
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::Http(_) => Protocol::Http,
            Self::Dns(_) => Protocol::Dns,
            Self::Tcp(_) => Protocol::Tcp,
            Self::Ssl(_) => Protocol::Ssl,
        }
    }

    /// Its matchers and extractors.
    pub const fn operators(&self) -> &Operators {
        match self {
            Self::Http(block) => &block.operators,
            Self::Dns(block) => &block.operators,
            Self::Tcp(block) => &block.operators,
            Self::Ssl(block) => &block.operators,
        }
    }
}

/// Which redirects are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Redirects {
    /// None.
    #[default]
    None,
    /// Those that stay on the host.
    SameHost,
    /// All; the scope still decides.
    All,
}

/// Web requests of a block.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of the language, each named as it is there"
)]
pub struct HttpBlock {
    /// The requests.
    pub requests: Vec<HttpForm>,
    /// Values to try.
    pub payloads: Option<Payloads>,
    /// Which redirects are followed.
    pub redirects: Redirects,
    /// How many.
    pub redirects_max: usize,
    /// Whether cookies of earlier answers are sent.
    pub keeps_cookies: bool,
    /// Whether one match of this block is enough.
    pub stops_at_first_match: bool,
    /// Whether raw requests go out byte for byte.
    pub is_unsafe: bool,
    /// Most bytes of a body, when it says so.
    pub body_bytes_max: Option<usize>,
    /// Whether a raw request's path is the whole path, also below a target with a path.
    pub keeps_path: bool,
    /// Whether requests go out with markers that have no value.
    pub sends_unfilled: bool,
    /// Whether operators read numbered answers, so that they judge all requests together.
    pub reads_history: bool,
    /// Matchers and extractors.
    pub operators: Operators,
}

/// One web request.
#[derive(Debug)]
pub enum HttpForm {
    /// Method, path, headers and body.
    Parts {
        /// Method.
        method: String,
        /// The whole URL, with markers.
        url: Marked,
        /// In the order of the template.
        headers: Vec<(String, Marked)>,
        /// Body.
        body: Option<Marked>,
    },
    /// The request as text.
    Raw(RawForm),
}

/// A request as text, and the annotations before it.
#[derive(Debug)]
pub struct RawForm {
    /// The text, with markers.
    pub text: Marked,
    /// `@timeout`, in seconds.
    pub timeout_s: Option<u64>,
    /// `@Host`: where it goes, in spite of its own `Host`.
    pub host: Option<Marked>,
    /// `@tls-sni`.
    pub server_name: Option<Marked>,
    /// `@once`: not repeated for further payloads.
    pub is_once: bool,
}

/// A question to name servers.
#[derive(Debug)]
pub struct DnsBlock {
    /// The name asked for.
    pub name: Marked,
    /// Record type, upper case.
    pub kind: String,
    /// Class, `inet` or `chaos`.
    pub class: String,
    /// Whether recursion is desired.
    pub is_recursive: bool,
    /// Values to try.
    pub payloads: Option<Payloads>,
    /// Matchers and extractors.
    pub operators: Operators,
}

/// Bytes over TCP.
#[derive(Debug)]
pub struct TcpBlock {
    /// Where to, each `host:port`, with markers; `tls://` before it for TLS.
    pub hosts: Vec<Marked>,
    /// Ports to try where the target has none.
    pub ports: Vec<u16>,
    /// What to send, and how much to read after each.
    pub inputs: Vec<TcpInput>,
    /// Most bytes of the last answer.
    pub read_bytes: usize,
    /// Whether to read until the peer ends.
    pub reads_all: bool,
    /// Values to try.
    pub payloads: Option<Payloads>,
    /// Whether one match is enough.
    pub stops_at_first_match: bool,
    /// Matchers and extractors.
    pub operators: Operators,
}

impl TcpBlock {
    /// The ports it is meant for, by its list and its addresses; none is any.
    pub fn usual_ports(&self) -> Vec<u16> {
        let written = self.hosts.iter().filter_map(|host| {
            let (_, port) = host.source().rsplit_once(':')?;
            port.parse().ok()
        });
        self.ports.iter().copied().chain(written).collect()
    }
}

/// One thing to send.
#[derive(Debug)]
pub struct TcpInput {
    /// What, with markers.
    pub data: Marked,
    /// Whether it is written in hexadecimal.
    pub is_hex: bool,
    /// How many bytes to read after it; none reads nothing before the end.
    pub read_bytes: Option<usize>,
    /// Name of what is read.
    pub name: String,
}

/// A TLS handshake.
#[derive(Debug)]
pub struct SslBlock {
    /// `host:port`, with markers.
    pub address: Marked,
    /// Lowest version offered, such as `tls10`.
    pub min_version: String,
    /// Highest version offered.
    pub max_version: String,
    /// Matchers and extractors.
    pub operators: Operators,
}
