//! `scan …`.
use serde_json::{Value, json};

use super::{Work, given};
use crate::{
    args::{Patience, Scan, ScanRun},
    fault::CliFault,
    follow,
    output::{Column, column, list, object, safe, say},
};

const COLUMNS: [Column; 6] = [
    column("id", "/id"),
    column("kind", "/kind"),
    column("profile", "/profile"),
    column("state", "/state"),
    column("created", "/created_at"),
    column("reason", "/reason"),
];
/// Most runs listed.
const ROWS_MAX: usize = 1_000;

impl Work {
    pub(super) async fn scan(&self, command: Scan) -> Result<(), CliFault> {
        match command {
            Scan::Run(run) => self.run(run).await,
            Scan::List { state, asset } => {
                let asset = match asset {
                    Some(asset) => Some(self.asset_id(&asset).await?),
                    None => None,
                };
                let query = given(&[("state", state.as_deref()), ("asset_id", asset.as_deref())]);
                let rows = self.api.list("/scans", &query, ROWS_MAX).await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Scan::Show { run } => {
                let run = self.api.get(&format!("/scans/{run}"), &[]).await?;
                self.say_notice(&run);
                object(&self.global, &run)
            }
            Scan::Follow { run, patience } => {
                let run = self.api.get(&format!("/scans/{run}"), &[]).await?;
                self.follow(&run, patience).await.map(|_run| ())
            }
            Scan::Rerun {
                run,
                follow,
                dry_run,
                patience,
            } => {
                let path = format!("/scans/{run}/rerun");
                let answer = self.api.post(&path, &json!({ "dry_run": dry_run })).await?;
                self.begun(&answer, follow, patience).await
            }
            Scan::Cancel { run, reason } => {
                let path = format!("/scans/{run}/cancel");
                let run = self.api.post(&path, &json!({"reason": reason})).await?;
                object(&self.global, &run)
            }
        }
    }

    async fn run(&self, run: ScanRun) -> Result<(), CliFault> {
        let mut assets = Vec::new();
        for asset in &run.asset {
            assets.push(self.asset_id(asset).await?);
        }
        let pool = match &run.pool {
            Some(pool) => Some(self.pool_id(pool).await?),
            None => None,
        };
        let answer = self
            .api
            .post(
                "/scans",
                &json!({
                    "asset_ids": assets, "profile": run.profile, "policy": run.policy,
                    "ports": run.ports, "dry_run": run.dry_run, "pool": pool,
                }),
            )
            .await?;
        self.begun(&answer, run.follow, run.patience).await
    }

    /// Says what came of requesting a run, and watches it if asked to.
    async fn begun(
        &self,
        answer: &Value,
        follow: bool,
        patience: Patience,
    ) -> Result<(), CliFault> {
        self.say_refused(answer);
        self.say_notice(answer);
        if follow {
            return self.follow(answer, patience).await.map(|_run| ());
        }
        object(&self.global, answer)
    }

    /// Watches a run to its end, prints it, and fails unless it completed.
    pub(super) async fn follow(&self, run: &Value, patience: Patience) -> Result<Value, CliFault> {
        let run = follow::to_end(&self.api, &self.global, run, patience.timeout).await?;
        object(&self.global, &run)?;
        follow::require_completed(&run)?;
        Ok(run)
    }

    /// Why a run does not go on, such as a pool without workers.
    fn say_notice(&self, run: &Value) {
        let notice = run.get("notice").and_then(Value::as_str);
        if let Some(notice) = notice
            && !self.global.quiet
        {
            say(&safe(notice));
        }
    }

    fn say_refused(&self, answer: &Value) {
        let refused = answer.get("refused").and_then(Value::as_array);
        for target in refused.into_iter().flatten() {
            let text = |name| safe(target.get(name).and_then(Value::as_str).unwrap_or_default());
            if !self.global.quiet {
                say(&format!(
                    "left out {}: {}",
                    text("asset_id"),
                    text("reason")
                ));
            }
        }
    }
}
