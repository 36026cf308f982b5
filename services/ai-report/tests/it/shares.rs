//! Links that show one report to whoever has them.
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use wt_fault::{Fault, Kind};
use wt_model::{Principal, Role};
use wt_proto::report::{
    CreateReportShareRequest, CreateReportShareResponse, ListReportSharesRequest,
    OpenReportShareRequest, OpenReportShareResponse, ReportShare, RevokeReportShareRequest,
    report_service_client::ReportServiceClient,
};
use wt_rpc::RpcFault;

use crate::fixture::{Fixture, member, organization};

impl Fixture {
    async fn share(
        &self,
        who: &Principal,
        id: &str,
        days: u32,
    ) -> Result<CreateReportShareResponse, RpcFault> {
        let report_id = id.to_owned();
        let message = CreateReportShareRequest { report_id, days };
        let request = self.peer.request(Some(who), message)?;
        let mut client = ReportServiceClient::new(self.peer.channel());
        Ok(client.create_report_share(request).await?.into_inner())
    }

    async fn shares(&self, who: &Principal, id: &str) -> Result<Vec<ReportShare>, RpcFault> {
        let report_id = id.to_owned();
        let message = ListReportSharesRequest { report_id };
        let request = self.peer.request(Some(who), message)?;
        let mut client = ReportServiceClient::new(self.peer.channel());
        let answer = client.list_report_shares(request).await?;
        Ok(answer.into_inner().shares)
    }

    async fn unshare(&self, who: &Principal, id: &str, share: &str) -> Result<(), RpcFault> {
        let message = RevokeReportShareRequest {
            report_id: id.to_owned(),
            share_id: share.to_owned(),
        };
        let request = self.peer.request(Some(who), message)?;
        let mut client = ReportServiceClient::new(self.peer.channel());
        client.revoke_report_share(request).await?;
        Ok(())
    }

    /// As the gateway asks, for nobody in particular.
    async fn open(&self, token: &str, format: &str) -> Result<OpenReportShareResponse, RpcFault> {
        let message = OpenReportShareRequest {
            token: token.to_owned(),
            format: format.to_owned(),
        };
        let request = self.peer.request(None, message)?;
        let mut client = ReportServiceClient::new(self.peer.channel());
        Ok(client.open_report_share(request).await?.into_inner())
    }

    async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.superuser_url).await.unwrap()
    }

    async fn share_records(&self) -> Vec<(String, Value)> {
        sqlx::query_as(
            "select action, coalesce(after, before) from report.audit
             where action in ('report.share', 'report.share_open', 'report.unshare') order by seq",
        )
        .fetch_all(&mut self.superuser().await)
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn a_link_shows_its_report_to_whoever_has_it_until_it_is_revoked() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let id = fixture.written(tenant, "Expired certificate").await;
    let operator = member(tenant, Role::Operator);
    let made = fixture.share(&operator, &id, 7).await.unwrap();
    let share = made.share.unwrap();
    let left = share.expires_at.unwrap().seconds - share.created_at.unwrap().seconds;
    assert_eq!(left, 7 * 86_400);

    for (format, media) in [
        ("html", "text/html; charset=utf-8"),
        ("pdf", "application/pdf"),
    ] {
        let got = fixture.open(&made.token, format).await.unwrap();
        assert_eq!(got.content_type, media);
        assert_eq!(got.file_name, format!("{id}.{format}"));
        let whole = fixture.whole_content(&operator, &id, format).await.unwrap();
        let whole = if format == "pdf" {
            whole.data
        } else {
            whole.content.into_bytes()
        };
        assert_eq!(got.data, whole);
    }
    let listed = fixture.shares(&operator, &id).await.unwrap();
    assert_eq!((listed[0].opened, listed.len()), (2, 1));
    assert!(listed[0].last_opened_at.is_some());

    fixture.unshare(&operator, &id, &share.id).await.unwrap();
    fixture.unshare(&operator, &id, &share.id).await.unwrap();
    let over = fixture.open(&made.token, "html").await.unwrap_err();
    assert_eq!(over.code(), "report.share_over");

    let records = fixture.share_records().await;
    let deeds: Vec<_> = records.iter().map(|(action, _)| action.as_str()).collect();
    // Both openings are counted, and the first is on the record.
    assert_eq!(
        deeds,
        ["report.share", "report.share_open", "report.unshare"]
    );
    assert_eq!(records[1].1["opened"], 1);
    assert_eq!(records[2].1["opened"], 2);
    let all = serde_json::to_string(&records).unwrap();
    assert!(!all.contains(&made.token));
}

#[tokio::test]
async fn what_is_kept_of_a_token_opens_nothing() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let id = fixture.written(tenant, "Expired certificate").await;
    let operator = member(tenant, Role::Operator);
    let made = fixture.share(&operator, &id, 30).await.unwrap();
    let row: String = sqlx::query_scalar("select s::text from report.shares s")
        .fetch_one(&mut fixture.superuser().await)
        .await
        .unwrap();
    assert!(!row.contains(&made.token), "{row}");
    let kept: String = sqlx::query_scalar("select token_sha256 from report.shares")
        .fetch_one(&mut fixture.superuser().await)
        .await
        .unwrap();
    assert_eq!(
        fixture.open(&kept, "html").await.unwrap_err().code(),
        "report.share_over"
    );
}

#[tokio::test]
async fn a_wrong_an_expired_and_a_revoked_link_are_refused_alike() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let id = fixture.written(tenant, "Expired certificate").await;
    let operator = member(tenant, Role::Operator);
    let revoked = fixture.share(&operator, &id, 1).await.unwrap();
    let share = revoked.share.unwrap().id;
    fixture.unshare(&operator, &id, &share).await.unwrap();
    let expired = fixture.share(&operator, &id, 1).await.unwrap();
    sqlx::query(
        "update report.shares
         set created_at = created_at - interval '2 days', expires_at = expires_at - interval '2 days'
         where id = $1",
    )
    .bind(expired.share.unwrap().id)
    .execute(&mut fixture.superuser().await)
    .await
    .unwrap();
    let works = fixture.share(&operator, &id, 1).await.unwrap().token;
    let mut wrong = works.clone();
    let last = if wrong.ends_with('A') { "E" } else { "A" };
    wrong.replace_range(wrong.len() - 1.., last);
    let mut said = std::collections::BTreeSet::new();
    let longer = format!("{works}A");
    for token in [&wrong, &expired.token, &revoked.token, &longer, "", "a.b"] {
        let fault = fixture.open(token, "html").await.unwrap_err();
        assert_eq!(fault.kind(), Kind::NotFound, "{token}");
        said.insert((
            fault.code().to_owned(),
            fault.to_string(),
            fault.advice().to_owned(),
        ));
    }
    assert_eq!(said.len(), 1, "{said:?}");
    fixture.open(&works, "html").await.unwrap();
}

#[tokio::test]
async fn a_link_is_made_listed_and_ended_only_by_who_may_write_reports_of_the_organization() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let id = fixture.written(tenant, "Expired certificate").await;
    let operator = member(tenant, Role::Operator);
    let made = fixture.share(&operator, &id, 7).await.unwrap();
    let share = made.share.unwrap().id;
    let viewer = member(tenant, Role::Viewer);
    let refused = [
        fixture.share(&viewer, &id, 7).await.map(drop),
        fixture.shares(&viewer, &id).await.map(drop),
        fixture.unshare(&viewer, &id, &share).await,
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().kind(), Kind::Forbidden);
    }
    let stranger = member(organization(), Role::Owner);
    let unknown = [
        fixture.share(&stranger, &id, 7).await.map(drop),
        fixture.shares(&stranger, &id).await.map(drop),
        fixture.unshare(&stranger, &id, &share).await,
    ];
    for unknown in unknown {
        assert_eq!(unknown.unwrap_err().kind(), Kind::NotFound);
    }
    fixture.open(&made.token, "html").await.unwrap();
    for days in [0, 31] {
        let fault = fixture.share(&operator, &id, days).await.unwrap_err();
        assert_eq!(fault.fields()[0].field, "days");
    }
    for _ in 1..20 {
        fixture.share(&operator, &id, 1).await.unwrap();
    }
    let fault = fixture.share(&operator, &id, 1).await.unwrap_err();
    assert_eq!(fault.code(), "report.too_many_shares");
    // One that ended makes room.
    fixture.unshare(&operator, &id, &share).await.unwrap();
    fixture.share(&operator, &id, 1).await.unwrap();
}
