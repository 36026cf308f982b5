//! Proving that an asset is the organization's, and what was proven.
mod authorizations;
mod check;
mod get;
mod revoke;
mod start;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::VerificationMethod;
use wt_proto::asset as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/assets/{id}/verification` and `/authorizations`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get::get_verification, start::start_verification))
        .routes(routes!(check::check_verification))
        .routes(routes!(authorizations::list_authorizations))
        .routes(routes!(revoke::revoke_authorization))
}

/// How ownership is to be proven.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVerification {
    /// `dns_txt` or `http_file`.
    #[schema(schema_with = crate::rest::words::method)]
    pub(crate) method: VerificationMethod,
}

impl Checked for NewVerification {}

/// A challenge and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verification {
    /// What is to be proven.
    pub(crate) asset_id: String,
    /// How.
    #[schema(schema_with = crate::rest::words::method)]
    pub(crate) method: String,
    /// How it stands.
    pub(crate) status: VerificationStatus,
    /// Of `dns_txt`: name of the TXT record.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) record_name: String,
    /// Of `dns_txt`: value of the TXT record.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) record_value: String,
    /// Of `http_file`: where the file must be.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) url: String,
    /// Of `http_file`: what must be in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) file_body: String,
    /// When the challenge stops being accepted.
    pub(crate) expires_at: Moment,
    /// When the proof was last looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_checked_at: Option<Moment>,
    /// What each vantage point saw then.
    pub(crate) findings: Vec<VerificationFinding>,
}

/// How a challenge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerificationStatus {
    /// The proof has not been seen.
    Pending,
    /// The proof was seen.
    Verified,
    /// The challenge expired or was refused.
    Failed,
}

/// What one vantage point saw.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerificationFinding {
    /// Who looked.
    pub(crate) vantage: String,
    /// What was asked for.
    pub(crate) asked: String,
    /// What was found, cut to a bound.
    pub(crate) found: Vec<String>,
    /// Whether it is the proof.
    pub(crate) ok: bool,
    /// Why not, for a person.
    pub(crate) detail: String,
}

impl TryFrom<wire::Verification> for Verification {
    type Error = Problem;

    fn try_from(challenge: wire::Verification) -> Result<Self, Problem> {
        Ok(Self {
            status: match challenge.status.as_str() {
                "pending" => VerificationStatus::Pending,
                "verified" => VerificationStatus::Verified,
                "failed" => VerificationStatus::Failed,
                _ => return Err(Problem::broken_answer("verification.status")),
            },
            expires_at: Moment::required("verification.expires_at", challenge.expires_at.as_ref())?,
            last_checked_at: Moment::maybe(challenge.last_checked_at.as_ref()),
            asset_id: challenge.asset_id,
            method: challenge.method,
            record_name: challenge.record_name,
            record_value: challenge.record_value,
            url: challenge.url,
            file_body: challenge.file_body,
            findings: challenge
                .findings
                .into_iter()
                .map(|finding| VerificationFinding {
                    vantage: finding.vantage,
                    asked: finding.asked,
                    found: finding.found,
                    ok: finding.ok,
                    detail: finding.detail,
                })
                .collect(),
        })
    }
}

/// A proof of ownership.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authorization {
    /// `auz_…`
    pub(crate) id: String,
    /// What was proven.
    pub(crate) asset_id: String,
    /// How.
    #[schema(schema_with = crate::rest::words::method)]
    pub(crate) method: String,
    /// When.
    pub(crate) verified_at: Moment,
    /// Until when it holds.
    pub(crate) expires_at: Moment,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_at: Option<Moment>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) revoked_reason: String,
    /// The proof as it was seen.
    pub(crate) proof: String,
    /// Who saw it.
    pub(crate) vantages: Vec<String>,
}

impl TryFrom<wire::Authorization> for Authorization {
    type Error = Problem;

    fn try_from(proof: wire::Authorization) -> Result<Self, Problem> {
        Ok(Self {
            verified_at: Moment::required("authorization.verified_at", proof.verified_at.as_ref())?,
            expires_at: Moment::required("authorization.expires_at", proof.expires_at.as_ref())?,
            revoked_at: Moment::maybe(proof.revoked_at.as_ref()),
            id: proof.id,
            asset_id: proof.asset_id,
            method: proof.method,
            revoked_reason: proof.revoked_reason,
            proof: proof.proof,
            vantages: proof.vantages,
        })
    }
}

page!(
    /// Proofs of ownership.
    AuthorizationPage of Authorization
);

/// Why a proof is withdrawn.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(crate) reason: String,
}

impl Checked for Revocation {}
