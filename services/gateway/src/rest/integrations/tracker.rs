//! Where a tracker's issues are made, and how.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_proto::notify as wire;

/// Where a tracker's issues are made, and how (docs/guides/tickets.md).
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tracker {
    /// GitHub: `owner/repository`. Jira: the project's key, such as `SEC`.
    #[schema(min_length = 1, max_length = 201)]
    project: String,
    /// Put on every issue.
    #[serde(default)]
    #[schema(max_items = 10)]
    labels: Vec<String>,
    /// Jira: the kind of issue; `Task` when absent.
    #[serde(default)]
    #[schema(max_length = 60)]
    issue_type: String,
    /// Jira Cloud: the e-mail address the API token belongs to. Absent: the token is a bearer token,
    /// as Data Center takes it.
    #[serde(default)]
    #[schema(max_length = 254)]
    account: String,
    /// Jira: the transition the issue of a fixed exposure takes; none when absent.
    #[serde(default)]
    #[schema(max_length = 60)]
    done_transition: String,
    /// Jira: the transition the issue of a reopened exposure takes; none when absent.
    #[serde(default)]
    #[schema(max_length = 60)]
    reopen_transition: String,
}

impl From<Tracker> for wire::Tracker {
    fn from(tracker: Tracker) -> Self {
        Self {
            project: tracker.project,
            labels: tracker.labels,
            issue_type: tracker.issue_type,
            account: tracker.account,
            done_transition: tracker.done_transition,
            reopen_transition: tracker.reopen_transition,
        }
    }
}

impl From<wire::Tracker> for Tracker {
    fn from(tracker: wire::Tracker) -> Self {
        Self {
            project: tracker.project,
            labels: tracker.labels,
            issue_type: tracker.issue_type,
            account: tracker.account,
            done_transition: tracker.done_transition,
            reopen_transition: tracker.reopen_transition,
        }
    }
}
