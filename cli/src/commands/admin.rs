//! `admin …`: what the platform's staff see and do where scans or news do not go on.
use serde_json::{Value, json};

use super::{Work, given, people::sure};
use crate::{
    args::{Admin, Dlq, Redrive, Stuck},
    fault::CliFault,
    output::{Column, column, list, object, print, say},
};

const CONSUMERS: [Column; 8] = [
    column("consumer", "/consumer"),
    column("there", "/is_there"),
    column("waiting", "/waiting"),
    column("in progress", "/in_progress"),
    column("redelivered", "/redelivered"),
    column("listening", "/listening"),
    column("dead letters", "/dead_letters"),
    column("oldest", "/oldest_at"),
];
const ORGANIZATIONS: [Column; 5] = [
    column("organization", "/tenant_key"),
    column("waiting", "/waiting"),
    column("running", "/running"),
    column("processing", "/processing"),
    column("oldest waits since", "/oldest_waiting_at"),
];
const WORKERS: [Column; 4] = [
    column("worker", "/worker_id"),
    column("pool", "/pool"),
    column("jobs", "/jobs"),
    column("heard of", "/heard_at"),
];
const RUNS: [Column; 6] = [
    column("run", "/run_id"),
    column("organization", "/tenant_key"),
    column("state", "/state"),
    column("heard of", "/heard_at"),
    column("why", "/reason"),
    column("what to do", "/advice"),
];
const LETTERS: [Column; 6] = [
    column("letter", "/sequence"),
    column("consumer", "/consumer"),
    column("type", "/type"),
    column("organization", "/tenant_key"),
    column("died", "/died_at"),
    column("error", "/error"),
];
/// Most rows listed.
const ROWS_MAX: usize = 1_000;

impl Work {
    pub(super) async fn admin(&self, command: Admin) -> Result<(), CliFault> {
        match command {
            Admin::Queue => self.queue().await,
            Admin::Stuck { command } => self.stuck(command.unwrap_or(Stuck::List)).await,
            Admin::Dlq { command } => self.dlq(command).await,
        }
    }

    async fn queue(&self) -> Result<(), CliFault> {
        let queue = self.api.get("/admin/queue", &[]).await?;
        if self.global.format()?.is_for_programs() {
            return object(&self.global, &queue);
        }
        list(&self.global, &CONSUMERS, &rows(&queue, "consumers"))?;
        for (columns, name) in [
            (&WORKERS[..], "workers"),
            (&ORGANIZATIONS[..], "organizations"),
        ] {
            let rows = rows(&queue, name);
            if !rows.is_empty() {
                print("");
                list(&self.global, columns, &rows)?;
            }
        }
        let count = |name| queue.get(name).and_then(Value::as_u64).unwrap_or(0);
        if !self.global.quiet {
            say(&format!(
                "{} dead letters, {} stuck runs",
                count("dead_letters"),
                count("stuck_runs")
            ));
        }
        Ok(())
    }

    async fn stuck(&self, command: Stuck) -> Result<(), CliFault> {
        match command {
            Stuck::List => {
                let rows = self.api.list("/admin/stuck-runs", &[], ROWS_MAX).await?;
                list(&self.global, &RUNS, &rows)
            }
            Stuck::Dispatch { run } => {
                let path = format!("/admin/stuck-runs/{run}/dispatch");
                let answer = self.api.post(&path, &json!({})).await?;
                object(&self.global, &answer)
            }
            Stuck::Cancel { run, reason } => {
                let path = format!("/admin/stuck-runs/{run}/cancel");
                let answer = self.api.post(&path, &json!({ "reason": reason })).await?;
                object(&self.global, &answer)
            }
        }
    }

    async fn dlq(&self, command: Dlq) -> Result<(), CliFault> {
        match command {
            Dlq::List { consumer } => {
                let query = given(&[("consumer", consumer.as_deref())]);
                let rows = self.api.list("/admin/dead-letters", &query, ROWS_MAX);
                list(&self.global, &LETTERS, &rows.await?)
            }
            Dlq::Show { letter } => self.letter(letter).await,
            Dlq::Redrive(Redrive { letter, consumer }) => {
                let answer = match (letter, consumer) {
                    (Some(letter), _) => {
                        let path = format!("/admin/dead-letters/{letter}/redrive");
                        self.api.post(&path, &json!({})).await?
                    }
                    (None, consumer) => {
                        let body = json!({ "consumer": consumer });
                        self.api.post("/admin/dead-letters/redrive", &body).await?
                    }
                };
                object(&self.global, &answer)
            }
            Dlq::Discard {
                letter,
                reason,
                yes,
            } => {
                sure(yes)?;
                let path = format!("/admin/dead-letters/{letter}/discard");
                let body = json!({ "reason": reason });
                self.api.post(&path, &body).await.map(|_done| ())
            }
        }
    }

    async fn letter(&self, letter: u64) -> Result<(), CliFault> {
        let path = format!("/admin/dead-letters/{letter}");
        let opened = self.api.get(&path, &[]).await?;
        if self.global.format()?.is_for_programs() {
            return object(&self.global, &opened);
        }
        object(&self.global, opened.get("letter").unwrap_or(&Value::Null))?;
        let facts = rows(&opened, "facts");
        if !facts.is_empty() {
            print("");
            let columns = [column("says", "/name"), column("", "/value")];
            list(&self.global, &columns, &facts)?;
        }
        Ok(())
    }
}

fn rows(answer: &Value, name: &str) -> Vec<Value> {
    let rows = answer.get(name).and_then(Value::as_array);
    rows.cloned().unwrap_or_default()
}
