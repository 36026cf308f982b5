//! What people think of the paragraphs of a report.
use wt_fault::{Fault, Kind};
use wt_model::{Principal, Role};
use wt_proto::report::{
    GetReportFeedbackRequest, ParagraphFeedback, PutReportFeedbackRequest,
    report_service_client::ReportServiceClient,
};
use wt_rpc::RpcFault;

use crate::fixture::{Fixture, member, organization};

impl Fixture {
    async fn feedback(
        &self,
        who: &Principal,
        id: &str,
    ) -> Result<Vec<ParagraphFeedback>, RpcFault> {
        let report_id = id.to_owned();
        let message = GetReportFeedbackRequest { report_id };
        let request = self.peer.request(Some(who), message)?;
        let mut client = ReportServiceClient::new(self.peer.channel());
        let answer = client.get_report_feedback(request).await?;
        Ok(answer.into_inner().paragraphs)
    }

    async fn rate(
        &self,
        who: &Principal,
        id: &str,
        (paragraph, vote, reason): (u32, &str, &str),
    ) -> Result<(), RpcFault> {
        let message = PutReportFeedbackRequest {
            report_id: id.to_owned(),
            paragraph,
            vote: vote.to_owned(),
            reason: reason.to_owned(),
        };
        let request = self.peer.request(Some(who), message)?;
        let mut client = ReportServiceClient::new(self.peer.channel());
        client.put_report_feedback(request).await?;
        Ok(())
    }
}

#[tokio::test]
async fn each_says_what_they_think_once_and_may_change_it() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let id = fixture.written(tenant, "Expired certificate").await;
    let ann = member(tenant, Role::Viewer);
    let bo = Principal {
        sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAW".to_owned(),
        ..member(tenant, Role::Operator)
    };
    fixture
        .rate(&ann, &id, (1, "down", "Too long."))
        .await
        .unwrap();
    fixture.rate(&ann, &id, (1, "up", "")).await.unwrap();
    fixture
        .rate(&bo, &id, (1, "down", "Says nothing."))
        .await
        .unwrap();
    fixture.rate(&bo, &id, (2, "up", "")).await.unwrap();

    let own = fixture.feedback(&ann, &id).await.unwrap();
    let [it] = &own[..] else { panic!("{own:?}") };
    assert_eq!(
        (it.paragraph, it.vote.as_str(), it.reason.as_str()),
        (1, "up", "")
    );
    assert!(it.all.is_none(), "what others think is not for everybody");

    let all = fixture.feedback(&bo, &id).await.unwrap();
    assert_eq!(all.len(), 2);
    let first = all[0].all.as_ref().unwrap();
    assert_eq!((first.up, first.down), (1, 1));
    assert_eq!(first.reasons, ["Says nothing."]);
    assert_eq!(all[0].vote, "down");

    fixture.rate(&ann, &id, (1, "none", "")).await.unwrap();
    assert!(fixture.feedback(&ann, &id).await.unwrap().is_empty());
    let left = fixture.feedback(&bo, &id).await.unwrap();
    assert_eq!(left[0].all.as_ref().unwrap().up, 0);
}

#[tokio::test]
async fn only_what_is_there_is_rated_and_only_by_oneself() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let id = fixture.written(tenant, "Expired certificate").await;
    let ann = member(tenant, Role::Viewer);
    for (said, field) in [
        ((0, "up", ""), "paragraph"),
        ((200, "up", ""), "paragraph"),
        ((1, "sideways", ""), "vote"),
        ((1, "up", "\0"), "reason"),
    ] {
        let fault = fixture.rate(&ann, &id, said).await.unwrap_err();
        assert_eq!(fault.fields()[0].field, field, "{said:?}");
    }
    let stranger = member(organization(), Role::Owner);
    let fault = fixture
        .rate(&stranger, &id, (1, "up", ""))
        .await
        .unwrap_err();
    assert_eq!(fault.code(), "report.not_found");
    let fault = fixture.feedback(&stranger, &id).await.unwrap_err();
    assert_eq!(fault.code(), "report.not_found");
    let nobody = member(tenant, Role::Member);
    let fault = fixture.rate(&nobody, &id, (1, "up", "")).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Forbidden);
}
