//! `watchtower.tenant.v1.ImpersonationService`: platform staff looking with a person's eyes.

mod begin;
mod change;
mod find;

use std::sync::Arc;

use wt_auth::may;
use wt_model::{Permission, Principal, PrincipalKind};
use wt_proto::{
    convert::to_timestamp,
    tenant::{self, impersonation_service_server::ImpersonationService},
};
use wt_rpc::{Request, Response, Status, close, open};

use super::Api;
use crate::{
    error::TenantFault,
    impersonation_fault::ImpersonationFault,
    store::{self, impersonation::ImpersonationRow},
};

/// The door of [`ImpersonationService`]; the operations share [`Api`].
pub(crate) struct ImpersonationApi(pub(crate) Arc<Api>);

#[tonic::async_trait]
impl ImpersonationService for ImpersonationApi {
    async fn find_people(
        &self,
        request: Request<tenant::FindPeopleRequest>,
    ) -> Result<Response<tenant::FindPeopleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(find::find_people(&self.0, &principal, message).await)
    }

    async fn start_impersonation(
        &self,
        request: Request<tenant::StartImpersonationRequest>,
    ) -> Result<Response<tenant::StartImpersonationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(begin::start_impersonation(&self.0, &principal, message).await)
    }

    async fn elevate_impersonation(
        &self,
        request: Request<tenant::ElevateImpersonationRequest>,
    ) -> Result<Response<tenant::ElevateImpersonationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(change::elevate_impersonation(&self.0, &principal, message).await)
    }

    async fn end_impersonation(
        &self,
        request: Request<tenant::EndImpersonationRequest>,
    ) -> Result<Response<tenant::EndImpersonationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(change::end_impersonation(&self.0, &principal, message).await)
    }

    async fn list_impersonations(
        &self,
        request: Request<tenant::ListImpersonationsRequest>,
    ) -> Result<Response<tenant::ListImpersonationsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(find::list_impersonations(&self.0, &principal).await)
    }
}

/// Refuses whoever is not of the platform's staff at this moment, in their own name: a token of a
/// minute ago is no proof here.
async fn staff(api: &Api, principal: &Principal) -> Result<(), TenantFault> {
    may(principal, Permission::PlatformOperate)?;
    if principal.kind != PrincipalKind::User || principal.act.is_some() {
        return Err(TenantFault::PersonOnly);
    }
    let mut tx = api.pool.begin_platform("is_staff").await?;
    let found = store::impersonation::is_staff(tx.conn(), &principal.sub).await?;
    tx.commit().await?;
    if found {
        Ok(())
    } else {
        let permission = Permission::PlatformOperate;
        Err(wt_auth::AuthFault::Forbidden { permission }.into())
    }
}

/// One impersonation.
async fn one(api: &Api, id: &str) -> Result<ImpersonationRow, TenantFault> {
    let mut tx = api.pool.begin_platform("find_impersonation").await?;
    let rows = store::impersonation::seen(tx.conn(), Some(id), 1).await?;
    tx.commit().await?;
    let row = rows.into_iter().next();
    row.ok_or_else(|| ImpersonationFault::Unknown.into())
}

/// As it is on the wire.
pub(super) fn shown(row: ImpersonationRow) -> tenant::Impersonation {
    tenant::Impersonation {
        id: row.id,
        person: Some(tenant::User {
            id: row.user_id,
            email: row.email,
            display_name: row.display_name,
            ..Default::default()
        }),
        tenant_key: row.tenant_key,
        organization: row.organization,
        actor_id: row.actor,
        actor_name: row.actor_name,
        reason: row.reason,
        created_at: Some(to_timestamp(row.created_at)),
        expires_at: Some(to_timestamp(row.expires_at)),
        elevated: row.elevated_by.is_some(),
        elevated_by: row.elevated_by.unwrap_or_default(),
        live: row.live,
        session_id: row.session_id,
    }
}
