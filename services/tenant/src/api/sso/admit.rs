//! Who a provider's person is here, and as what they come in: found, linked or made.

use serde_json::json;
use ulid::Ulid;
use wt_model::{Principal, PrincipalKind, Role, TenantKey, TypedId, UserId};
use wt_pg::TenantTx;
use wt_proto::event;

use super::SsoApi;
use crate::{
    api::people::users::put_out,
    domain::{
        email::Email,
        sso::{self, Person},
    },
    error::TenantFault,
    issue,
    store::{self, member::MemberRow, sso::ConnectionRow, user::UserRow},
};

/// Somebody whom a provider sent.
pub(super) struct Arrival<'a> {
    pub(super) connection: &'a ConnectionRow,
    pub(super) person: &'a Person,
    /// What their claims give, if they give any.
    pub(super) role: Option<Role>,
}

/// How somebody's account is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Account {
    /// The provider's subject is theirs.
    Linked,
    /// Their address has one.
    Found,
    /// They get one now.
    New,
}

/// Finds, links or makes the person, and gives them the role their claims say.
///
/// An account that exists is linked only if the provider vouches for its address, the
/// organization has proven the address's domain, and the account already is a member of it or of
/// one below it: otherwise whoever runs a provider could sign in as anybody.
pub(super) async fn admit(
    sso: &SsoApi,
    organization: TenantKey,
    arrival: &Arrival<'_>,
) -> Result<UserRow, TenantFault> {
    let email = proven_email(sso, organization, arrival).await?;
    let (user, account) = match find(sso, organization, arrival, email.as_ref()).await? {
        Some(known) => known,
        None => (new_user(sso, arrival, email).await?, Account::New),
    };
    let actor = Principal {
        kind: PrincipalKind::User,
        sub: user.id.clone(),
        tenant_key: Some(organization),
        ..Principal::nobody()
    };
    let mut tx = sso.api.pool.begin(&actor, "sso_admit").await?;
    let refused = settle(&mut tx, arrival, &user, account).await?;
    tx.commit().await?;
    refused.map_or(Ok(user), Err)
}

/// The address, if it counts here.
async fn proven_email(
    sso: &SsoApi,
    organization: TenantKey,
    arrival: &Arrival<'_>,
) -> Result<Option<Email>, TenantFault> {
    let Some(email) = &arrival.person.email else {
        return Ok(None);
    };
    let service = Principal::service(crate::NAME, organization);
    let mut tx = sso.api.pool.begin_read(&service, "sso_domains").await?;
    let domains = store::sso::domains(&mut tx).await?;
    tx.commit().await?;
    let own = sso::domain_of(email.as_str());
    let proven = domains.iter().any(|known| {
        known.connection_id == arrival.connection.id
            && known.verified_at.is_some()
            && Some(&known.domain) == own.as_ref()
    });
    Ok(proven.then(|| email.clone()))
}

/// The person's account, and how it is known to be theirs.
async fn find(
    sso: &SsoApi,
    organization: TenantKey,
    arrival: &Arrival<'_>,
    email: Option<&Email>,
) -> Result<Option<(UserRow, Account)>, TenantFault> {
    let service = Principal::service(crate::NAME, organization);
    let mut tx = sso.api.pool.begin(&service, "sso_identity").await?;
    let (connection, subject) = (&arrival.connection.id, &arrival.person.subject);
    let id = store::sso::touch_identity(&mut tx, connection, subject).await?;
    tx.commit().await?;
    let mut tx = sso.api.pool.begin_platform("sso_user").await?;
    let found = match (id, email) {
        (Some(id), _) => {
            let user = store::user::find_by_id(&mut tx, &id).await?;
            // Disabled here, whatever the provider says.
            let user = user.ok_or(TenantFault::SsoRefused("the account is disabled"))?;
            Some((user, Account::Linked))
        }
        (None, Some(email)) => store::user::find_by_email(tx.conn(), email.as_str())
            .await?
            .map(|user| (user, Account::Found)),
        (None, None) => None,
    };
    tx.commit().await?;
    Ok(found)
}

/// Somebody who has no account yet.
async fn new_user(
    sso: &SsoApi,
    arrival: &Arrival<'_>,
    email: Option<Email>,
) -> Result<UserRow, TenantFault> {
    let email = email.ok_or(TenantFault::SsoRefused(
        "the provider vouches for no address of a proven domain",
    ))?;
    if !arrival.connection.just_in_time {
        return Err(TenantFault::SsoRefused("you have not been invited"));
    }
    if arrival.role.is_none() {
        return Err(TenantFault::SsoNoRole);
    }
    let name = arrival.person.display_name.clone();
    Ok(UserRow {
        id: UserId::from_ulid(Ulid::generate()).to_string(),
        display_name: name.unwrap_or_else(|| email.as_str().chars().take(120).collect()),
        email: email.as_str().to_owned(),
        // A password nobody knows keeps the account's shape; a reset by mail stays possible once
        // single sign-on is not enforced any more.
        password_hash: sso.api.hashing.hash(issue::secret()).await?,
        email_verified: true,
    })
}

/// Writes what follows. A refusal that changes something is returned, so that it is committed.
async fn settle(
    tx: &mut TenantTx,
    arrival: &Arrival<'_>,
    user: &UserRow,
    account: Account,
) -> Result<Option<TenantFault>, TenantFault> {
    // Held, so that nobody changes the member's role meanwhile.
    store::organization::lock(tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let now = json!({
        "connection": arrival.connection.id,
        "role": arrival.role.map(Role::as_str),
    });
    match (store::member::find(tx, &user.id).await?, account) {
        (None, Account::New) => join(tx, arrival, user).await?,
        // At home below: let in there, and given nothing here.
        (None, Account::Found | Account::Linked) if is_below(tx, user).await? => {}
        (None, Account::Found) => {
            return Err(TenantFault::SsoRefused(
                "this address has an account outside the organization: ask for an invitation",
            ));
        }
        // Removed here since: a provider does not undo that.
        (None, Account::Linked) => {
            return Err(TenantFault::SsoRefused("you are not a member any more"));
        }
        (Some(member), _) => {
            if let Some(refused) = adjust(tx, arrival, &member).await? {
                return Ok(Some(refused));
            }
        }
    }
    if account != Account::Linked {
        let (connection, subject) = (&arrival.connection.id, &arrival.person.subject);
        store::sso::insert_identity(tx, connection, subject, &user.id).await?;
        wt_audit::record(tx, "sso.link", &user.id, None, Some(&now)).await?;
    }
    Ok(None)
}

/// Whether the person is a member of an organization below the connection's.
async fn is_below(tx: &mut TenantTx, user: &UserRow) -> Result<bool, TenantFault> {
    let above = tx.tenant_key();
    Ok(store::member::is_below(tx.conn(), &user.id, above).await?)
}

/// Makes a new person a member.
async fn join(tx: &mut TenantTx, arrival: &Arrival<'_>, user: &UserRow) -> Result<(), TenantFault> {
    let role = arrival.role.ok_or(TenantFault::SsoNoRole)?;
    // Somebody made the same account a moment ago: the next try finds it.
    if !store::user::insert_unless_present(tx.conn(), user).await? {
        return Err(TenantFault::SsoRefused("the account was made meanwhile"));
    }
    // The provider vouches for the address, and the organization holds its domain.
    store::user::mark_verified(tx.conn(), &user.id, &user.email).await?;
    store::member::insert_unless_present(tx, &user.id, role.as_str()).await?;
    let joined = event::MemberAdded {
        user_id: user.id.clone(),
        role: role.to_string(),
    };
    wt_outbox::enqueue(tx, &joined).await?;
    let now = json!({ "connection": arrival.connection.id, "role": role.as_str() });
    wt_audit::record(tx, "member.join_by_sso", &user.id, None, Some(&now)).await?;
    Ok(())
}

/// Gives a member the role their claims say, where the connection gives roles at all. Who has no
/// role any more stops being a member; that refusal is returned and what led to it committed.
async fn adjust(
    tx: &mut TenantTx,
    arrival: &Arrival<'_>,
    member: &MemberRow,
) -> Result<Option<TenantFault>, TenantFault> {
    if member.suspended_at.is_some() {
        return Err(TenantFault::SsoRefused("you have been deactivated here"));
    }
    // What an owner is, owners decide; and without a map nobody's claims say anything.
    let gives_roles = !arrival.connection.role_map.0.is_empty();
    if member.role == Role::Owner.as_str() || !gives_roles {
        return Ok(None);
    }
    let (user, held) = (&member.user_id, &member.role);
    let before = json!({ "role": held });
    let now = json!({
        "connection": arrival.connection.id,
        "role": arrival.role.map(Role::as_str),
    });
    let (before, now) = (Some(&before), Some(&now));
    match arrival.role {
        None => {
            store::member::delete(tx, user).await?;
            put_out(tx, user, "removed").await?;
            wt_audit::record(tx, "member.remove_by_sso", user, before, now).await?;
            Ok(Some(TenantFault::SsoNoRole))
        }
        Some(role) if held != role.as_str() => {
            store::member::update(tx, user, role, false).await?;
            wt_audit::record(tx, "member.role_by_sso", user, before, now).await?;
            Ok(None)
        }
        Some(_) => Ok(None),
    }
}
