//! How an organization's documents look.
use wt_fault::{Fault, Kind};
use wt_model::Role;
use wt_proto::report::{ReportBranding, RequestReportRequest};

use crate::{
    fixture::{Fixture, member, organization},
    standing::stands,
};

fn acme(color: &str) -> ReportBranding {
    ReportBranding {
        name: "Acme <Ltd>".to_owned(),
        color: color.to_owned(),
        footer: "For your eyes only".to_owned(),
    }
}

#[tokio::test]
async fn a_report_carries_its_organizations_name_colour_and_foot() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    stands(&fixture, tenant, "Expired certificate");
    let admin = member(tenant, Role::Admin);
    assert_eq!(fixture.branding(&admin).await.unwrap().name, "Watchtower");
    fixture.brand(&admin, acme("#9B1C31")).await.unwrap();
    assert_eq!(fixture.branding(&admin).await.unwrap().color, "#9b1c31");
    let asked = fixture
        .ask(&admin, RequestReportRequest::default())
        .await
        .unwrap();
    fixture.settled(&admin, &asked.id, "ready").await;
    let html = fixture.content(&admin, &asked.id, "html").await.unwrap();
    for said in [
        "Acme &lt;Ltd&gt;",
        "--brand: #9b1c31",
        "<footer>For your eyes only</footer>",
    ] {
        assert!(html.contains(said), "{said}\n{html}");
    }
    let stranger = member(organization(), Role::Owner);
    assert_eq!(
        fixture.branding(&stranger).await.unwrap().name,
        "Watchtower"
    );
}

#[tokio::test]
async fn who_may_not_change_the_organization_brands_nothing_and_no_colour_is_unreadable() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let operator = member(tenant, Role::Operator);
    let fault = fixture.brand(&operator, acme("#000000")).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Forbidden);
    let owner = member(tenant, Role::Owner);
    let fault = fixture.brand(&owner, acme("#ffff00")).await.unwrap_err();
    assert_eq!(
        (fault.kind(), fault.fields()[0].field.as_str()),
        (Kind::Invalid, "color")
    );
}
