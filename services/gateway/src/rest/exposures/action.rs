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
    /// Of `tag` and `untag`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) tags: Vec<String>,
    /// The bulk it is part of.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) bulk_id: String,
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
            tags: action.tags,
            bulk_id: action.bulk_id,
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
    /// Of `tag` and `untag`: letters, digits and `-_.:/`.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(crate) tags: Vec<String>,
}

impl NewAction {
    /// What the service is asked to record; of which exposure is the caller's to say.
    pub(crate) fn into_wire(self, key: String) -> wire::RecordActionRequest {
        wire::RecordActionRequest {
            key,
            kind: self.kind.to_string(),
            reason: self.reason,
            note: self.note,
            assignee: self.assignee,
            until: self.until.map(Moment::to_wire),
            run_id: String::new(),
            tags: self.tags,
        }
    }
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
