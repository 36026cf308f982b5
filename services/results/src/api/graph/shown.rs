//! Nodes as they are shown: what they are called, how bad it is on them and how much of it.
use std::collections::{BTreeMap, BTreeSet};

use wt_model::Severity;
use wt_pg::TenantTx;
use wt_proto::results;

use crate::{
    domain::graph::{Edge, Node},
    error::ResultsFault,
    store,
};

/// Most places that are asked about for the counts of what is shown.
const PLACES_MAX: i64 = 10_000;

/// Live exposures on something: how many, and the rank of the worst.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    open: i64,
    worst: Option<i16>,
}

impl Tally {
    fn add(&mut self, open: i64, worst: i16) {
        self.open += open;
        self.worst = self.worst.max(Some(worst));
    }
}

/// What is known about nodes beside that they are there.
#[derive(Debug, Default)]
struct Known {
    tallies: BTreeMap<Node, Tally>,
    labels: BTreeMap<Node, String>,
    states: BTreeMap<Node, String>,
}

/// The answer: nodes in their order, with what people want to know of each.
pub(super) async fn shown(
    tx: &mut TenantTx,
    nodes: &[Node],
    edges: BTreeSet<Edge>,
    truncated: bool,
) -> Result<results::Graph, ResultsFault> {
    let mut known = Known::default();
    hosts(tx, nodes, &mut known).await?;
    assets_and_findings(tx, nodes, &mut known).await?;
    exposures(tx, nodes, &mut known).await?;
    let edges = edges.into_iter().map(|(owner, owned)| results::GraphEdge {
        kind: owner.edge_to(&owned).to_owned(),
        from: owner.to_string(),
        to: owned.to_string(),
    });
    Ok(results::Graph {
        nodes: nodes.iter().map(|node| known.node(node)).collect(),
        edges: edges.collect(),
        truncated,
    })
}

impl Known {
    fn node(&self, node: &Node) -> results::GraphNode {
        let tally = self.tallies.get(node).copied().unwrap_or_default();
        let severity = tally
            .worst
            .and_then(|rank| Severity::ALL.iter().find(|one| one.rank() == rank));
        results::GraphNode {
            id: node.to_string(),
            kind: node.kind().to_owned(),
            label: self
                .labels
                .get(node)
                .cloned()
                .unwrap_or_else(|| node.label()),
            severity: severity.map(ToString::to_string).unwrap_or_default(),
            open: u64::try_from(tally.open).unwrap_or_default(),
            state: self.states.get(node).cloned().unwrap_or_default(),
        }
    }

    fn add(&mut self, node: Node, open: i64, worst: i16) {
        self.tallies.entry(node).or_default().add(open, worst);
    }
}

/// Names, addresses and services: counted by port, added up for what the ports are on.
async fn hosts(tx: &mut TenantTx, nodes: &[Node], known: &mut Known) -> Result<(), ResultsFault> {
    let (mut hosts, mut addresses) = (BTreeSet::new(), Vec::new());
    for node in nodes {
        match node {
            Node::Name(host) | Node::Service { host, .. } => {
                hosts.insert(host.clone());
            }
            Node::Address(address) => {
                hosts.insert(address.to_string());
                addresses.push(address.to_string());
            }
            _ => {}
        }
    }
    if hosts.is_empty() {
        return Ok(());
    }
    let hosts: Vec<String> = hosts.into_iter().collect();
    let mut places = store::place::list_by_hosts(tx, &hosts, PLACES_MAX).await?;
    if !addresses.is_empty() {
        places.extend(store::place::list_by_addresses(tx, &addresses, PLACES_MAX).await?);
    }
    let mut at: BTreeMap<&str, BTreeSet<Node>> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for place in &places {
        let of_host = at.entry(place.host.as_str()).or_default();
        of_host.insert(Node::of_host(&place.host));
        of_host.extend(place.address.parse().ok().map(Node::Address));
        pairs.insert((place.asset_id.clone(), place.host.clone()));
    }
    let (assets, hosts): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
    for row in store::graph::tally_hosts(tx, &assets, &hosts).await? {
        for node in at.get(row.host.as_str()).into_iter().flatten() {
            known.add(node.clone(), row.open, row.worst);
        }
        let service = Node::Service {
            port: store::number("results.exposures.port", row.port)?,
            host: row.host,
            transport: row.transport,
        };
        known.add(service, row.open, row.worst);
    }
    Ok(())
}

async fn assets_and_findings(
    tx: &mut TenantTx,
    nodes: &[Node],
    known: &mut Known,
) -> Result<(), ResultsFault> {
    let (mut assets, mut checks) = (Vec::new(), Vec::new());
    for node in nodes {
        match node {
            Node::Asset(id) => assets.push(id.to_string()),
            Node::Finding(check) => checks.push(check.clone()),
            _ => {}
        }
    }
    if !assets.is_empty() {
        for row in store::graph::tally_assets(tx, &assets).await? {
            let asset = store::stored("results.exposures.asset_id", &row.name)?;
            known.add(Node::Asset(asset), row.open, row.worst);
        }
    }
    if !checks.is_empty() {
        for row in store::graph::tally_checks(tx, &checks).await? {
            known.add(Node::Finding(row.name), row.open, row.worst);
        }
        for (check, title) in store::check::list_titles(tx, &checks).await? {
            known.labels.insert(Node::Finding(check), title);
        }
    }
    Ok(())
}

async fn exposures(
    tx: &mut TenantTx,
    nodes: &[Node],
    known: &mut Known,
) -> Result<(), ResultsFault> {
    let keys: Vec<String> = nodes
        .iter()
        .filter_map(|node| match node {
            Node::Exposure(key) => Some(key.to_string()),
            _ => None,
        })
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    for row in store::exposure_page::list_by_keys(tx, &keys).await? {
        let node = Node::Exposure(store::stored("results.exposures.key", &row.key)?);
        if matches!(row.state.as_str(), "open" | "unresponsive") {
            known.add(node.clone(), 1, row.severity_rank);
        } else {
            // How bad it was is still worth knowing of one that is over.
            known.add(node.clone(), 0, row.severity_rank);
        }
        known.labels.insert(node.clone(), row.title);
        known.states.insert(node, row.state);
    }
    Ok(())
}
