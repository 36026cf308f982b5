//! Own roles, teams with a part of the assets, and why somebody may do something.
use std::collections::BTreeSet;

use wt_model::{Permission, Principal, Reach};
use wt_proto::tenant::{
    AddTeamMemberRequest, CreateRoleRequest, CreateTeamRequest, CustomRole, DeleteRoleRequest,
    ExplainAccessRequest, ExplainAccessResponse, GetHierarchyRequest, GetTeamRequest,
    ListRolesRequest, RemoveTeamMemberRequest, SwitchOrganizationRequest, Team, TeamGrant,
    UpdateRoleRequest, UpdateTeamRequest, UpdateUserRequest,
};

use crate::{
    door::{Door, refusal},
    invitations::joined,
    people::{owner, role},
};

async fn make_role(door: &Door, by: &Principal, name: &str, words: &[&str]) -> CustomRole {
    let message = CreateRoleRequest {
        name: name.to_owned(),
        permissions: words.iter().map(ToString::to_string).collect(),
    };
    let answer = door.people().create_role(door.ask(Some(by), message)).await;
    answer.unwrap().into_inner().role.unwrap()
}

fn with_roles(user: &Principal, word: &str, role_ids: &[&str]) -> UpdateUserRequest {
    UpdateUserRequest {
        set_role_ids: true,
        role_ids: role_ids.iter().map(ToString::to_string).collect(),
        ..role(user, word)
    }
}

/// The principal with what it holds now.
async fn again(door: &Door, who: &Principal) -> Principal {
    let message = SwitchOrganizationRequest {
        tenant_key: who.tenant_key.unwrap().to_string(),
    };
    let asked = door.ask(Some(who), message);
    let session = door.client().switch_organization(asked).await.unwrap();
    door.principal(&session.into_inner()).await
}

async fn team(door: &Door, by: &Principal, tag: &str, grants: &str) -> Team {
    let message = CreateTeamRequest {
        name: format!("Team {tag}"),
        description: String::new(),
        grants: vec![TeamGrant {
            tag: tag.to_owned(),
            role: grants.to_owned(),
            role_id: String::new(),
        }],
    };
    let answer = door.people().create_team(door.ask(Some(by), message)).await;
    answer.unwrap().into_inner().team.unwrap()
}

async fn why(
    door: &Door,
    by: &Principal,
    user: &Principal,
    permission: &str,
    tags: Option<&[&str]>,
) -> ExplainAccessResponse {
    let message = ExplainAccessRequest {
        user_id: user.sub.clone(),
        permission: permission.to_owned(),
        about_asset: tags.is_some(),
        tags: tags
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    let answer = door
        .people()
        .explain_access(door.ask(Some(by), message))
        .await;
    answer.unwrap().into_inner()
}

#[tokio::test]
async fn an_own_role_gives_what_it_says_and_nothing_else() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = joined(&door, &ann, "bob@example.com", "member").await;
    assert!(
        Permission::ALL
            .iter()
            .all(|permission| !bob.holds(*permission))
    );
    let made = make_role(&door, &ann, "Scanner", &["runs:create", "runs:read"]).await;
    let asked = door.ask(Some(&ann), with_roles(&bob, "", &[&made.id]));
    door.people().update_user(asked).await.unwrap();
    let bob = again(&door, &bob).await;
    let held: BTreeSet<_> = Permission::ALL.iter().filter(|p| bob.holds(**p)).collect();
    assert_eq!(
        held,
        [&Permission::RunsCreate, &Permission::RunsRead].into()
    );

    let delete = DeleteRoleRequest {
        role_id: made.id.clone(),
    };
    let answer = door
        .people()
        .delete_role(door.ask(Some(&ann), delete.clone()))
        .await;
    assert_eq!(refusal(answer).1, "role.in_use");
    let asked = door.ask(Some(&ann), with_roles(&bob, "", &[]));
    door.people().update_user(asked).await.unwrap();
    door.people()
        .delete_role(door.ask(Some(&ann), delete))
        .await
        .unwrap();
    assert!(!again(&door, &bob).await.holds(Permission::RunsRead));
}

#[tokio::test]
async fn a_role_holds_no_more_than_its_maker_and_never_the_platforms() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = joined(&door, &ann, "bob@example.com", "admin").await;
    let create = |name: &str, word: &str| CreateRoleRequest {
        name: name.to_owned(),
        permissions: vec![word.to_owned()],
    };
    for (who, word, code) in [
        (&bob, "billing:manage", "member.beyond_own"),
        (&ann, "platform:operate", "member.beyond_own"),
        (&ann, "assets:attest", "member.beyond_own"),
        (&ann, "everything", "request.invalid_field"),
    ] {
        let answer = door
            .people()
            .create_role(door.ask(Some(who), create("x", word)))
            .await;
        assert_eq!(refusal(answer).1, code, "{word}");
    }
    // An admin neither widens, narrows nor hands out a role that holds more than they do.
    let purse = make_role(&door, &ann, "Purse", &["billing:manage"]).await;
    let eve = joined(&door, &ann, "eve@example.com", "viewer").await;
    let answer = door
        .people()
        .update_user(door.ask(Some(&bob), with_roles(&eve, "", &[&purse.id])))
        .await;
    assert_eq!(refusal(answer).1, "member.beyond_own");
    let narrow = UpdateRoleRequest {
        role_id: purse.id.clone(),
        set_permissions: true,
        ..Default::default()
    };
    let answer = door
        .people()
        .update_role(door.ask(Some(&bob), narrow))
        .await;
    assert_eq!(refusal(answer).1, "member.beyond_own");
    let answer = door
        .people()
        .create_role(door.ask(Some(&ann), create("PURSE", "runs:read")))
        .await;
    assert_eq!(refusal(answer).1, "organization.name_taken");
    // The roles of one organization are not there for another.
    let mallory = owner(&door, "mallory@example.com").await;
    let answer = door
        .people()
        .update_user(door.ask(Some(&mallory), with_roles(&mallory, "owner", &[&purse.id])))
        .await;
    assert_eq!(refusal(answer).1, "role.not_found");
    let asked = door.ask(Some(&mallory), ListRolesRequest {});
    let roles = door
        .people()
        .list_roles(asked)
        .await
        .unwrap()
        .into_inner()
        .roles;
    assert!(roles.iter().all(|role| role.built_in), "{roles:?}");
    assert_eq!(roles.len(), 6);
}

#[tokio::test]
async fn a_team_gives_a_role_on_the_assets_with_its_tag_only() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = joined(&door, &ann, "bob@example.com", "member").await;
    let shop = team(&door, &ann, "shop", "operator").await;
    let add = AddTeamMemberRequest {
        team_id: shop.id.clone(),
        user_id: bob.sub.clone(),
    };
    door.people()
        .add_team_member(door.ask(Some(&ann), add))
        .await
        .unwrap();
    let bob = again(&door, &bob).await;
    let shop_only = Reach::Tagged(BTreeSet::from(["shop".to_owned()]));
    assert_eq!(bob.reach(Permission::AssetsRead), shop_only);
    assert_eq!(bob.reach(Permission::RunsCreate), shop_only);
    // An operator's reports are not about single assets: no team gives them.
    assert_eq!(bob.reach(Permission::ReportsRead), Reach::Nothing);
    assert!(
        Permission::ALL
            .iter()
            .all(|permission| !bob.holds(*permission))
    );

    let yes = why(&door, &ann, &bob, "assets:read", Some(&["shop", "x"])).await;
    assert_eq!(
        (yes.allowed, yes.reason.as_str()),
        (true, "the team Team shop in ann@example.com's")
    );
    for tags in [None, Some(["x"].as_slice())] {
        assert!(!why(&door, &ann, &bob, "assets:read", tags).await.allowed);
    }
    let narrowed = why(&door, &bob, &bob, "assets:read", None).await;
    assert_eq!(narrowed.reason, "only on assets tagged shop");

    let remove = RemoveTeamMemberRequest {
        team_id: shop.id.clone(),
        user_id: bob.sub.clone(),
    };
    door.people()
        .remove_team_member(door.ask(Some(&ann), remove))
        .await
        .unwrap();
    assert_eq!(
        again(&door, &bob).await.reach(Permission::AssetsRead),
        Reach::Nothing
    );
    let actions = "select string_agg(action, ' ' order by seq) from tenant.audit \
                   where action like 'team.%'";
    assert_eq!(
        door.text(actions).await,
        "team.create team.add_member team.remove_member"
    );
}

#[tokio::test]
async fn a_team_is_of_one_organization_and_shows_in_its_tree() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let eve = owner(&door, "eve@example.com").await;
    let shop = team(&door, &ann, "shop", "viewer").await;
    let get = GetTeamRequest {
        team_id: shop.id.clone(),
    };
    let answer = door.people().get_team(door.ask(Some(&eve), get)).await;
    assert_eq!(refusal(answer).1, "team.not_found");
    let add = AddTeamMemberRequest {
        team_id: shop.id.clone(),
        user_id: eve.sub.clone(),
    };
    let answer = door
        .people()
        .add_team_member(door.ask(Some(&ann), add))
        .await;
    assert_eq!(refusal(answer).1, "member.not_found");
    let steal = UpdateTeamRequest {
        team_id: shop.id.clone(),
        name: "Mine".to_owned(),
        ..Default::default()
    };
    let answer = door.people().update_team(door.ask(Some(&eve), steal)).await;
    assert_eq!(refusal(answer).1, "team.not_found");
    let tree = GetHierarchyRequest {
        tenant_key: ann.tenant_key.unwrap().to_string(),
    };
    let tree = door
        .client()
        .get_hierarchy(door.ask(Some(&ann), tree))
        .await
        .unwrap();
    let node = tree.into_inner().nodes.remove(0);
    assert_eq!(node.teams.first().unwrap().name, "Team shop");
}

#[tokio::test]
async fn the_chain_of_grants_names_the_organization_each_comes_from() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let child = wt_proto::tenant::CreateOrganizationRequest {
        name: "Branch".to_owned(),
    };
    let asked = door.ask(Some(&ann), child);
    let child = door
        .client()
        .create_organization(asked)
        .await
        .unwrap()
        .into_inner();
    let key = child.organization.unwrap().tenant_key;
    let below = Principal {
        tenant_key: Some(key.parse().unwrap()),
        ..ann.clone()
    };
    let bob = joined(&door, &below, "bob@example.com", "viewer").await;
    let asked = door.ask(Some(&ann), role(&ann, "owner"));
    door.people().update_user(asked).await.unwrap();
    let chain = why(&door, &below, &ann, "billing:manage", None).await;
    let from: Vec<_> = chain
        .steps
        .iter()
        .map(|step| step.organization.as_str())
        .collect();
    assert_eq!(from, ["Branch", "ann@example.com's"]);
    let no = why(&door, &below, &bob, "runs:create", None).await;
    assert_eq!(
        (no.allowed, no.reason.as_str()),
        (false, "nothing they hold gives runs:create")
    );
    // Above, the member of the branch has nothing, and where they belong is not told.
    let up = why(&door, &ann, &bob, "runs:read", None).await;
    assert!(!up.allowed && up.steps.is_empty());
    let message = ExplainAccessRequest {
        user_id: ann.sub.clone(),
        permission: "runs:read".to_owned(),
        ..Default::default()
    };
    let answer = door
        .people()
        .explain_access(door.ask(Some(&bob), message))
        .await;
    assert_eq!(refusal(answer).1, "auth.forbidden");
}
