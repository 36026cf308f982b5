//! What the platform's staff ask, each in one line of a test.
use std::collections::BTreeSet;

use wt_model::{Principal, Role, TenantKey};
use wt_proto::{
    common::PageRequest,
    scan::{self, scan_operations_service_client::ScanOperationsServiceClient},
};
use wt_rpc::RpcFault;

use crate::fixture::{Fixture, member};

macro_rules! ask {
    ($fixture:expr, $who:expr, $method:ident, $message:expr) => {{
        let request = $fixture.peer.request(Some($who), $message)?;
        let answer = ScanOperationsServiceClient::new($fixture.peer.channel())
            .$method(request)
            .await?;
        Ok(answer.into_inner())
    }};
}

/// Somebody of the staff, whose own organization this is.
pub(crate) fn staff(tenant: TenantKey) -> Principal {
    Principal {
        sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAS".to_owned(),
        roles: BTreeSet::from([Role::Owner, Role::PlatformAdmin]),
        ..member(tenant, Role::Owner)
    }
}

/// Lets ten minutes have passed since anything was heard of any job.
pub(crate) async fn long_ago(fixture: &Fixture) {
    fixture
        .sql(
            "update scan.jobs
             set created_at = created_at - interval '10 minutes',
                 dispatched_at = dispatched_at - interval '10 minutes',
                 started_at = started_at - interval '10 minutes',
                 heartbeat_at = heartbeat_at - interval '10 minutes'",
        )
        .await
        .unwrap();
}

impl Fixture {
    pub(crate) async fn queue(&self, who: &Principal) -> Result<scan::GetQueueResponse, RpcFault> {
        ask!(self, who, get_queue, scan::GetQueueRequest {})
    }

    pub(crate) async fn stuck(&self, who: &Principal) -> Result<Vec<scan::StuckRun>, RpcFault> {
        let message = scan::ListStuckRunsRequest { page: None };
        let answer: Result<scan::ListStuckRunsResponse, RpcFault> =
            ask!(self, who, list_stuck_runs, message);
        answer.map(|answer| answer.runs)
    }

    /// A page of one row.
    pub(crate) async fn stuck_page(
        &self,
        who: &Principal,
        cursor: &str,
    ) -> Result<scan::ListStuckRunsResponse, RpcFault> {
        let page = Some(PageRequest {
            cursor: cursor.to_owned(),
            limit: 1,
        });
        ask!(
            self,
            who,
            list_stuck_runs,
            scan::ListStuckRunsRequest { page }
        )
    }

    pub(crate) async fn dispatch_stuck(
        &self,
        who: &Principal,
        run: &str,
    ) -> Result<scan::DispatchStuckRunResponse, RpcFault> {
        let run_id = run.to_owned();
        let message = scan::DispatchStuckRunRequest { run_id };
        ask!(self, who, dispatch_stuck_run, message)
    }

    pub(crate) async fn cancel_stuck(
        &self,
        who: &Principal,
        run: &str,
        reason: &str,
    ) -> Result<scan::CancelStuckRunResponse, RpcFault> {
        let message = scan::CancelStuckRunRequest {
            run_id: run.to_owned(),
            reason: reason.to_owned(),
        };
        ask!(self, who, cancel_stuck_run, message)
    }

    pub(crate) async fn letters(
        &self,
        who: &Principal,
        consumer: &str,
    ) -> Result<Vec<scan::DeadLetter>, RpcFault> {
        let answer = self.letter_page(who, consumer, "", 0).await;
        answer.map(|answer| answer.letters)
    }

    pub(crate) async fn letter_page(
        &self,
        who: &Principal,
        consumer: &str,
        cursor: &str,
        limit: u32,
    ) -> Result<scan::ListDeadLettersResponse, RpcFault> {
        let cursor = cursor.to_owned();
        let message = scan::ListDeadLettersRequest {
            page: Some(PageRequest { cursor, limit }),
            consumer: consumer.to_owned(),
        };
        ask!(self, who, list_dead_letters, message)
    }

    pub(crate) async fn letter(
        &self,
        who: &Principal,
        sequence: u64,
    ) -> Result<scan::GetDeadLetterResponse, RpcFault> {
        let message = scan::GetDeadLetterRequest { sequence };
        ask!(self, who, get_dead_letter, message)
    }

    pub(crate) async fn redrive(
        &self,
        who: &Principal,
        sequence: u64,
        consumer: &str,
    ) -> Result<scan::RedriveDeadLettersResponse, RpcFault> {
        let consumer = consumer.to_owned();
        let message = scan::RedriveDeadLettersRequest { sequence, consumer };
        ask!(self, who, redrive_dead_letters, message)
    }

    pub(crate) async fn discard(
        &self,
        who: &Principal,
        sequence: u64,
        reason: &str,
    ) -> Result<scan::DiscardDeadLetterResponse, RpcFault> {
        let reason = reason.to_owned();
        let message = scan::DiscardDeadLetterRequest { sequence, reason };
        ask!(self, who, discard_dead_letter, message)
    }

    /// Who did this, and to what, as an organization's audit tells it.
    pub(crate) async fn audit_of(&self, tenant: TenantKey, action: &str) -> Vec<(String, String)> {
        let mut connection = self.database.superuser().await.unwrap();
        let sql = "select actor, object from scan.audit
                   where tenant_key = $1 and action = $2 order by seq";
        sqlx::query_as(sql)
            .bind(tenant.to_string())
            .bind(action)
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }
}
