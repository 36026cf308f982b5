//! The gRPC door: one delegating line per RPC.

mod get_settings;
pub(crate) mod integrations;
mod list_deliveries;
mod put_settings;
mod tickets;

use std::sync::Arc;

use tokio::sync::Notify;
use wt_outbound::Outbound;
use wt_pg::Pool;
use wt_proto::notify::{self, notify_service_server::NotifyService};
use wt_rpc::{Request, Response, Status, close, open};
use wt_seal::Seal;

use crate::{domain::settings::Settings, error::NotifyFault, peers::Peers};

/// What every handler needs.
#[derive(Clone)]
pub(crate) struct Api {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// Seals addresses and secrets of integrations; none without a master key.
    pub(crate) seal: Option<Seal>,
    /// Which addresses may be asked.
    pub(crate) outbound: Outbound,
    /// What an exposure is.
    pub(crate) peers: Peers,
    /// Wakes who sends to integrations.
    pub(crate) dispatch: Arc<Notify>,
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

    async fn list_integrations(
        &self,
        request: Request<notify::ListIntegrationsRequest>,
    ) -> Result<Response<notify::ListIntegrationsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(integrations::list::list_integrations(self, &principal).await)
    }

    async fn put_integration(
        &self,
        request: Request<notify::PutIntegrationRequest>,
    ) -> Result<Response<notify::PutIntegrationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(integrations::put::put_integration(self, &principal, message).await)
    }

    async fn delete_integration(
        &self,
        request: Request<notify::DeleteIntegrationRequest>,
    ) -> Result<Response<notify::DeleteIntegrationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(integrations::delete::delete_integration(self, &principal, message).await)
    }

    async fn rotate_integration_secret(
        &self,
        request: Request<notify::RotateIntegrationSecretRequest>,
    ) -> Result<Response<notify::RotateIntegrationSecretResponse>, Status> {
        let (principal, message) = open(request)?;
        close(integrations::rotate::rotate_integration_secret(self, &principal, message).await)
    }

    async fn test_integration(
        &self,
        request: Request<notify::TestIntegrationRequest>,
    ) -> Result<Response<notify::TestIntegrationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(integrations::test::test_integration(self, &principal, message).await)
    }

    async fn list_integration_deliveries(
        &self,
        request: Request<notify::ListIntegrationDeliveriesRequest>,
    ) -> Result<Response<notify::ListIntegrationDeliveriesResponse>, Status> {
        let (principal, message) = open(request)?;
        close(
            integrations::deliveries::list_integration_deliveries(self, &principal, message).await,
        )
    }

    async fn replay_integration_delivery(
        &self,
        request: Request<notify::ReplayIntegrationDeliveryRequest>,
    ) -> Result<Response<notify::ReplayIntegrationDeliveryResponse>, Status> {
        let (principal, message) = open(request)?;
        close(integrations::replay::replay_integration_delivery(self, &principal, message).await)
    }

    async fn list_tickets(
        &self,
        request: Request<notify::ListTicketsRequest>,
    ) -> Result<Response<notify::ListTicketsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(tickets::list::list_tickets(self, &principal, message).await)
    }

    async fn create_ticket(
        &self,
        request: Request<notify::CreateTicketRequest>,
    ) -> Result<Response<notify::CreateTicketResponse>, Status> {
        let (principal, message) = open(request)?;
        close(tickets::create::create_ticket(self, &principal, message).await)
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
