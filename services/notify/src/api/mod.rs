//! The gRPC door: one delegating line per RPC.

mod get_settings;
mod list_deliveries;
mod put_settings;

use wt_pg::Pool;
use wt_proto::notify::{self, notify_service_server::NotifyService};
use wt_rpc::{Request, Response, Status, close, open};

use crate::{domain::settings::Settings, error::NotifyFault};

/// What every handler needs.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// This service's rows.
    pub(crate) pool: Pool,
}

#[tonic::async_trait]
impl NotifyService for Api {
    async fn get_settings(
        &self,
        request: Request<notify::GetSettingsRequest>,
    ) -> Result<Response<notify::GetSettingsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(get_settings::get_settings(self, &principal).await)
    }

    async fn put_settings(
        &self,
        request: Request<notify::PutSettingsRequest>,
    ) -> Result<Response<notify::PutSettingsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(put_settings::put_settings(self, &principal, message).await)
    }

    async fn list_deliveries(
        &self,
        request: Request<notify::ListDeliveriesRequest>,
    ) -> Result<Response<notify::ListDeliveriesResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_deliveries::list_deliveries(self, &principal, message).await)
    }
}

impl From<&Settings> for notify::Settings {
    fn from(settings: &Settings) -> Self {
        Self {
            email_enabled: settings.email_enabled,
            min_severity: settings.min_severity.to_string(),
            recipients: settings
                .recipients
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

impl TryFrom<notify::Settings> for Settings {
    type Error = NotifyFault;

    fn try_from(wire: notify::Settings) -> Result<Self, NotifyFault> {
        use crate::domain::settings::RECIPIENTS_MAX;
        if wire.recipients.len() > RECIPIENTS_MAX {
            let reason = format!("at most {RECIPIENTS_MAX} recipients");
            return Err(NotifyFault::field("recipients", reason));
        }
        let mut recipients = Vec::with_capacity(wire.recipients.len());
        for (at, text) in wire.recipients.iter().enumerate() {
            let field = || format!("recipients[{at}]");
            let address = text
                .parse()
                .map_err(|error| NotifyFault::field(field(), error))?;
            if !recipients.contains(&address) {
                recipients.push(address);
            }
        }
        Ok(Self {
            email_enabled: wire.email_enabled,
            min_severity: wire
                .min_severity
                .parse()
                .map_err(|error| NotifyFault::field("min_severity", error))?,
            recipients,
        })
    }
}
