//! What callers of the service and workers say, each in one line of a test.
use ulid::Ulid;
use wt_bus::{Subscription, envelope_for, open_envelope};
use wt_model::{Principal, TenantKey};
use wt_proto::{
    Message, event, scan,
    scan::scan_orchestrator_service_client::ScanOrchestratorServiceClient,
    subject::{EventPayload, SCAN_CLAIM},
};
use wt_rpc::RpcFault;
use wt_testkit::wait;

use crate::fixture::{Fixture, PATIENCE, anything};

/// A job as a worker knows it.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) job: scan::Job,
    pub(crate) tenant: TenantKey,
}

macro_rules! call {
    ($fixture:expr, $who:expr, $method:ident, $message:expr) => {{
        let request = $fixture.peer.request(Some($who), $message)?;
        let answer = ScanOrchestratorServiceClient::new($fixture.peer.channel())
            .$method(request)
            .await?;
        Ok(answer.into_inner())
    }};
}

impl Fixture {
    pub(crate) async fn request(
        &self,
        who: &Principal,
        message: scan::RequestRunRequest,
    ) -> Result<scan::RequestRunResponse, RpcFault> {
        call!(self, who, request_run, message)
    }

    pub(crate) async fn rerun(
        &self,
        who: &Principal,
        message: scan::RerunFailedRequest,
    ) -> Result<scan::RerunFailedResponse, RpcFault> {
        call!(self, who, rerun_failed, message)
    }

    pub(crate) async fn schedules(&self, who: &Principal) -> Result<Vec<scan::Schedule>, RpcFault> {
        let answer: Result<scan::ListSchedulesResponse, RpcFault> =
            call!(self, who, list_schedules, scan::ListSchedulesRequest {});
        answer.map(|answer| answer.schedules)
    }

    pub(crate) async fn schedule(
        &self,
        who: &Principal,
        schedule: scan::Schedule,
    ) -> Result<scan::Schedule, RpcFault> {
        let message = scan::CreateScheduleRequest {
            schedule: Some(schedule),
        };
        let answer: Result<scan::CreateScheduleResponse, RpcFault> =
            call!(self, who, create_schedule, message);
        answer.map(|answer| answer.schedule.unwrap())
    }

    pub(crate) async fn reschedule(
        &self,
        who: &Principal,
        id: &str,
        schedule: scan::Schedule,
    ) -> Result<scan::Schedule, RpcFault> {
        let message = scan::UpdateScheduleRequest {
            schedule_id: id.to_owned(),
            schedule: Some(schedule),
        };
        let answer: Result<scan::UpdateScheduleResponse, RpcFault> =
            call!(self, who, update_schedule, message);
        answer.map(|answer| answer.schedule.unwrap())
    }

    pub(crate) async fn unschedule(
        &self,
        who: &Principal,
        id: &str,
    ) -> Result<scan::DeleteScheduleResponse, RpcFault> {
        let message = scan::DeleteScheduleRequest {
            schedule_id: id.to_owned(),
        };
        call!(self, who, delete_schedule, message)
    }

    /// Requests a run over everything that may be scanned and gives its id.
    pub(crate) async fn run(&self, who: &Principal) -> String {
        let answer = self.request(who, anything()).await.unwrap();
        answer.run.unwrap().id
    }

    pub(crate) async fn get(&self, who: &Principal, run: &str) -> Result<scan::Run, RpcFault> {
        let run_id = run.to_owned();
        let answer: Result<scan::GetRunResponse, RpcFault> =
            call!(self, who, get_run, scan::GetRunRequest { run_id });
        answer.map(|answer| answer.run.unwrap())
    }

    pub(crate) async fn cancel(
        &self,
        who: &Principal,
        run: &str,
        reason: &str,
    ) -> Result<scan::CancelRunResponse, RpcFault> {
        let message = scan::CancelRunRequest {
            run_id: run.to_owned(),
            reason: reason.to_owned(),
        };
        call!(self, who, cancel_run, message)
    }

    pub(crate) async fn runs(&self, who: &Principal) -> Result<scan::ListRunsResponse, RpcFault> {
        call!(self, who, list_runs, scan::ListRunsRequest::default())
    }

    pub(crate) async fn pools(&self, who: &Principal) -> Result<scan::ListPoolsResponse, RpcFault> {
        call!(self, who, list_pools, scan::ListPoolsRequest {})
    }

    pub(crate) async fn create_pool(
        &self,
        who: &Principal,
        name: &str,
        is_default: bool,
    ) -> Result<scan::Pool, RpcFault> {
        let name = name.to_owned();
        let message = scan::CreatePoolRequest { name, is_default };
        let answer: Result<scan::CreatePoolResponse, RpcFault> =
            call!(self, who, create_pool, message);
        answer.map(|answer| answer.pool.unwrap())
    }

    pub(crate) async fn update_pool(
        &self,
        who: &Principal,
        message: scan::UpdatePoolRequest,
    ) -> Result<scan::Pool, RpcFault> {
        let answer: Result<scan::UpdatePoolResponse, RpcFault> =
            call!(self, who, update_pool, message);
        answer.map(|answer| answer.pool.unwrap())
    }

    pub(crate) async fn delete_pool(
        &self,
        who: &Principal,
        pool: &str,
    ) -> Result<scan::DeletePoolResponse, RpcFault> {
        let pool_id = pool.to_owned();
        call!(self, who, delete_pool, scan::DeletePoolRequest { pool_id })
    }

    pub(crate) async fn jobs(
        &self,
        who: &Principal,
        run: &str,
    ) -> Result<scan::ListJobsResponse, RpcFault> {
        let message = scan::ListJobsRequest {
            run_id: run.to_owned(),
            page: None,
        };
        call!(self, who, list_jobs, message)
    }

    pub(crate) async fn exclusions(
        &self,
        who: &Principal,
    ) -> Result<scan::ScanExclusions, RpcFault> {
        let message = scan::GetScanExclusionsRequest {};
        let answer: Result<scan::GetScanExclusionsResponse, RpcFault> =
            call!(self, who, get_scan_exclusions, message);
        answer.map(|answer| answer.exclusions.unwrap())
    }

    pub(crate) async fn put_exclusions(
        &self,
        who: &Principal,
        exclusions: scan::ScanExclusions,
    ) -> Result<scan::ScanExclusions, RpcFault> {
        let exclusions = Some(exclusions);
        let message = scan::PutScanExclusionsRequest { exclusions };
        let answer: Result<scan::PutScanExclusionsResponse, RpcFault> =
            call!(self, who, put_scan_exclusions, message);
        answer.map(|answer| answer.exclusions.unwrap())
    }

    pub(crate) async fn windows(&self, who: &Principal) -> Result<scan::ScanWindows, RpcFault> {
        let message = scan::GetScanWindowsRequest {};
        let answer: Result<scan::GetScanWindowsResponse, RpcFault> =
            call!(self, who, get_scan_windows, message);
        answer.map(|answer| answer.windows.unwrap())
    }

    pub(crate) async fn put_windows(
        &self,
        who: &Principal,
        windows: scan::ScanWindows,
    ) -> Result<scan::ScanWindows, RpcFault> {
        let windows = Some(windows);
        let message = scan::PutScanWindowsRequest { windows };
        let answer: Result<scan::PutScanWindowsResponse, RpcFault> =
            call!(self, who, put_scan_windows, message);
        answer.map(|answer| answer.windows.unwrap())
    }

    pub(crate) async fn transitions(
        &self,
        who: &Principal,
        run: &str,
    ) -> Result<scan::ListTransitionsResponse, RpcFault> {
        let run_id = run.to_owned();
        call!(
            self,
            who,
            list_transitions,
            scan::ListTransitionsRequest { run_id }
        )
    }

    /// Waits until a run is in a state.
    pub(crate) async fn run_is(&self, who: &Principal, run: &str, state: &str) -> scan::Run {
        wait::until(PATIENCE, state, async || {
            let run = self.get(who, run).await.ok()?;
            (run.state == state).then_some(run)
        })
        .await
    }

    /// Listens to jobs and to what is said of them.
    pub(crate) async fn listen(&self) -> Ear {
        Ear(self.bus.subscribe("scan.>").await.unwrap())
    }

    /// Asks for an attempt as a worker would.
    pub(crate) async fn claim(&self, taken: &Taken, worker: &str) -> scan::ClaimReply {
        let request = scan::ClaimRequest {
            job_id: taken.job.job_id.clone(),
            run_id: taken.job.run_id.clone(),
            tenant_key: taken.tenant.to_string(),
            worker_id: worker.to_owned(),
            pool: taken.job.pool.clone(),
        };
        let bytes = self
            .bus
            .ask(SCAN_CLAIM, request.encode_to_vec().into(), PATIENCE)
            .await
            .unwrap();
        scan::ClaimReply::decode(bytes).unwrap()
    }

    /// Says something about a job, in a message of its own.
    pub(crate) async fn say<P: EventPayload>(&self, tenant: TenantKey, news: &P) {
        self.publish(&message(tenant, news), P::TYPE).await;
    }

    /// Puts a message on the bus, as often as it is asked to: the broker's own memory of ids
    /// does not come into it.
    pub(crate) async fn publish(&self, envelope: &event::Envelope, subject: &str) {
        let id = Ulid::generate().to_string();
        let bytes = envelope.encode_to_vec();
        self.bus
            .publish_bytes(subject, &id, bytes.into())
            .await
            .unwrap();
    }

    /// Claims a job, reports it and lets its result be applied.
    pub(crate) async fn work_off(&self, taken: &Taken) {
        let reply = self.claim(taken, "wrk_test").await;
        assert!(reply.granted, "{}", reply.code);
        self.say(taken.tenant, &completed(taken, reply.attempt))
            .await;
        self.job_is(taken, "processing").await;
        self.say(taken.tenant, &applied(taken, reply.attempt)).await;
        self.job_is(taken, "completed").await;
    }

    /// Waits until a job is in a state.
    pub(crate) async fn job_is(&self, taken: &Taken, state: &str) {
        let sql = "select state from scan.jobs where id = $1";
        wait::until(PATIENCE, &format!("a {state} job"), async || {
            let mut connection = self.database.superuser().await.ok()?;
            let found: String = sqlx::query_scalar(sql)
                .bind(&taken.job.job_id)
                .fetch_one(&mut connection)
                .await
                .ok()?;
            (found == state).then_some(())
        })
        .await;
    }
}

/// What is said on the bus.
pub(crate) struct Ear(Subscription);

impl Ear {
    /// The next job that is dispatched.
    pub(crate) async fn job(&mut self) -> Taken {
        let (tenant, envelope): (_, scan::JobEnvelope) = self.next().await;
        Taken {
            job: scan::Job::decode(envelope.payload.as_slice()).unwrap(),
            tenant,
        }
    }

    /// The next job that is dispatched, with where it went.
    pub(crate) async fn job_on(&mut self) -> (String, Taken) {
        loop {
            let (subject, bytes) = tokio::time::timeout(PATIENCE, self.0.next())
                .await
                .unwrap()
                .unwrap();
            if let Ok((envelope, tenant, _)) = open_envelope(&bytes)
                && envelope.r#type == "scan.requested"
            {
                let signed = scan::JobEnvelope::decode(envelope.payload.as_slice()).unwrap();
                let job = scan::Job::decode(signed.payload.as_slice()).unwrap();
                return (subject, Taken { job, tenant });
            }
        }
    }

    /// The next message of a type.
    pub(crate) async fn next<P: EventPayload>(&mut self) -> (TenantKey, P) {
        let heard = async {
            loop {
                let (_, bytes) = self.0.next().await.unwrap();
                // Requests and notices are no envelopes.
                if let Ok((envelope, tenant, _)) = open_envelope(&bytes)
                    && envelope.r#type == P::TYPE
                {
                    return (tenant, P::decode(envelope.payload.as_slice()).unwrap());
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.unwrap()
    }

    /// The next notice that tells workers to stop.
    pub(crate) async fn cancel_notice(&mut self) -> scan::CancelNotice {
        self.cancel_notice_on().await.1
    }

    /// The next notice that tells workers to stop, with where it was said.
    pub(crate) async fn cancel_notice_on(&mut self) -> (String, scan::CancelNotice) {
        let heard = async {
            loop {
                let (subject, bytes) = self.0.next().await.unwrap();
                if subject.starts_with("scan.cancel.") {
                    return (subject, scan::CancelNotice::decode(bytes).unwrap());
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.unwrap()
    }
}

/// A message of a worker's.
pub(crate) fn message<P: EventPayload>(tenant: TenantKey, news: &P) -> event::Envelope {
    let principal = Principal::service("scan-worker", tenant);
    envelope_for("scan-worker", tenant, &principal, news)
}

pub(crate) fn completed(taken: &Taken, attempt: u32) -> event::ScanCompleted {
    event::ScanCompleted {
        job_id: taken.job.job_id.clone(),
        run_id: taken.job.run_id.clone(),
        attempt,
        artifact_key: "somewhere".to_owned(),
        artifact_sha256: "00".repeat(32),
        artifact_bytes: 1,
        cells_settled: 1,
        worker_id: "wrk_test".to_owned(),
        ..Default::default()
    }
}

pub(crate) fn failed(taken: &Taken, attempt: u32) -> event::ScanFailed {
    event::ScanFailed {
        job_id: taken.job.job_id.clone(),
        run_id: taken.job.run_id.clone(),
        attempt,
        code: "job.engine".to_owned(),
        reason: "it broke".to_owned(),
        retryable: false,
        worker_id: "wrk_test".to_owned(),
    }
}

pub(crate) fn applied(taken: &Taken, attempt: u32) -> event::ScanApplied {
    event::ScanApplied {
        job_id: taken.job.job_id.clone(),
        run_id: taken.job.run_id.clone(),
        attempt,
        applied: true,
        ..Default::default()
    }
}
