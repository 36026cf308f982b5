//! The service in process, between a real database, bus and object store and two scripted peers.
use std::{collections::BTreeSet, time::Duration};

use clap::Parser;
use sqlx::Connection;
use tokio::net::TcpListener;
use ulid::Ulid;
use url::Url;
use wt_ai_report::{Config, start_on};
use wt_auth::{InternalIssuer, SigningKey, write_dev_keys};
use wt_lifecycle::Life;
use wt_model::{Principal, PrincipalKind, Role, TenantKey};
use wt_proto::{
    Message,
    convert::to_timestamp,
    report::{self, report_service_client::ReportServiceClient},
    results, scan,
};
use wt_rpc::{Peer, RpcFault};
use wt_testkit::{Broker, GrpcPeer, wait};

/// Longest a test waits for a fact; everything here takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Fixture {
    pub(crate) results: GrpcPeer,
    pub(crate) orchestrator: GrpcPeer,
    pub(crate) broker: Broker,
    pub(crate) superuser_url: String,
    pub(crate) peer: Peer,
    life: Life,
    _keys: tempfile::TempDir,
    _artifacts: tempfile::TempDir,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        let keys = tempfile::tempdir().unwrap();
        write_dev_keys(keys.path()).unwrap();
        let trust = keys.path().join("internal");
        let artifacts = tempfile::tempdir().unwrap();
        let database = wt_testkit::database().await.unwrap();
        let broker = Broker::start().await.unwrap();
        let results = GrpcPeer::start("results", &trust).await.unwrap();
        let orchestrator = GrpcPeer::start("scan-orchestrator", &trust).await.unwrap();
        let settings = [
            ("--admin-addr", "127.0.0.1:0".to_owned()),
            ("--listen-addr", "127.0.0.1:0".to_owned()),
            (
                "--internal-key",
                trust.join("ai-report.key.pem").display().to_string(),
            ),
            ("--internal-trust-dir", trust.display().to_string()),
            ("--database-url", database.url_as("wt_ai_report").unwrap()),
            ("--nats-url", broker.url()),
            (
                "--artifacts-url",
                Url::from_directory_path(artifacts.path())
                    .unwrap()
                    .to_string(),
            ),
            ("--results-url", results.url()),
            ("--scan-orchestrator-url", orchestrator.url()),
            ("--public-url", "https://wt.example/".to_owned()),
            ("--retry-base", "50ms".to_owned()),
            ("--period", "50ms".to_owned()),
        ];
        let arguments = settings
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value]);
        let config =
            Config::parse_from(std::iter::once("wt-ai-report".to_owned()).chain(arguments));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let life = Life::new("ai-report");
        start_on(listener, config, life.clone()).await.unwrap();
        let gateway = SigningKey::load(&trust.join("gateway.key.pem")).unwrap();
        let issuer = InternalIssuer::new("gateway", gateway);
        Self {
            peer: Peer::new(&url.parse().unwrap(), "ai-report", issuer),
            results,
            orchestrator,
            broker,
            superuser_url: database.superuser_url().to_owned(),
            life,
            _keys: keys,
            _artifacts: artifacts,
        }
    }

    /// Lets `tenant` have a run in `state`.
    pub(crate) fn has_run(&self, tenant: TenantKey, run: &str, state: &str) {
        let finished = time::OffsetDateTime::from_unix_timestamp(1_795_241_340).unwrap();
        let run = scan::Run {
            id: run.to_owned(),
            kind: "on_demand".to_owned(),
            profile: "baseline".to_owned(),
            state: state.to_owned(),
            asset_ids: vec!["ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()],
            finished_at: Some(to_timestamp(finished)),
            jobs_total: 3,
            jobs_failed: 1,
            ..Default::default()
        };
        let answer = scan::GetRunResponse { run: Some(run) };
        self.orchestrator
            .answers(tenant, "GetRun", answer.encode_to_vec());
    }

    /// Lets results tell this of every run of `tenant`.
    pub(crate) fn led_to(&self, tenant: TenantKey, summary: &results::GetRunSummaryResponse) {
        self.results
            .answers(tenant, "GetRunSummary", summary.encode_to_vec());
    }

    pub(crate) async fn request(
        &self,
        who: &Principal,
        run: &str,
    ) -> Result<report::Report, RpcFault> {
        let message = report::RequestReportRequest {
            run_id: run.to_owned(),
            ..Default::default()
        };
        self.ask(who, message).await
    }

    pub(crate) async fn ask(
        &self,
        who: &Principal,
        message: report::RequestReportRequest,
    ) -> Result<report::Report, RpcFault> {
        let request = self.peer.request(Some(who), message)?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .request_report(request)
            .await?;
        Ok(answer.into_inner().report.unwrap())
    }

    pub(crate) async fn get(&self, who: &Principal, id: &str) -> Result<report::Report, RpcFault> {
        let message = report::GetReportRequest {
            report_id: id.to_owned(),
        };
        let request = self.peer.request(Some(who), message)?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .get_report(request)
            .await?;
        Ok(answer.into_inner().report.unwrap())
    }

    pub(crate) async fn list(&self, who: &Principal) -> Vec<report::Report> {
        let request = self
            .peer
            .request(Some(who), report::ListReportsRequest::default())
            .unwrap();
        let answer = ReportServiceClient::new(self.peer.channel())
            .list_reports(request)
            .await;
        answer.unwrap().into_inner().reports
    }

    pub(crate) async fn content(
        &self,
        who: &Principal,
        id: &str,
        format: &str,
    ) -> Result<String, RpcFault> {
        Ok(self.whole_content(who, id, format).await?.content)
    }

    pub(crate) async fn whole_content(
        &self,
        who: &Principal,
        id: &str,
        format: &str,
    ) -> Result<report::GetReportContentResponse, RpcFault> {
        let message = report::GetReportContentRequest {
            report_id: id.to_owned(),
            format: format.to_owned(),
        };
        let request = self.peer.request(Some(who), message)?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .get_report_content(request)
            .await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn schedule(
        &self,
        who: &Principal,
        message: report::CreateReportScheduleRequest,
    ) -> Result<report::ReportSchedule, RpcFault> {
        let request = self.peer.request(Some(who), message)?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .create_report_schedule(request)
            .await?;
        Ok(answer.into_inner().schedule.unwrap())
    }

    pub(crate) async fn pause(
        &self,
        who: &Principal,
        id: &str,
        paused: bool,
    ) -> Result<report::ReportSchedule, RpcFault> {
        let request = self.peer.request(
            Some(who),
            report::PauseReportScheduleRequest {
                schedule_id: id.to_owned(),
                paused,
            },
        )?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .pause_report_schedule(request)
            .await?;
        Ok(answer.into_inner().schedule.unwrap())
    }

    pub(crate) async fn forget(&self, who: &Principal, id: &str) -> Result<(), RpcFault> {
        let request = self.peer.request(
            Some(who),
            report::DeleteReportScheduleRequest {
                schedule_id: id.to_owned(),
            },
        )?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .delete_report_schedule(request)
            .await?;
        let _ = answer;
        Ok(())
    }

    pub(crate) async fn branding(
        &self,
        who: &Principal,
    ) -> Result<report::ReportBranding, RpcFault> {
        let request = self
            .peer
            .request(Some(who), report::GetReportBrandingRequest {})?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .get_report_branding(request)
            .await?;
        Ok(answer.into_inner().branding.unwrap())
    }

    pub(crate) async fn brand(
        &self,
        who: &Principal,
        branding: report::ReportBranding,
    ) -> Result<report::ReportBranding, RpcFault> {
        let request = self.peer.request(
            Some(who),
            report::PutReportBrandingRequest {
                branding: Some(branding),
            },
        )?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .put_report_branding(request)
            .await?;
        Ok(answer.into_inner().branding.unwrap())
    }

    pub(crate) async fn logo(&self, who: &Principal) -> Result<Vec<u8>, RpcFault> {
        let request = self
            .peer
            .request(Some(who), report::GetReportLogoRequest {})?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .get_report_logo(request)
            .await?;
        Ok(answer.into_inner().png)
    }

    pub(crate) async fn put_logo(
        &self,
        who: &Principal,
        png: Vec<u8>,
    ) -> Result<report::ReportBranding, RpcFault> {
        let message = report::PutReportLogoRequest { png };
        let request = self.peer.request(Some(who), message)?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .put_report_logo(request)
            .await?;
        Ok(answer.into_inner().branding.unwrap())
    }

    pub(crate) async fn remove_logo(&self, who: &Principal) -> Result<(), RpcFault> {
        let request = self
            .peer
            .request(Some(who), report::DeleteReportLogoRequest {})?;
        ReportServiceClient::new(self.peer.channel())
            .delete_report_logo(request)
            .await?;
        Ok(())
    }

    /// What was recorded of the organization, in its order.
    pub(crate) async fn audited(&self, tenant: TenantKey) -> Vec<String> {
        let mut conn = sqlx::PgConnection::connect(&self.superuser_url)
            .await
            .unwrap();
        let asked = "select action from report.audit
                     where tenant_key = $1 and action <> 'report.request' order by seq";
        sqlx::query_scalar(asked)
            .bind(tenant.to_string())
            .fetch_all(&mut conn)
            .await
            .unwrap()
    }

    pub(crate) async fn schedules(&self, who: &Principal) -> Vec<report::ReportSchedule> {
        let request = report::ListReportSchedulesRequest {};
        let request = self.peer.request(Some(who), request).unwrap();
        let answer = ReportServiceClient::new(self.peer.channel())
            .list_report_schedules(request)
            .await;
        answer.unwrap().into_inner().schedules
    }

    /// A report, once it is in `state`.
    pub(crate) async fn settled(&self, who: &Principal, id: &str, state: &str) -> report::Report {
        wait::until(PATIENCE, state, async || {
            self.get(who, id)
                .await
                .ok()
                .filter(|report| report.state == state)
        })
        .await
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.life.stop();
    }
}

pub(crate) fn organization() -> TenantKey {
    TenantKey::from_ulid(Ulid::generate())
}

pub(crate) fn run_id() -> String {
    format!("run_{}", Ulid::generate())
}

pub(crate) fn member(tenant: TenantKey, role: Role) -> Principal {
    Principal {
        kind: PrincipalKind::User,
        sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        tenant_key: Some(tenant),
        roles: BTreeSet::from([role]),
        ..Principal::nobody()
    }
}

/// Two open exposures, one of them new; titles and hosts as a target might choose them.
pub(crate) fn summary(title: &str, host: &str) -> results::GetRunSummaryResponse {
    let exposure = |key: &str, severity: &str, state: &str| results::Exposure {
        key: key.to_owned(),
        state: state.to_owned(),
        severity: severity.to_owned(),
        title: title.to_owned(),
        check_id: "tls.cert_expired".to_owned(),
        host: host.to_owned(),
        port: 443,
        ..Default::default()
    };
    results::GetRunSummaryResponse {
        events: vec![results::ExposureEvent {
            id: "evt_1".to_owned(),
            key: "exp1_new".to_owned(),
            r#type: "NEW".to_owned(),
            severity: "high".to_owned(),
            title: title.to_owned(),
            host: host.to_owned(),
            port: 443,
            ..Default::default()
        }],
        exposures: vec![
            exposure("exp1_old", "low", "unresponsive"),
            exposure("exp1_new", "high", "open"),
        ],
        cells_present: 2,
        cells_absent: 40,
        cells_inconclusive: 1,
        remediation: [("tls.cert_expired".to_owned(), "Renew it.".to_owned())].into(),
        ..Default::default()
    }
}
