//! `report.reports`.

use std::time::Duration;

use time::OffsetDateTime;
use wt_model::{Limit, ReportId, RunId, TenantKey, TypedId as _};
use wt_pg::{Cursor, PgFault, PlatformTx, TenantTx};

use crate::{
    domain::subject::{Period, ReportKind, Subject},
    error::ReportFault,
};

/// A report as people see it.
#[derive(Debug, Clone)]
pub(crate) struct ReportRow {
    pub(crate) id: String,
    pub(crate) run_id: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) title: String,
    pub(crate) requested_by: String,
    pub(crate) markdown_key: Option<String>,
    pub(crate) html_key: Option<String>,
    pub(crate) pdf_key: Option<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) ready_at: Option<OffsetDateTime>,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) filter: String,
    pub(crate) view_name: String,
    pub(crate) since: Option<OffsetDateTime>,
    pub(crate) until: Option<OffsetDateTime>,
    pub(crate) schedule_id: String,
}

/// A report to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Its name.
    pub(crate) id: ReportId,
    /// For whom.
    pub(crate) kind: ReportKind,
    /// What about.
    pub(crate) subject: &'a Subject,
    /// Who asked, or made the schedule.
    pub(crate) by: &'a str,
    /// The schedule that asked; empty for none.
    pub(crate) schedule: &'a str,
}

/// A report that is being written.
#[derive(Debug, Clone)]
pub(crate) struct PendingRow {
    /// Where its artifacts lie: the run it is about, or its own.
    pub(crate) run_id: RunId,
    /// For whom.
    pub(crate) kind: ReportKind,
    /// What about.
    pub(crate) subject: Subject,
    /// Claims so far, this one included.
    pub(crate) attempts: i32,
    /// The schedule that asked for it; empty for somebody.
    pub(crate) schedule: String,
    /// Who asked, or made the schedule.
    pub(crate) requested_by: String,
}

/// What was written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a> {
    /// Heading.
    pub(crate) title: &'a str,
    /// Key of the Markdown form.
    pub(crate) markdown_key: &'a str,
    /// Key of the HTML form.
    pub(crate) html_key: &'a str,
    /// Key of the PDF.
    pub(crate) pdf_key: &'a str,
}

/// Asks for a report unless one of this run is being written.
pub(crate) async fn insert_unless_under_way(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (word, filter, view, period) = match asked.subject {
        Subject::Run(_) => ("run", "", "", None),
        Subject::Exposures {
            filter,
            view,
            period,
        } => ("exposures", filter.as_str(), view.as_str(), Some(period)),
    };
    let done = sqlx::query!(
        "insert into report.reports
             (tenant_key, id, run_id, requested_by, kind, subject, filter, view_name, since, until,
              schedule_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (tenant_key, run_id) where state = 'requested' do nothing",
        tenant,
        asked.id.to_string(),
        place(asked.id, asked.subject).to_string(),
        asked.by,
        asked.kind.word(),
        word,
        filter,
        view,
        period.map(|period| period.since),
        period.map(|period| period.until),
        asked.schedule,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The run artifacts of a report lie under: that which it is about, or one of its own.
fn place(id: ReportId, subject: &Subject) -> RunId {
    match subject {
        Subject::Run(run) => *run,
        Subject::Exposures { .. } => RunId::from_ulid(id.ulid()),
    }
}

/// The report of a run that is being written for these readers.
pub(crate) async fn find_under_way(
    tx: &mut TenantTx,
    run: RunId,
    kind: ReportKind,
) -> Result<Option<ReportRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ReportRow,
        "select id, run_id, state, reason, title, requested_by, markdown_key, html_key, pdf_key,
                created_at, ready_at, kind, subject, filter, view_name, since, until,
                schedule_id
         from report.reports
         where tenant_key = $1 and run_id = $2 and state = 'requested' and kind = $3",
        tenant,
        run.to_string(),
        kind.word(),
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// One report.
pub(crate) async fn find_by_id(
    tx: &mut TenantTx,
    id: ReportId,
) -> Result<Option<ReportRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ReportRow,
        "select id, run_id, state, reason, title, requested_by, markdown_key, html_key, pdf_key,
                created_at, ready_at, kind, subject, filter, view_name, since, until,
                schedule_id
         from report.reports
         where tenant_key = $1 and id = $2",
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// A page of reports, newest first, with one row more than asked for.
pub(crate) async fn page(
    tx: &mut TenantTx,
    run: Option<RunId>,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<ReportRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let run = run.map(|run| run.to_string());
    let (at, id) = after.map(Cursor::position).unzip();
    Ok(sqlx::query_as!(
        ReportRow,
        "select id, run_id, state, reason, title, requested_by, markdown_key, html_key, pdf_key,
                created_at, ready_at, kind, subject, filter, view_name, since, until,
                schedule_id
         from report.reports
         where tenant_key = $1
           and ($2::text is null or run_id = $2)
           and ($3::timestamptz is null or (created_at, id) < ($3, $4))
         order by created_at desc, id desc
         limit $5",
        tenant,
        run,
        at,
        id,
        limit.as_i64() + 1,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Takes due reports of any organization for `lease`; keys only.
pub(crate) async fn claim(
    tx: &mut PlatformTx,
    limit: i32,
    lease: Duration,
) -> Result<Vec<(TenantKey, ReportId)>, ReportFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", id as "id!"
           from report.claim_reports($1, make_interval(secs => $2))"#,
        limit,
        lease.as_secs_f64(),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| {
            let place = |column: &str| format!("report.reports.{column} of {}", row.id);
            let tenant = row
                .tenant_key
                .parse()
                .map_err(|error| ReportFault::inconsistent(place("tenant_key"), error))?;
            let id = row
                .id
                .parse()
                .map_err(|error| ReportFault::inconsistent(place("id"), error))?;
            Ok((tenant, id))
        })
        .collect()
}

/// A report to write; `None` when it was settled meanwhile.
pub(crate) async fn find_pending(
    tx: &mut TenantTx,
    id: ReportId,
) -> Result<Option<PendingRow>, ReportFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select run_id, attempts, kind, subject, filter, view_name, since, until,
                schedule_id, requested_by
         from report.reports
         where tenant_key = $1 and id = $2 and state = 'requested'",
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    let Some(row) = row else { return Ok(None) };
    let place = |column: &str| format!("report.reports.{column} of {id}");
    let run_id: RunId = row
        .run_id
        .parse()
        .map_err(|error| ReportFault::inconsistent(place("run_id"), error))?;
    let kind = ReportKind::of(&row.kind)
        .ok_or_else(|| ReportFault::inconsistent(place("kind"), row.kind.clone()))?;
    let subject = match (row.subject.as_str(), row.since, row.until) {
        ("run", _, _) => Subject::Run(run_id),
        ("exposures", Some(since), Some(until)) => Subject::Exposures {
            filter: row.filter,
            view: row.view_name,
            period: Period { since, until },
        },
        _ => return Err(ReportFault::inconsistent(place("subject"), row.subject)),
    };
    Ok(Some(PendingRow {
        run_id,
        kind,
        subject,
        attempts: row.attempts,
        schedule: row.schedule_id,
        requested_by: row.requested_by,
    }))
}

/// The report is written. False when another replica was first.
pub(crate) async fn mark_ready(
    tx: &mut TenantTx,
    id: ReportId,
    written: Written<'_>,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update report.reports
         set state = 'ready', ready_at = now(), title = $3, markdown_key = $4, html_key = $5,
             pdf_key = $6, last_error = ''
         where tenant_key = $1 and id = $2 and state = 'requested'",
        tenant,
        id.to_string(),
        written.title,
        written.markdown_key,
        written.html_key,
        written.pdf_key,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The report will not be written. `reason` is for people, `error` for the operator.
pub(crate) async fn mark_failed(
    tx: &mut TenantTx,
    id: ReportId,
    reason: &str,
    error: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update report.reports
         set state = 'failed', reason = $3, last_error = $4
         where tenant_key = $1 and id = $2 and state = 'requested'",
        tenant,
        id.to_string(),
        reason,
        error,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a report off.
pub(crate) async fn put_off(
    tx: &mut TenantTx,
    id: ReportId,
    wait: Duration,
    error: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update report.reports
         set next_attempt_at = now() + make_interval(secs => $3), last_error = $4
         where tenant_key = $1 and id = $2 and state = 'requested'",
        tenant,
        id.to_string(),
        wait.as_secs_f64(),
        error,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
