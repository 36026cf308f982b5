//! Letting a program in (RFC 8628): it shows a code, a signed-in person types it elsewhere.

use time::OffsetDateTime;
use wt_auth::{Caller, tenant_of};
use wt_model::Principal;
use wt_proto::{convert::to_timestamp, tenant};

use super::{Api, in_person};
use crate::{
    api::sso::enforced,
    domain::{
        device::{self, Heard},
        name,
    },
    error::TenantFault,
    issue::{self, Begin, Method, Mode},
    store::{self, device::NewDevice},
};

/// Tries to find a user code nobody waits with.
const CODE_TRIES: usize = 4;

pub(super) async fn start_device(
    api: &Api,
    _gateway: &Caller,
    request: tenant::StartDeviceRequest,
) -> Result<tenant::StartDeviceResponse, TenantFault> {
    let client_name = name::parse("client_name", &request.client_name)?;
    let client = request.client.unwrap_or_default();
    let device_code = issue::secret();
    let device_hash = issue::secret_hash(&device_code);
    let expires_at = OffsetDateTime::now_utc() + device::LIFETIME;
    let mut tx = api.pool.begin_platform("start_device").await?;
    for _ in 0..CODE_TRIES {
        let user_code = device::user_code(&rand::random());
        let new = NewDevice {
            device_hash: &device_hash,
            user_code: &user_code,
            client_name: &client_name,
            ip: &client.ip,
            user_agent: &issue::printable(&client.user_agent),
            expires_at,
        };
        if store::device::insert(tx.conn(), &new).await? {
            tx.commit().await?;
            return Ok(tenant::StartDeviceResponse {
                device_code,
                user_code: device::shown(&user_code),
                expires_in: u32::try_from(device::LIFETIME.whole_seconds()).unwrap_or_default(),
                interval: device::INTERVAL_SECONDS,
            });
        }
    }
    Err(TenantFault::Busy)
}

pub(super) async fn get_device(
    api: &Api,
    principal: &Principal,
    request: tenant::GetDeviceRequest,
) -> Result<tenant::GetDeviceResponse, TenantFault> {
    in_person(principal)?;
    let code = device::typed(&request.user_code).ok_or(TenantFault::DeviceUnknown)?;
    let mut tx = api.pool.begin_platform("get_device").await?;
    let row = store::device::find_waiting(tx.conn(), &code)
        .await?
        .ok_or(TenantFault::DeviceUnknown)?;
    tx.commit().await?;
    Ok(tenant::GetDeviceResponse {
        client_name: row.client_name,
        ip: row.ip,
        created_at: Some(to_timestamp(row.created_at)),
        expires_at: Some(to_timestamp(row.expires_at)),
    })
}

pub(super) async fn answer_device(
    api: &Api,
    principal: &Principal,
    request: tenant::AnswerDeviceRequest,
) -> Result<tenant::AnswerDeviceResponse, TenantFault> {
    in_person(principal)?;
    let code = device::typed(&request.user_code).ok_or(TenantFault::DeviceUnknown)?;
    let organization = tenant_of(principal)?.to_string();
    let decision = if request.approve {
        "approved"
    } else {
        "denied"
    };
    if request.approve {
        may_let_in(api, principal).await?;
    }
    let mut tx = api.pool.begin(principal, "answer_device").await?;
    let name = store::device::answer(tx.conn(), &code, &principal.sub, &organization, decision)
        .await?
        .ok_or(TenantFault::DeviceUnknown)?;
    let after = serde_json::json!({ "client_name": name, "decision": decision });
    wt_audit::record(&mut tx, "device.answer", &principal.sub, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::AnswerDeviceResponse {})
}

/// A program gets what the sign-in that lets it in may: one that an organization's single sign-on
/// holds back passes nothing on.
async fn may_let_in(api: &Api, principal: &Principal) -> Result<(), TenantFault> {
    let sid = principal.sid.ok_or(TenantFault::SessionOver)?.to_string();
    let mut tx = api.pool.begin_platform("may_let_in").await?;
    store::session::lock_live_by_id(tx.conn(), &sid, &principal.sub)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    enforced::refuse_further(&mut tx, &sid, &principal.sub).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn poll_device(
    api: &Api,
    _gateway: &Caller,
    request: tenant::PollDeviceRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let hash = issue::secret_hash(&request.device_code);
    let now = OffsetDateTime::now_utc();
    let mut tx = api.pool.begin_platform("poll_device").await?;
    let row = store::device::lock_asking(tx.conn(), &hash)
        .await?
        .ok_or(TenantFault::DeviceOver)?;
    let decision = row.decision.as_deref();
    let heard = device::heard(now, row.expires_at, row.used, row.polled_at, decision);
    let given = matches!(heard, Heard::Approved | Heard::Denied);
    store::device::note_asked(tx.conn(), &hash, given).await?;
    let (Heard::Approved, Some(user_id), Some(organization)) =
        (heard, row.user_id, row.organization)
    else {
        tx.commit().await?;
        return Err(refusal(heard));
    };
    let user = store::user::find_by_id(&mut tx, &user_id)
        .await?
        .ok_or(TenantFault::DeviceOver)?;
    // Who lost the organization since they answered lets nobody in.
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    let organization = access
        .iter()
        .find(|row| row.tenant_key == organization)
        .ok_or(TenantFault::DeviceOver)?;
    let how = Begin {
        mode: Mode::Bearer,
        method: Method::Device,
        client: request.client,
    };
    issue::begin(api, tx, &user, organization, how).await
}

fn refusal(heard: Heard) -> TenantFault {
    match heard {
        Heard::Pending => TenantFault::DevicePending,
        Heard::TooEarly => TenantFault::DeviceTooEarly,
        Heard::Denied => TenantFault::DeviceDenied,
        Heard::Approved | Heard::Over => TenantFault::DeviceOver,
    }
}
