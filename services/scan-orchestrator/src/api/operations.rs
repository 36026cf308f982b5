//! `watchtower.scan.v1.ScanOperationsService`: what the platform's staff see and do where scans or
//! news do not go on.

mod letters;
mod queue;
mod redriving;
mod stuck;

use wt_auth::{AuthFault, may};
use wt_bus::Bus;
use wt_model::{Permission, Principal, PrincipalKind, TenantKey};
use wt_pg::Pool;
use wt_proto::scan::{self, scan_operations_service_server::ScanOperationsService};
use wt_rpc::{Request, Response, Status, close, open};

use crate::error::ScanFault;

/// What the operations share.
pub(crate) struct Operations {
    pub(crate) pool: Pool,
    pub(crate) bus: Bus,
}

/// Refuses whoever is not of the platform's staff, in their own name.
fn staff(principal: &Principal) -> Result<TenantKey, ScanFault> {
    let permission = Permission::PlatformOperate;
    let granted = may(principal, permission)?;
    if principal.kind != PrincipalKind::User {
        return Err(AuthFault::Forbidden { permission }.into());
    }
    Ok(granted.tenant_key())
}

/// The caller in the organization a deed is about: its audit tells of them.
fn at(principal: &Principal, tenant: TenantKey) -> Principal {
    Principal {
        tenant_key: Some(tenant),
        ..principal.clone()
    }
}

#[tonic::async_trait]
impl ScanOperationsService for Operations {
    async fn get_queue(
        &self,
        request: Request<scan::GetQueueRequest>,
    ) -> Result<Response<scan::GetQueueResponse>, Status> {
        let (principal, _) = open(request)?;
        close(queue::get_queue(self, &principal).await)
    }

    async fn list_stuck_runs(
        &self,
        request: Request<scan::ListStuckRunsRequest>,
    ) -> Result<Response<scan::ListStuckRunsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(stuck::list_stuck_runs(self, &principal, message).await)
    }

    async fn cancel_stuck_run(
        &self,
        request: Request<scan::CancelStuckRunRequest>,
    ) -> Result<Response<scan::CancelStuckRunResponse>, Status> {
        let (principal, message) = open(request)?;
        close(stuck::cancel_stuck_run(self, &principal, message).await)
    }

    async fn dispatch_stuck_run(
        &self,
        request: Request<scan::DispatchStuckRunRequest>,
    ) -> Result<Response<scan::DispatchStuckRunResponse>, Status> {
        let (principal, message) = open(request)?;
        close(stuck::dispatch_stuck_run(self, &principal, message).await)
    }

    async fn list_dead_letters(
        &self,
        request: Request<scan::ListDeadLettersRequest>,
    ) -> Result<Response<scan::ListDeadLettersResponse>, Status> {
        let (principal, message) = open(request)?;
        close(letters::list_dead_letters(self, &principal, message).await)
    }

    async fn get_dead_letter(
        &self,
        request: Request<scan::GetDeadLetterRequest>,
    ) -> Result<Response<scan::GetDeadLetterResponse>, Status> {
        let (principal, message) = open(request)?;
        close(letters::get_dead_letter(self, &principal, message).await)
    }

    async fn redrive_dead_letters(
        &self,
        request: Request<scan::RedriveDeadLettersRequest>,
    ) -> Result<Response<scan::RedriveDeadLettersResponse>, Status> {
        let (principal, message) = open(request)?;
        close(redriving::redrive_dead_letters(self, &principal, message).await)
    }

    async fn discard_dead_letter(
        &self,
        request: Request<scan::DiscardDeadLetterRequest>,
    ) -> Result<Response<scan::DiscardDeadLetterResponse>, Status> {
        let (principal, message) = open(request)?;
        close(redriving::discard_dead_letter(self, &principal, message).await)
    }
}
