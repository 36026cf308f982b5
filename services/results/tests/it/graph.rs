//! What hangs together, through the service's own door.
use std::collections::BTreeSet;

use wt_exposure::{CellRun, Settled};
use wt_model::{Principal, Role, TenantKey};
use wt_proto::results::{FindPathRequest, GetGraphRequest, Graph};

use crate::{
    room::{Room, organization, person},
    told::{CHECK, HOST, Told, asset, gone, told},
};

const ADDRESS: &str = "192.0.2.1";

async fn graph(room: &Room, who: &Principal, from: &str, depth: u32, limit: u32) -> Graph {
    let message = GetGraphRequest {
        from: from.to_owned(),
        depth,
        limit,
    };
    let request = room.peer.request(Some(who), message).unwrap();
    let answer = room.client().get_graph(request).await.unwrap();
    answer.into_inner().graph.unwrap()
}

async fn path(room: &Room, who: &Principal, from: &str, to: &str) -> Vec<String> {
    let message = FindPathRequest {
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let request = room.peer.request(Some(who), message).unwrap();
    let graph = room.client().find_path(request).await.unwrap();
    let graph = graph.into_inner().graph.unwrap();
    assert_eq!(graph.edges.len(), graph.nodes.len().saturating_sub(1));
    ids(&graph)
}

fn ids(graph: &Graph) -> Vec<String> {
    graph.nodes.iter().map(|node| node.id.clone()).collect()
}

fn edges(graph: &Graph) -> BTreeSet<String> {
    let edges = graph.edges.iter();
    edges
        .map(|edge| format!("{} {} {}", edge.from, edge.kind, edge.to))
        .collect()
}

/// The same run, of another host at another address.
fn elsewhere(mut told: Told, host: &str, address: &str) -> Told {
    let renamed = |cell: &mut CellRun| host.clone_into(&mut cell.host);
    told.report.cells.iter_mut().for_each(renamed);
    for seen in &mut told.report.observations {
        host.clone_into(&mut seen.subject.host);
        seen.evidence.address = Some(address.parse().unwrap());
    }
    for target in &mut told.job.targets {
        host.clone_into(&mut target.host);
    }
    for known in &mut told.job.known {
        host.clone_into(&mut known.host);
    }
    told
}

fn seen(tenant: TenantKey) -> Told {
    let ports = [(80, Settled::Present), (443, Settled::Present)];
    told(tenant, "on_demand", &ports)
}

#[tokio::test]
async fn a_neighbourhood_reaches_from_the_asset_to_the_finding_step_by_step() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    room.tell(seen(tenant)).await;
    let asset = format!("asset:{}", asset());
    let (name, address) = (format!("name:{HOST}"), format!("address:{ADDRESS}"));

    let near = graph(&room, &who, &asset, 1, 0).await;
    assert_eq!(ids(&near), [asset.as_str(), &name]);
    assert_eq!(near.nodes[0].label, asset.trim_start_matches("asset:"));
    assert_eq!(
        (near.nodes[0].open, near.nodes[0].severity.as_str()),
        (2, "high")
    );
    assert!(!near.truncated);

    let all = graph(&room, &who, &asset, 4, 0).await;
    let kinds: Vec<&str> = all.nodes.iter().map(|node| node.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "asset", "name", "address", "service", "service", "exposure", "exposure", "finding"
        ]
    );
    let finding = all.nodes.last().unwrap();
    assert_eq!(finding.id, format!("finding:{CHECK}"));
    assert_eq!(finding.label, "Exposed Git repository");
    assert_eq!(finding.open, 2);
    let exposure = &all.nodes[5];
    assert_eq!((exposure.state.as_str(), exposure.open), ("open", 1));
    let edges = edges(&all);
    for edge in [
        format!("{asset} has {name}"),
        format!("{name} resolves_to {address}"),
        format!("{name} serves service:{HOST}:80/tcp"),
        format!("{address} serves service:{HOST}:443/tcp"),
        format!("{} is finding:{CHECK}", exposure.id),
    ] {
        assert!(edges.contains(&edge), "{edge} is missing in {edges:#?}");
    }

    // Upwards as well, and what is fixed is walked from and not to.
    let up = graph(&room, &who, &exposure.id, 2, 0).await;
    assert!(ids(&up).contains(&name) && ids(&up).contains(&address));
    room.tell(told(tenant, "on_demand", &[(80, gone()), (443, gone())]))
        .await;
    assert_eq!(graph(&room, &who, &asset, 4, 0).await.nodes.len(), 3);
    let over = graph(&room, &who, &exposure.id, 1, 0).await;
    assert_eq!(
        (over.nodes[0].state.as_str(), over.nodes[0].open),
        ("fixed", 0)
    );
}

#[tokio::test]
async fn without_a_start_the_most_urgent_is_shown_and_a_limit_is_told() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    room.tell(seen(tenant)).await;
    let all = graph(&room, &who, "", 4, 0).await;
    assert_eq!(all.nodes[0].id, format!("asset:{}", asset()));
    // Asset, name, two services, two exposures, one finding: the chains themselves.
    assert_eq!((all.nodes.len(), all.truncated), (7, false));
    let shallow = graph(&room, &who, "", 0, 0).await;
    assert_eq!(shallow.nodes.len(), 4, "two steps from the assets");
    let few = graph(&room, &who, "", 4, 5).await;
    assert_eq!((few.nodes.len(), few.truncated), (5, true));
    let few = graph(&room, &who, &format!("finding:{CHECK}"), 4, 2).await;
    assert_eq!((few.nodes.len(), few.truncated), (2, true));
}

#[tokio::test]
async fn a_path_leads_along_an_exposure_and_between_hosts_by_what_they_share() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    room.tell(seen(tenant)).await;
    let (asset, name) = (format!("asset:{}", asset()), format!("name:{HOST}"));
    let finding = format!("finding:{CHECK}");

    let down = path(&room, &who, &asset, &finding).await;
    assert_eq!(down.len(), 5);
    assert_eq!((&down[0], &down[1]), (&asset, &name));
    assert!(down[2].starts_with("service:") && down[3].starts_with("exposure:"));
    let up = path(&room, &who, &finding, &asset).await;
    assert_eq!(up.len(), 5);
    assert_eq!(up[0], finding);
    let by_address = path(&room, &who, &asset, &format!("address:{ADDRESS}")).await;
    assert_eq!(by_address.len(), 3);

    let other = elsewhere(seen(tenant), "shop.example.com", ADDRESS);
    room.tell(other).await;
    let shared = path(&room, &who, &name, "name:shop.example.com").await;
    assert_eq!(shared.len(), 3, "{shared:?}");
    assert!(
        path(&room, &who, &name, "name:nobody.example.com")
            .await
            .is_empty()
    );
    assert!(
        path(
            &room,
            &who,
            "name:nobody.example.com",
            "name:nobody.example.com"
        )
        .await
        .is_empty()
    );
}

#[tokio::test]
async fn a_name_that_moved_is_at_its_new_address_alone() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    room.tell(seen(tenant)).await;
    // Nothing changed but where it is: no event, and still the graph knows.
    room.tell(elsewhere(seen(tenant), HOST, "198.51.100.7"))
        .await;
    let near = graph(&room, &who, &format!("name:{HOST}"), 1, 0).await;
    let addresses: Vec<String> = ids(&near)
        .into_iter()
        .filter(|id| id.starts_with("address:"))
        .collect();
    assert_eq!(addresses, ["address:198.51.100.7"]);
    let left = graph(&room, &who, &format!("address:{ADDRESS}"), 2, 0).await;
    assert!(left.nodes.is_empty(), "{left:?}");
}

#[tokio::test]
async fn another_organization_walks_to_nothing_and_a_wrong_id_is_named() {
    let room = Room::open().await;
    room.tell(seen(organization())).await;
    let other = person(organization(), Role::Owner);
    for from in [
        String::new(),
        format!("asset:{}", asset()),
        format!("name:{HOST}"),
        format!("address:{ADDRESS}"),
        format!("service:{HOST}:80/tcp"),
        format!("finding:{CHECK}"),
    ] {
        let found = graph(&room, &other, &from, 4, 0).await;
        assert!(found.nodes.is_empty(), "{from}: {found:?}");
    }
    let to = format!("finding:{CHECK}");
    assert!(
        path(&room, &other, &format!("name:{HOST}"), &to)
            .await
            .is_empty()
    );
    for (from, depth) in [
        ("name:", 1),
        ("host:x", 1),
        ("service:x:1/sctp", 1),
        ("", 5),
    ] {
        let message = GetGraphRequest {
            from: from.to_owned(),
            depth,
            limit: 0,
        };
        let request = room.peer.request(Some(&other), message).unwrap();
        let refused = room.client().get_graph(request).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{from}");
    }
}
