//! The services behind this door.
use tonic::{
    Status,
    metadata::MetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};
use wt_fault::Kind;
use wt_proto::{
    asset::asset_registry_service_client::AssetRegistryServiceClient,
    notify::notify_service_client::NotifyServiceClient,
    report::report_service_client::ReportServiceClient,
    results::results_service_client::ResultsServiceClient,
    scan::scan_orchestrator_service_client::ScanOrchestratorServiceClient,
    tenant::tenant_service_client::TenantServiceClient,
};

use crate::{
    Edge,
    rest::{access::Caller, problem::Problem},
};

/// A channel that shows who is calling.
pub(crate) type Wire = InterceptedService<Channel, Passport>;

/// Adds the internal token to each call.
#[derive(Debug, Clone)]
pub struct Passport(Option<MetadataValue<tonic::metadata::Ascii>>);

impl Interceptor for Passport {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        if let Some(token) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        Ok(request)
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        Self::new(Kind::Internal, "gateway.stub", status.message())
    }
}

fn stub() -> Problem {
    Problem::new(Kind::Unavailable, "gateway.stub", "not connected")
}

impl Edge {
    /// The tenant service, called by nobody in particular.
    pub(crate) fn anonymous(&self) -> Result<TenantServiceClient<Wire>, Problem> {
        Err(stub())
    }
}

impl Caller {
    /// The tenant service, as this caller.
    pub(crate) fn tenant(&self) -> Result<TenantServiceClient<Wire>, Problem> {
        Err(stub())
    }

    /// The asset registry, as this caller.
    pub(crate) fn assets(&self) -> Result<AssetRegistryServiceClient<Wire>, Problem> {
        Err(stub())
    }

    /// The orchestrator, as this caller.
    pub(crate) fn scans(&self) -> Result<ScanOrchestratorServiceClient<Wire>, Problem> {
        Err(stub())
    }

    /// The results service, as this caller.
    pub(crate) fn results(&self) -> Result<ResultsServiceClient<Wire>, Problem> {
        Err(stub())
    }

    /// The notify service, as this caller.
    pub(crate) fn notify(&self) -> Result<NotifyServiceClient<Wire>, Problem> {
        Err(stub())
    }

    /// The report service, as this caller.
    pub(crate) fn reports(&self) -> Result<ReportServiceClient<Wire>, Problem> {
        Err(stub())
    }
}
