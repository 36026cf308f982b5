//! Beginning to look with a person's eyes: for half an hour, reading only, told to the person.

use serde_json::json;
use time::OffsetDateTime;
use ulid::Ulid;
use wt_model::{
    Actor, ImpersonationId, MailKind, Principal, PrincipalKind, SessionId, TenantKey, TypedId,
};
use wt_pg::TenantTx;
use wt_proto::{event, tenant};

use super::{Api, one, shown, staff};
use crate::{
    domain::impersonation::{self, LIFETIME},
    error::TenantFault,
    impersonation_fault::ImpersonationFault,
    issue::{self, printable},
    people_fault::PeopleFault,
    store::{
        self,
        impersonation::NewImpersonation,
        organization::AccessRow,
        session::{Acting, NewSession, SessionRow},
        user::UserRow,
    },
};

/// Whom, where and as whom.
struct Subject {
    /// Of the staff.
    actor: UserRow,
    person: UserRow,
    organization: AccessRow,
    tenant_key: TenantKey,
}

/// What a new impersonation is called.
struct Names {
    impersonation: String,
    session: SessionId,
}

pub(super) async fn start_impersonation(
    api: &Api,
    principal: &Principal,
    request: tenant::StartImpersonationRequest,
) -> Result<tenant::StartImpersonationResponse, TenantFault> {
    staff(api, principal).await?;
    let own = principal.sid.ok_or(TenantFault::SessionOver)?.to_string();
    let reason = impersonation::reason(&request.reason)
        .map_err(|error| TenantFault::field("reason", error))?;
    let subject = subject(api, principal, &request).await?;
    let names = Names {
        impersonation: ImpersonationId::from_ulid(Ulid::generate()).to_string(),
        session: SessionId::from_ulid(Ulid::generate()),
    };
    let session = open(api, &subject, &names, &own, &reason, request.client).await?;
    Ok(tenant::StartImpersonationResponse {
        impersonation: Some(shown(one(api, &names.impersonation).await?)),
        session: Some(session),
    })
}

/// The person, where they are a member; never anybody of the staff, themselves included.
async fn subject(
    api: &Api,
    principal: &Principal,
    request: &tenant::StartImpersonationRequest,
) -> Result<Subject, TenantFault> {
    let tenant_key: TenantKey = request
        .tenant_key
        .parse()
        .map_err(|error| TenantFault::field("tenant_key", error))?;
    let wanted = request.person.trim();
    let mut tx = api.pool.begin_platform("find_person").await?;
    let actor = store::user::find_by_id(&mut tx, &principal.sub)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    let person = if wanted.contains('@') {
        store::user::find_by_email(tx.conn(), wanted).await?
    } else {
        store::user::find_by_id(&mut tx, wanted).await?
    };
    let person = person.ok_or(PeopleFault::MemberUnknown)?;
    if store::impersonation::is_staff(tx.conn(), &person.id).await? {
        return Err(ImpersonationFault::OfStaff.into());
    }
    let access = store::organization::access_of(&mut tx, &person.id).await?;
    tx.commit().await?;
    let organization = access
        .into_iter()
        .find(|row| row.tenant_key == request.tenant_key)
        .ok_or(PeopleFault::MemberUnknown)?;
    Ok(Subject {
        actor,
        person,
        organization,
        tenant_key,
    })
}

/// The sign-in, the record and the mail, in one transaction of the organization.
async fn open(
    api: &Api,
    subject: &Subject,
    names: &Names,
    own: &str,
    reason: &str,
    client: Option<tenant::Client>,
) -> Result<tenant::SessionResponse, TenantFault> {
    let Subject {
        actor,
        person,
        organization,
        tenant_key,
    } = subject;
    let sub = actor.id.parse().map_err(|_| TenantFault::SessionOver)?;
    let looking = Principal {
        kind: PrincipalKind::User,
        sub: person.id.clone(),
        tenant_key: Some(*tenant_key),
        sid: Some(names.session),
        act: Some(Actor { sub }),
        ..Principal::nobody()
    };
    let session_id = names.session.to_string();
    let client = client.unwrap_or_default();
    let expires_at = OffsetDateTime::now_utc() + LIFETIME;
    let mut tx = api.pool.begin(&looking, "start_impersonation").await?;
    // Held until the end, so that one sign-in looks through one other at most.
    store::session::lock_live_by_id(tx.conn(), own, &actor.id)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    if store::impersonation::is_looking(tx.conn(), own).await? {
        return Err(ImpersonationFault::Already.into());
    }
    let user_agent = printable(&client.user_agent);
    let new = NewSession {
        id: &session_id,
        user_id: &person.id,
        mode: "bearer",
        method: "impersonation",
        organization: &organization.tenant_key,
        secret_hash: None,
        expires_at,
        ip: &client.ip,
        user_agent: &user_agent,
    };
    store::session::insert(tx.conn(), &new).await?;
    let new = NewImpersonation {
        id: &names.impersonation,
        user_id: &person.id,
        organization: &organization.tenant_key,
        actor: &actor.id,
        reason,
        session_id: &session_id,
        from_session: own,
        expires_at,
    };
    store::impersonation::insert(tx.conn(), &new).await?;
    let session = SessionRow {
        id: session_id.clone(),
        user_id: person.id.clone(),
        organization: organization.tenant_key.clone(),
        expires_at,
        staff: false,
        acting: Some(Acting {
            actor: actor.id.clone(),
            elevated: false,
        }),
    };
    let mut answer = issue::respond(api, person, organization, &session)?;
    if store::session::is_cookie(tx.conn(), own).await? {
        // The browser's own cookie means the person from now on: it gets nothing to keep.
        answer.access_token.clear();
    } else {
        answer.refresh_token =
            issue::next_refresh(tx.conn(), &session, OffsetDateTime::now_utc()).await?;
    }
    say(&mut tx, subject, &names.impersonation, reason, expires_at).await?;
    tx.commit().await?;
    Ok(answer)
}

/// The organization reads it in its audit, the person in a mail.
async fn say(
    tx: &mut TenantTx,
    subject: &Subject,
    id: &str,
    reason: &str,
    expires_at: OffsetDateTime,
) -> Result<(), TenantFault> {
    let after = json!({
        "person": subject.person.id,
        "reason": reason,
        "minutes": LIFETIME.whole_minutes(),
        "may": "read",
        "expires_at": expires_at.unix_timestamp(),
    });
    wt_audit::record(tx, "impersonation.begin", id, None, Some(&after)).await?;
    let mail = event::TenantMail {
        kind: MailKind::Impersonated.to_string(),
        recipient: subject.person.email.clone(),
        display_name: subject.person.display_name.clone(),
        organization: subject.organization.name.clone(),
        actor: subject.actor.display_name.clone(),
        reason: reason.to_owned(),
        link: format!("/o/{}/audit", subject.organization.tenant_key),
        ..Default::default()
    };
    wt_outbox::enqueue(tx, &mail).await?;
    Ok(())
}
