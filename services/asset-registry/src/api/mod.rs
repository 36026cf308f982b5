//! `watchtower.asset.v1.AssetRegistryService`: one file an operation.

mod archive_asset;
mod check_verification;
mod count_assets;
mod count_verified;
mod get_asset;
mod get_verification;
mod list_assets;
mod list_authorizations;
mod register_assets;
mod resolve_scope;
mod revoke_authorization;
mod start_verification;
mod tags;

use wt_pg::{Pool, SharedReads};
use wt_proto::asset::{self, asset_registry_service_server::AssetRegistryService};
use wt_rpc::{Request, Response, Status, close, open};
use wt_standing::Standings;

use crate::{metrics::Metrics, proof::Vantage};

/// What the operations share.
pub(crate) struct Api {
    pub(crate) pool: Pool,
    /// Pages of assets being read.
    pub(crate) pages: SharedReads<asset::ListAssetsResponse>,
    pub(crate) vantages: Vec<Vantage>,
    pub(crate) metrics: Metrics,
    pub(crate) standings: Standings,
}

#[tonic::async_trait]
impl AssetRegistryService for Api {
    async fn register_assets(
        &self,
        request: Request<asset::RegisterAssetsRequest>,
    ) -> Result<Response<asset::RegisterAssetsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(register_assets::register_assets(self, &principal, message).await)
    }

    async fn get_asset(
        &self,
        request: Request<asset::GetAssetRequest>,
    ) -> Result<Response<asset::GetAssetResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_asset::get_asset(self, &principal, message).await)
    }

    async fn list_assets(
        &self,
        request: Request<asset::ListAssetsRequest>,
    ) -> Result<Response<asset::ListAssetsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_assets::list_assets(self, &principal, message).await)
    }

    async fn archive_asset(
        &self,
        request: Request<asset::ArchiveAssetRequest>,
    ) -> Result<Response<asset::ArchiveAssetResponse>, Status> {
        let (principal, message) = open(request)?;
        close(archive_asset::archive_asset(self, &principal, message).await)
    }

    async fn start_verification(
        &self,
        request: Request<asset::StartVerificationRequest>,
    ) -> Result<Response<asset::StartVerificationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(start_verification::start_verification(self, &principal, message).await)
    }

    async fn check_verification(
        &self,
        request: Request<asset::CheckVerificationRequest>,
    ) -> Result<Response<asset::CheckVerificationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(check_verification::check_verification(self, &principal, message).await)
    }

    async fn get_verification(
        &self,
        request: Request<asset::GetVerificationRequest>,
    ) -> Result<Response<asset::GetVerificationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_verification::get_verification(self, &principal, message).await)
    }

    async fn list_authorizations(
        &self,
        request: Request<asset::ListAuthorizationsRequest>,
    ) -> Result<Response<asset::ListAuthorizationsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_authorizations::list_authorizations(self, &principal, message).await)
    }

    async fn revoke_authorization(
        &self,
        request: Request<asset::RevokeAuthorizationRequest>,
    ) -> Result<Response<asset::RevokeAuthorizationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(revoke_authorization::revoke_authorization(self, &principal, message).await)
    }

    async fn resolve_scope(
        &self,
        request: Request<asset::ResolveScopeRequest>,
    ) -> Result<Response<asset::ResolveScopeResponse>, Status> {
        let (principal, message) = open(request)?;
        close(resolve_scope::resolve_scope(self, &principal, message).await)
    }

    async fn count_assets(
        &self,
        request: Request<asset::CountAssetsRequest>,
    ) -> Result<Response<asset::CountAssetsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(count_assets::count_assets(self, &principal).await)
    }

    async fn count_verified(
        &self,
        request: Request<asset::CountVerifiedRequest>,
    ) -> Result<Response<asset::CountVerifiedResponse>, Status> {
        let (principal, _) = open(request)?;
        close(count_verified::count_verified(self, &principal).await)
    }

    async fn list_tags(
        &self,
        request: Request<asset::ListTagsRequest>,
    ) -> Result<Response<asset::ListTagsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(tags::list_tags(self, &principal).await)
    }

    async fn list_tagged(
        &self,
        request: Request<asset::ListTaggedRequest>,
    ) -> Result<Response<asset::ListTaggedResponse>, Status> {
        let (principal, message) = open(request)?;
        close(tags::list_tagged(self, &principal, message).await)
    }
}
