//! People of an organization: who may change whom, and what ends with it.
use std::collections::BTreeSet;

use wt_fault::Kind;
use wt_model::{Principal, Role};
use wt_proto::tenant::{
    CreateOrganizationRequest, CreateTenantRequest, GetOrganizationRequest, ListMembersRequest,
    ListUsersRequest, OrganizationUser, RefreshRequest, RemoveUserRequest,
    TransferOwnershipRequest, UpdateOrganizationRequest, UpdateUserRequest,
};

use crate::{
    door::{Door, refusal},
    invitations::{invited, joined},
};

pub(crate) async fn owner(door: &Door, email: &str) -> Principal {
    let session = door.sign_up(email, "bearer").await;
    door.principal(&session).await
}

async fn users(door: &Door, who: &Principal) -> Vec<OrganizationUser> {
    let asked = door.ask(Some(who), ListUsersRequest {});
    let answer = door.people().list_users(asked).await.unwrap();
    answer.into_inner().users
}

pub(crate) fn role(user: &Principal, role: &str) -> UpdateUserRequest {
    UpdateUserRequest {
        user_id: user.sub.clone(),
        role: role.to_owned(),
        ..Default::default()
    }
}

fn state(user: &Principal, state: &str) -> UpdateUserRequest {
    UpdateUserRequest {
        user_id: user.sub.clone(),
        state: state.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn of_two_owners_who_step_down_at_once_one_stays() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = joined(&door, &ann, "bob@example.com", "owner").await;
    for round in 0..5 {
        let (mut one, mut two) = (door.people(), door.people());
        let (first, second) = tokio::join!(
            one.update_user(door.ask(Some(&ann), role(&ann, "viewer"))),
            two.update_user(door.ask(Some(&bob), role(&bob, "viewer"))),
        );
        let refused = [first, second]
            .into_iter()
            .filter_map(Result::err)
            .collect::<Vec<_>>();
        assert_eq!(refused.len(), 1, "round {round}: {refused:?}");
        let owners = "select count(*) from tenant.members where role = 'owner'";
        assert_eq!(door.count(owners).await, 1, "round {round}");
        door.change("update tenant.members set role = 'owner'")
            .await;
    }
}

#[tokio::test]
async fn the_last_owner_can_neither_leave_nor_be_suspended_nor_count_on_a_suspended_one() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let leave = RemoveUserRequest {
        user_id: ann.sub.clone(),
    };
    let answer = door
        .people()
        .remove_user(door.ask(Some(&ann), leave.clone()))
        .await;
    assert_eq!(refusal(answer).1, "member.last_owner");
    let bob = joined(&door, &ann, "bob@example.com", "owner").await;
    let asked = door.ask(Some(&ann), state(&bob, "deactivated"));
    door.people().update_user(asked).await.unwrap();
    let answer = door.people().remove_user(door.ask(Some(&ann), leave)).await;
    assert_eq!(refusal(answer).1, "member.last_owner");
    let answer = door
        .people()
        .update_user(door.ask(Some(&ann), state(&ann, "deactivated")))
        .await;
    assert_eq!(refusal(answer).1, "member.oneself");
}

#[tokio::test]
async fn who_is_deactivated_loses_the_sign_ins_and_gets_them_back_only_by_signing_in() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let (session, bob) = invited(&door, &ann, "bob@example.com", "operator").await;
    let asked = door.ask(Some(&ann), state(&bob, "deactivated"));
    let user = door.people().update_user(asked).await.unwrap().into_inner();
    assert_eq!(user.user.unwrap().state, "deactivated");
    let refresh = RefreshRequest {
        refresh_token: session.refresh_token,
        client: None,
    };
    let answer = door.client().refresh(door.ask(None, refresh)).await;
    assert_eq!(refusal(answer).1, "auth.session_over");
    let said = "select count(*) from tenant.outbox where subject = 'tenant.session_ended'";
    assert_eq!(door.count(said).await, 1);
    // No mail of the organization goes to them any more; in the list they stay.
    let asked = door.ask(Some(&ann), ListMembersRequest {});
    let members = door
        .client()
        .list_members(asked)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(members.members.len(), 1);
    assert_eq!(users(&door, &ann).await.len(), 2);
    let reached = "select count(*) from tenant.users u, tenant.reach_of(u.id) \
                   where u.email = 'bob@example.com'";
    assert_eq!(door.count(reached).await, 0);

    let asked = door.ask(Some(&ann), state(&bob, "active"));
    door.people().update_user(asked).await.unwrap();
    assert_eq!(door.count(reached).await, 1);
    let audit = "select before ->> 'state' || ' -> ' || (after ->> 'state') from tenant.audit \
                 where action = 'member.update' order by seq desc limit 1";
    assert_eq!(door.text(audit).await, "deactivated -> active");
}

#[tokio::test]
async fn nobody_changes_who_holds_more_or_gives_what_they_do_not_hold() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = joined(&door, &ann, "bob@example.com", "admin").await;
    let eve = joined(&door, &ann, "eve@example.com", "viewer").await;
    for message in [
        role(&ann, "viewer"),
        role(&bob, "owner"),
        role(&eve, "owner"),
    ] {
        let answer = door
            .people()
            .update_user(door.ask(Some(&bob), message))
            .await;
        assert_eq!(refusal(answer).1, "member.beyond_own");
    }
    let answer = door
        .people()
        .update_user(door.ask(Some(&eve), role(&eve, "admin")))
        .await;
    assert_eq!(
        refusal(answer),
        (Kind::Forbidden, "auth.forbidden".to_owned())
    );
    let asked = door.ask(Some(&bob), role(&eve, "operator"));
    door.people().update_user(asked).await.unwrap();
    let answer = door
        .people()
        .update_user(door.ask(Some(&ann), role(&eve, "platform_admin")))
        .await;
    assert_eq!(refusal(answer).0, Kind::Invalid);
}

#[tokio::test]
async fn an_edit_of_what_changed_meanwhile_is_refused() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let tenant_key = ann.tenant_key.unwrap().to_string();
    let rename = |name: &str, version| UpdateOrganizationRequest {
        tenant_key: tenant_key.clone(),
        name: name.to_owned(),
        version,
    };
    let asked = door.ask(Some(&ann), rename("First", 1));
    let first = door.people().update_organization(asked).await.unwrap();
    assert_eq!(first.into_inner().organization.unwrap().version, 2);
    let answer = door
        .people()
        .update_organization(door.ask(Some(&ann), rename("Second", 1)))
        .await;
    assert_eq!(
        refusal(answer),
        (Kind::Precondition, "request.stale".to_owned())
    );
    let stale = UpdateUserRequest {
        version: 9,
        ..role(&ann, "owner")
    };
    let answer = door.people().update_user(door.ask(Some(&ann), stale)).await;
    assert_eq!(refusal(answer).1, "request.stale");
}

#[tokio::test]
async fn ownership_is_handed_over_by_an_owner_only() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = joined(&door, &ann, "bob@example.com", "admin").await;
    let to = |heir: &Principal| TransferOwnershipRequest {
        tenant_key: ann.tenant_key.unwrap().to_string(),
        user_id: heir.sub.clone(),
    };
    let answer = door
        .people()
        .transfer_ownership(door.ask(Some(&bob), to(&ann)))
        .await;
    assert_eq!(refusal(answer).1, "member.owners_only");
    let asked = door.ask(Some(&ann), to(&bob));
    door.people().transfer_ownership(asked).await.unwrap();
    let roles: BTreeSet<_> = users(&door, &ann)
        .await
        .into_iter()
        .map(|user| (user.user.unwrap().email, user.role))
        .collect();
    let expected = [("ann@example.com", "admin"), ("bob@example.com", "owner")];
    let expected = expected.map(|(email, role)| (email.to_owned(), role.to_owned()));
    assert_eq!(roles, BTreeSet::from(expected));
}

#[tokio::test]
async fn an_organization_elsewhere_in_the_tree_or_outside_it_does_not_exist() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = owner(&door, "bob@example.com").await;
    let make = |name: &str| CreateOrganizationRequest {
        name: name.to_owned(),
    };
    let mut keys = Vec::new();
    for name in ["Left", "Right"] {
        let asked = door.ask(Some(&ann), make(name));
        let made = door.client().create_organization(asked).await.unwrap();
        keys.push(made.into_inner().organization.unwrap().tenant_key);
    }
    let [left, right] = keys.try_into().unwrap();
    let in_left = Principal {
        tenant_key: Some(left.parse().unwrap()),
        ..ann.clone()
    };
    let root = ann.tenant_key.unwrap().to_string();
    let get = |key: &str| GetOrganizationRequest {
        tenant_key: key.to_owned(),
    };
    // Down it is there; up, sideways and from outside it is not.
    for (who, key, there) in [
        (&ann, &left, true),
        (&in_left, &left, true),
        (&in_left, &root, false),
        (&in_left, &right, false),
        (&bob, &root, false),
        (&bob, &left, false),
    ] {
        let answer = door
            .people()
            .get_organization(door.ask(Some(who), get(key)))
            .await;
        if there {
            assert_eq!(
                answer
                    .unwrap()
                    .into_inner()
                    .organization
                    .unwrap()
                    .tenant_key,
                *key
            );
        } else {
            assert_eq!(refusal(answer).1, "organization.not_found");
            let rename = UpdateOrganizationRequest {
                tenant_key: key.clone(),
                name: "Mine".to_owned(),
                version: 0,
            };
            let answer = door
                .people()
                .update_organization(door.ask(Some(who), rename))
                .await;
            assert_eq!(refusal(answer).1, "organization.not_found");
        }
    }
    // The people of one are strangers in the other.
    let answer = door
        .people()
        .update_user(door.ask(Some(&bob), role(&ann, "viewer")))
        .await;
    assert_eq!(refusal(answer).1, "member.not_found");
}

#[tokio::test]
async fn a_person_founds_further_roots_and_owns_them() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let message = CreateTenantRequest {
        name: "Second".to_owned(),
    };
    let answer = door
        .people()
        .create_tenant(door.ask(Some(&ann), message))
        .await
        .unwrap();
    let made = answer.into_inner().organization.unwrap();
    assert_eq!(
        (made.role.as_str(), made.parent_tenant_key.as_str()),
        ("owner", "")
    );
    let roots = "select tenant.roots_founded(id) from tenant.users";
    assert_eq!(door.count(roots).await, 2);
    assert!(ann.roles.contains(&Role::Owner));
}
