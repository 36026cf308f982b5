//! The paper of a standing: what each reader gets.

use time::{Duration, OffsetDateTime};
use wt_model::{ExposureState, Severity};
use wt_paper::{Brand, markdown};

use super::{About, paper};
use crate::domain::{
    standing::{Changes, Standing, tests::open},
    subject::{Period, ReportKind},
};

fn about(kind: ReportKind) -> About<'static> {
    let until = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    About {
        kind,
        filter: "severity>=high",
        view: "",
        period: Period {
            since: until - Duration::days(7),
            until,
        },
    }
}

fn text(kind: ReportKind, standing: &Standing) -> String {
    let paper = paper(
        &about(kind),
        standing,
        Brand::default(),
        "https://wt.example/o/org_1",
    );
    markdown(&paper)
}

fn standing() -> Standing {
    let mut silent = open("exp1_b", Severity::Low, 5);
    silent.state = ExposureState::Unresponsive;
    silent.sla = "breached".to_owned();
    Standing {
        open: vec![open("exp1_a", Severity::High, 40), silent],
        more: false,
        changes: Some(Changes::default()),
    }
}

#[test]
fn who_decides_gets_the_first_and_who_mends_gets_all() {
    let executive = text(ReportKind::Executive, &standing());
    let technical = text(ReportKind::Technical, &standing());
    assert!(
        executive.starts_with("# Summary on severity\\>\\=high"),
        "{executive}"
    );
    for said in [
        "2 exposures are open or unresponsive",
        "1 of them are past their deadline",
        "no proof of a fix",
        "Open by severity\\: critical 0, high 1",
        "Nothing changed in this period",
        "https://wt.example/o/org_1/exposures/exp1_a",
    ] {
        assert!(
            executive.contains(said) && technical.contains(said),
            "{said}\n{executive}"
        );
    }
    assert!(!executive.contains("Everything that is open"));
    assert!(technical.contains("Everything that is open"));
}

#[test]
fn what_is_missing_is_said() {
    let mut standing = standing();
    standing.more = true;
    standing.changes = None;
    let text = text(ReportKind::Technical, &standing);
    assert!(text.contains("more than 2 exposures") && text.contains("the rest is not"));
    assert!(text.contains("What changed is left out") && !text.contains("Every change"));
}
