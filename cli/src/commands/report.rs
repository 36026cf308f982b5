//! `report …`.
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use super::Work;
use crate::{
    args::Report,
    fault::CliFault,
    output::{Column, bytes_to_file_or_stdout, column, list, object},
};

const COLUMNS: [Column; 5] = [
    column("id", "/id"),
    column("run", "/run_id"),
    column("state", "/state"),
    column("created", "/created_at"),
    column("title", "/title"),
];
const SHARES: [Column; 5] = [
    column("id", "/id"),
    column("ends", "/expires_at"),
    column("revoked", "/revoked_at"),
    column("opened", "/opened"),
    column("by", "/created_by"),
];
/// Most reports listed.
const ROWS_MAX: usize = 1_000;
/// Between two looks: a report takes a second or two.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Work {
    pub(super) async fn report(&self, command: Report) -> Result<(), CliFault> {
        match command {
            Report::Create {
                run,
                kind,
                filter,
                view,
                since,
                until,
                wait,
            } => {
                let asked = [
                    ("kind", Some(kind)),
                    ("run_id", run),
                    ("filter", filter),
                    ("view_id", view),
                    ("since", since),
                    ("until", until),
                ];
                let asked: Map<String, Value> = asked
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
                    .collect();
                let mut report = self.api.post("/reports", &asked.into()).await?;
                if let Some(patience) = wait {
                    report = self.await_report(report, patience).await?;
                }
                object(&self.global, &report)
            }
            Report::List => {
                let rows = self.api.list("/reports", &[], ROWS_MAX).await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Report::Share { report, days } => {
                let path = format!("/reports/{report}/shares");
                let made = self.api.post(&path, &json!({ "days": days })).await?;
                object(&self.global, &made)
            }
            Report::Shares { report } => {
                let path = format!("/reports/{report}/shares");
                let rows = self.api.list(&path, &[], ROWS_MAX).await?;
                list(&self.global, &SHARES, &rows)
            }
            Report::Unshare { report, share } => {
                let path = format!("/reports/{report}/shares/{share}");
                self.api.delete(&path).await?;
                Ok(())
            }
            Report::Get {
                report,
                format,
                file,
            } => {
                let path = format!("/reports/{report}/content");
                let bytes = self.api.get_bytes(&path, &[("format", format)]).await?;
                bytes_to_file_or_stdout(&self.global, file.as_deref(), &bytes)
            }
        }
    }

    async fn await_report(&self, report: Value, patience: Duration) -> Result<Value, CliFault> {
        let id = report
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let deadline = Instant::now() + patience;
        loop {
            let report = self.api.get(&format!("/reports/{id}"), &[]).await?;
            match report.get("state").and_then(Value::as_str) {
                Some("ready") => return Ok(report),
                Some("failed") => {
                    let reason = report
                        .get("reason")
                        .and_then(Value::as_str)
                        .unwrap_or_default();
                    return Err(CliFault::Incomplete(format!(
                        "the report could not be written: {}",
                        crate::output::safe(reason)
                    )));
                }
                _ if Instant::now() > deadline => {
                    return Err(CliFault::TimedOut(format!(
                        "report {id} is not written yet"
                    )));
                }
                _ => sleep(LOOK_EVERY).await,
            }
        }
    }
}
