//! Makes a person, their root organization and their first sign-in (contracts §1).

use std::collections::BTreeSet;

use ulid::Ulid;
use wt_model::{Principal, PrincipalKind, Role, TenantKey, TypedId, UserId};
use wt_pg::Pool;
use wt_proto::{event, tenant};

use super::{Api, sign_up_by_mail};
use crate::{
    config::SignUps,
    domain::{email::Email, mail_link::Purpose, name, password},
    error::TenantFault,
    issue::{self, Begin, Method, Mode},
    mail_link,
    store::{self, organization::AccessRow, user::UserRow},
};

/// What a sign-up asks for, checked.
pub(super) struct NewAccount {
    pub(super) user: UserRow,
    user_id: UserId,
    tenant_key: TenantKey,
    organization_name: String,
}

pub(super) async fn sign_up(
    api: &Api,
    request: tenant::SignUpRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let email = Email::parse(&request.email)?;
    let display_name = name::parse("display_name", &request.display_name)?;
    let organization_name = name::parse("organization_name", &request.organization_name)?;
    let mode = Mode::parse(&request.mode)?;
    password::check(
        &request.password,
        &[email.as_str(), &display_name, &organization_name],
    )?;
    let user_id = UserId::from_ulid(Ulid::generate());
    let tenant_key = TenantKey::from_ulid(Ulid::generate());
    let user = UserRow {
        id: user_id.to_string(),
        email: email.as_str().to_owned(),
        display_name,
        password_hash: api.hashing.hash(request.password).await?,
        email_verified: false,
    };

    let new = NewAccount {
        user,
        user_id,
        tenant_key,
        organization_name,
    };
    if api.sign_ups == SignUps::ByMail {
        return sign_up_by_mail::begin(api, new);
    }
    if !found(&api.pool, &new).await? {
        return Err(TenantFault::EmailTaken);
    }
    let NewAccount {
        user,
        organization_name,
        ..
    } = new;
    let organization = AccessRow::founded(tenant_key, None, organization_name);
    let how = Begin {
        mode,
        method: Method::Password,
        client: request.client,
    };
    issue::begin_at_once(api, &user, &organization, how).await
}

/// Makes the account and its organization, and mails the link that proves its address; makes
/// nothing of an address that has an account, and says so.
pub(super) async fn found(pool: &Pool, new: &NewAccount) -> Result<bool, TenantFault> {
    let (user, organization_name) = (&new.user, &new.organization_name);
    // The new organization's own context: its first row is the organization itself.
    let founder = Principal {
        kind: PrincipalKind::User,
        sub: user.id.clone(),
        tenant_key: Some(new.tenant_key),
        roles: BTreeSet::from([Role::Owner]),
        ..Principal::nobody()
    };
    let mut tx = pool.begin(&founder, "sign_up").await?;
    if !store::user::insert_unless_present(tx.conn(), user).await? {
        return Ok(false);
    }
    store::organization::insert(&mut tx, None, organization_name, &user.id).await?;
    store::organization::insert_member(&mut tx, new.user_id, Role::Owner).await?;
    let created = event::OrganizationCreated {
        name: organization_name.clone(),
        parent_tenant_key: String::new(),
        created_by: user.id.clone(),
    };
    wt_outbox::enqueue(&mut tx, &created).await?;
    let joined = event::MemberAdded {
        user_id: user.id.clone(),
        role: Role::Owner.to_string(),
    };
    wt_outbox::enqueue(&mut tx, &joined).await?;
    let after = serde_json::json!({ "name": organization_name });
    wt_audit::record(
        &mut tx,
        "organization.create",
        &new.tenant_key.to_string(),
        None,
        Some(&after),
    )
    .await?;
    mail_link::send(&mut tx, user, Purpose::VerifyEmail).await?;
    tx.commit().await?;
    Ok(true)
}
