//! `watchtower.scan.v1.ScanOrchestratorService`: one file an operation.

mod cancel_run;
mod get_run;
mod list_jobs;
mod list_runs;
mod list_transitions;
pub(crate) mod operations;
mod pools;
mod request_run;
mod rerun_failed;
mod scan_exclusions;
mod scan_windows;
mod schedules;

use tokio::sync::Semaphore;
use wt_bus::Bus;
use wt_engine::template::TemplateChecks;
use wt_pg::Pool;
use wt_proto::scan::{self, scan_orchestrator_service_server::ScanOrchestratorService};
use wt_rpc::{Request, Response, Status, close, open};
use wt_standing::Standings;

use crate::{peers::Peers, signing::Signer};

/// What the operations share.
pub(crate) struct Api {
    pub(crate) pool: Pool,
    pub(crate) bus: Bus,
    pub(crate) peers: Peers,
    pub(crate) standings: Standings,
    pub(crate) signer: Signer,
    /// What runs may use as checks beside the engine's own.
    pub(crate) templates: TemplateChecks,
    /// Turns at committing runs. Those of one organization wait for each other in the database,
    /// and each that waits there holds a connection the jobs under way need.
    pub(crate) commits: Semaphore,
}

/// Runs committed at once: a fraction of the connections (`WT_PG_CONNECTIONS_MAX`), so that a
/// burst of requests leaves some to claims and results.
pub(crate) const COMMITS_AT_ONCE: usize = 3;

#[tonic::async_trait]
impl ScanOrchestratorService for Api {
    async fn request_run(
        &self,
        request: Request<scan::RequestRunRequest>,
    ) -> Result<Response<scan::RequestRunResponse>, Status> {
        let (principal, message) = open(request)?;
        close(request_run::request_run(self, &principal, message).await)
    }

    async fn rerun_failed(
        &self,
        request: Request<scan::RerunFailedRequest>,
    ) -> Result<Response<scan::RerunFailedResponse>, Status> {
        let (principal, message) = open(request)?;
        close(rerun_failed::rerun_failed(self, &principal, message).await)
    }

    async fn get_run(
        &self,
        request: Request<scan::GetRunRequest>,
    ) -> Result<Response<scan::GetRunResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_run::get_run(self, &principal, message).await)
    }

    async fn list_runs(
        &self,
        request: Request<scan::ListRunsRequest>,
    ) -> Result<Response<scan::ListRunsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_runs::list_runs(self, &principal, message).await)
    }

    async fn cancel_run(
        &self,
        request: Request<scan::CancelRunRequest>,
    ) -> Result<Response<scan::CancelRunResponse>, Status> {
        let (principal, message) = open(request)?;
        close(cancel_run::cancel_run(self, &principal, message).await)
    }

    async fn list_jobs(
        &self,
        request: Request<scan::ListJobsRequest>,
    ) -> Result<Response<scan::ListJobsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_jobs::list_jobs(self, &principal, message).await)
    }

    async fn list_transitions(
        &self,
        request: Request<scan::ListTransitionsRequest>,
    ) -> Result<Response<scan::ListTransitionsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_transitions::list_transitions(self, &principal, message).await)
    }

    async fn get_scan_windows(
        &self,
        request: Request<scan::GetScanWindowsRequest>,
    ) -> Result<Response<scan::GetScanWindowsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(scan_windows::get(self, &principal).await)
    }

    async fn put_scan_windows(
        &self,
        request: Request<scan::PutScanWindowsRequest>,
    ) -> Result<Response<scan::PutScanWindowsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(scan_windows::put(self, &principal, message).await)
    }

    async fn get_scan_exclusions(
        &self,
        request: Request<scan::GetScanExclusionsRequest>,
    ) -> Result<Response<scan::GetScanExclusionsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(scan_exclusions::get(self, &principal).await)
    }

    async fn put_scan_exclusions(
        &self,
        request: Request<scan::PutScanExclusionsRequest>,
    ) -> Result<Response<scan::PutScanExclusionsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(scan_exclusions::put(self, &principal, message).await)
    }

    async fn list_schedules(
        &self,
        request: Request<scan::ListSchedulesRequest>,
    ) -> Result<Response<scan::ListSchedulesResponse>, Status> {
        let (principal, _) = open(request)?;
        close(schedules::list(self, &principal).await)
    }

    async fn create_schedule(
        &self,
        request: Request<scan::CreateScheduleRequest>,
    ) -> Result<Response<scan::CreateScheduleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(schedules::create(self, &principal, message).await)
    }

    async fn update_schedule(
        &self,
        request: Request<scan::UpdateScheduleRequest>,
    ) -> Result<Response<scan::UpdateScheduleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(schedules::update(self, &principal, message).await)
    }

    async fn delete_schedule(
        &self,
        request: Request<scan::DeleteScheduleRequest>,
    ) -> Result<Response<scan::DeleteScheduleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(schedules::delete(self, &principal, message).await)
    }

    async fn list_pools(
        &self,
        request: Request<scan::ListPoolsRequest>,
    ) -> Result<Response<scan::ListPoolsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(pools::list_pools(self, &principal).await)
    }

    async fn create_pool(
        &self,
        request: Request<scan::CreatePoolRequest>,
    ) -> Result<Response<scan::CreatePoolResponse>, Status> {
        let (principal, message) = open(request)?;
        close(pools::create_pool(self, &principal, message).await)
    }

    async fn update_pool(
        &self,
        request: Request<scan::UpdatePoolRequest>,
    ) -> Result<Response<scan::UpdatePoolResponse>, Status> {
        let (principal, message) = open(request)?;
        close(pools::update_pool(self, &principal, message).await)
    }

    async fn delete_pool(
        &self,
        request: Request<scan::DeletePoolRequest>,
    ) -> Result<Response<scan::DeletePoolResponse>, Status> {
        let (principal, message) = open(request)?;
        close(pools::delete_pool(self, &principal, message).await)
    }
}
