//! An organization with a history that is old, and what is left of it.
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use time::{Duration, OffsetDateTime};
use wt_exposure::Settled;
use wt_model::{Role, TenantKey};
use wt_proto::{
    Message as _,
    convert::{from_timestamp, to_timestamp},
    results::{
        GetPacketRequest, GetRetentionRequest, GetRetentionResponse, GetTimelineRequest,
        GetTrendsRequest, ListExposuresRequest, TrendDay,
    },
    tenant::{GetStandingResponse, Standing},
};
use wt_testkit::{database, wait};

use crate::{
    ground::{Ground, PATIENCE},
    room::{Room, person},
    told::{Told, gone, told_of},
};

/// Events of the history of [`Room::old_history`], and those that go after 30 days: two of the port
/// that was fixed and opened again, and two of the one that was only fixed.
pub(crate) const EVENTS: i64 = 11;
pub(crate) const ENDED: i64 = 4;

/// Days ago, the value that was seen, and how each port settled.
type Looked = (i64, &'static str, Vec<(u16, Settled)>);

pub(crate) fn ago(days: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() - Duration::days(days)
}

/// A service that looks for ended history all the time.
pub(crate) async fn room() -> Room {
    let mut ground = Ground::lay(database().await.unwrap()).await;
    ground.more_settings = vec!["--retention-every-ms=200".to_owned()];
    Room::on(ground).await
}

impl Room {
    pub(crate) fn stands(&self, tenant: TenantKey, plan: &str, state: &str) {
        let standing = Standing {
            plan: plan.to_owned(),
            state: state.to_owned(),
            may_scan: true,
            until: None,
        };
        let answer = GetStandingResponse {
            standing: Some(standing),
            root_tenant_key: tenant.to_string(),
            above: Vec::new(),
        };
        self.tenants
            .answers(tenant, "GetStanding", answer.encode_to_vec());
    }

    /// A hundred days of history; gives the ids of its runs.
    pub(crate) async fn old_history(&self, tenant: TenantKey) -> Vec<String> {
        let seen = |port| (port, Settled::Present);
        let history: [Looked; 5] = [
            (100, "1", vec![seen(80), seen(81), seen(82)]),
            (90, "2", vec![(80, gone()), seen(81), seen(82)]),
            (80, "2", vec![seen(80), (82, gone())]),
            (60, "1", vec![seen(81)]),
            (10, "2", vec![seen(81), seen(83)]),
        ];
        let mut runs = Vec::new();
        for (days, value, cells) in history {
            let told = Told {
                finished_at: ago(days),
                ..told_of(tenant, "on_demand", &cells, value)
            };
            runs.push(self.tell(told).await.job.run_id);
        }
        // They were taken when they ended, which a test has no time for.
        let sql = "update results.applied set applied_at = finished_at where tenant_key = $1";
        self.sql(sql, tenant).await;
        runs
    }

    pub(crate) async fn sql(&self, sql: &'static str, tenant: TenantKey) {
        let query = sqlx::query(sql).bind(tenant.to_string());
        query.execute(&mut self.superuser().await).await.unwrap();
    }

    pub(crate) async fn number(&self, sql: &'static str, tenant: TenantKey) -> i64 {
        sqlx::query_scalar(sql)
            .bind(tenant.to_string())
            .fetch_one(&mut self.superuser().await)
            .await
            .unwrap()
    }

    /// How many events there are; -1 where their tallies say otherwise.
    pub(crate) async fn events(&self, tenant: TenantKey) -> i64 {
        let sql = "select case when told = counted then told else -1 end
             from (select count(*) as told from results.events where tenant_key = $1) e,
                  (select coalesce(sum(rows), 0) as counted from results.event_tallies
                   where tenant_key = $1) t";
        self.number(sql, tenant).await
    }

    pub(crate) async fn until(&self, what: &str, sql: &'static str, tenant: TenantKey) {
        wait::until(PATIENCE, what, async || {
            (self.number(sql, tenant).await == 1).then_some(())
        })
        .await;
    }

    pub(crate) async fn heard_of_plan(&self, tenant: TenantKey) {
        let sql = "select count(*) from results.retention
             where tenant_key = $1 and asked_at > '-infinity'";
        self.until("the plan to be asked for", sql, tenant).await;
    }

    /// As after a grace, a month later.
    pub(crate) async fn grace_is_over(&self, tenant: TenantKey) {
        let sql = "update results.retention set asked_at = '-infinity',
             lowered_at = lowered_at - interval '31 days' where tenant_key = $1";
        self.sql(sql, tenant).await;
    }

    pub(crate) async fn pruned(&self, tenant: TenantKey) {
        let sql = "select count(*) from results.retention
             where tenant_key = $1 and done and kept_since is not null";
        self.until("what ended to be gone", sql, tenant).await;
    }

    /// Everything that pruning may not change: exposures, ledger, packets and decisions.
    pub(crate) async fn state(&self, tenant: TenantKey) -> Vec<String> {
        let tables = [
            "exposures",
            "leaves",
            "nodes",
            "trees",
            "packets",
            "actions",
            "coverage",
        ];
        let mut state = Vec::new();
        for table in tables {
            let sql = sqlx::AssertSqlSafe(format!(
                "select md5(coalesce(string_agg(t::text, ' ' order by t::text), ''))
                 from results.{table} t where tenant_key = $1"
            ));
            let digest: String = sqlx::query_scalar(sql)
                .bind(tenant.to_string())
                .fetch_one(&mut self.superuser().await)
                .await
                .unwrap();
            state.push(format!("{table} {digest}"));
        }
        state
    }

    pub(crate) async fn then(
        &self,
        tenant: TenantKey,
        days: i64,
    ) -> Result<Vec<(u32, String)>, tonic::Status> {
        let message = ListExposuresRequest {
            as_of: Some(to_timestamp(ago(days))),
            ..Default::default()
        };
        let who = person(tenant, Role::Viewer);
        let request = self.peer.request(Some(&who), message).unwrap();
        let listed = self.client().list_exposures(request).await?.into_inner();
        let mut then: Vec<_> = listed
            .exposures
            .into_iter()
            .map(|exposure| (exposure.port, exposure.state))
            .collect();
        then.sort();
        Ok(then)
    }

    pub(crate) async fn key(&self, tenant: TenantKey, port: i32) -> String {
        sqlx::query_scalar("select key from results.exposures where tenant_key = $1 and port = $2")
            .bind(tenant.to_string())
            .bind(port)
            .fetch_one(&mut self.superuser().await)
            .await
            .unwrap()
    }

    /// The body and leaf of an exposure's packet.
    pub(crate) async fn packet(&self, tenant: TenantKey, port: i32) -> (Value, Value) {
        let key = self.key(tenant, port).await;
        let who = person(tenant, Role::Viewer);
        let asked = GetPacketRequest {
            key,
            ..Default::default()
        };
        let request = self.peer.request(Some(&who), asked);
        let answer = self.client().get_packet(request.unwrap()).await.unwrap();
        let packet: Value = serde_json::from_str(&answer.into_inner().packet_json).unwrap();
        (
            packet.pointer("/body").unwrap().clone(),
            packet.pointer("/inclusion/leaf_index").unwrap().clone(),
        )
    }

    /// Types of the events of an exposure that are told, and from when on all are.
    pub(crate) async fn timeline(&self, tenant: TenantKey, port: i32) -> (Vec<String>, bool) {
        let key = self.key(tenant, port).await;
        let who = person(tenant, Role::Viewer);
        let request = self.peer.request(Some(&who), GetTimelineRequest { key });
        let answer = self.client().get_timeline(request.unwrap()).await.unwrap();
        let answer = answer.into_inner();
        let events = answer.entries.into_iter().filter_map(|entry| entry.event);
        let kept = from_timestamp(answer.kept_since.as_ref());
        (
            events.map(|event| event.r#type).collect(),
            kept.is_some_and(|since| since > ago(32)),
        )
    }

    pub(crate) async fn trend(&self, tenant: TenantKey) -> Vec<TrendDay> {
        let message = GetTrendsRequest {
            from: ago(60).date().to_string(),
            ..Default::default()
        };
        let who = person(tenant, Role::Viewer);
        wait::until(PATIENCE, "the trend to be added up", async || {
            let request = self.peer.request(Some(&who), message.clone()).unwrap();
            let trend = self.client().get_trends(request).await.unwrap();
            let trend = trend.into_inner();
            trend.current.then_some(trend.days)
        })
        .await
    }

    pub(crate) async fn retention(&self, tenant: TenantKey) -> GetRetentionResponse {
        let who = person(tenant, Role::Viewer);
        let request = self.peer.request(Some(&who), GetRetentionRequest {});
        let answer = self.client().get_retention(request.unwrap()).await;
        answer.unwrap().into_inner()
    }

    /// Takes some of what ended, as the service does, and stops in the middle of it.
    pub(crate) async fn prune_by_hand(&self, tenant: TenantKey, steps: usize, limit: i32) -> i64 {
        let url = self.database.url_as("wt_results").unwrap();
        let mut service = PgConnection::connect(&url).await.unwrap();
        sqlx::query("select set_config('app.tenant_key', $1, false)")
            .bind(tenant.to_string())
            .execute(&mut service)
            .await
            .unwrap();
        let mut gone = 0;
        for _ in 0..steps {
            gone += sqlx::query_scalar::<_, i64>("select events from results.prune_events($1)")
                .bind(limit)
                .fetch_one(&mut service)
                .await
                .unwrap();
        }
        gone
    }
}
