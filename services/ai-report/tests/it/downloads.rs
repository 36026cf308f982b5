//! Addresses that open one form of one report for some minutes.
use wt_fault::{Fault, Kind};
use wt_model::{Principal, Role, TenantKey};
use wt_proto::report::{
    CreateReportDownloadRequest, CreateReportDownloadResponse, GetReportDownloadRequest,
    GetReportDownloadResponse, RequestReportRequest, report_service_client::ReportServiceClient,
};
use wt_rpc::RpcFault;

use crate::{
    fixture::{Fixture, member, organization},
    standing::stands,
};

impl Fixture {
    async fn download(
        &self,
        who: &Principal,
        id: &str,
        format: &str,
    ) -> Result<CreateReportDownloadResponse, RpcFault> {
        let message = CreateReportDownloadRequest {
            report_id: id.to_owned(),
            format: format.to_owned(),
        };
        let request = self.peer.request(Some(who), message)?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .create_report_download(request)
            .await?;
        Ok(answer.into_inner())
    }

    /// As the gateway asks, for nobody in particular.
    async fn fetch(&self, ticket: &str) -> Result<GetReportDownloadResponse, RpcFault> {
        let ticket = ticket.to_owned();
        let request = self
            .peer
            .request(None, GetReportDownloadRequest { ticket })?;
        let answer = ReportServiceClient::new(self.peer.channel())
            .get_report_download(request)
            .await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn written(&self, tenant: TenantKey, title: &str) -> String {
        stands(self, tenant, title);
        let operator = member(tenant, Role::Operator);
        let asked = self.ask(&operator, RequestReportRequest::default()).await;
        let id = asked.unwrap().id;
        self.settled(&operator, &id, "ready").await;
        id
    }
}

#[tokio::test]
async fn a_ticket_gives_one_form_to_whoever_has_it() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let id = fixture.written(tenant, "Expired certificate").await;
    let viewer = member(tenant, Role::Viewer);
    for (format, media, ending) in [
        ("pdf", "application/pdf", "pdf"),
        ("html", "text/html; charset=utf-8", "html"),
        ("markdown", "text/markdown; charset=utf-8", "md"),
    ] {
        let made = fixture.download(&viewer, &id, format).await.unwrap();
        // A directory has no address of its own.
        assert_eq!(made.url, "");
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let left = made.expires_at.unwrap().seconds - now;
        assert!((200..=300).contains(&left), "{left} s");
        let got = fixture.fetch(&made.ticket).await.unwrap();
        assert_eq!(got.content_type, media);
        assert_eq!(got.file_name, format!("{id}.{ending}"));
        let whole = fixture.whole_content(&viewer, &id, format).await.unwrap();
        let whole = if format == "pdf" {
            whole.data
        } else {
            whole.content.into_bytes()
        };
        assert_eq!(got.data, whole);
    }
}

#[tokio::test]
async fn a_ticket_that_was_changed_opens_nothing_of_anybody() {
    let fixture = Fixture::start().await;
    let (ours, theirs) = (organization(), organization());
    let our_report = fixture.written(ours, "Ours").await;
    let their_report = fixture.written(theirs, "Theirs").await;
    let viewer = member(ours, Role::Viewer);
    let made = fixture.download(&viewer, &our_report, "pdf").await.unwrap();
    let ticket = made.ticket;
    assert!(fixture.fetch(&ticket).await.is_ok());
    for changed in [
        ticket.replace(&our_report, &their_report),
        ticket.replace(&ours.to_string(), &theirs.to_string()),
        ticket
            .replace(&ours.to_string(), &theirs.to_string())
            .replace(&our_report, &their_report),
        ticket.replace(".pdf.", ".html."),
        format!("{ticket}A"),
        ticket[..ticket.len() - 1].to_owned(),
        String::new(),
    ] {
        let fault = fixture.fetch(&changed).await.unwrap_err();
        assert_eq!(fault.code(), "report.download_over", "{changed}");
        assert_eq!(fault.kind(), Kind::NotFound);
    }
}

#[tokio::test]
async fn a_ticket_is_made_only_for_who_may_read_of_what_is_there_and_ready() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let id = fixture.written(tenant, "Expired certificate").await;
    let viewer = member(tenant, Role::Viewer);
    let stranger = member(organization(), Role::Owner);
    let fault = fixture.download(&stranger, &id, "pdf").await.unwrap_err();
    assert_eq!(fault.code(), "report.not_found");
    let nobody = Principal {
        roles: std::collections::BTreeSet::new(),
        ..viewer.clone()
    };
    let fault = fixture.download(&nobody, &id, "pdf").await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Forbidden);
    let fault = fixture.download(&viewer, &id, "docx").await.unwrap_err();
    assert_eq!(fault.fields()[0].field, "format");
    // Standing goes away: the next report stays unwritten.
    fixture.results.refuses(tenant, "ListExposures", 14);
    let operator = member(tenant, Role::Operator);
    let asked = fixture
        .ask(&operator, RequestReportRequest::default())
        .await
        .unwrap();
    let fault = fixture
        .download(&viewer, &asked.id, "pdf")
        .await
        .unwrap_err();
    assert_eq!(fault.code(), "report.not_ready");
}
