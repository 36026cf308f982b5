//! The tree of organizations, and who reaches which.
use std::collections::BTreeSet;

use wt_fault::Kind;
use wt_model::{Principal, Role};
use wt_proto::tenant::{
    CreateOrganizationRequest, GetHierarchyRequest, ListMembersRequest, ListOrganizationsRequest,
    Membership, SwitchOrganizationRequest,
};

use crate::door::{Door, refusal};

async fn person(door: &Door, email: &str) -> Principal {
    let session = door.sign_up(email, "bearer").await;
    door.principal(&session).await
}

async fn child_of(door: &Door, principal: &Principal, name: &str) -> Membership {
    let message = CreateOrganizationRequest {
        name: name.to_owned(),
    };
    let asked = door.ask(Some(principal), message);
    let answer = door.client().create_organization(asked).await.unwrap();
    answer.into_inner().organization.unwrap()
}

fn switch(tenant_key: &str) -> SwitchOrganizationRequest {
    SwitchOrganizationRequest {
        tenant_key: tenant_key.to_owned(),
    }
}

async fn switched(door: &Door, principal: &Principal, tenant_key: &str) -> Principal {
    let asked = door.ask(Some(principal), switch(tenant_key));
    let session = door
        .client()
        .switch_organization(asked)
        .await
        .unwrap()
        .into_inner();
    door.principal(&session).await
}

fn tree(tenant_key: &impl ToString) -> GetHierarchyRequest {
    GetHierarchyRequest {
        tenant_key: tenant_key.to_string(),
    }
}

#[tokio::test]
async fn an_organization_and_what_is_below_it_are_one_tree() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let root = ann.tenant_key.unwrap();
    let child = child_of(&door, &ann, "Branch").await;
    assert_eq!(child.parent_tenant_key, root.to_string());
    let in_child = switched(&door, &ann, &child.tenant_key).await;
    let grandchild = child_of(&door, &in_child, "Twig").await;

    let asked = door.ask(Some(&ann), tree(&root));
    let nodes = door
        .client()
        .get_hierarchy(asked)
        .await
        .unwrap()
        .into_inner()
        .nodes;
    let seen: Vec<_> = nodes
        .iter()
        .map(|node| (node.name.as_str(), node.depth))
        .collect();
    assert_eq!(seen, [("ann@example.com's", 0), ("Branch", 1), ("Twig", 2)]);

    let asked = door.ask(Some(&ann), ListOrganizationsRequest {});
    let reached = door
        .client()
        .list_organizations(asked)
        .await
        .unwrap()
        .into_inner();
    let keys: BTreeSet<_> = reached
        .organizations
        .iter()
        .map(|row| row.tenant_key.as_str())
        .collect();
    let expected = [root.to_string(), child.tenant_key, grandchild.tenant_key];
    assert_eq!(keys, expected.iter().map(String::as_str).collect());
    door.news(3).await;
}

#[tokio::test]
async fn a_role_reaches_down_and_never_up_or_sideways() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let (root, child) = (
        ann.tenant_key.unwrap(),
        child_of(&door, &ann, "Branch").await,
    );
    let bob = person(&door, "bob@example.com").await;
    let bobs = bob.tenant_key.unwrap();

    // Down: an owner above owns below.
    let below = switched(&door, &ann, &child.tenant_key).await;
    assert!(below.roles.contains(&Role::Owner));
    // Up: from within the child, the tree above does not exist.
    let asked = door.ask(Some(&below), tree(&root));
    let answer = door.client().get_hierarchy(asked).await;
    assert_eq!(refusal(answer).0, Kind::NotFound);
    // Sideways: another tenant does not exist.
    for stranger in [root.to_string(), child.tenant_key.clone()] {
        let asked = door.ask(Some(&bob), tree(&stranger));
        let answer = door.client().get_hierarchy(asked).await;
        assert_eq!(refusal(answer).0, Kind::NotFound);
        let answer = door
            .client()
            .switch_organization(door.ask(Some(&bob), switch(&stranger)))
            .await;
        assert_eq!(refusal(answer).0, Kind::NotFound);
    }
    let answer = door
        .client()
        .switch_organization(door.ask(Some(&ann), switch(&bobs.to_string())))
        .await;
    assert_eq!(refusal(answer).0, Kind::NotFound);
    let answer = door
        .client()
        .switch_organization(door.ask(Some(&ann), switch("nonsense")))
        .await;
    assert_eq!(refusal(answer).0, Kind::Invalid);
}

#[tokio::test]
async fn members_are_those_of_the_callers_organization_only() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let bob = person(&door, "bob@example.com").await;
    for (who, email) in [(&ann, "ann@example.com"), (&bob, "bob@example.com")] {
        let asked = door.ask(Some(who), ListMembersRequest {});
        let members = door
            .client()
            .list_members(asked)
            .await
            .unwrap()
            .into_inner()
            .members;
        let emails: Vec<_> = members
            .into_iter()
            .map(|member| member.user.unwrap().email)
            .collect();
        assert_eq!(emails, [email]);
    }
}

#[tokio::test]
async fn a_viewer_makes_no_organization() {
    let door = Door::open().await;
    let viewer = Principal {
        roles: BTreeSet::from([Role::Viewer]),
        ..person(&door, "ann@example.com").await
    };
    let message = CreateOrganizationRequest {
        name: "Branch".to_owned(),
    };
    let answer = door
        .client()
        .create_organization(door.ask(Some(&viewer), message))
        .await;
    assert_eq!(
        refusal(answer),
        (Kind::Forbidden, "auth.forbidden".to_owned())
    );
    assert_eq!(
        door.count("select count(*) from tenant.organizations")
            .await,
        1
    );
}

#[tokio::test]
async fn who_loses_the_membership_loses_the_organization() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let root = ann.tenant_key.unwrap().to_string();
    door.change("delete from tenant.members").await;
    let answer = door
        .client()
        .switch_organization(door.ask(Some(&ann), switch(&root)))
        .await;
    assert_eq!(refusal(answer).0, Kind::NotFound);
}
