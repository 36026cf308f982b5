//! Seats: exactly as many people as the plan includes, over the root and everything below it.
use futures::future::join_all;
use wt_model::Principal;
use wt_proto::tenant::{
    CreateOrganizationRequest, InviteUserRequest, ResendInvitationRequest, RevokeInvitationRequest,
    UpdateUserRequest,
};

use crate::{
    door::{Door, refusal},
    invitations::joined,
    people::owner,
};

fn to(email: &str) -> InviteUserRequest {
    InviteUserRequest {
        email: email.to_owned(),
        role: "viewer".to_owned(),
    }
}

async fn invites(door: &Door, by: &Principal, email: &str) -> Result<String, String> {
    let asked = door.ask(Some(by), to(email));
    match door.people().invite_user(asked).await {
        Ok(answer) => Ok(answer.into_inner().invitation.unwrap().id),
        refused => Err(refusal(refused).1),
    }
}

/// A sub-organization, and its owner acting there.
async fn below(door: &Door, root: &Principal) -> Principal {
    let message = CreateOrganizationRequest {
        name: "below".to_owned(),
    };
    let asked = door.ask(Some(root), message);
    let made = door.client().create_organization(asked).await.unwrap();
    let key = made.into_inner().organization.unwrap().tenant_key;
    Principal {
        tenant_key: Some(key.parse().unwrap()),
        ..root.clone()
    }
}

#[tokio::test]
async fn of_a_hundred_invitations_at_once_over_the_tree_exactly_the_seats_are_given() {
    // The free plan: three people, of whom one is there.
    let door = Door::open_with(&[]).await;
    let root = owner(&door, "ann@example.com").await;
    let child = below(&door, &root).await;
    let asks = (0..100).map(|n| {
        let (door, by) = (&door, if n % 2 == 0 { &root } else { &child });
        async move { invites(door, by, &format!("p{n}@example.com")).await }
    });
    let (given, refused): (Vec<_>, Vec<_>) =
        join_all(asks).await.into_iter().partition(Result::is_ok);
    assert!(
        refused
            .iter()
            .all(|code| code.as_ref().unwrap_err() == "plan.seats_used"),
        "{refused:?}"
    );
    assert_eq!((given.len(), refused.len()), (2, 98));
    let open = "select count(*) from tenant.invitations where revoked_at is null";
    assert_eq!(door.count(open).await, 2);
}

#[tokio::test]
async fn one_person_is_one_seat_and_who_goes_gives_it_back() {
    let door = Door::open_with(&[]).await;
    let root = owner(&door, "ann@example.com").await;
    let child = below(&door, &root).await;
    let bob = joined(&door, &root, "bob@example.com", "viewer").await;
    let cat = invites(&door, &root, "cat@example.com").await.unwrap();
    assert_eq!(
        invites(&door, &root, "dan@example.com").await.unwrap_err(),
        "plan.seats_used"
    );
    // Bob, and Cat who is expected, have their seats in the whole tree.
    invites(&door, &child, "Bob@example.com").await.unwrap();
    invites(&door, &child, "cat@example.com").await.unwrap();

    let message = RevokeInvitationRequest {
        invitation_id: cat.clone(),
    };
    let asked = door.ask(Some(&root), message);
    door.people().revoke_invitation(asked).await.unwrap();
    // She is still expected below.
    assert!(invites(&door, &root, "dan@example.com").await.is_err());
    door.change("update tenant.invitations set expires_at = now() where email = 'cat@example.com'")
        .await;
    let dan = invites(&door, &root, "dan@example.com").await.unwrap();

    // A run-out invitation asks for a seat again when it is sent again.
    door.change("update tenant.invitations set expires_at = now() where email = 'dan@example.com'")
        .await;
    let eve = invites(&door, &root, "eve@example.com").await;
    assert!(eve.is_ok());
    let message = ResendInvitationRequest { invitation_id: dan };
    let again = door
        .people()
        .resend_invitation(door.ask(Some(&root), message))
        .await;
    assert_eq!(refusal(again).1, "plan.seats_used");
    // So does somebody who is let in again; reading and leaving need none.
    set_state(&door, &root, &bob, "deactivated").await.unwrap();
    door.change("update tenant.invitations set revoked_at = now() where email ilike 'bob@%' and accepted_at is null")
        .await;
    invites(&door, &root, "fay@example.com").await.unwrap();
    let back = set_state(&door, &root, &bob, "active").await;
    assert_eq!(back.unwrap_err(), "plan.seats_used");
}

async fn set_state(
    door: &Door,
    by: &Principal,
    who: &Principal,
    state: &str,
) -> Result<(), String> {
    let message = UpdateUserRequest {
        user_id: who.sub.clone(),
        state: state.to_owned(),
        ..Default::default()
    };
    let asked = door.ask(Some(by), message);
    match door.people().update_user(asked).await {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused).1),
    }
}
