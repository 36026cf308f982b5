//! `watchtower.tenant.v1.TenantService`: one file an operation.

pub(crate) mod billing;
mod create_organization;
mod get_hierarchy;
mod get_me;
pub(crate) mod impersonation;
mod list_members;
mod list_organizations;
mod log_in;
mod log_out;
mod people;
mod refresh;
mod resolve_session;
pub(crate) mod sign_in;
mod sign_up;
mod sign_up_by_mail;
mod sso;
mod switch_organization;

pub(crate) use sso::SsoApi;

use std::sync::Arc;

use tokio::sync::Semaphore;
use wt_pg::Pool;
use wt_proto::tenant::{self, tenant_service_server::TenantService};
use wt_rpc::{Request, Response, Status, close, open, open_anonymous};
use wt_seal::Seal;

use crate::{
    billing::Billing, config::SignUps, error::TenantFault, hashing::Hashing, key_ring::KeyRing,
    relying_party::RelyingParty,
};

/// What the operations share.
pub(crate) struct Api {
    pub(crate) pool: Pool,
    pub(crate) hashing: Hashing,
    pub(crate) issuer: KeyRing,
    pub(crate) seal: Seal,
    pub(crate) relying_party: RelyingParty,
    pub(crate) billing: Billing,
    pub(crate) sign_ups: SignUps,
    /// Mails being made in the background, bounded.
    pub(crate) mailing: Arc<Semaphore>,
}

/// Mails made at once: a flood of requests waits at the door, not in memory.
pub(crate) const MAILS_AT_ONCE: usize = 16;

#[tonic::async_trait]
impl TenantService for Api {
    async fn sign_up(
        &self,
        request: Request<tenant::SignUpRequest>,
    ) -> Result<Response<tenant::SessionResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(sign_up::sign_up(self, message).await)
    }

    async fn log_in(
        &self,
        request: Request<tenant::LogInRequest>,
    ) -> Result<Response<tenant::SessionResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(log_in::log_in(self, message).await)
    }

    async fn refresh(
        &self,
        request: Request<tenant::RefreshRequest>,
    ) -> Result<Response<tenant::SessionResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(refresh::refresh(self, message).await)
    }

    async fn resolve_session(
        &self,
        request: Request<tenant::ResolveSessionRequest>,
    ) -> Result<Response<tenant::SessionResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(resolve_session::resolve_session(self, message).await)
    }

    async fn log_out(
        &self,
        request: Request<tenant::LogOutRequest>,
    ) -> Result<Response<tenant::LogOutResponse>, Status> {
        let (principal, _) = open(request)?;
        close(log_out::log_out(self, &principal).await)
    }

    async fn switch_organization(
        &self,
        request: Request<tenant::SwitchOrganizationRequest>,
    ) -> Result<Response<tenant::SessionResponse>, Status> {
        let (principal, message) = open(request)?;
        close(switch_organization::switch_organization(self, &principal, message).await)
    }

    async fn get_me(
        &self,
        request: Request<tenant::GetMeRequest>,
    ) -> Result<Response<tenant::GetMeResponse>, Status> {
        let (principal, _) = open(request)?;
        close(get_me::get_me(self, &principal).await)
    }

    async fn create_organization(
        &self,
        request: Request<tenant::CreateOrganizationRequest>,
    ) -> Result<Response<tenant::CreateOrganizationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(create_organization::create_organization(self, &principal, message).await)
    }

    async fn list_organizations(
        &self,
        request: Request<tenant::ListOrganizationsRequest>,
    ) -> Result<Response<tenant::ListOrganizationsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(list_organizations::list_organizations(self, &principal).await)
    }

    async fn get_hierarchy(
        &self,
        request: Request<tenant::GetHierarchyRequest>,
    ) -> Result<Response<tenant::GetHierarchyResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_hierarchy::get_hierarchy(self, &principal, message).await)
    }

    async fn list_members(
        &self,
        request: Request<tenant::ListMembersRequest>,
    ) -> Result<Response<tenant::ListMembersResponse>, Status> {
        let (principal, _) = open(request)?;
        close(list_members::list_members(self, &principal).await)
    }

    async fn get_jwks(
        &self,
        request: Request<tenant::GetJwksRequest>,
    ) -> Result<Response<tenant::GetJwksResponse>, Status> {
        open_anonymous(request)?;
        let jwks_json = self.issuer.jwks().to_json();
        close(Ok::<_, TenantFault>(tenant::GetJwksResponse { jwks_json }))
    }
}
