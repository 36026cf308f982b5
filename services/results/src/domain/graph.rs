//! What hangs together: asset → name → address → service → exposure → finding.
//!
//! A node is named by what it is, never by a number, so that a link to it keeps its meaning.
use std::{collections::BTreeSet, fmt, net::IpAddr, str::FromStr};

use wt_exposure::{ExposureKey, fold_host};
use wt_model::AssetId;

/// Longest id of a node: a host (RFC 1035 §2.3.4) with its port, or a check's id.
const NODE_ID_BYTES_MAX: usize = 320;

/// A thing that others hang on. Ordered as they hang: the owner comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    /// What the organization owns.
    Asset(AssetId),
    /// A host by its name.
    Name(String),
    /// A host by its address.
    Address(IpAddr),
    /// A port of a host.
    Service {
        /// Name or canonical address.
        host: String,
        /// 0 for what is said of the name itself.
        port: u16,
        /// `tcp` or `udp`
        transport: String,
    },
    /// Something exposed there.
    Exposure(ExposureKey),
    /// What a check can find, wherever it does.
    Finding(String),
}

/// A text that names no node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected asset:<id>, name:<host>, address:<ip>, service:<host>:<port>/tcp, exposure:<key> or finding:<check id>"
)]
pub(crate) struct NoNode;

impl Node {
    /// The node of a host as it is stored: an address, else a name.
    pub(crate) fn of_host(host: &str) -> Self {
        host.parse()
            .map_or_else(|_| Self::Name(host.to_owned()), Self::Address)
    }

    /// The word its id begins with.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Asset(_) => "asset",
            Self::Name(_) => "name",
            Self::Address(_) => "address",
            Self::Service { .. } => "service",
            Self::Exposure(_) => "exposure",
            Self::Finding(_) => "finding",
        }
    }

    /// What people read where nothing better is known.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Asset(id) => id.to_string(),
            Self::Name(text) | Self::Finding(text) => text.clone(),
            Self::Address(address) => address.to_string(),
            Self::Service { host, port: 0, .. } => host.clone(),
            Self::Service {
                host,
                port,
                transport,
            } if host.contains(':') => format!("[{host}]:{port}/{transport}"),
            Self::Service {
                host,
                port,
                transport,
            } => format!("{host}:{port}/{transport}"),
            Self::Exposure(key) => key.to_string(),
        }
    }

    /// How the other hangs on this.
    pub(crate) const fn edge_to(&self, other: &Self) -> &'static str {
        match (self, other) {
            (Self::Asset(_), _) => "has",
            (Self::Name(_), Self::Address(_)) => "resolves_to",
            (Self::Name(_) | Self::Address(_), _) => "serves",
            (Self::Service { .. }, _) => "exposes",
            (Self::Exposure(_) | Self::Finding(_), _) => "is",
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Asset(id) => write!(f, "{kind}:{id}"),
            Self::Name(text) | Self::Finding(text) => write!(f, "{kind}:{text}"),
            Self::Address(address) => write!(f, "{kind}:{address}"),
            Self::Service {
                host,
                port,
                transport,
            } => write!(f, "{kind}:{host}:{port}/{transport}"),
            Self::Exposure(key) => write!(f, "{kind}:{key}"),
        }
    }
}

impl FromStr for Node {
    type Err = NoNode;

    fn from_str(text: &str) -> Result<Self, NoNode> {
        let (kind, rest) = text.split_once(':').ok_or(NoNode)?;
        let is_text = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        if text.len() > NODE_ID_BYTES_MAX || !is_text(rest) {
            return Err(NoNode);
        }
        match kind {
            "asset" => rest.parse().map(Self::Asset).map_err(|_| NoNode),
            "name" if rest.parse::<IpAddr>().is_err() => Ok(Self::Name(fold_host(rest))),
            "address" => rest
                .parse::<IpAddr>()
                .map(|address| Self::Address(address.to_canonical()))
                .map_err(|_| NoNode),
            "service" => {
                let (place, transport) = rest.rsplit_once('/').ok_or(NoNode)?;
                let (host, port) = place.rsplit_once(':').ok_or(NoNode)?;
                let transport = matches!(transport, "tcp" | "udp")
                    .then(|| transport.to_owned())
                    .ok_or(NoNode)?;
                is_text(host).then_some(()).ok_or(NoNode)?;
                Ok(Self::Service {
                    host: fold_host(host),
                    port: port.parse().map_err(|_| NoNode)?,
                    transport,
                })
            }
            "exposure" => rest.parse().map(Self::Exposure).map_err(|_| NoNode),
            "finding" => Ok(Self::Finding(rest.to_owned())),
            _ => Err(NoNode),
        }
    }
}

/// That the second node hangs on the first.
pub(crate) type Edge = (Node, Node);

/// A walk outwards from some nodes, a step at a time, that takes no more nodes than it may.
#[derive(Debug)]
pub(crate) struct Walk {
    /// In the order in which they were met.
    nodes: Vec<Node>,
    met: BTreeSet<Node>,
    edges: BTreeSet<Edge>,
    /// Where the last step led.
    frontier: Vec<Node>,
    limit: usize,
    truncated: bool,
}

impl Walk {
    /// Begins at these.
    pub(crate) fn from(start: impl IntoIterator<Item = Node>, limit: usize) -> Self {
        let mut walk = Self {
            nodes: Vec::new(),
            met: BTreeSet::new(),
            edges: BTreeSet::new(),
            frontier: Vec::new(),
            limit,
            truncated: false,
        };
        for node in start {
            walk.meet(node);
        }
        walk
    }

    /// What is asked next: what hangs on these, and what they hang on.
    pub(crate) fn frontier(&self) -> &[Node] {
        &self.frontier
    }

    /// Goes on to what lies behind the frontier; `is_cut` when there was more than is told here.
    pub(crate) fn step(&mut self, edges: &[Edge], is_cut: bool) {
        self.truncated |= is_cut;
        let behind: BTreeSet<Node> = std::mem::take(&mut self.frontier).into_iter().collect();
        for (owner, owned) in edges {
            for (here, there) in [(owner, owned), (owned, owner)] {
                if behind.contains(here) {
                    self.meet(there.clone());
                }
            }
        }
        self.link(edges);
    }

    /// Notes what is between nodes that were met.
    fn link(&mut self, edges: &[Edge]) {
        let met = &self.met;
        let between = edges
            .iter()
            .filter(|(owner, owned)| met.contains(owner) && met.contains(owned));
        self.edges.extend(between.cloned());
    }

    /// Takes chains, each from an asset down, as far as `depth` steps; whole or not at all.
    pub(crate) fn take_chains(&mut self, chains: &[Vec<Node>], depth: usize) {
        for chain in chains {
            let chain = chain.get(..=depth).unwrap_or(chain);
            let new = chain.iter().filter(|node| !self.met.contains(node)).count();
            if self.nodes.len() + new > self.limit {
                self.truncated = true;
                return;
            }
            for node in chain {
                self.meet(node.clone());
            }
            let edges: Vec<Edge> = chain
                .windows(2)
                .filter_map(|pair| match pair {
                    [owner, owned] => Some((owner.clone(), owned.clone())),
                    _ => None,
                })
                .collect();
            self.link(&edges);
        }
    }

    fn meet(&mut self, node: Node) {
        if self.met.contains(&node) {
            return;
        }
        if self.nodes.len() >= self.limit {
            self.truncated = true;
            return;
        }
        self.met.insert(node.clone());
        self.frontier.push(node.clone());
        self.nodes.push(node);
    }

    /// Says that more was there than was walked.
    pub(crate) const fn cut(&mut self) {
        self.truncated = true;
    }

    /// Nodes as they were met, edges between them, and whether there is more.
    pub(crate) fn end(self) -> (Vec<Node>, BTreeSet<Edge>, bool) {
        (self.nodes, self.edges, self.truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        text.parse().unwrap()
    }

    #[test]
    fn a_node_is_named_one_way() {
        for (text, canonical) in [
            ("asset:ast_01ARZ3NDEKTSV4RRFFQ69G5FAV", None),
            ("name:WWW.Example.com.", Some("name:www.example.com")),
            ("address:::ffff:192.0.2.1", Some("address:192.0.2.1")),
            ("address:2001:db8::1", None),
            ("service:2001:db8::1:443/tcp", None),
            (
                "service:Example.com:53/udp",
                Some("service:example.com:53/udp"),
            ),
            ("finding:tls.cert_expired", None),
        ] {
            assert_eq!(node(text).to_string(), canonical.unwrap_or(text));
        }
        for wrong in [
            "",
            "asset",
            "asset:",
            "asset:x",
            "name:192.0.2.1",
            "name:",
            "address:example.com",
            "service:example.com",
            "service:example.com:70000/tcp",
            "service:example.com:80/sctp",
            "service::80/tcp",
            "exposure:x",
            "team:x",
            "finding:a\u{0}b",
        ] {
            assert_eq!(wrong.parse::<Node>(), Err(NoNode), "{wrong}");
        }
    }

    #[test]
    fn a_walk_goes_a_step_at_a_time_and_no_further_than_its_limit() {
        let (a, b) = (node("name:a.example.com"), node("name:b.example.com"));
        let at = node("address:192.0.2.1");
        let edges = [(a.clone(), at.clone()), (b.clone(), at.clone())];
        let mut walk = Walk::from([a.clone()], 9);
        walk.step(&edges, false);
        assert_eq!(
            walk.frontier(),
            std::slice::from_ref(&at),
            "b is two steps away"
        );
        walk.step(&edges, false);
        let (nodes, told, truncated) = walk.end();
        assert_eq!((nodes, truncated), (vec![a.clone(), at.clone(), b], false));
        assert_eq!(told.len(), 2);
        let mut walk = Walk::from([a.clone()], 2);
        walk.step(&edges, false);
        walk.step(&edges, false);
        let (nodes, told, truncated) = walk.end();
        assert_eq!((nodes, told.len(), truncated), (vec![a, at], 1, true));
    }
}
