//! Between this service's rows and `watchtower.asset.v1`.

use wt_proto::{asset, convert::to_timestamp};

use crate::{
    domain::{challenge::Instructions, verification::Finding},
    error::AssetFault,
    store::{asset::AssetRow, authorization::AuthorizationRow, challenge::ChallengeRow},
};

/// Reads an identifier, naming the field when it is none.
pub(crate) fn id<T>(field: &str, text: &str) -> Result<T, AssetFault>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error| AssetFault::field(field, error))
}

/// Reads an optional word, empty meaning none.
pub(crate) fn optional<T>(field: &str, text: &str) -> Result<Option<T>, AssetFault>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        Ok(None)
    } else {
        id(field, text).map(Some)
    }
}

impl From<&AssetRow> for asset::Asset {
    fn from(row: &AssetRow) -> Self {
        Self {
            id: row.id.to_string(),
            kind: row.kind.to_string(),
            value: row.value.clone(),
            tags: row.tags.clone(),
            authorization: row.authorization.as_ref().map(|live| asset::Authorization {
                id: live.id.clone(),
                asset_id: row.id.to_string(),
                method: live.method.clone(),
                verified_at: Some(to_timestamp(live.verified_at)),
                expires_at: Some(to_timestamp(live.expires_at)),
                ..Default::default()
            }),
            created_at: Some(to_timestamp(row.created_at)),
            archived_at: row.archived_at.map(to_timestamp),
        }
    }
}

impl From<AuthorizationRow> for asset::Authorization {
    fn from(row: AuthorizationRow) -> Self {
        Self {
            id: row.id,
            asset_id: row.asset_id,
            method: row.method,
            verified_at: Some(to_timestamp(row.verified_at)),
            expires_at: Some(to_timestamp(row.expires_at)),
            revoked_at: row.revoked_at.map(to_timestamp),
            revoked_reason: row.revoked_reason,
            proof: row.proof,
            vantages: row.vantages,
        }
    }
}

/// What an owner is told about a challenge.
pub(crate) fn verification(
    row: &AssetRow,
    challenge: &ChallengeRow,
    instructions: &Instructions,
    proven: bool,
) -> asset::Verification {
    let is_file = !instructions.url.is_empty();
    asset::Verification {
        asset_id: row.id.to_string(),
        method: challenge.method.to_string(),
        status: status(proven, challenge).to_owned(),
        record_name: instructions.record_name.clone(),
        record_value: if is_file {
            String::new()
        } else {
            instructions.expected.clone()
        },
        url: instructions.url.clone(),
        file_body: if is_file {
            instructions.expected.clone()
        } else {
            String::new()
        },
        expires_at: Some(to_timestamp(challenge.expires_at)),
        last_checked_at: challenge.last_checked_at.map(to_timestamp),
        findings: challenge.findings.iter().map(finding).collect(),
    }
}

fn status(proven: bool, challenge: &ChallengeRow) -> &'static str {
    if proven {
        "verified"
    } else if challenge.last_checked_at.is_some() {
        "failed"
    } else {
        "pending"
    }
}

fn finding(seen: &Finding) -> asset::VerificationFinding {
    asset::VerificationFinding {
        vantage: seen.vantage.clone(),
        asked: seen.asked.clone(),
        found: seen.found.clone(),
        ok: seen.ok,
        detail: seen.detail.clone(),
    }
}
