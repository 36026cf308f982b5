//! Invitations by mail: asking somebody in, sending the link again, withdrawing it.

use serde_json::json;
use time::{Duration, OffsetDateTime};
use ulid::Ulid;
use wt_auth::may;
use wt_model::{InvitationId, MailKind, Permission, Principal, TypedId};
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, event, tenant};

use super::{scope, users};
use crate::{
    api::Api,
    domain::{access::may_give_role, email::Email},
    error::TenantFault,
    issue,
    people_fault::PeopleFault,
    store::{self, invitation::InvitationRow},
};

/// How long an invitation can be accepted.
const LIFETIME: Duration = Duration::days(7);
/// Most invitations of an organization in a day: each is a mail to a stranger in our name.
const PER_DAY_MAX: i64 = 200;
/// Most open invitations answered.
const OPEN_MAX: i64 = 1_000;

pub(super) async fn invite_user(
    api: &Api,
    principal: &Principal,
    request: tenant::InviteUserRequest,
) -> Result<tenant::InviteUserResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    scope::person(principal)?;
    let email = Email::parse(&request.email)?;
    let role = users::built_in("role", &request.role)?;
    if !may_give_role(principal, role) {
        return Err(PeopleFault::BeyondOwn.into());
    }
    let mut tx = api.pool.begin(principal, "invite_user").await?;
    if store::member::has_email(&mut tx, email.as_str()).await? {
        return Err(PeopleFault::AlreadyMember.into());
    }
    if store::invitation::made_today(&mut tx).await? >= PER_DAY_MAX {
        return Err(PeopleFault::TooManyInvitations.into());
    }
    store::invitation::clear_expired(&mut tx, email.as_str()).await?;
    api.billing.take_seat(&mut tx, email.as_str()).await?;
    let (token, now) = (issue::secret(), OffsetDateTime::now_utc());
    let row = InvitationRow {
        id: InvitationId::from_ulid(Ulid::generate()).to_string(),
        email: email.as_str().to_owned(),
        role: role.to_string(),
        invited_by: principal.sub.clone(),
        created_at: now,
        expires_at: now + LIFETIME,
        accepted_at: None,
        revoked_at: None,
    };
    let hash = issue::secret_hash(&token);
    if !store::invitation::insert_unless_present(&mut tx, &row, &hash).await? {
        return Err(PeopleFault::Pending.into());
    }
    send(&mut tx, &row, &token).await?;
    let after = json!({ "email": row.email, "role": row.role });
    wt_audit::record(&mut tx, "invitation.create", &row.id, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::InviteUserResponse {
        invitation: Some(wire(row)),
    })
}

pub(super) async fn list_invitations(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::ListInvitationsResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let mut tx = api.pool.begin_read(principal, "list_invitations").await?;
    let rows = store::invitation::list_open(&mut tx, OPEN_MAX).await?;
    tx.commit().await?;
    Ok(tenant::ListInvitationsResponse {
        invitations: rows.into_iter().map(wire).collect(),
    })
}

pub(super) async fn resend_invitation(
    api: &Api,
    principal: &Principal,
    request: tenant::ResendInvitationRequest,
) -> Result<tenant::ResendInvitationResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let mut tx = api.pool.begin(principal, "resend_invitation").await?;
    let mut row = open(&mut tx, &request.invitation_id).await?;
    if !may_give_role(principal, users::built_in("role", &row.role)?) {
        return Err(PeopleFault::BeyondOwn.into());
    }
    // One that ran out had given its seat back.
    api.billing.take_seat(&mut tx, &row.email).await?;
    let token = issue::secret();
    row.expires_at = OffsetDateTime::now_utc() + LIFETIME;
    let hash = issue::secret_hash(&token);
    store::invitation::renew(&mut tx, &row.id, &hash, row.expires_at).await?;
    send(&mut tx, &row, &token).await?;
    let after = json!({ "email": row.email });
    wt_audit::record(&mut tx, "invitation.resend", &row.id, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::ResendInvitationResponse {
        invitation: Some(wire(row)),
    })
}

pub(super) async fn revoke_invitation(
    api: &Api,
    principal: &Principal,
    request: tenant::RevokeInvitationRequest,
) -> Result<tenant::RevokeInvitationResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let mut tx = api.pool.begin(principal, "revoke_invitation").await?;
    let row = open(&mut tx, &request.invitation_id).await?;
    store::invitation::revoke(&mut tx, &row.id).await?;
    let before = json!({ "email": row.email, "role": row.role });
    wt_audit::record(&mut tx, "invitation.revoke", &row.id, Some(&before), None).await?;
    tx.commit().await?;
    Ok(tenant::RevokeInvitationResponse {})
}

async fn open(tx: &mut TenantTx, id: &str) -> Result<InvitationRow, TenantFault> {
    let row = store::invitation::lock(tx, id)
        .await?
        .ok_or(PeopleFault::InvitationUnknown)?;
    if row.accepted_at.is_some() || row.revoked_at.is_some() {
        return Err(PeopleFault::InvitationOver.into());
    }
    Ok(row)
}

/// Asks for the mail, in the transaction of the invitation: the secret is in no other place.
async fn send(tx: &mut TenantTx, row: &InvitationRow, token: &str) -> Result<(), TenantFault> {
    let organization = store::organization::find(tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let mail = event::TenantMail {
        kind: MailKind::Invitation.to_string(),
        recipient: row.email.clone(),
        display_name: String::new(),
        organization: organization.name,
        link: format!("/invitations/accept#token={token}"),
        actor: store::member::display_name(tx, &row.invited_by).await?,
        expires_at: Some(to_timestamp(row.expires_at)),
        reason: row.role.clone(),
    };
    wt_outbox::enqueue(tx, &mail).await?;
    Ok(())
}

fn wire(row: InvitationRow) -> tenant::Invitation {
    tenant::Invitation {
        id: row.id,
        email: row.email,
        role: row.role,
        created_at: Some(to_timestamp(row.created_at)),
        expires_at: Some(to_timestamp(row.expires_at)),
        invited_by: row.invited_by,
    }
}
