//! What hangs together: a neighbourhood, what is most urgent, and the way between two things.

mod shown;
mod steps;

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::TenantTx;
use wt_proto::results;

use self::{shown::shown, steps::chain};
use super::Api;
use crate::{
    domain::{
        graph::{Edge, Node, Walk},
        graph_path::Search,
    },
    error::ResultsFault,
    store, wire,
};

/// Steps of a walk that says nothing about it, and most of one.
const DEPTH: u32 = 2;
const DEPTH_MAX: u32 = 4;
/// Nodes of an answer that says nothing about it, and most of one.
const LIMIT: u32 = 200;
const LIMIT_MAX: u32 = 500;
/// Rows a statement of a search gives: what is met of a very wide step.
const STEP_ROWS_MAX: usize = 1_000;

pub(super) async fn get_graph(
    api: &Api,
    principal: &Principal,
    request: results::GetGraphRequest,
) -> Result<results::GetGraphResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let from = wire::optional::<Node>("from", &request.from)?;
    let depth = within("depth", request.depth, DEPTH, DEPTH_MAX)?;
    let limit = within("limit", request.limit, LIMIT, LIMIT_MAX)?;
    let mut tx = api.pool.begin_read(principal, "get_graph").await?;
    let walk = match from {
        Some(from) => neighbourhood(&mut tx, from, depth, limit).await?,
        None => most_urgent(&mut tx, depth, limit).await?,
    };
    let (nodes, edges, truncated) = walk.end();
    // A start that nothing is known of is no node: whether it is nobody's or somebody else's.
    let known = nodes.len() > 1 || !edges.is_empty();
    let nodes = if known { nodes } else { Vec::new() };
    let graph = shown(&mut tx, &nodes, edges, truncated).await?;
    tx.commit().await?;
    Ok(results::GetGraphResponse { graph: Some(graph) })
}

fn within(field: &str, asked: u32, usual: u32, most: u32) -> Result<usize, ResultsFault> {
    match asked {
        0 => Ok(usual as usize),
        asked if asked <= most => Ok(asked as usize),
        _ => Err(ResultsFault::field(field, format!("expected 1 to {most}"))),
    }
}

async fn neighbourhood(
    tx: &mut TenantTx,
    from: Node,
    depth: usize,
    limit: usize,
) -> Result<Walk, ResultsFault> {
    let mut walk = Walk::from([from], limit);
    for _ in 0..depth {
        if walk.frontier().is_empty() {
            break;
        }
        let found = steps::step(tx, walk.frontier(), limit).await?;
        walk.step(&found.edges, found.is_cut);
    }
    Ok(walk)
}

async fn most_urgent(tx: &mut TenantTx, depth: usize, limit: usize) -> Result<Walk, ResultsFault> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut links = store::graph::list_urgent(tx, most + 1).await?;
    let is_cut = links.len() > limit;
    links.truncate(limit);
    let chains = links
        .iter()
        .map(|link| chain(link, None))
        .collect::<Result<Vec<_>, _>>()?;
    let mut walk = Walk::from([], limit);
    walk.take_chains(&chains, depth);
    if is_cut {
        walk.cut();
    }
    Ok(walk)
}

pub(super) async fn find_path(
    api: &Api,
    principal: &Principal,
    request: results::FindPathRequest,
) -> Result<results::FindPathResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let from = wire::word::<Node>("from", &request.from)?;
    let to = wire::word::<Node>("to", &request.to)?;
    let mut tx = api.pool.begin_read(principal, "find_graph_path").await?;
    let (way, truncated) = match straight(&mut tx, &from, &to).await? {
        Some(way) => (way, false),
        None => search(&mut tx, from, to).await?,
    };
    let edges = way
        .windows(2)
        .filter_map(|pair| match pair {
            [one, other] if one < other => Some((one.clone(), other.clone())),
            [one, other] => Some((other.clone(), one.clone())),
            _ => None,
        })
        .collect();
    let graph = shown(&mut tx, &way, edges, truncated).await?;
    tx.commit().await?;
    Ok(results::FindPathResponse { graph: Some(graph) })
}

/// The way from one to the other along a single exposure, whichever owns the other. What hangs on
/// each other is found by this whatever the size of what lies between.
async fn straight(
    tx: &mut TenantTx,
    from: &Node,
    to: &Node,
) -> Result<Option<Vec<Node>>, ResultsFault> {
    if from.kind() == to.kind() {
        return Ok(None);
    }
    let Some(link) = store::graph::find_with_both(tx, [from, to]).await? else {
        return Ok(None);
    };
    let address = [from, to]
        .into_iter()
        .find(|node| matches!(node, Node::Address(_)));
    let chain = chain(&link, address)?;
    let place = |of: &Node| chain.iter().position(|node| node == of);
    let Some((one, other)) = place(from).zip(place(to)) else {
        return Ok(None);
    };
    let mut way: Vec<Node> = chain
        .get(one.min(other)..=one.max(other))
        .unwrap_or_default()
        .to_vec();
    if other < one {
        way.reverse();
    }
    Ok(Some(way))
}

async fn search(
    tx: &mut TenantTx,
    from: Node,
    to: Node,
) -> Result<(Vec<Node>, bool), ResultsFault> {
    let is_one = from == to;
    let mut search = Search::between(from, to);
    let mut edges: Vec<Edge> = Vec::new();
    while let Some(frontier) = search.frontier() {
        let found = steps::step(tx, frontier, STEP_ROWS_MAX).await?;
        search.step(&found.edges, found.is_cut);
        edges.extend(found.edges);
    }
    let (way, truncated) = search.end();
    // What hangs on nothing is no node that is known.
    let known = !is_one || !edges.is_empty();
    Ok((if known { way } else { Vec::new() }, truncated))
}
