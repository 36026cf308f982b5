//! Webhooks, chats and trackers that are told of changes, and what was sent to them.
mod create;
mod delete;
mod deliveries;
mod list;
mod replace;
mod replay;
mod rotate;
mod test;
mod tracker;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{EventType, Severity};
use wt_proto::notify as wire;

use self::tracker::Tracker;
use super::{
    extract::Checked, moment::Moment, notifications::DeliveryState, page::page, problem::Problem,
};
use crate::Edge;

/// Routes of `/integrations`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_integrations, create::create_integration))
        .routes(routes!(
            replace::replace_integration,
            delete::delete_integration
        ))
        .routes(routes!(rotate::rotate_integration_secret))
        .routes(routes!(test::test_integration))
        .routes(routes!(deliveries::list_integration_deliveries))
        .routes(routes!(replay::replay_integration_delivery))
}

/// What receives the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IntegrationKind {
    /// A program: signed JSON (docs/guides/webhooks.md).
    Webhook,
    /// A chat that takes Slack's incoming webhooks.
    Slack,
    /// A repository of GitHub that gets an issue an exposure (docs/guides/tickets.md).
    #[serde(rename = "github")]
    GitHub,
    /// A project of Jira, likewise.
    Jira,
}

impl IntegrationKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::GitHub => "github",
            Self::Jira => "jira",
        }
    }

    fn read(word: &str) -> Option<Self> {
        let all = [Self::Webhook, Self::Slack, Self::GitHub, Self::Jira];
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A webhook, a chat or a tracker, and which changes it is told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewIntegration {
    /// What it is; it stays that.
    kind: IntegrationKind,
    /// What people call it.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Where messages are posted to, by https. Never shown again; absent keeps the stored one. Of a
    /// tracker, where its API answers: GitHub's own when absent at first, or the site of Jira.
    #[serde(default)]
    #[schema(format = "password", max_length = 2000)]
    address: String,
    /// What a tracker is asked with. Never shown again; absent keeps the stored one, which is not
    /// possible together with another address.
    #[serde(default)]
    #[schema(format = "password", max_length = 2000)]
    token: String,
    /// Where a tracker's issues are made; of `github` and `jira`, and of those required.
    #[serde(default)]
    tracker: Option<Tracker>,
    /// Least severity worth telling.
    #[schema(schema_with = crate::rest::words::severity)]
    min_severity: Severity,
    /// Kinds of event; absent or empty for every one.
    #[serde(default)]
    #[schema(schema_with = event_types)]
    events: Vec<EventType>,
    /// Assets (`ast_…`); absent or empty for every one.
    #[serde(default)]
    #[schema(max_items = 100)]
    asset_ids: Vec<String>,
    /// Whether anything is sent.
    #[serde(default = "yes")]
    #[schema(default = true)]
    enabled: bool,
}

const fn yes() -> bool {
    true
}

fn event_types() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    utoipa::openapi::schema::ArrayBuilder::new()
        .items(crate::rest::words::event_type())
        .max_items(Some(EventType::ALL.len()))
        .build()
        .into()
}

impl Checked for NewIntegration {}

impl NewIntegration {
    /// As the service takes it; `id` is empty for a new one.
    fn into_wire(self, id: String) -> wire::PutIntegrationRequest {
        wire::PutIntegrationRequest {
            id,
            kind: self.kind.as_str().to_owned(),
            name: self.name,
            address: self.address,
            token: self.token,
            tracker: self.tracker.map(Into::into),
            rule: Some(wire::IntegrationRule {
                min_severity: self.min_severity.to_string(),
                events: self.events.iter().map(ToString::to_string).collect(),
                asset_ids: self.asset_ids,
            }),
            enabled: self.enabled,
        }
    }
}

/// A webhook, a chat or a tracker, without its address and its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Integration {
    /// `int_…`
    id: String,
    kind: IntegrationKind,
    name: String,
    /// Scheme, host and port of the address; the rest of it may be a secret.
    origin: String,
    /// Least severity worth telling.
    #[schema(schema_with = crate::rest::words::severity)]
    min_severity: Severity,
    /// Kinds of event; empty for every one.
    #[schema(schema_with = event_types)]
    events: Vec<EventType>,
    /// Assets; empty for every one.
    asset_ids: Vec<String>,
    enabled: bool,
    /// Where issues are made; null of what is no tracker.
    #[schema(required = true)]
    tracker: Option<Tracker>,
    /// Why the last attempt failed, and of a tracker what to do; empty once one arrived.
    failing: String,
    /// Why nothing is sent, where nobody switched it off; else empty.
    disabled_reason: String,
    /// Messages given up since one last arrived.
    failures: u32,
    /// When a message last arrived; null for never.
    #[schema(required = true)]
    last_sent_at: Option<Moment>,
    /// When an attempt last failed; null for never.
    #[schema(required = true)]
    last_failed_at: Option<Moment>,
    /// Until when messages are signed with the secret before the last rotation too.
    #[schema(required = true)]
    old_secret_until: Option<Moment>,
    created_at: Moment,
}

impl TryFrom<wire::Integration> for Integration {
    type Error = Problem;

    fn try_from(row: wire::Integration) -> Result<Self, Problem> {
        let broken = Problem::broken_answer;
        let rule = row.rule.ok_or_else(|| broken("integration.rule"))?;
        let events = rule.events.iter().map(|word| word.parse::<EventType>());
        Ok(Self {
            kind: IntegrationKind::read(&row.kind).ok_or_else(|| broken("integration.kind"))?,
            tracker: row.tracker.map(Into::into),
            failing: row.failing,
            min_severity: rule
                .min_severity
                .parse()
                .map_err(|_unknown| broken("integration.min_severity"))?,
            events: events
                .collect::<Result<_, _>>()
                .map_err(|_unknown| broken("integration.events"))?,
            asset_ids: rule.asset_ids,
            last_sent_at: Moment::maybe(row.last_sent_at.as_ref()),
            last_failed_at: Moment::maybe(row.last_failed_at.as_ref()),
            old_secret_until: Moment::maybe(row.old_secret_until.as_ref()),
            created_at: Moment::required("integration.created_at", row.created_at.as_ref())?,
            id: row.id,
            name: row.name,
            origin: row.origin,
            enabled: row.enabled,
            disabled_reason: row.disabled_reason,
            failures: row.failures,
        })
    }
}

/// An integration with its signing secret, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FreshIntegration {
    /// The integration.
    integration: Integration,
    /// `whsec_…`, which messages are signed with; empty of what is no webhook. It can't be shown again.
    secret: String,
}

impl FreshIntegration {
    fn read(row: Option<wire::Integration>, secret: String) -> Result<Self, Problem> {
        Ok(Self {
            integration: row
                .ok_or_else(|| Problem::broken_answer("integration"))?
                .try_into()?,
            secret,
        })
    }
}

/// A message to an integration, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationDelivery {
    /// `dlv_…`
    id: String,
    /// The header `webhook-id`: the same for every attempt and replay.
    message_id: String,
    /// The run it tells of; empty for a test, and for an issue somebody asked for.
    run_id: String,
    /// The exposure whose issue it is about; empty for a test, and of what is no tracker.
    exposure: String,
    /// What it says, in short.
    subject: String,
    /// How it stands.
    state: DeliveryState,
    /// Times it was tried since it was made or replayed.
    attempts: u32,
    /// What the receiver answered last; null if it did not.
    #[schema(required = true)]
    last_status: Option<u32>,
    /// What went wrong last; else empty.
    last_error: String,
    /// When it was made.
    created_at: Moment,
    /// When it was taken.
    #[schema(required = true)]
    sent_at: Option<Moment>,
    /// When it is tried next, while it is pending.
    #[schema(required = true)]
    next_attempt_at: Option<Moment>,
}

impl TryFrom<wire::IntegrationDelivery> for IntegrationDelivery {
    type Error = Problem;

    fn try_from(row: wire::IntegrationDelivery) -> Result<Self, Problem> {
        Ok(Self {
            state: DeliveryState::read(&row.state)?,
            created_at: Moment::required("delivery.created_at", row.created_at.as_ref())?,
            sent_at: Moment::maybe(row.sent_at.as_ref()),
            next_attempt_at: Moment::maybe(row.next_attempt_at.as_ref()),
            last_status: (row.last_status != 0).then_some(row.last_status),
            id: row.id,
            message_id: row.message_id,
            run_id: row.run_id,
            exposure: row.exposure_key,
            subject: row.subject,
            attempts: row.attempts,
            last_error: row.last_error,
        })
    }
}

page!(
    /// The organization's integrations.
    IntegrationPage of Integration
);

page!(
    /// Messages to an integration, newest first.
    IntegrationDeliveryPage of IntegrationDelivery
);
