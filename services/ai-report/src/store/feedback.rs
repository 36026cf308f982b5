//! `report.feedback`.

use wt_model::ReportId;
use wt_pg::{PgFault, TenantTx};

use crate::domain::feedback::Vote;

/// What is said of one paragraph.
#[derive(Debug)]
pub(crate) struct FeedbackRow {
    pub(crate) paragraph: i32,
    /// Of who asks.
    pub(crate) vote: Option<String>,
    pub(crate) reason: Option<String>,
    /// Of all.
    pub(crate) up: i64,
    pub(crate) down: i64,
    /// The newest.
    pub(crate) reasons: Vec<String>,
}

/// What is said of the paragraphs of a report, of which something is; at most `most` reasons each.
pub(crate) async fn list(
    tx: &mut TenantTx,
    report: ReportId,
    user: &str,
    most: i32,
) -> Result<Vec<FeedbackRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        FeedbackRow,
        r#"select paragraph,
                  max(vote) filter (where user_id = $3) as "vote?",
                  max(reason) filter (where user_id = $3) as "reason?",
                  count(*) filter (where vote = 'up') as "up!",
                  count(*) filter (where vote = 'down') as "down!",
                  coalesce((array_agg(reason order by at desc) filter (where reason <> ''))[1:$4],
                           '{}') as "reasons!: Vec<String>"
           from report.feedback
           where tenant_key = $1 and report_id = $2
           group by paragraph
           order by paragraph"#,
        tenant,
        report.to_string(),
        user,
        most,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Keeps what somebody says of a paragraph, in the place of what they said before.
pub(crate) async fn put(
    tx: &mut TenantTx,
    report: ReportId,
    paragraph: i32,
    user: &str,
    (vote, reason): (Vote, &str),
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into report.feedback (tenant_key, report_id, paragraph, user_id, vote, reason)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_key, report_id, paragraph, user_id)
         do update set vote = excluded.vote, reason = excluded.reason, at = now()",
        tenant,
        report.to_string(),
        paragraph,
        user,
        vote.as_str(),
        reason,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets what somebody said of a paragraph.
pub(crate) async fn delete(
    tx: &mut TenantTx,
    report: ReportId,
    paragraph: i32,
    user: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from report.feedback
         where tenant_key = $1 and report_id = $2 and paragraph = $3 and user_id = $4",
        tenant,
        report.to_string(),
        paragraph,
        user,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
