//! The caller's passkeys: making, listing, naming and removing them.
//!
//! A new one asks for the password again, as every change of a factor does; removing one only
//! takes a way in away, and the password stays.

use serde_json::json;
use time::{Duration, OffsetDateTime};
use ulid::Ulid;
use wt_model::{MailKind, PasskeyId, Principal, TypedId as _, UserId};
use wt_proto::tenant;

use super::{Api, account, at_home, in_person, totp::with_password};
use crate::{
    domain::{
        name,
        passkey::{CEREMONY_LIFETIME, PASSKEYS_MAX},
    },
    error::TenantFault,
    issue, mail,
    passkey_fault::PasskeyFault,
    store::{self, challenge::NewCeremony, passkey::NewPasskey, user::UserRow},
    wire,
};

/// Purpose of the challenge that a new passkey answers.
const PURPOSE: &str = "passkey_registration";
/// Where the mail about a new passkey leads.
const LINK: &str = "/me";
/// How late that mail is still worth sending.
const MAIL_LIFETIME: Duration = Duration::days(1);

pub(super) async fn begin_passkey(
    api: &Api,
    principal: &Principal,
    request: tenant::BeginPasskeyRequest,
) -> Result<tenant::BeginPasskeyResponse, TenantFault> {
    let user = with_password(api, principal, request.password).await?;
    let mut tx = api.pool.begin_platform("begin_passkey").await?;
    let present = store::passkey::credential_ids(tx.conn(), &user.id).await?;
    has_room(present.len())?;
    let person = person_of(&user)?;
    let (options, state) = api
        .relying_party
        .begin_registration(&user, person, present)?;
    let ceremony = issue::secret();
    let new = NewCeremony {
        token_hash: &issue::secret_hash(&ceremony),
        purpose: PURPOSE,
        user_id: Some(&user.id),
        state: &wire::state("tenant.challenges.state", &state)?,
        expires_at: OffsetDateTime::now_utc() + CEREMONY_LIFETIME,
    };
    store::challenge::insert_ceremony(tx.conn(), &new).await?;
    tx.commit().await?;
    Ok(tenant::BeginPasskeyResponse {
        ceremony,
        options_json: options.to_string(),
    })
}

pub(super) async fn add_passkey(
    api: &Api,
    principal: &Principal,
    request: tenant::AddPasskeyRequest,
) -> Result<tenant::AddPasskeyResponse, TenantFault> {
    let user = account(api, principal).await?;
    let name = name::parse("name", &request.name)?;
    let hash = issue::secret_hash(&request.ceremony);
    // Taken whatever comes of it: no answer is tried twice.
    let mut tx = api.pool.begin_platform("take_registration").await?;
    let taken = store::challenge::take_ceremony(tx.conn(), &hash, PURPOSE, Some(&user.id)).await?;
    tx.commit().await?;
    let taken = taken.ok_or(PasskeyFault::RegistrationOver)?;
    let state = wire::read_state("tenant.challenges.state", taken.state)?;
    let made = api
        .relying_party
        .finish_registration(&request.credential_json, &state)?;

    let mut tx = at_home(api, &user.id, "add_passkey")
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let present = store::passkey::credential_ids(tx.conn(), &user.id).await?;
    has_room(present.len())?;
    let id = PasskeyId::from_ulid(Ulid::generate()).to_string();
    let new = NewPasskey {
        id: &id,
        user_id: &user.id,
        credential_id: made.cred_id(),
        name: &name,
        credential: &wire::state("tenant.passkeys.credential", &made)?,
    };
    let row = store::passkey::insert(tx.conn(), &new)
        .await?
        .ok_or(PasskeyFault::Present)?;
    let after = json!({ "name": name });
    wt_audit::record(&mut tx, "passkey.add", &id, None, Some(&after)).await?;
    let until = OffsetDateTime::now_utc() + MAIL_LIFETIME;
    mail::tell(&mut tx, MailKind::PasskeyAdded, &user, LINK, until, &name).await?;
    tx.commit().await?;
    Ok(tenant::AddPasskeyResponse {
        passkey: Some(wire::passkey(row)),
    })
}

pub(super) async fn list_passkeys(
    api: &Api,
    principal: &Principal,
    _request: tenant::ListPasskeysRequest,
) -> Result<tenant::ListPasskeysResponse, TenantFault> {
    in_person(principal)?;
    let mut tx = api.pool.begin_platform("list_passkeys").await?;
    let rows = store::passkey::list(tx.conn(), &principal.sub).await?;
    tx.commit().await?;
    Ok(tenant::ListPasskeysResponse {
        passkeys: rows.into_iter().map(wire::passkey).collect(),
    })
}

pub(super) async fn rename_passkey(
    api: &Api,
    principal: &Principal,
    request: tenant::RenamePasskeyRequest,
) -> Result<tenant::RenamePasskeyResponse, TenantFault> {
    in_person(principal)?;
    let id = parse_id(&request.passkey_id)?;
    let name = name::parse("name", &request.name)?;
    let mut tx = at_home(api, &principal.sub, "rename_passkey")
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    // Another person's passkey is not there.
    let (row, before) = store::passkey::rename(tx.conn(), &principal.sub, &id, &name)
        .await?
        .ok_or(PasskeyFault::Unknown)?;
    let (before, after) = (json!({ "name": before }), json!({ "name": name }));
    wt_audit::record(&mut tx, "passkey.rename", &id, Some(&before), Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::RenamePasskeyResponse {
        passkey: Some(wire::passkey(row)),
    })
}

pub(super) async fn remove_passkey(
    api: &Api,
    principal: &Principal,
    request: tenant::RemovePasskeyRequest,
) -> Result<tenant::RemovePasskeyResponse, TenantFault> {
    in_person(principal)?;
    let id = parse_id(&request.passkey_id)?;
    let mut tx = at_home(api, &principal.sub, "remove_passkey")
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let name = store::passkey::remove(tx.conn(), &principal.sub, &id)
        .await?
        .ok_or(PasskeyFault::Unknown)?;
    let before = json!({ "name": name });
    wt_audit::record(&mut tx, "passkey.remove", &id, Some(&before), None).await?;
    tx.commit().await?;
    Ok(tenant::RemovePasskeyResponse {})
}

/// A second registration at the same moment may slip by one: nothing depends on it.
fn has_room(present: usize) -> Result<(), PasskeyFault> {
    if i64::try_from(present).is_ok_and(|present| present < PASSKEYS_MAX) {
        Ok(())
    } else {
        Err(PasskeyFault::TooMany)
    }
}

fn parse_id(text: &str) -> Result<String, PasskeyFault> {
    text.parse::<PasskeyId>()
        .map(|id| id.to_string())
        .map_err(|_malformed| PasskeyFault::Unknown)
}

fn person_of(user: &UserRow) -> Result<Ulid, TenantFault> {
    user.id
        .parse::<UserId>()
        .map(UserId::ulid)
        .map_err(|_| TenantFault::Inconsistent {
            place: "tenant.users.id".to_owned(),
        })
}
