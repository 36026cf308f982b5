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
