//! What people think of the paragraphs of a report: each says it once and may change it; what all said is
//! for who writes reports.

use serde_json::json;
use wt_auth::{AuthFault, may};
use wt_model::{Permission, Principal};
use wt_proto::report;

use super::{
    Api,
    get_report_content::{CONTENT_BYTES_MAX, stored_key},
    report_id,
};
use crate::{
    domain::{
        feedback::{Vote, paragraphs, reason},
        form::Form,
    },
    error::ReportFault,
    store::{self, feedback::FeedbackRow},
};

/// Reasons shown of a paragraph.
const REASONS_MAX: i32 = 20;

/// What was said of a report.
pub(super) async fn get_feedback(
    api: &Api,
    principal: &Principal,
    request: report::GetReportFeedbackRequest,
) -> Result<report::GetReportFeedbackResponse, ReportFault> {
    may(principal, Permission::ReportsRead)?;
    let sees_all = may(principal, Permission::ReportsCreate).is_ok();
    let id = report_id(&request.report_id)?;
    let mut tx = api.pool.begin_read(principal, "get_feedback").await?;
    let found = store::report::find_by_id(&mut tx, id).await?;
    found.ok_or(ReportFault::Unknown)?;
    let rows = store::feedback::list(&mut tx, id, &principal.sub, REASONS_MAX).await?;
    tx.commit().await?;
    let shown = rows.into_iter().map(|row| shown(row, sees_all));
    Ok(report::GetReportFeedbackResponse {
        // Of others alone there is nothing to tell who sees only their own.
        paragraphs: shown
            .filter(|it| it.all.is_some() || !it.vote.is_empty())
            .collect(),
    })
}

/// Says something of a paragraph, or takes it back.
pub(super) async fn put_feedback(
    api: &Api,
    principal: &Principal,
    request: report::PutReportFeedbackRequest,
) -> Result<report::PutReportFeedbackResponse, ReportFault> {
    let tenant = may(principal, Permission::ReportsRead)?.tenant_key();
    // What somebody thinks is for them alone to say.
    if principal.act.is_some() {
        return Err(AuthFault::Impersonating.into());
    }
    let id = report_id(&request.report_id)?;
    let vote = Vote::of(&request.vote)?;
    let reason = reason(&request.reason)?;
    let mut tx = api.pool.begin_read(principal, "find_report").await?;
    let row = store::report::find_by_id(&mut tx, id).await?;
    tx.commit().await?;
    let key = stored_key(tenant, id, row.ok_or(ReportFault::Unknown)?, Form::Markdown)?;
    let text = api.artifacts.get(&key, CONTENT_BYTES_MAX).await?;
    let paragraph = nth(request.paragraph, &String::from_utf8_lossy(&text))?;
    let mut tx = api.pool.begin(principal, "put_feedback").await?;
    match vote {
        Some(vote) => {
            let said = (vote, reason);
            store::feedback::put(&mut tx, id, paragraph, &principal.sub, said).await?;
        }
        None => store::feedback::delete(&mut tx, id, paragraph, &principal.sub).await?,
    }
    let after = json!({ "paragraph": paragraph, "vote": request.vote });
    wt_audit::record(&mut tx, "report.rate", &id.to_string(), None, Some(&after)).await?;
    tx.commit().await?;
    Ok(report::PutReportFeedbackResponse {})
}

/// The number of a paragraph that the text has.
fn nth(asked: u32, markdown: &str) -> Result<i32, ReportFault> {
    let many = paragraphs(markdown);
    let nth = i32::try_from(asked).unwrap_or_default();
    if (1..=many).contains(&usize::try_from(nth).unwrap_or_default()) {
        Ok(nth)
    } else {
        let reason = format!("expected 1 to {many}: as many as the report has");
        Err(ReportFault::field("paragraph", reason))
    }
}

fn shown(row: FeedbackRow, sees_all: bool) -> report::ParagraphFeedback {
    let count = |many: i64| u32::try_from(many).unwrap_or_default();
    let all = report::FeedbackCounts {
        up: count(row.up),
        down: count(row.down),
        reasons: row.reasons,
    };
    report::ParagraphFeedback {
        paragraph: u32::try_from(row.paragraph).unwrap_or_default(),
        vote: row.vote.unwrap_or_default(),
        reason: row.reason.unwrap_or_default(),
        all: sees_all.then_some(all),
    }
}
