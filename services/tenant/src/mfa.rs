//! The second factor: whether one is asked for, and judging what was typed.

use time::OffsetDateTime;
use wt_model::UserId;
use wt_pg::PlatformTx;
use wt_seal::{Owner, Place, Sealed};

use crate::{
    api::Api,
    domain::totp::{self, Typed},
    error::TenantFault,
    issue::{self, Method},
    store::{self, challenge::NewChallenge, totp::TotpRow, user::UserRow},
};

/// Purpose of the challenge between a password and its second factor.
pub(crate) const PURPOSE: &str = "mfa";
const SEED_COLUMN: &str = "tenant.totp.seed";

/// Whose key a person's seed is sealed with.
fn owner(user_id: &str) -> Result<Owner, TenantFault> {
    let id: UserId = user_id.parse().map_err(|_| TenantFault::Inconsistent {
        place: "tenant.users.id".to_owned(),
    })?;
    Ok(Owner::User(id))
}

fn place(user_id: &str) -> Place<'_> {
    Place {
        column: SEED_COLUMN,
        row: user_id,
    }
}

/// A seed as it is stored.
pub(crate) async fn seal_seed(
    api: &Api,
    tx: &mut PlatformTx,
    user_id: &str,
    seed: &[u8],
) -> Result<Vec<u8>, TenantFault> {
    let sealed = api
        .seal
        .seal(tx.conn(), owner(user_id)?, place(user_id), seed)
        .await?;
    Ok(sealed.into_bytes())
}

/// A second factor that is asked for.
pub(crate) struct Asked {
    /// The text the client answers with.
    pub(crate) token: String,
    /// What it may be answered with.
    pub(crate) factors: Vec<String>,
}

/// A challenge for the second factor, for a person who has an app. An app is what makes it asked for;
/// a passkey answers it too. A passkey alone does not: it has no codes for the day it is lost, and
/// nobody should lose their account with a phone.
pub(crate) async fn ask(
    tx: &mut PlatformTx,
    user: &UserRow,
    method: Method,
) -> Result<Asked, TenantFault> {
    let token = issue::secret();
    let new = NewChallenge {
        token_hash: &issue::secret_hash(&token),
        purpose: PURPOSE,
        user_id: &user.id,
        method: method.as_str(),
        expires_at: OffsetDateTime::now_utc() + totp::CHALLENGE_LIFETIME,
    };
    store::challenge::insert(tx.conn(), &new).await?;
    let mut factors = vec!["totp".to_owned(), "recovery_code".to_owned()];
    if !store::passkey::credential_ids(tx.conn(), &user.id)
        .await?
        .is_empty()
    {
        factors.push("passkey".to_owned());
    }
    Ok(Asked { token, factors })
}

/// What is stored of a recovery code. Bound to its person, and 80 random bits: a plain hash is
/// enough.
pub(crate) fn code_hash(user_id: &str, code: &str) -> [u8; 32] {
    issue::secret_hash(&format!("recovery code of {user_id}: {code}"))
}

/// Judges what a person typed, taking the code it is. A wrong one is counted, and the count must
/// be committed by the caller, who refuses then.
pub(crate) async fn judge(
    api: &Api,
    tx: &mut PlatformTx,
    user_id: &str,
    text: &str,
) -> Result<bool, TenantFault> {
    let now = OffsetDateTime::now_utc();
    let Some(row) = store::totp::lock(tx.conn(), user_id).await? else {
        return Ok(false);
    };
    if let Some(wait) = totp::wait(now, row.failures, row.failures_since) {
        return Err(TenantFault::TooManyCodes {
            retry_after: wait.unsigned_abs(),
        });
    }
    let right = match totp::typed(text) {
        Typed::Code(code) => take_step(api, tx, user_id, &row, &code, now).await?,
        Typed::Recovery(code) if row.confirmed => {
            store::totp::take_code(tx.conn(), user_id, &code_hash(user_id, &code)).await?
        }
        Typed::Recovery(_) => false,
    };
    if !right {
        let since = now - totp::FAILURES_WITHIN;
        store::totp::note_failure(tx.conn(), user_id, since).await?;
    }
    Ok(right)
}

async fn take_step(
    api: &Api,
    tx: &mut PlatformTx,
    user_id: &str,
    row: &TotpRow,
    code: &str,
    now: OffsetDateTime,
) -> Result<bool, TenantFault> {
    let sealed = Sealed::from_bytes(row.seed.clone());
    let seed = api
        .seal
        .open(tx.conn(), owner(user_id)?, place(user_id), &sealed)
        .await?;
    let Some(step) = totp::step_of(seed.expose(), code, now, row.last_step) else {
        return Ok(false);
    };
    store::totp::take_step(tx.conn(), user_id, step).await?;
    Ok(true)
}
