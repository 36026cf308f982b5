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
        logo: None,
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

/// A picture of one colour, with a comment that is nobody's business.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let comment = encoder.add_text_chunk("Comment".to_owned(), "taken at home".to_owned());
    comment.unwrap();
    let mut writer = encoder.write_header().unwrap();
    let pixels = vec![0x80; usize::try_from(width * height).unwrap()];
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}

#[tokio::test]
async fn a_report_carries_the_logo_until_it_is_removed() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    stands(&fixture, tenant, "Expired certificate");
    let admin = member(tenant, Role::Admin);
    assert_eq!(fixture.branding(&admin).await.unwrap().logo, None);
    let fault = fixture.logo(&admin).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::NotFound);
    let shown = fixture.put_logo(&admin, picture(40, 20)).await.unwrap();
    let logo = shown.logo.unwrap();
    assert_eq!((logo.width, logo.height), (40, 20));
    let kept = fixture.logo(&admin).await.unwrap();
    assert!(
        !kept
            .windows(4)
            .any(|part| part == b"tEXt" || part == b"home")
    );
    // What else is branded stays, and leaves the logo.
    let branded = fixture.brand(&admin, acme("#000000")).await.unwrap();
    assert_eq!(branded.logo, Some(logo));

    let written = async || {
        let asked = fixture.ask(&admin, RequestReportRequest::default());
        let asked = asked.await.unwrap();
        fixture.settled(&admin, &asked.id, "ready").await;
        let html = fixture.content(&admin, &asked.id, "html").await.unwrap();
        let pdf = fixture.whole_content(&admin, &asked.id, "pdf").await;
        let has = |part: &[u8], bytes: &[u8]| bytes.windows(part.len()).any(|at| at == part);
        (
            html.contains("src=\"data:image/png;base64,iVBORw0KGgo"),
            has(b"/Subtype/Image", &pdf.unwrap().data),
        )
    };
    assert_eq!(written().await, (true, true));
    let stranger = member(organization(), Role::Owner);
    let fault = fixture.logo(&stranger).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::NotFound);
    fixture.remove_logo(&stranger).await.unwrap();
    assert!(fixture.logo(&admin).await.is_ok());

    fixture.remove_logo(&admin).await.unwrap();
    fixture.remove_logo(&admin).await.unwrap();
    assert_eq!(fixture.branding(&admin).await.unwrap().logo, None);
    assert_eq!(written().await, (false, false));
    assert_eq!(
        fixture.audited(tenant).await,
        [
            "report.logo.set",
            "report.branding.set",
            "report.logo.remove"
        ]
    );
}

#[tokio::test]
async fn what_is_no_picture_is_refused_by_name_and_leaves_the_one_before() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let owner = member(tenant, Role::Owner);
    fixture.put_logo(&owner, picture(40, 20)).await.unwrap();
    let before = fixture.logo(&owner).await.unwrap();
    let mut cut = picture(40, 20);
    cut.truncate(cut.len() - 20);
    for (wrong, said) in [
        (b"<svg onload=\"alert(1)\"/>".to_vec(), "PNG"),
        (cut, "to its end"),
        (picture(2_001, 1), "2000 by 1000 pixels"),
        (vec![0; (256 << 10) + 1], "256 kB"),
    ] {
        let fault = fixture.put_logo(&owner, wrong).await.unwrap_err();
        let [field] = fault.fields().try_into().unwrap();
        assert_eq!(
            (fault.kind(), field.field.as_str()),
            (Kind::Invalid, "logo")
        );
        assert!(field.reason.contains(said), "{}", field.reason);
    }
    let operator = member(tenant, Role::Operator);
    let fault = fixture.put_logo(&operator, picture(1, 1)).await;
    assert_eq!(fault.unwrap_err().kind(), Kind::Forbidden);
    let fault = fixture.remove_logo(&operator).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Forbidden);
    assert_eq!(fixture.logo(&owner).await.unwrap(), before);
}
