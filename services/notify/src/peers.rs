//! The two services this one asks, on behalf of the organization the notice belongs to.

use wt_model::Principal;
use wt_proto::{
    results::{self, results_service_client::ResultsServiceClient},
    tenant::{self, tenant_service_client::TenantServiceClient},
};
use wt_rpc::{Peer, RpcFault};

/// Results and tenant.
#[derive(Clone)]
pub(crate) struct Peers {
    /// What a run led to.
    pub(crate) results: Peer,
    /// Who belongs to an organization.
    pub(crate) tenant: Peer,
}

impl Peers {
    /// Everything one run led to, committed.
    pub(crate) async fn run_summary(
        &self,
        principal: &Principal,
        run_id: &str,
    ) -> Result<results::GetRunSummaryResponse, RpcFault> {
        let message = results::GetRunSummaryRequest {
            run_id: run_id.to_owned(),
        };
        let request = self.results.request(Some(principal), message)?;
        let answer = ResultsServiceClient::new(self.results.channel())
            .get_run_summary(request)
            .await?;
        Ok(answer.into_inner())
    }

    /// One exposure as it stands.
    pub(crate) async fn exposure(
        &self,
        principal: &Principal,
        key: &str,
    ) -> Result<results::GetExposureResponse, RpcFault> {
        let message = results::GetExposureRequest {
            key: key.to_owned(),
        };
        let request = self.results.request(Some(principal), message)?;
        let answer = ResultsServiceClient::new(self.results.channel())
            .get_exposure(request)
            .await?;
        Ok(answer.into_inner())
    }

    /// The organization's members.
    pub(crate) async fn members(
        &self,
        principal: &Principal,
    ) -> Result<Vec<tenant::Member>, RpcFault> {
        let request = self
            .tenant
            .request(Some(principal), tenant::ListMembersRequest {})?;
        let answer = TenantServiceClient::new(self.tenant.channel())
            .list_members(request)
            .await?;
        Ok(answer.into_inner().members)
    }
}
