//! Accepting an invitation: whoever holds the mailed secret joins, once. Somebody with an account
//! joins with it; only an address without one signs up. No account is ever made twice.

use serde_json::json;
use time::OffsetDateTime;
use ulid::Ulid;
use wt_model::{MailKind, Principal, PrincipalKind, TenantKey, TypedId, UserId};
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, event, tenant};

use super::scope;
use crate::{
    api::{Api, sso::enforced},
    domain::{name, password},
    error::TenantFault,
    issue::{self, Begin, Method, Mode},
    people_fault::PeopleFault,
    store::{self, invitation::InvitationRow, organization::AccessRow, user::UserRow},
};

pub(super) async fn preview_invitation(
    api: &Api,
    request: tenant::PreviewInvitationRequest,
) -> Result<tenant::PreviewInvitationResponse, TenantFault> {
    let (tenant_key, id) = whose(api, &request.token).await?;
    let reader = Principal::service(crate::NAME, tenant_key);
    let mut tx = api.pool.begin(&reader, "preview_invitation").await?;
    let row = live(&mut tx, &id).await?;
    let organization = store::organization::find(&mut tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let invited_by = store::member::display_name(&mut tx, &row.invited_by).await?;
    tx.commit().await?;
    Ok(tenant::PreviewInvitationResponse {
        organization: organization.name,
        account_exists: has_account(api, &row.email).await?,
        email: row.email,
        role: row.role,
        invited_by,
        expires_at: Some(to_timestamp(row.expires_at)),
    })
}

/// Asks who invited for a new link, by mail. However often it is asked, once a day.
pub(super) async fn ask_for_invitation(
    api: &Api,
    request: tenant::AskForInvitationRequest,
) -> Result<tenant::AskForInvitationResponse, TenantFault> {
    let (tenant_key, id) = whose(api, &request.token).await?;
    let reader = Principal::service(crate::NAME, tenant_key);
    let mut tx = api.pool.begin(&reader, "ask_for_invitation").await?;
    let row = match live(&mut tx, &id).await {
        Err(TenantFault::People(PeopleFault::InvitationExpired)) => {
            store::invitation::note_asked(&mut tx, &id).await?
        }
        Err(fault) => return Err(fault),
        Ok(_) => return Err(PeopleFault::Pending.into()),
    };
    if let Some(row) = row {
        tell_inviter(&mut tx, tenant_key, &row).await?;
        let after = json!({ "email": row.email });
        wt_audit::record(&mut tx, "invitation.ask", &id, None, Some(&after)).await?;
    }
    tx.commit().await?;
    Ok(tenant::AskForInvitationResponse {})
}

async fn tell_inviter(
    tx: &mut TenantTx,
    tenant_key: TenantKey,
    row: &InvitationRow,
) -> Result<(), TenantFault> {
    let organization = store::organization::find(tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let (recipient, display_name) = store::member::who_invites(tx, &row.invited_by)
        .await?
        .ok_or(PeopleFault::MemberUnknown)?;
    let mail = event::TenantMail {
        kind: MailKind::InvitationAsked.to_string(),
        recipient,
        display_name,
        organization: organization.name,
        link: format!("/o/{tenant_key}/team"),
        actor: row.email.clone(),
        expires_at: None,
        reason: String::new(),
    };
    wt_outbox::enqueue(tx, &mail).await?;
    Ok(())
}

pub(super) async fn accept_invitation(
    api: &Api,
    principal: Option<&Principal>,
    request: tenant::AcceptInvitationRequest,
) -> Result<tenant::AcceptInvitationResponse, TenantFault> {
    let (tenant_key, id) = whose(api, &request.token).await?;
    let Some(principal) = principal else {
        return sign_up(api, tenant_key, &id, request).await;
    };
    scope::person(principal)?;
    let mut tx = api.pool.begin_platform("find_user").await?;
    let user = store::user::find_by_id(&mut tx, &principal.sub)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    tx.commit().await?;
    join(api, tenant_key, &id, &user, Account::There).await?;
    let mut tx = api.pool.begin_platform("find_membership").await?;
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    tx.commit().await?;
    Ok(tenant::AcceptInvitationResponse {
        organization: Some(at(&access, tenant_key)?.into()),
        session: None,
    })
}

async fn sign_up(
    api: &Api,
    tenant_key: TenantKey,
    id: &str,
    request: tenant::AcceptInvitationRequest,
) -> Result<tenant::AcceptInvitationResponse, TenantFault> {
    let reader = Principal::service(crate::NAME, tenant_key);
    let mut tx = api.pool.begin(&reader, "read_invitation").await?;
    let invitation = live(&mut tx, id).await?;
    tx.commit().await?;
    // The holder of the secret reads this mailbox: what is told here they may know.
    if has_account(api, &invitation.email).await? {
        return Err(PeopleFault::SignInFirst.into());
    }
    let display_name = name::parse("display_name", &request.display_name)?;
    let mode = Mode::parse(&request.mode)?;
    password::check(&request.password, &[&invitation.email, &display_name])?;
    let user = UserRow {
        id: UserId::from_ulid(Ulid::generate()).to_string(),
        email: invitation.email,
        display_name,
        password_hash: api.hashing.hash(request.password).await?,
        // The link came by mail to this address.
        email_verified: true,
    };
    join(api, tenant_key, id, &user, Account::New).await?;
    let mut tx = api.pool.begin_platform("first_session").await?;
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    let organization = at(&access, tenant_key)?;
    // Joined, and in by the provider from here on: a password opens nothing.
    enforced::refuse_sign_in(&mut tx, &user).await?;
    let how = Begin {
        mode,
        method: Method::Password,
        client: request.client,
    };
    let session = issue::begin(api, tx, &user, organization, how).await?;
    Ok(tenant::AcceptInvitationResponse {
        organization: Some(organization.into()),
        session: Some(session),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Account {
    There,
    New,
}

/// Uses the invitation up and makes the person a member, in one transaction.
async fn join(
    api: &Api,
    tenant_key: TenantKey,
    id: &str,
    user: &UserRow,
    account: Account,
) -> Result<(), TenantFault> {
    let who = Principal {
        kind: PrincipalKind::User,
        sub: user.id.clone(),
        tenant_key: Some(tenant_key),
        ..Principal::nobody()
    };
    let mut tx = api.pool.begin(&who, "accept_invitation").await?;
    let invitation = live(&mut tx, id).await?;
    if !invitation.email.eq_ignore_ascii_case(&user.email) {
        return Err(PeopleFault::OtherAddress.into());
    }
    if account == Account::New && !store::user::insert_unless_present(tx.conn(), user).await? {
        return Err(PeopleFault::SignInFirst.into());
    }
    // A member already, perhaps a suspended one, stays what they are.
    if !store::member::insert_unless_present(&mut tx, &user.id, &invitation.role).await? {
        return Err(PeopleFault::AlreadyMember.into());
    }
    store::invitation::mark_accepted(&mut tx, id, &user.id).await?;
    store::user::mark_verified(tx.conn(), &user.id, &invitation.email).await?;
    let joined = event::MemberAdded {
        user_id: user.id.clone(),
        role: invitation.role.clone(),
    };
    wt_outbox::enqueue(&mut tx, &joined).await?;
    let after = json!({ "role": invitation.role, "invitation_id": id });
    wt_audit::record(&mut tx, "member.join", &user.id, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(())
}

/// Whose invitation a secret is.
async fn whose(api: &Api, token: &str) -> Result<(TenantKey, String), TenantFault> {
    let mut tx = api.pool.begin_platform("find_invitation").await?;
    let found = store::invitation::of_token(&mut tx, &issue::secret_hash(token)).await?;
    tx.commit().await?;
    let (tenant_key, id) = found.ok_or(PeopleFault::InvitationUnknown)?;
    let tenant_key = tenant_key.parse().map_err(|_| TenantFault::Inconsistent {
        place: format!("tenant.invitations.tenant_key of {id}"),
    })?;
    Ok((tenant_key, id))
}

/// An invitation that can be accepted now, held until the end of the transaction.
async fn live(tx: &mut TenantTx, id: &str) -> Result<InvitationRow, TenantFault> {
    let row = store::invitation::lock(tx, id)
        .await?
        .ok_or(PeopleFault::InvitationUnknown)?;
    if row.accepted_at.is_some() || row.revoked_at.is_some() {
        return Err(PeopleFault::InvitationOver.into());
    }
    if row.expires_at <= OffsetDateTime::now_utc() {
        return Err(PeopleFault::InvitationExpired.into());
    }
    Ok(row)
}

async fn has_account(api: &Api, email: &str) -> Result<bool, TenantFault> {
    let mut tx = api.pool.begin_platform("find_account").await?;
    let user = store::user::find_by_email(tx.conn(), email).await?;
    tx.commit().await?;
    Ok(user.is_some())
}

fn at(access: &[AccessRow], tenant_key: TenantKey) -> Result<&AccessRow, TenantFault> {
    access
        .iter()
        .find(|row| row.tenant_key == tenant_key.to_string())
        .ok_or(TenantFault::OrganizationUnknown)
}
