//! Saved views: whose they are, who sees them, who changes them.
use wt_model::{Principal, Role};
use wt_proto::results::{
    CreateViewRequest, DeleteViewRequest, ListViewsRequest, UpdateViewRequest, View,
};
use wt_rpc::RpcFault;

use crate::room::{Room, organization, person};

fn view(name: &str, shared: bool) -> View {
    View {
        name: name.to_owned(),
        filter: "severity>=high tag:ours".to_owned(),
        columns: vec!["score".to_owned()],
        shared,
        ..Default::default()
    }
}

fn code(refused: tonic::Status) -> String {
    RpcFault::from(refused).report().code.clone()
}

async fn create(room: &Room, who: &Principal, view: View) -> Result<View, String> {
    let request = CreateViewRequest { view: Some(view) };
    let request = room.peer.request(Some(who), request).unwrap();
    let made = room.client().create_view(request).await.map_err(code)?;
    Ok(made.into_inner().view.unwrap())
}

async fn update(room: &Room, who: &Principal, view: View) -> Result<View, String> {
    let request = UpdateViewRequest { view: Some(view) };
    let request = room.peer.request(Some(who), request).unwrap();
    let made = room.client().update_view(request).await.map_err(code)?;
    Ok(made.into_inner().view.unwrap())
}

async fn delete(room: &Room, who: &Principal, id: &str) -> Result<(), String> {
    let request = DeleteViewRequest {
        view_id: id.to_owned(),
    };
    let request = room.peer.request(Some(who), request).unwrap();
    room.client().delete_view(request).await.map_err(code)?;
    Ok(())
}

async fn names(room: &Room, who: &Principal) -> Vec<String> {
    let request = room.peer.request(Some(who), ListViewsRequest {}).unwrap();
    let listed = room.client().list_views(request).await.unwrap();
    listed
        .into_inner()
        .views
        .into_iter()
        .map(|view| view.name)
        .collect()
}

#[tokio::test]
async fn ones_own_views_are_nobody_elses_and_shared_ones_are_everybodys_to_see() {
    let room = Room::open().await;
    let tenant = organization();
    let (ana, bo) = (person(tenant, Role::Viewer), person(tenant, Role::Operator));
    let own = create(&room, &ana, view("mine", false)).await.unwrap();
    assert_eq!(own.filter, "severity:high,critical tag:ours");
    let shared = create(&room, &ana, view("Ours", true)).await.unwrap();
    assert_eq!(names(&room, &ana).await, ["mine", "Ours"]);
    assert_eq!(names(&room, &bo).await, ["Ours"]);
    assert!(
        names(&room, &person(organization(), Role::Owner))
            .await
            .is_empty()
    );

    let other = View {
        id: own.id.clone(),
        ..view("taken", false)
    };
    assert_eq!(
        update(&room, &bo, other).await.unwrap_err(),
        "view.not_found"
    );
    let other = View {
        id: shared.id.clone(),
        ..view("taken", true)
    };
    assert_eq!(
        update(&room, &bo, other.clone()).await.unwrap_err(),
        "view.not_yours"
    );
    assert_eq!(
        delete(&room, &bo, &shared.id).await.unwrap_err(),
        "view.not_yours"
    );
    let admin = person(tenant, Role::Admin);
    let renamed = update(&room, &admin, other).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.version), ("taken", 2));
    assert_eq!(renamed.owner, ana.sub, "it stays hers");
    delete(&room, &admin, &shared.id).await.unwrap();
    assert_eq!(names(&room, &ana).await, ["mine"]);
    let mut conn = room.superuser().await;
    let told: Vec<String> = sqlx::query_scalar(
        "select action from results.audit where action like 'view.%' order by at",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(told, ["view.create", "view.change", "view.remove"]);
}

#[tokio::test]
async fn a_name_is_there_once_a_person_and_an_edit_is_of_what_was_read() {
    let room = Room::open().await;
    let ana = person(organization(), Role::Viewer);
    let first = create(&room, &ana, view("first", false)).await.unwrap();
    let second = create(&room, &ana, view("second", false)).await.unwrap();
    let again = create(&room, &ana, view("first", true)).await;
    assert_eq!(again.unwrap_err(), "view.name_taken");
    let same = View {
        id: second.id.clone(),
        ..view("first", false)
    };
    assert_eq!(
        update(&room, &ana, same).await.unwrap_err(),
        "view.name_taken"
    );
    let edit = View {
        id: first.id.clone(),
        version: 1,
        ..view("first", false)
    };
    assert_eq!(update(&room, &ana, edit.clone()).await.unwrap().version, 2);
    assert_eq!(
        update(&room, &ana, edit).await.unwrap_err(),
        "request.stale"
    );
    let wrong = View {
        filter: "colour:red".to_owned(),
        ..view("third", false)
    };
    assert_eq!(
        create(&room, &ana, wrong).await.unwrap_err(),
        "request.invalid_field"
    );
    delete(&room, &ana, &first.id).await.unwrap();
    assert_eq!(
        delete(&room, &ana, &first.id).await.unwrap_err(),
        "view.not_found"
    );
}
