//! The two services this one asks, always on behalf of one organization.

use wt_model::{Principal, RunId};
use wt_proto::{
    results::{self, results_service_client::ResultsServiceClient},
    scan::{self, scan_orchestrator_service_client::ScanOrchestratorServiceClient},
};
use wt_rpc::{Peer, RpcFault};

/// Results and the orchestrator.
#[derive(Clone)]
pub(crate) struct Peers {
    /// What a run led to.
    pub(crate) results: Peer,
    /// What a run was.
    pub(crate) orchestrator: Peer,
}

impl Peers {
    /// One run.
    pub(crate) async fn run(
        &self,
        principal: &Principal,
        run: RunId,
    ) -> Result<Option<scan::Run>, RpcFault> {
        let message = scan::GetRunRequest {
            run_id: run.to_string(),
        };
        let request = self.orchestrator.request(Some(principal), message)?;
        let answer = ScanOrchestratorServiceClient::new(self.orchestrator.channel())
            .get_run(request)
            .await?;
        Ok(answer.into_inner().run)
    }

    /// A page of exposures.
    pub(crate) async fn exposures(
        &self,
        principal: &Principal,
        message: results::ListExposuresRequest,
    ) -> Result<results::ListExposuresResponse, RpcFault> {
        let request = self.results.request(Some(principal), message)?;
        let answer = ResultsServiceClient::new(self.results.channel())
            .list_exposures(request)
            .await?;
        Ok(answer.into_inner())
    }

    /// A page of what changed.
    pub(crate) async fn changes(
        &self,
        principal: &Principal,
        message: results::ListChangesRequest,
    ) -> Result<results::ListChangesResponse, RpcFault> {
        let request = self.results.request(Some(principal), message)?;
        let answer = ResultsServiceClient::new(self.results.channel())
            .list_changes(request)
            .await?;
        Ok(answer.into_inner())
    }

    /// The saved view of this id, if the caller sees it.
    pub(crate) async fn view(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<Option<results::View>, RpcFault> {
        let request = self
            .results
            .request(Some(principal), results::ListViewsRequest {})?;
        let answer = ResultsServiceClient::new(self.results.channel())
            .list_views(request)
            .await?;
        let mut views = answer.into_inner().views.into_iter();
        Ok(views.find(|view| view.id == id))
    }

    /// Everything one run led to, committed.
    pub(crate) async fn run_summary(
        &self,
        principal: &Principal,
        run: RunId,
    ) -> Result<results::GetRunSummaryResponse, RpcFault> {
        let message = results::GetRunSummaryRequest {
            run_id: run.to_string(),
        };
        let request = self.results.request(Some(principal), message)?;
        let answer = ResultsServiceClient::new(self.results.channel())
            .get_run_summary(request)
            .await?;
        Ok(answer.into_inner())
    }
}
