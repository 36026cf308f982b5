//! Asking somebody in by mail.
use wt_model::Principal;
use wt_proto::tenant::{
    AcceptInvitationRequest, AskForInvitationRequest, Invitation, InviteUserRequest,
    ListInvitationsRequest, PreviewInvitationRequest, ResendInvitationRequest,
    RevokeInvitationRequest, SessionResponse,
};

use crate::{
    door::{Door, PASSWORD, refusal},
    people::owner,
};

async fn invite(door: &Door, by: &Principal, email: &str, role: &str) -> (Invitation, String) {
    let message = InviteUserRequest {
        email: email.to_owned(),
        role: role.to_owned(),
    };
    let answer = door.people().invite_user(door.ask(Some(by), message)).await;
    let invitation = answer.unwrap().into_inner().invitation.unwrap();
    (invitation, token(door).await)
}

/// The secret of the newest mail.
async fn token(door: &Door) -> String {
    let link = door.mail().await.link;
    let (_, token) = link.split_once("token=").unwrap();
    token.to_owned()
}

fn accept(token: &str) -> AcceptInvitationRequest {
    AcceptInvitationRequest {
        token: token.to_owned(),
        display_name: "Somebody".to_owned(),
        password: PASSWORD.to_owned(),
        mode: "bearer".to_owned(),
        client: None,
    }
}

/// Somebody new who signed up by an invitation, with their sign-in.
pub(crate) async fn invited(
    door: &Door,
    by: &Principal,
    email: &str,
    role: &str,
) -> (SessionResponse, Principal) {
    let (_, token) = invite(door, by, email, role).await;
    let asked = door.ask(None, accept(&token));
    let answer = door.people().accept_invitation(asked).await.unwrap();
    let session = answer.into_inner().session.unwrap();
    let principal = door.principal(&session).await;
    (session, principal)
}

/// As [`invited`], without the sign-in.
pub(crate) async fn joined(door: &Door, by: &Principal, email: &str, role: &str) -> Principal {
    invited(door, by, email, role).await.1
}

/// Whoever invites does not learn who has an account.
#[tokio::test]
async fn an_invitation_is_answered_alike_whether_or_not_its_address_has_an_account() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    owner(&door, "bob@example.com").await;
    let (known, _) = invite(&door, &ann, "bob@example.com", "viewer").await;
    let (unknown, _) = invite(&door, &ann, "new@example.com", "viewer").await;
    let but_for_itself = Invitation {
        id: unknown.id.clone(),
        email: unknown.email.clone(),
        created_at: unknown.created_at,
        expires_at: unknown.expires_at,
        ..known
    };
    assert_eq!(but_for_itself, unknown);
}

#[tokio::test]
async fn who_accepts_signs_up_once_with_the_role_that_was_offered() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let (_, token) = invite(&door, &ann, "bob@example.com", "operator").await;
    let mail = door.mail().await;
    assert_eq!(
        (mail.kind.as_str(), mail.recipient.as_str()),
        ("invitation", "bob@example.com")
    );
    assert_eq!(
        (mail.actor.as_str(), mail.reason.as_str()),
        ("Ann", "operator")
    );

    let seen = PreviewInvitationRequest {
        token: token.clone(),
    };
    let asked = door.ask(None, seen);
    let seen = door
        .people()
        .preview_invitation(asked)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (seen.email.as_str(), seen.account_exists),
        ("bob@example.com", false)
    );

    // Twice at once: one joins.
    let (mut one, mut two) = (door.people(), door.people());
    let (first, second) = tokio::join!(
        one.accept_invitation(door.ask(None, accept(&token))),
        two.accept_invitation(door.ask(None, accept(&token))),
    );
    assert_eq!(
        [&first, &second]
            .iter()
            .filter(|answer| answer.is_ok())
            .count(),
        1
    );
    assert_eq!(door.count("select count(*) from tenant.users").await, 2);
    let answer = door
        .people()
        .accept_invitation(door.ask(None, accept(&token)))
        .await;
    assert_eq!(refusal(answer).1, "invitation.over");
    // The secret is nowhere in the row.
    let row = door
        .text("select row_to_json(i)::text from tenant.invitations i")
        .await;
    assert!(!row.contains(&token), "{row}");
}

#[tokio::test]
async fn an_account_that_exists_is_linked_and_never_doubled() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = owner(&door, "Bob@example.com").await;
    let eve = owner(&door, "eve@example.com").await;
    let (_, token) = invite(&door, &ann, "bob@EXAMPLE.com", "viewer").await;
    let answer = door
        .people()
        .accept_invitation(door.ask(None, accept(&token)))
        .await;
    assert_eq!(refusal(answer).1, "invitation.sign_in_first");
    // The secret alone is not enough for somebody else's account.
    let answer = door
        .people()
        .accept_invitation(door.ask(Some(&eve), accept(&token)))
        .await;
    assert_eq!(refusal(answer).1, "invitation.other_address");
    let asked = door.ask(Some(&bob), accept(&token));
    let answer = door
        .people()
        .accept_invitation(asked)
        .await
        .unwrap()
        .into_inner();
    assert!(answer.session.is_none());
    let organization = answer.organization.unwrap();
    assert_eq!(organization.tenant_key, ann.tenant_key.unwrap().to_string());
    assert_eq!(organization.role, "viewer");
    assert_eq!(door.count("select count(*) from tenant.users").await, 3);
}

#[tokio::test]
async fn an_invitation_ends_by_time_by_withdrawal_and_by_a_newer_link() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let refused = async |token: &str| {
        let answer = door
            .people()
            .accept_invitation(door.ask(None, accept(token)))
            .await;
        refusal(answer).1
    };
    let (invitation, first) = invite(&door, &ann, "bob@example.com", "viewer").await;
    let again = ResendInvitationRequest {
        invitation_id: invitation.id.clone(),
    };
    door.people()
        .resend_invitation(door.ask(Some(&ann), again))
        .await
        .unwrap();
    let second = token(&door).await;
    assert_eq!(refused(&first).await, "invitation.not_found");

    door.change("update tenant.invitations set expires_at = now()")
        .await;
    assert_eq!(refused(&second).await, "invitation.expired");
    // What has run out is no hindrance.
    let (invitation, third) = invite(&door, &ann, "bob@example.com", "viewer").await;
    let message = InviteUserRequest {
        email: "BOB@example.com".to_owned(),
        role: "viewer".to_owned(),
    };
    let answer = door
        .people()
        .invite_user(door.ask(Some(&ann), message))
        .await;
    assert_eq!(refusal(answer).1, "invitation.pending");
    let revoke = RevokeInvitationRequest {
        invitation_id: invitation.id,
    };
    door.people()
        .revoke_invitation(door.ask(Some(&ann), revoke))
        .await
        .unwrap();
    assert_eq!(refused(&third).await, "invitation.over");
    let asked = door.ask(Some(&ann), ListInvitationsRequest {});
    let open = door
        .people()
        .list_invitations(asked)
        .await
        .unwrap()
        .into_inner();
    assert!(open.invitations.is_empty());
}

#[tokio::test]
async fn whose_invitation_ran_out_asks_who_invited_them_once_a_day() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let carl = joined(&door, &ann, "carl@example.com", "admin").await;
    let (invitation, token) = invite(&door, &carl, "bob@example.com", "viewer").await;
    let ask = async |token: &str| {
        let message = AskForInvitationRequest {
            token: token.to_owned(),
        };
        let mut people = door.people();
        people.ask_for_invitation(door.ask(None, message)).await
    };
    assert_eq!(refusal(ask("nonsense").await).1, "invitation.not_found");
    // One that is good is there to be accepted.
    assert_eq!(refusal(ask(&token).await).1, "invitation.pending");
    door.change("update tenant.invitations set expires_at = now() where accepted_at is null")
        .await;
    ask(&token).await.unwrap();
    let mail = door.mails().await.pop().unwrap();
    assert_eq!(
        [&*mail.kind, &*mail.recipient, &*mail.actor, &*mail.link],
        [
            "invitation_asked",
            "carl@example.com",
            "bob@example.com",
            &*format!("/o/{}/team", ann.tenant_key.unwrap())
        ]
    );
    let asks = "select count(*) from tenant.audit where action = 'invitation.ask'";
    ask(&token).await.unwrap();
    assert_eq!(door.count(asks).await, 1);
    // Who invited may no longer: whoever owns the organization is asked.
    door.change("update tenant.invitations set asked_at = now() - interval '25 hours'")
        .await;
    door.change("update tenant.members set role = 'viewer' where role = 'admin'")
        .await;
    ask(&token).await.unwrap();
    assert_eq!(
        door.mails().await.pop().unwrap().recipient,
        "ann@example.com"
    );
    assert_eq!(door.count(asks).await, 2);
    let revoke = RevokeInvitationRequest {
        invitation_id: invitation.id,
    };
    let asked = door.ask(Some(&ann), revoke);
    door.people().revoke_invitation(asked).await.unwrap();
    assert_eq!(refusal(ask(&token).await).1, "invitation.over");
}

#[tokio::test]
async fn another_organization_sees_and_touches_no_invitation() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let eve = owner(&door, "eve@example.com").await;
    let (invitation, _) = invite(&door, &ann, "bob@example.com", "viewer").await;
    let asked = door.ask(Some(&eve), ListInvitationsRequest {});
    let seen = door
        .people()
        .list_invitations(asked)
        .await
        .unwrap()
        .into_inner();
    assert!(seen.invitations.is_empty());
    let revoke = RevokeInvitationRequest {
        invitation_id: invitation.id,
    };
    let answer = door
        .people()
        .revoke_invitation(door.ask(Some(&eve), revoke))
        .await;
    assert_eq!(refusal(answer).1, "invitation.not_found");
}

#[tokio::test]
async fn nobody_invites_above_themselves() {
    let door = Door::open().await;
    let ann = owner(&door, "ann@example.com").await;
    let bob = joined(&door, &ann, "bob@example.com", "admin").await;
    let eve = joined(&door, &ann, "eve@example.com", "viewer").await;
    for (who, role, code) in [
        (&bob, "owner", "member.beyond_own"),
        (&eve, "viewer", "auth.forbidden"),
        (&ann, "platform_admin", "request.invalid_field"),
    ] {
        let message = InviteUserRequest {
            email: "new@example.com".to_owned(),
            role: role.to_owned(),
        };
        let answer = door
            .people()
            .invite_user(door.ask(Some(who), message))
            .await;
        assert_eq!(refusal(answer).1, code, "{role}");
    }
}
