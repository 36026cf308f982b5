//! `watchtower.tenant.v1.SsoService`: one file an operation.

mod admit;
mod check_domain;
mod complete;
mod delete_connection;
pub(in crate::api) mod enforced;
mod list_connections;
mod put_connection;
mod start;

use std::sync::Arc;

use wt_proto::{
    convert::to_timestamp,
    tenant::{self, sso_service_server::SsoService},
};
use wt_rpc::{Request, Response, Status, close, open, open_anonymous};

use super::Api;
use crate::{
    sso::{DomainProofs, Providers, record_name, record_value},
    store::sso::{ConnectionRow, DomainRow},
};

/// Where client secrets are sealed.
const SECRET_COLUMN: &str = "tenant.sso_connections.client_secret";

/// What the operations share.
#[derive(Clone)]
pub(crate) struct SsoApi {
    pub(crate) api: Arc<Api>,
    pub(crate) providers: Providers,
    pub(crate) proofs: Arc<DomainProofs>,
}

/// A connection as it crosses the wire: without its secret.
fn wire(row: ConnectionRow, domains: &[DomainRow]) -> tenant::SsoConnection {
    let domains = domains.iter().filter(|known| known.connection_id == row.id);
    tenant::SsoConnection {
        domains: domains
            .map(|known| tenant::SsoDomain {
                record_name: record_name(&known.domain),
                record_value: record_value(&known.token),
                domain: known.domain.clone(),
                verified_at: known.verified_at.map(to_timestamp),
            })
            .collect(),
        has_client_secret: row.client_secret.is_some(),
        id: row.id,
        name: row.name,
        issuer: row.issuer,
        client_id: row.client_id,
        role_claim: row.role_claim,
        role_map: row.role_map.0,
        default_role: row.default_role,
        enforced: row.enforced,
        just_in_time: row.just_in_time,
        enabled: row.enabled,
        created_at: Some(to_timestamp(row.created_at)),
    }
}

#[tonic::async_trait]
impl SsoService for SsoApi {
    async fn put_sso_connection(
        &self,
        request: Request<tenant::PutSsoConnectionRequest>,
    ) -> Result<Response<tenant::SsoConnection>, Status> {
        let (principal, message) = open(request)?;
        close(put_connection::put_connection(self, &principal, message).await)
    }

    async fn list_sso_connections(
        &self,
        request: Request<tenant::ListSsoConnectionsRequest>,
    ) -> Result<Response<tenant::ListSsoConnectionsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(list_connections::list_connections(self, &principal).await)
    }

    async fn delete_sso_connection(
        &self,
        request: Request<tenant::DeleteSsoConnectionRequest>,
    ) -> Result<Response<tenant::DeleteSsoConnectionResponse>, Status> {
        let (principal, message) = open(request)?;
        close(delete_connection::delete_connection(self, &principal, message).await)
    }

    async fn check_sso_domain(
        &self,
        request: Request<tenant::CheckSsoDomainRequest>,
    ) -> Result<Response<tenant::SsoConnection>, Status> {
        let (principal, message) = open(request)?;
        close(check_domain::check_domain(self, &principal, message).await)
    }

    async fn start_sso(
        &self,
        request: Request<tenant::StartSsoRequest>,
    ) -> Result<Response<tenant::StartSsoResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(start::start(self, message).await)
    }

    async fn complete_sso(
        &self,
        request: Request<tenant::CompleteSsoRequest>,
    ) -> Result<Response<tenant::CompleteSsoResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(complete::complete(self, message).await)
    }
}
