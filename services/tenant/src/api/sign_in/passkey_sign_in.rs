//! Signs a person in with a passkey: alone, because its user verification is a second factor by
//! itself, or after a password in place of a code.

use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey, PublicKeyCredential};
use wt_auth::Caller;
use wt_model::{TypedId as _, UserId};
use wt_pg::PlatformTx;
use wt_proto::tenant;

use super::{Api, at_home};
use crate::{
    api::log_in,
    domain::passkey::{CEREMONY_LIFETIME, handle},
    error::TenantFault,
    issue::{self, Begin, Method, Mode},
    mfa,
    passkey_fault::PasskeyFault,
    relying_party::{self, Verdict},
    store::{
        self,
        challenge::{CeremonyRow, NewCeremony},
        user::UserRow,
    },
    wire,
};

/// Purpose of the challenge that a passkey answers.
const PURPOSE: &str = "passkey_sign_in";

/// What a sign-in is judged by; kept here, never at the client.
#[derive(Debug, Serialize, Deserialize)]
struct SignIn {
    state: DiscoverableAuthentication,
    /// Hash, in hex, of the second factor's challenge this answers, if it is one.
    mfa: Option<String>,
}

pub(super) async fn begin_passkey_sign_in(
    api: &Api,
    _gateway: &Caller,
    request: tenant::BeginPasskeySignInRequest,
) -> Result<tenant::BeginPasskeySignInResponse, TenantFault> {
    let mut tx = api.pool.begin_platform("begin_passkey_sign_in").await?;
    let waiting = (!request.mfa_token.is_empty()).then(|| issue::secret_hash(&request.mfa_token));
    let (person, allowed) = match &waiting {
        None => (None, None),
        Some(hash) => {
            let person = store::challenge::find_person(tx.conn(), hash, mfa::PURPOSE)
                .await?
                .ok_or(TenantFault::ChallengeOver)?;
            let ids = store::passkey::credential_ids(tx.conn(), &person).await?;
            if ids.is_empty() {
                return Err(PasskeyFault::Unknown.into());
            }
            (Some(person), Some(ids))
        }
    };
    let (options, state) = api.relying_party.begin_sign_in(allowed.as_deref())?;
    let ceremony = issue::secret();
    let sign_in = SignIn {
        state,
        mfa: waiting.map(hex::encode),
    };
    let new = NewCeremony {
        token_hash: &issue::secret_hash(&ceremony),
        purpose: PURPOSE,
        user_id: person.as_deref(),
        state: &wire::state("tenant.challenges.state", &sign_in)?,
        expires_at: OffsetDateTime::now_utc() + CEREMONY_LIFETIME,
    };
    store::challenge::insert_ceremony(tx.conn(), &new).await?;
    tx.commit().await?;
    Ok(tenant::BeginPasskeySignInResponse {
        ceremony,
        options_json: options.to_string(),
    })
}

pub(super) async fn finish_passkey_sign_in(
    api: &Api,
    _gateway: &Caller,
    request: tenant::FinishPasskeySignInRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let mode = Mode::parse(&request.mode)?;
    let answer: PublicKeyCredential = relying_party::parse(&request.credential_json)?;
    let hash = issue::secret_hash(&request.ceremony);
    // Taken whatever comes of it: no answer is tried twice.
    let mut tx = api.pool.begin_platform("take_passkey_sign_in").await?;
    let taken = store::challenge::take_ceremony(tx.conn(), &hash, PURPOSE, None).await?;
    tx.commit().await?;
    let taken = taken.ok_or(TenantFault::ChallengeOver)?;

    let (tx, user, waiting) = prove(api, &answer, taken).await?;
    let method = if waiting {
        Method::Password
    } else {
        Method::Passkey
    };
    let how = Begin {
        mode,
        method,
        client: request.client,
    };
    log_in::finish(api, tx, &user, how).await
}

/// Whose passkey answered, and whether a password went before; what that changed is not committed.
async fn prove(
    api: &Api,
    answer: &PublicKeyCredential,
    taken: CeremonyRow,
) -> Result<(PlatformTx, UserRow, bool), TenantFault> {
    let sign_in: SignIn = wire::read_state("tenant.challenges.state", taken.state)?;
    let mut tx = api.pool.begin_platform("judge_passkey").await?;
    let row = store::passkey::lock(tx.conn(), answer.get_credential_id())
        .await?
        .ok_or(PasskeyFault::Refused)?;
    if !answers_for(answer, &row.user_id, taken.user_id.as_deref()) {
        return Err(PasskeyFault::Refused.into());
    }
    let user = store::user::find_by_id(&mut tx, &row.user_id)
        .await?
        .ok_or(PasskeyFault::Refused)?;
    let kept: Passkey = wire::read_state("tenant.passkeys.credential", row.credential)?;
    match api.relying_party.judge(answer, sign_in.state, kept)? {
        Verdict::Proven(kept) => {
            let kept = wire::state("tenant.passkeys.credential", &kept)?;
            store::passkey::note_use(tx.conn(), &row.id, &kept).await?;
        }
        Verdict::CounterBack => {
            drop(tx);
            note_counter_back(api, &user.id, &row.id).await?;
            return Err(PasskeyFault::Refused.into());
        }
        Verdict::Refused => return Err(PasskeyFault::Refused.into()),
    }
    let waiting = sign_in.mfa.is_some();
    if let Some(hash) = sign_in.mfa {
        take_second_factor(&mut tx, &hash).await?;
    }
    Ok((tx, user, waiting))
}

/// Whether the answer may be this person's: it was asked of them, or it names them itself
/// (WebAuthn Level 3 §7.2, step 6).
fn answers_for(answer: &PublicKeyCredential, user_id: &str, asked: Option<&str>) -> bool {
    let person = user_id.parse::<UserId>().map(|id| handle(id.ulid()));
    let named = answer.get_user_unique_id();
    let names_them = named.is_some_and(|named| person.is_ok_and(|person| named == person));
    match asked {
        Some(asked) => asked == user_id && (names_them || named.is_none()),
        None => names_them,
    }
}

/// The password's challenge is answered with this, once.
async fn take_second_factor(tx: &mut PlatformTx, hash: &str) -> Result<(), TenantFault> {
    let hash = hex::decode(hash).map_err(|_| TenantFault::Inconsistent {
        place: "tenant.challenges.state.mfa".to_owned(),
    })?;
    if store::challenge::take(tx.conn(), &hash).await? {
        Ok(())
    } else {
        Err(TenantFault::ChallengeOver)
    }
}

/// A copy of the key may be about: whoever reads the audit log learns of it.
async fn note_counter_back(api: &Api, user_id: &str, passkey_id: &str) -> Result<(), TenantFault> {
    tracing::warn!(passkey.id = passkey_id, "a passkey's counter went back");
    if let Some(mut tx) = at_home(api, user_id, "note_counter_back").await? {
        let after = json!({ "refused": "the signature counter went back" });
        wt_audit::record(
            &mut tx,
            "passkey.counter_back",
            passkey_id,
            None,
            Some(&after),
        )
        .await?;
        tx.commit().await?;
    }
    Ok(())
}
