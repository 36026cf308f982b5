//! What hangs together: asset → name → address → service → exposure → finding.
use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::Permission;
use wt_proto::{asset::ListAssetsRequest, results as wire};

use super::{
    access::{Caller, ExposuresRead, May},
    extract::{Checked, Params},
    problem::Problem,
};
use crate::Edge;

/// Routes of `/graph`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get_graph))
        .routes(routes!(find_path))
}

/// Which part of the graph.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GraphQuery {
    /// Id of the node to start from; the assets with the most urgent open exposures when left out.
    #[serde(default)]
    #[param(max_length = 320, example = "name:www.example.com")]
    from: String,
    /// Steps from there, or from the assets.
    #[serde(default)]
    #[param(minimum = 1, maximum = 4, default = 2)]
    depth: Option<u32>,
    /// Nodes wanted at most.
    #[serde(default)]
    #[param(minimum = 1, maximum = 500, default = 200)]
    limit: Option<u32>,
}

impl Checked for GraphQuery {
    fn check(&self) -> Result<(), Problem> {
        for (field, value, most) in [("depth", self.depth, 4), ("limit", self.limit, 500)] {
            if value.is_some_and(|value| !(1..=most).contains(&value)) {
                return Err(Problem::invalid_field(
                    field,
                    format!("expected 1 to {most}"),
                ));
            }
        }
        Ok(())
    }
}

/// Between which nodes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PathQuery {
    /// Id of a node.
    #[param(max_length = 320)]
    from: String,
    /// Id of another.
    #[param(max_length = 320)]
    to: String,
}

impl Checked for PathQuery {}

/// Some nodes and what is between them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Graph {
    /// From the start outwards; of a path in its order.
    nodes: Vec<GraphNode>,
    /// Between nodes that are here.
    edges: Vec<GraphEdge>,
    /// Whether there is more than was asked for, or than is looked at.
    truncated: bool,
}

/// A thing that others hang on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GraphNode {
    /// `asset:<ast_…>`, `name:<host>`, `address:<ip>`, `service:<host>:<port>/<transport>`,
    /// `exposure:<key>` or `finding:<check id>`.
    id: String,
    /// What it is.
    #[schema(schema_with = node_kind)]
    kind: String,
    /// For people.
    label: String,
    /// Worst of the live exposures on it, absent where there is none; of an exposure its own.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false, schema_with = crate::rest::words::severity)]
    severity: String,
    /// Live exposures on it: those that are open or unresponsive.
    open: u64,
    /// Of an exposure: where it stands.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false, schema_with = crate::rest::words::exposure_state)]
    state: String,
}

/// That one thing belongs to another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GraphEdge {
    /// Id of the node that the other belongs to.
    from: String,
    /// Id of the other.
    to: String,
    /// How: an asset `has` names and addresses, a name `resolves_to` an address, either `serves`
    /// a service, a service `exposes` an exposure, which `is` a finding.
    #[schema(schema_with = edge_kind)]
    kind: String,
}

fn one_of(all: &'static [&'static str]) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    utoipa::openapi::schema::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(all.iter().copied()))
        .into()
}

fn node_kind() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    one_of(&["asset", "name", "address", "service", "exposure", "finding"])
}

fn edge_kind() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    one_of(&["has", "resolves_to", "serves", "exposes", "is"])
}

/// The neighbourhood of a node; of what is most urgent without one.
#[utoipa::path(get, path = "/graph", tag = "graph", params(GraphQuery),
    responses((status = 200, description = "nodes and edges; none when nothing is known of the start", body = Graph)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_graph(
    caller: May<ExposuresRead>,
    Params(query): Params<GraphQuery>,
) -> Result<Json<Graph>, Problem> {
    let request = wire::GetGraphRequest {
        from: query.from,
        depth: query.depth.unwrap_or_default(),
        limit: query.limit.unwrap_or_default(),
    };
    let answer = caller.results()?.get_graph(request).await?.into_inner();
    labelled(&caller, answer.graph).await.map(Json)
}

/// How two nodes hang together: nodes in the order of the way, none when there is no way.
#[utoipa::path(get, path = "/graph/path", tag = "graph", params(PathQuery),
    responses((status = 200, description = "the way; `truncated` when it was given up", body = Graph)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn find_path(
    caller: May<ExposuresRead>,
    Params(query): Params<PathQuery>,
) -> Result<Json<Graph>, Problem> {
    let request = wire::FindPathRequest {
        from: query.from,
        to: query.to,
    };
    let answer = caller.results()?.find_path(request).await?.into_inner();
    labelled(&caller, answer.graph).await.map(Json)
}

/// The graph with the assets called what people call them, which their registry tells whoever may
/// read assets; others see their ids.
async fn labelled(caller: &Caller, graph: Option<wire::Graph>) -> Result<Graph, Problem> {
    let graph = graph.ok_or_else(|| Problem::broken_answer("graph"))?;
    let ids: Vec<String> = graph
        .nodes
        .iter()
        .filter(|node| node.kind == "asset")
        .map(|node| node.label.clone())
        .collect();
    let mut values = BTreeMap::new();
    let may_read = wt_auth::may(caller.principal(), Permission::AssetsRead).is_ok();
    if may_read && !ids.is_empty() {
        let request = ListAssetsRequest {
            ids,
            ..ListAssetsRequest::default()
        };
        let answer = caller.assets()?.list_assets(request).await?.into_inner();
        values.extend(
            answer
                .assets
                .into_iter()
                .map(|asset| (asset.id, asset.value)),
        );
    }
    let nodes = graph.nodes.into_iter().map(|node| GraphNode {
        label: values.remove(&node.label).unwrap_or(node.label),
        id: node.id,
        kind: node.kind,
        severity: node.severity,
        open: node.open,
        state: node.state,
    });
    let edges = graph.edges.into_iter().map(|edge| GraphEdge {
        from: edge.from,
        to: edge.to,
        kind: edge.kind,
    });
    Ok(Graph {
        nodes: nodes.collect(),
        edges: edges.collect(),
        truncated: graph.truncated,
    })
}
