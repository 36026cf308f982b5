//! A decision about an exposure (contracts §8).
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_model::ActionKind;
use wt_proto::results as wire;

use crate::rest::{extract::Checked, moment::Moment, problem::Problem};

/// A decision somebody took.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Action {
    /// `act_…`
    pub(crate) id: String,
    /// What was decided.
    #[schema(schema_with = crate::rest::words::action_kind)]
    pub(crate) kind: String,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) reason: String,
    /// Free text.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) note: String,
    /// Of `assign`.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) assignee: String,
    /// Of `accept_risk`: until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Moment>,
    /// Who decided.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Moment,
}

impl TryFrom<wire::Action> for Action {
    type Error = Problem;

    fn try_from(action: wire::Action) -> Result<Self, Problem> {
        Ok(Self {
            at: Moment::required("action.at", action.at.as_ref())?,
            until: Moment::maybe(action.until.as_ref()),
            id: action.id,
            kind: action.kind,
            reason: action.reason,
            note: action.note,
            assignee: action.assignee,
            by: action.by,
        })
    }
}

/// A decision to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAction {
    /// What is decided.
    #[schema(schema_with = crate::rest::words::action_kind)]
    pub(crate) kind: ActionKind,
    /// Why; required for `accept_risk` and `false_positive`.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub(crate) reason: String,
    /// Free text; required for `note`.
    #[serde(default)]
    #[schema(max_length = 10000)]
    pub(crate) note: String,
    /// User id; required for `assign`.
    #[serde(default)]
    pub(crate) assignee: String,
    /// Until when; required for `accept_risk`.
    #[serde(default)]
    pub(crate) until: Option<Moment>,
}

impl Checked for NewAction {
    fn check(&self) -> Result<(), Problem> {
        if self.kind == ActionKind::RequestVerify {
            return Err(Problem::invalid_field(
                "kind",
                "a verification is requested with POST /api/v1/exposures/{key}/verify",
            ));
        }
        Ok(())
    }
}
