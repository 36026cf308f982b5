//! `watchtower.results.v1.ResultsService`: one file an operation; `audit` is the small service
//! beside it.

mod audit;
mod bulk;
mod compare_runs;
mod count_by_asset;
mod explain_exposure;
mod get_dashboard;
mod get_exposure;
mod get_packet;
mod get_retention;
mod get_risk;
mod get_run_summary;
mod get_timeline;
mod get_tree_head;
mod get_trends;
mod graph;
mod imports;
mod list_changes;
mod list_exposures;
mod list_ledger_keys;
mod list_open_cells;
mod list_tree_heads;
mod prove_growth;
mod record_action;
mod record_verify;
mod reveal_evidence;
mod sla;
mod transparency;
mod views;

use std::sync::Arc;

use wt_artifacts::Artifacts;
use wt_pg::{Pool, SharedReads};
use wt_proto::results::{self, results_service_server::ResultsService};
use wt_rpc::{Request, Response, Status, close, open, open_anonymous};

use crate::ledger_keys::LedgerKeys;

/// What the operations share; cheap to clone.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) pool: Pool,
    /// Pages of the inventory being read.
    pub(crate) exposures: Arc<SharedReads<results::ListExposuresResponse>>,
    /// Pages of the feed being read.
    pub(crate) changes: Arc<SharedReads<results::ListChangesResponse>>,
    /// Comparisons of runs being made.
    pub(crate) comparisons: Arc<SharedReads<results::CompareRunsResponse>>,
    /// Where results are kept.
    pub(crate) artifacts: Artifacts,
    /// Signs tree heads.
    pub(crate) ledger_keys: Arc<LedgerKeys>,
}

#[tonic::async_trait]
impl ResultsService for Api {
    async fn list_changes(
        &self,
        request: Request<results::ListChangesRequest>,
    ) -> Result<Response<results::ListChangesResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_changes::list_changes(self, &principal, message).await)
    }

    async fn list_exposures(
        &self,
        request: Request<results::ListExposuresRequest>,
    ) -> Result<Response<results::ListExposuresResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_exposures::list_exposures(self, &principal, message).await)
    }

    async fn get_exposure(
        &self,
        request: Request<results::GetExposureRequest>,
    ) -> Result<Response<results::GetExposureResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_exposure::get_exposure(self, &principal, message).await)
    }

    async fn reveal_evidence(
        &self,
        request: Request<results::RevealEvidenceRequest>,
    ) -> Result<Response<results::RevealEvidenceResponse>, Status> {
        let (principal, message) = open(request)?;
        close(reveal_evidence::reveal_evidence(self, &principal, message).await)
    }

    async fn get_timeline(
        &self,
        request: Request<results::GetTimelineRequest>,
    ) -> Result<Response<results::GetTimelineResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_timeline::get_timeline(self, &principal, message).await)
    }

    async fn explain_exposure(
        &self,
        request: Request<results::ExplainExposureRequest>,
    ) -> Result<Response<results::ExplainExposureResponse>, Status> {
        let (principal, message) = open(request)?;
        close(explain_exposure::explain_exposure(self, &principal, message).await)
    }

    async fn record_action(
        &self,
        request: Request<results::RecordActionRequest>,
    ) -> Result<Response<results::RecordActionResponse>, Status> {
        let (principal, message) = open(request)?;
        close(record_action::record_action(self, &principal, message).await)
    }

    async fn preview_bulk(
        &self,
        request: Request<results::PreviewBulkRequest>,
    ) -> Result<Response<results::PreviewBulkResponse>, Status> {
        let (principal, message) = open(request)?;
        close(bulk::preview_bulk(self, &principal, message).await)
    }

    async fn record_bulk(
        &self,
        request: Request<results::RecordBulkRequest>,
    ) -> Result<Response<results::RecordBulkResponse>, Status> {
        let (principal, message) = open(request)?;
        close(bulk::record_bulk(self, &principal, message).await)
    }

    async fn undo_bulk(
        &self,
        request: Request<results::UndoBulkRequest>,
    ) -> Result<Response<results::UndoBulkResponse>, Status> {
        let (principal, message) = open(request)?;
        close(bulk::undo_bulk(self, &principal, message).await)
    }

    async fn list_bulks(
        &self,
        request: Request<results::ListBulksRequest>,
    ) -> Result<Response<results::ListBulksResponse>, Status> {
        let (principal, message) = open(request)?;
        close(bulk::list_bulks(self, &principal, message).await)
    }

    async fn import_findings(
        &self,
        request: Request<results::ImportFindingsRequest>,
    ) -> Result<Response<results::ImportFindingsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(imports::import_findings(self, &principal, message).await)
    }

    async fn list_imports(
        &self,
        request: Request<results::ListImportsRequest>,
    ) -> Result<Response<results::ListImportsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(imports::list_imports(self, &principal, message).await)
    }

    async fn record_verify(
        &self,
        request: Request<results::RecordVerifyRequest>,
    ) -> Result<Response<results::RecordVerifyResponse>, Status> {
        let (principal, message) = open(request)?;
        close(record_verify::record_verify(self, &principal, message).await)
    }

    async fn get_packet(
        &self,
        request: Request<results::GetPacketRequest>,
    ) -> Result<Response<results::GetPacketResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_packet::get_packet(self, &principal, message).await)
    }

    async fn get_dashboard(
        &self,
        request: Request<results::GetDashboardRequest>,
    ) -> Result<Response<results::GetDashboardResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_dashboard::get_dashboard(self, &principal, message).await)
    }

    async fn get_risk(
        &self,
        request: Request<results::GetRiskRequest>,
    ) -> Result<Response<results::GetRiskResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_risk::get_risk(self, &principal, message).await)
    }

    async fn get_graph(
        &self,
        request: Request<results::GetGraphRequest>,
    ) -> Result<Response<results::GetGraphResponse>, Status> {
        let (principal, message) = open(request)?;
        close(graph::get_graph(self, &principal, message).await)
    }

    async fn find_path(
        &self,
        request: Request<results::FindPathRequest>,
    ) -> Result<Response<results::FindPathResponse>, Status> {
        let (principal, message) = open(request)?;
        close(graph::find_path(self, &principal, message).await)
    }

    async fn compare_runs(
        &self,
        request: Request<results::CompareRunsRequest>,
    ) -> Result<Response<results::CompareRunsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(compare_runs::compare_runs(self, &principal, message).await)
    }

    async fn get_trends(
        &self,
        request: Request<results::GetTrendsRequest>,
    ) -> Result<Response<results::GetTrendsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_trends::get_trends(self, &principal, message).await)
    }

    async fn count_by_asset(
        &self,
        request: Request<results::CountByAssetRequest>,
    ) -> Result<Response<results::CountByAssetResponse>, Status> {
        let (principal, message) = open(request)?;
        close(count_by_asset::count_by_asset(self, &principal, message).await)
    }

    async fn get_retention(
        &self,
        request: Request<results::GetRetentionRequest>,
    ) -> Result<Response<results::GetRetentionResponse>, Status> {
        let (principal, _) = open(request)?;
        close(get_retention::get_retention(self, &principal).await)
    }

    async fn get_sla(
        &self,
        request: Request<results::GetSlaRequest>,
    ) -> Result<Response<results::GetSlaResponse>, Status> {
        let (principal, _) = open(request)?;
        close(sla::get_sla(self, &principal).await)
    }

    async fn put_sla(
        &self,
        request: Request<results::PutSlaRequest>,
    ) -> Result<Response<results::PutSlaResponse>, Status> {
        let (principal, message) = open(request)?;
        close(sla::put_sla(self, &principal, message).await)
    }

    async fn list_views(
        &self,
        request: Request<results::ListViewsRequest>,
    ) -> Result<Response<results::ListViewsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(views::list_views(self, &principal).await)
    }

    async fn create_view(
        &self,
        request: Request<results::CreateViewRequest>,
    ) -> Result<Response<results::CreateViewResponse>, Status> {
        let (principal, message) = open(request)?;
        close(views::create_view(self, &principal, message).await)
    }

    async fn update_view(
        &self,
        request: Request<results::UpdateViewRequest>,
    ) -> Result<Response<results::UpdateViewResponse>, Status> {
        let (principal, message) = open(request)?;
        close(views::update_view(self, &principal, message).await)
    }

    async fn delete_view(
        &self,
        request: Request<results::DeleteViewRequest>,
    ) -> Result<Response<results::DeleteViewResponse>, Status> {
        let (principal, message) = open(request)?;
        close(views::delete_view(self, &principal, message).await)
    }

    async fn get_tree_head(
        &self,
        request: Request<results::GetTreeHeadRequest>,
    ) -> Result<Response<results::GetTreeHeadResponse>, Status> {
        let (principal, _) = open(request)?;
        close(get_tree_head::get_tree_head(self, &principal).await)
    }

    async fn list_tree_heads(
        &self,
        request: Request<results::ListTreeHeadsRequest>,
    ) -> Result<Response<results::ListTreeHeadsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_tree_heads::list_tree_heads(self, &principal, message).await)
    }

    async fn prove_growth(
        &self,
        request: Request<results::ProveGrowthRequest>,
    ) -> Result<Response<results::ProveGrowthResponse>, Status> {
        let (principal, message) = open(request)?;
        close(prove_growth::prove_growth(self, &principal, message).await)
    }

    async fn list_ledger_keys(
        &self,
        request: Request<results::ListLedgerKeysRequest>,
    ) -> Result<Response<results::ListLedgerKeysResponse>, Status> {
        let (_caller, _) = open_anonymous(request)?;
        close(list_ledger_keys::list_ledger_keys(self).await)
    }

    async fn get_transparency(
        &self,
        request: Request<results::GetTransparencyRequest>,
    ) -> Result<Response<results::GetTransparencyResponse>, Status> {
        let (principal, _) = open(request)?;
        close(transparency::get_transparency(self, &principal).await)
    }

    async fn put_transparency(
        &self,
        request: Request<results::PutTransparencyRequest>,
    ) -> Result<Response<results::PutTransparencyResponse>, Status> {
        let (principal, message) = open(request)?;
        close(transparency::put_transparency(self, &principal, message).await)
    }

    async fn delete_transparency(
        &self,
        request: Request<results::DeleteTransparencyRequest>,
    ) -> Result<Response<results::DeleteTransparencyResponse>, Status> {
        let (principal, _) = open(request)?;
        close(transparency::delete_transparency(self, &principal).await)
    }

    async fn get_public_ledger(
        &self,
        request: Request<results::GetPublicLedgerRequest>,
    ) -> Result<Response<results::GetPublicLedgerResponse>, Status> {
        let (_caller, message) = open_anonymous(request)?;
        close(transparency::get_public_ledger(self, message).await)
    }

    async fn list_public_heads(
        &self,
        request: Request<results::ListPublicHeadsRequest>,
    ) -> Result<Response<results::ListPublicHeadsResponse>, Status> {
        let (_caller, message) = open_anonymous(request)?;
        close(transparency::list_public_heads(self, message).await)
    }

    async fn prove_public_growth(
        &self,
        request: Request<results::ProvePublicGrowthRequest>,
    ) -> Result<Response<results::ProveGrowthResponse>, Status> {
        let (_caller, message) = open_anonymous(request)?;
        close(transparency::prove_public_growth(self, message).await)
    }

    async fn list_open_cells(
        &self,
        request: Request<results::ListOpenCellsRequest>,
    ) -> Result<Response<results::ListOpenCellsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_open_cells::list_open_cells(self, &principal, message).await)
    }

    async fn get_run_summary(
        &self,
        request: Request<results::GetRunSummaryRequest>,
    ) -> Result<Response<results::GetRunSummaryResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_run_summary::get_run_summary(self, &principal, message).await)
    }
}
