//! Who is told what, and what was sent.
mod deliveries;
mod get_settings;
mod put_settings;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::Severity;
use wt_proto::notify as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/notifications`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(
            get_settings::get_notification_settings,
            put_settings::put_notification_settings
        ))
        .routes(routes!(deliveries::list_deliveries))
}

/// Who is told what.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotificationSettings {
    /// Whether mails are sent.
    pub(crate) email_enabled: bool,
    /// Least severity worth a mail.
    #[schema(schema_with = crate::rest::words::severity)]
    pub(crate) min_severity: Severity,
    /// Addresses; empty for every member.
    #[schema(max_items = 50)]
    pub(crate) recipients: Vec<String>,
}

impl Checked for NotificationSettings {}

impl TryFrom<wire::Settings> for NotificationSettings {
    type Error = Problem;

    fn try_from(settings: wire::Settings) -> Result<Self, Problem> {
        Ok(Self {
            email_enabled: settings.email_enabled,
            min_severity: settings
                .min_severity
                .parse()
                .map_err(|_unknown| Problem::broken_answer("settings.min_severity"))?,
            recipients: settings.recipients,
        })
    }
}

/// A message that was or will be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    /// Its id.
    pub(crate) id: String,
    /// The run it tells of.
    pub(crate) run_id: String,
    /// How it is sent.
    pub(crate) channel: String,
    /// To whom.
    pub(crate) recipient: String,
    /// How it stands.
    pub(crate) state: DeliveryState,
    /// Subject line.
    pub(crate) subject: String,
    /// Times it was tried.
    pub(crate) attempts: u32,
    /// What went wrong last.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) last_error: String,
    /// When it was written.
    pub(crate) created_at: Moment,
    /// When it was handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_at: Option<Moment>,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    /// To be sent.
    Pending,
    /// Handed over.
    Sent,
    /// Given up.
    Failed,
}

impl DeliveryState {
    /// The service's word.
    pub(crate) fn read(word: &str) -> Result<Self, Problem> {
        match word {
            "pending" => Ok(Self::Pending),
            "sent" => Ok(Self::Sent),
            "failed" => Ok(Self::Failed),
            _ => Err(Problem::broken_answer("delivery.state")),
        }
    }
}

impl TryFrom<wire::Delivery> for Delivery {
    type Error = Problem;

    fn try_from(delivery: wire::Delivery) -> Result<Self, Problem> {
        Ok(Self {
            state: DeliveryState::read(&delivery.state)?,
            created_at: Moment::required("delivery.created_at", delivery.created_at.as_ref())?,
            sent_at: Moment::maybe(delivery.sent_at.as_ref()),
            id: delivery.id,
            run_id: delivery.run_id,
            channel: delivery.channel,
            recipient: delivery.recipient,
            subject: delivery.subject,
            attempts: delivery.attempts,
            last_error: delivery.last_error,
        })
    }
}

page!(
    /// Messages, newest first.
    DeliveryPage of Delivery
);
