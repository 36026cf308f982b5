//! The services behind this door: one HTTP/2 channel each, and who is calling on every call.
use std::sync::Arc;

use tonic::{
    metadata::MetadataMap,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};
use wt_auth::InternalIssuer;
use wt_model::Principal;
use wt_proto::{
    asset::asset_registry_service_client::AssetRegistryServiceClient,
    notify::notify_service_client::NotifyServiceClient,
    report::report_service_client::ReportServiceClient,
    results::{
        audit_service_client::AuditServiceClient, results_service_client::ResultsServiceClient,
    },
    scan::{
        scan_operations_service_client::ScanOperationsServiceClient,
        scan_orchestrator_service_client::ScanOrchestratorServiceClient,
    },
    tenant::{
        billing_service_client::BillingServiceClient,
        impersonation_service_client::ImpersonationServiceClient,
        people_service_client::PeopleServiceClient, sign_in_service_client::SignInServiceClient,
        sso_service_client::SsoServiceClient, tenant_service_client::TenantServiceClient,
    },
};
use wt_rpc::{Peer, RpcFault, Status};

use crate::{
    config::Upstreams,
    rest::{access::Caller, problem::Problem},
};

/// Longest answer taken from a service: a page of evidence fits many times.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// A channel that shows who is calling.
pub(crate) type Wire = InterceptedService<Channel, Passport>;

/// Adds the internal token, the deadline and the trace to each call.
#[derive(Debug, Clone)]
pub(crate) struct Passport(MetadataMap);

impl Passport {
    fn new(peer: &Peer, principal: Option<&Principal>) -> Result<Self, Problem> {
        let stamped = peer
            .request(principal, ())
            .map_err(|fault| Problem::of(&fault))?;
        Ok(Self(stamped.into_parts().0))
    }
}

impl Interceptor for Passport {
    fn call(&mut self, mut request: wt_rpc::Request<()>) -> Result<wt_rpc::Request<()>, Status> {
        *request.metadata_mut() = self.0.clone();
        Ok(request)
    }
}

/// The way to every service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Clients(Arc<Peers>);

struct Peers {
    tenant: Peer,
    /// Another service of the same process.
    sign_in: Peer,
    /// And another.
    people: Peer,
    /// And another.
    impersonations: Peer,
    sso: Peer,
    /// And a third.
    billing: Peer,
    assets: Peer,
    scans: Peer,
    results: Peer,
    notify: Peer,
    reports: Peer,
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clients")
    }
}

impl Clients {
    /// Prepares the channels; they are dialled at the first call and again when they break.
    pub(crate) fn new(upstreams: &Upstreams, issuer: &InternalIssuer) -> Self {
        let peer = |url, name| Peer::new(url, name, issuer.clone());
        let tenant = peer(&upstreams.tenant_url, "tenant");
        Self(Arc::new(Peers {
            sign_in: tenant.clone(),
            people: tenant.clone(),
            impersonations: tenant.clone(),
            sso: tenant.clone(),
            billing: tenant.clone(),
            tenant,
            assets: peer(&upstreams.asset_registry_url, "asset-registry"),
            scans: peer(&upstreams.scan_orchestrator_url, "scan-orchestrator"),
            results: peer(&upstreams.results_url, "results"),
            notify: peer(&upstreams.notify_url, "notify"),
            reports: peer(&upstreams.ai_report_url, "ai-report"),
        }))
    }

    /// The tenant service, called by nobody in particular.
    pub(crate) fn anonymous(&self) -> Result<TenantServiceClient<Wire>, Problem> {
        let peer = &self.0.tenant;
        Ok(TenantServiceClient::with_interceptor(
            peer.channel(),
            Passport::new(peer, None)?,
        ))
    }

    /// The people of the tenant service, asked by nobody in particular.
    pub(crate) fn anonymous_people(&self) -> Result<PeopleServiceClient<Wire>, Problem> {
        let peer = &self.0.people;
        Ok(PeopleServiceClient::with_interceptor(
            peer.channel(),
            Passport::new(peer, None)?,
        ))
    }
}

impl Clients {
    /// The billing service, told something by nobody in particular.
    pub(crate) fn nobody_paying(&self) -> Result<BillingServiceClient<Wire>, Problem> {
        let peer = &self.0.billing;
        Ok(BillingServiceClient::with_interceptor(
            peer.channel(),
            Passport::new(peer, None)?,
        ))
    }

    /// The sign-in service, called by nobody in particular.
    pub(crate) fn nobody_signing_in(&self) -> Result<SignInServiceClient<Wire>, Problem> {
        let peer = &self.0.sign_in;
        Ok(SignInServiceClient::with_interceptor(
            peer.channel(),
            Passport::new(peer, None)?,
        ))
    }
}

impl Clients {
    /// The report service, asked for a download by nobody in particular.
    pub(crate) fn nobody_downloading(&self) -> Result<ReportServiceClient<Wire>, Problem> {
        let peer = &self.0.reports;
        let client =
            ReportServiceClient::with_interceptor(peer.channel(), Passport::new(peer, None)?);
        Ok(client.max_decoding_message_size(ANSWER_BYTES_MAX))
    }

    /// What the results service shows to everybody, asked by nobody in particular.
    pub(crate) fn nobody_reading(&self) -> Result<ResultsServiceClient<Wire>, Problem> {
        let peer = &self.0.results;
        let client =
            ResultsServiceClient::with_interceptor(peer.channel(), Passport::new(peer, None)?);
        Ok(client)
    }

    /// Single sign-on, called by nobody in particular.
    pub(crate) fn nobody_at_a_provider(&self) -> Result<SsoServiceClient<Wire>, Problem> {
        let peer = &self.0.sso;
        Ok(SsoServiceClient::with_interceptor(
            peer.channel(),
            Passport::new(peer, None)?,
        ))
    }
}

macro_rules! services {
    ($($(#[$meta:meta])* $method:ident = $client:ident;)+) => {
        impl Caller {$(
            $(#[$meta])*
            pub(crate) fn $method(&self) -> Result<$client<Wire>, Problem> {
                let peer = &self.edge().clients().0.$method;
                let passport = Passport::new(peer, Some(self.principal()))?;
                Ok($client::with_interceptor(peer.channel(), passport)
                    .max_decoding_message_size(ANSWER_BYTES_MAX))
            }
        )+}
    };
}

services! {
    /// The tenant service, as this caller.
    tenant = TenantServiceClient;
    /// What this caller signs in with.
    sign_in = SignInServiceClient;
    /// What this caller's tenant pays for.
    billing = BillingServiceClient;
    /// People, teams and roles of the tenant service, as this caller.
    people = PeopleServiceClient;
    /// Staff looking with a person's eyes, as this caller.
    impersonations = ImpersonationServiceClient;
    /// Single sign-on, as this caller.
    sso = SsoServiceClient;
    /// The asset registry, as this caller.
    assets = AssetRegistryServiceClient;
    /// The orchestrator, as this caller.
    scans = ScanOrchestratorServiceClient;
    /// The results service, as this caller.
    results = ResultsServiceClient;
    /// The notify service, as this caller.
    notify = NotifyServiceClient;
    /// The report service, as this caller.
    reports = ReportServiceClient;
}

impl Caller {
    /// What staff see and do of scans and news, in the orchestrator, as this caller.
    pub(crate) fn operations(&self) -> Result<ScanOperationsServiceClient<Wire>, Problem> {
        let peer = &self.edge().clients().0.scans;
        let passport = Passport::new(peer, Some(self.principal()))?;
        Ok(
            ScanOperationsServiceClient::with_interceptor(peer.channel(), passport)
                .max_decoding_message_size(ANSWER_BYTES_MAX),
        )
    }

    /// The audit chain, kept by the results service, as this caller.
    pub(crate) fn audit(&self) -> Result<AuditServiceClient<Wire>, Problem> {
        let peer = &self.edge().clients().0.results;
        let passport = Passport::new(peer, Some(self.principal()))?;
        Ok(
            AuditServiceClient::with_interceptor(peer.channel(), passport)
                .max_decoding_message_size(ANSWER_BYTES_MAX),
        )
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        Self::from(RpcFault::from(status).report().clone())
    }
}
