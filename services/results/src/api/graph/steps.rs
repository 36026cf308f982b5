//! One step of a walk: what hangs on some nodes, and what they hang on.
use std::collections::BTreeSet;

use wt_pg::TenantTx;

use crate::{
    domain::graph::{Edge, Node},
    error::ResultsFault,
    store::{
        self,
        graph::{LinkRow, ServiceRow},
        number,
        place::PlaceRow,
        stored,
    },
};

/// What one step found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Owners before what they own.
    pub(super) edges: Vec<Edge>,
    /// Whether there was more than a statement gives.
    pub(super) is_cut: bool,
}

/// The nodes of a step, by kind, as statements take them.
#[derive(Debug, Default)]
struct Asked {
    assets: Vec<String>,
    names: Vec<String>,
    addresses: Vec<String>,
    services: Vec<ServiceRow>,
    keys: Vec<String>,
    checks: Vec<String>,
}

impl Asked {
    fn of(nodes: &[Node]) -> Self {
        let mut asked = Self::default();
        for node in nodes {
            match node {
                Node::Asset(id) => asked.assets.push(id.to_string()),
                Node::Name(host) => asked.names.push(host.clone()),
                Node::Address(address) => asked.addresses.push(address.to_string()),
                Node::Service {
                    host,
                    port,
                    transport,
                } => asked.services.push(ServiceRow {
                    host: host.clone(),
                    transport: transport.clone(),
                    port: i32::from(*port),
                }),
                Node::Exposure(key) => asked.keys.push(key.to_string()),
                Node::Finding(check) => asked.checks.push(check.clone()),
            }
        }
        asked
    }
}

/// What is one step from these nodes; each statement gives at most `limit` rows.
pub(super) async fn step(
    tx: &mut TenantTx,
    nodes: &[Node],
    limit: usize,
) -> Result<Found, ResultsFault> {
    let asked = Asked::of(nodes);
    let mut found = Found::default();
    hosts(tx, &asked, limit, &mut found).await?;
    exposures(tx, &asked, limit, &mut found).await?;
    Ok(found)
}

/// Assets, names, addresses and the services on them.
async fn hosts(
    tx: &mut TenantTx,
    asked: &Asked,
    limit: usize,
    found: &mut Found,
) -> Result<(), ResultsFault> {
    let rows = rows_of(limit);
    if !asked.assets.is_empty() {
        let places = store::place::list_by_assets(tx, &asked.assets, rows).await?;
        for place in found.within(places, limit) {
            found.edges.push(has(&place)?);
        }
    }
    let mut hosts: BTreeSet<String> = asked
        .names
        .iter()
        .chain(&asked.addresses)
        .cloned()
        .collect();
    hosts.extend(asked.services.iter().map(|service| service.host.clone()));
    let mut at = Vec::new();
    if !hosts.is_empty() {
        let hosts: Vec<String> = hosts.into_iter().collect();
        at = store::place::list_by_hosts(tx, &hosts, rows).await?;
        at = found.within(at, limit);
    }
    if !asked.addresses.is_empty() {
        let more = store::place::list_by_addresses(tx, &asked.addresses, rows).await?;
        at.extend(found.within(more, limit));
    }
    for place in &at {
        found.edges.push(has(place)?);
        found.edges.extend(resolves(place));
    }
    services(tx, asked, &at, limit, found).await
}

/// The services of hosts, and the hosts of services.
async fn services(
    tx: &mut TenantTx,
    asked: &Asked,
    at: &[PlaceRow],
    limit: usize,
    found: &mut Found,
) -> Result<(), ResultsFault> {
    let is_asked = |place: &&PlaceRow| {
        asked.names.contains(&place.host)
            || asked.addresses.contains(&place.host)
            || asked.addresses.contains(&place.address)
    };
    let pairs: BTreeSet<(String, String)> = at
        .iter()
        .filter(is_asked)
        .map(|place| (place.asset_id.clone(), place.host.clone()))
        .collect();
    let mut services = Vec::new();
    if !asked.services.is_empty() && !at.is_empty() {
        let assets: BTreeSet<String> = at.iter().map(|place| place.asset_id.clone()).collect();
        let assets: Vec<String> = assets.into_iter().collect();
        // Somebody may ask for a port that nothing was ever on.
        services = store::graph::list_known_services(tx, &assets, &asked.services).await?;
    }
    if !pairs.is_empty() {
        let (assets, hosts): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
        let rows = store::graph::list_services(tx, &assets, &hosts, rows_of(limit)).await?;
        services.extend(found.within(rows, limit));
    }
    for row in &services {
        let service = service(&row.host, row.port, &row.transport)?;
        let host = Node::of_host(&row.host);
        found.edges.push((host.clone(), service.clone()));
        // On an address only what connects to it: a name's own records are not there.
        if row.port != 0 {
            let places = at.iter().filter(|place| place.host == row.host);
            for (_, address) in places.filter_map(resolves) {
                found.edges.push((address, service.clone()));
            }
        }
    }
    Ok(())
}

/// Exposures, what they are on and what they are.
async fn exposures(
    tx: &mut TenantTx,
    asked: &Asked,
    limit: usize,
    found: &mut Found,
) -> Result<(), ResultsFault> {
    let mut links = Vec::new();
    if !asked.services.is_empty() {
        let hosts: Vec<String> = asked.services.iter().map(|s| s.host.clone()).collect();
        let places = store::place::list_by_hosts(tx, &hosts, rows_of(limit)).await?;
        let assets: BTreeSet<String> = places.into_iter().map(|place| place.asset_id).collect();
        let assets: Vec<String> = assets.into_iter().collect();
        let rows =
            store::graph::list_by_services(tx, &assets, &asked.services, rows_of(limit)).await?;
        links.extend(found.within(rows, limit));
    }
    if !asked.checks.is_empty() {
        let rows = store::graph::list_by_checks(tx, &asked.checks, rows_of(limit)).await?;
        links.extend(found.within(rows, limit));
    }
    if !asked.keys.is_empty() {
        links.extend(store::graph::list_by_keys(tx, &asked.keys).await?);
    }
    for link in &links {
        let exposure = Node::Exposure(stored("results.exposures.key", &link.key)?);
        let service = service(&link.host, link.port, &link.transport)?;
        found.edges.push((service, exposure.clone()));
        let finding = Node::Finding(link.check_id.clone());
        found.edges.push((exposure, finding));
    }
    Ok(())
}

impl Found {
    /// The rows without the one too many that tells of more.
    fn within<T>(&mut self, mut rows: Vec<T>, limit: usize) -> Vec<T> {
        self.is_cut |= rows.len() > limit;
        rows.truncate(limit);
        rows
    }
}

fn rows_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

fn has(place: &PlaceRow) -> Result<Edge, ResultsFault> {
    let asset = Node::Asset(stored("results.places.asset_id", &place.asset_id)?);
    Ok((asset, Node::of_host(&place.host)))
}

/// That a name is at an address: not for addresses, which are where they are.
fn resolves(place: &PlaceRow) -> Option<Edge> {
    let address = place.address.parse().ok().map(Node::Address)?;
    match Node::of_host(&place.host) {
        name @ Node::Name(_) => Some((name, address)),
        _ => None,
    }
}

fn service(host: &str, port: i32, transport: &str) -> Result<Node, ResultsFault> {
    Ok(Node::Service {
        host: host.to_owned(),
        port: number("results.exposures.port", port)?,
        transport: transport.to_owned(),
    })
}

/// An exposure and everything it hangs on, the asset first; by the address where it is asked for.
pub(super) fn chain(link: &LinkRow, by: Option<&Node>) -> Result<Vec<Node>, ResultsFault> {
    let host = Node::of_host(&link.host);
    let mut chain = vec![Node::Asset(stored(
        "results.exposures.asset_id",
        &link.asset_id,
    )?)];
    let address = by.filter(|address| **address != host).cloned();
    chain.push(host);
    chain.extend(address);
    chain.push(service(&link.host, link.port, &link.transport)?);
    chain.push(Node::Exposure(stored("results.exposures.key", &link.key)?));
    chain.push(Node::Finding(link.check_id.clone()));
    Ok(chain)
}
