//! Beginning a sign-in and answering with its tokens.

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;
use ulid::Ulid;
use wt_audit::{Deed, Record};
use wt_auth::ACCESS_TOKEN_TTL;
use wt_model::{Actor, Principal, PrincipalKind, Role, SessionId, TypedId};
use wt_pg::PlatformTx;
use wt_proto::tenant;

use crate::{
    api::Api,
    domain::{
        impersonation,
        session::{refresh_expiry, session_expiry},
    },
    error::TenantFault,
    store::{
        self,
        organization::AccessRow,
        session::{NewSession, SessionRow},
        sign_in::NewRefresh,
        user::UserRow,
    },
    wire,
};

/// How a client keeps its sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Access and refresh tokens in the client's hands.
    Bearer,
    /// One opaque secret in the browser's cookie.
    Cookie,
}

impl Mode {
    /// Reads the request's word; none means bearer.
    pub(crate) fn parse(word: &str) -> Result<Self, TenantFault> {
        match word {
            "" | "bearer" => Ok(Self::Bearer),
            "cookie" => Ok(Self::Cookie),
            _ => Err(TenantFault::field("mode", "expected bearer or cookie")),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Cookie => "cookie",
        }
    }
}

/// 256 random bits as text: a refresh token or a browser's secret (ASVS V7.2.3 asks for 128).
pub(crate) fn secret() -> String {
    data_encoding::BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>())
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// With a password, and a second factor where there is one.
    Password,
    /// With a passkey alone: having it and proving oneself to it are two factors.
    Passkey,
    /// By way of a program's code that a signed-in person typed.
    Device,
    /// At the organization's identity provider, which also answers for a second factor.
    Sso,
}

impl Method {
    /// The database's word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Device => "device",
            Self::Sso => "sso",
        }
    }
}

/// What is stored of a secret. It is random and long, so a plain hash is enough.
pub(crate) fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// How a session begins.
pub(crate) struct Begin {
    pub(crate) mode: Mode,
    pub(crate) method: Method,
    pub(crate) client: Option<tenant::Client>,
}

/// A header is a stranger's text: what can be shown of it, and enough to tell a browser from
/// another.
pub(crate) fn printable(user_agent: &str) -> String {
    const USER_AGENT_CHARS_MAX: usize = 256;
    user_agent
        .chars()
        .filter(|c| !c.is_control())
        .take(USER_AGENT_CHARS_MAX)
        .collect()
}

/// Begins a session, makes its first tokens, leaves the record and commits.
pub(crate) async fn begin(
    api: &Api,
    mut tx: PlatformTx,
    user: &UserRow,
    organization: &AccessRow,
    how: Begin,
) -> Result<tenant::SessionResponse, TenantFault> {
    let answer = begin_on(api, tx.conn(), user, organization, how).await?;
    tx.commit().await?;
    api.pool.note_record();
    Ok(answer)
}

/// As [`begin`], where nothing else has to last with it: one round trip instead of three.
pub(crate) async fn begin_at_once(
    api: &Api,
    user: &UserRow,
    organization: &AccessRow,
    how: Begin,
) -> Result<tenant::SessionResponse, TenantFault> {
    let mut call = api.pool.call_once().await?;
    let answer = begin_on(api, call.conn(), user, organization, how).await?;
    call.finish();
    api.pool.note_record();
    Ok(answer)
}

async fn begin_on(
    api: &Api,
    conn: &mut PgConnection,
    user: &UserRow,
    organization: &AccessRow,
    how: Begin,
) -> Result<tenant::SessionResponse, TenantFault> {
    let Begin {
        mode,
        method,
        client,
    } = how;
    let now = OffsetDateTime::now_utc();
    let id = SessionId::from_ulid(Ulid::generate()).to_string();
    let session_secret = (mode == Mode::Cookie).then(secret);
    let hash = session_secret.as_deref().map(secret_hash);
    let client = client.unwrap_or_default();
    let user_agent = printable(&client.user_agent);
    let new = NewSession {
        id: &id,
        user_id: &user.id,
        mode: mode.as_str(),
        method: method.as_str(),
        organization: &organization.tenant_key,
        secret_hash: hash.as_ref().map(<[u8; 32]>::as_slice),
        expires_at: session_expiry(now),
        ip: &client.ip,
        user_agent: &user_agent,
    };
    let (refresh_token, refresh) = match mode {
        Mode::Bearer => {
            let token = secret();
            let new = NewRefresh {
                token_hash: secret_hash(&token),
                expires_at: refresh_expiry(now, new.expires_at),
            };
            (token, Some(new))
        }
        Mode::Cookie => (String::new(), None),
    };
    let person = person(user, organization)?;
    let after = json!({ "method": method.as_str(), "session": id });
    let deed = Deed {
        action: "session.begin",
        object: &user.id,
        before: None,
        after: Some(&after),
    };
    let record = Record::of(api.pool.service(), &person, deed)?;
    let staff = store::sign_in::begin(conn, &new, refresh.as_ref(), &record).await?;
    let session = SessionRow {
        id: id.clone(),
        user_id: user.id.clone(),
        organization: organization.tenant_key.clone(),
        expires_at: new.expires_at,
        staff,
        acting: None,
    };
    let mut answer = respond(api, user, organization, &session)?;
    answer.refresh_token = refresh_token;
    answer.session_secret = session_secret.unwrap_or_default();
    Ok(answer)
}

/// The next refresh token of a session.
pub(crate) async fn next_refresh(
    conn: &mut PgConnection,
    session: &SessionRow,
    now: OffsetDateTime,
) -> Result<String, TenantFault> {
    let token = secret();
    let expires_at = refresh_expiry(now, session.expires_at);
    store::session::insert_refresh(conn, &secret_hash(&token), &session.id, expires_at).await?;
    Ok(token)
}

/// A person in one organization, with what they may do there now.
pub(crate) fn person(user: &UserRow, organization: &AccessRow) -> Result<Principal, TenantFault> {
    let inconsistent = |place: &str| TenantFault::Inconsistent {
        place: format!("{place} of {} in {}", user.id, organization.tenant_key),
    };
    let access = organization.access();
    Ok(Principal {
        kind: PrincipalKind::User,
        sub: user.id.clone(),
        tenant_key: Some(
            organization
                .tenant_key
                .parse()
                .map_err(|_| inconsistent("organization"))?,
        ),
        roles: access.roles,
        permissions: access.permissions,
        groups: access.groups,
        ..Principal::nobody()
    })
}

/// An access token for a session in one organization.
pub(crate) fn respond(
    api: &Api,
    user: &UserRow,
    organization: &AccessRow,
    session: &SessionRow,
) -> Result<tenant::SessionResponse, TenantFault> {
    let principal = Principal {
        sid: Some(session.id.parse().map_err(|_| TenantFault::Inconsistent {
            place: format!("id of {}", session.id),
        })?),
        ..seen_by(session, person(user, organization)?)?
    };
    let left = (session.expires_at - OffsetDateTime::now_utc()).whole_seconds();
    let left = u64::try_from(left).unwrap_or_default();
    Ok(tenant::SessionResponse {
        access_token: api.issuer.mint_until(&principal, session.expires_at)?,
        expires_in: u32::try_from(ACCESS_TOKEN_TTL.as_secs().min(left)).unwrap_or(u32::MAX),
        user: Some(wire::user(user)),
        organization: Some(organization.into()),
        ..Default::default()
    })
}

/// A person as their session may act: staff in their own name may operate the platform, staff
/// with somebody else's eyes may at most look, unless a second of them agreed.
fn seen_by(session: &SessionRow, person: Principal) -> Result<Principal, TenantFault> {
    let mut principal = person;
    match &session.acting {
        Some(acting) => {
            let sub = acting
                .actor
                .parse()
                .map_err(|_| TenantFault::Inconsistent {
                    place: format!("actor of {}", session.id),
                })?;
            principal.act = Some(Actor { sub });
            principal.limit = Some(impersonation::limit(acting.elevated));
        }
        None if session.staff => {
            principal.roles.insert(Role::PlatformAdmin);
        }
        None => {}
    }
    Ok(principal)
}

/// Which of the reachable organizations a sign-in begins in: the first root, else the first.
pub(crate) fn home(access: &[AccessRow]) -> Result<&AccessRow, TenantFault> {
    access
        .iter()
        .find(|row| row.parent_tenant_key.is_none())
        .or_else(|| access.first())
        .ok_or(TenantFault::OrganizationUnknown)
}
