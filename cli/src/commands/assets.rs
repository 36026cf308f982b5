//! `assets …`.
use serde_json::{Value, json};

use super::{Work, given};
use crate::{
    args::Assets,
    fault::CliFault,
    output::{Column, column, list, object, safe, say},
};

const COLUMNS: [Column; 5] = [
    column("id", "/id"),
    column("kind", "/kind"),
    column("value", "/value"),
    column("verified", "/verified"),
    column("last run", "/last_run/state"),
];
const LINES: [Column; 4] = [
    column("value", "/value"),
    column("status", "/status"),
    column("id", "/asset/id"),
    column("reason", "/reason"),
];
/// Most assets listed; more than any plan holds.
const ROWS_MAX: usize = 10_000;

impl Work {
    pub(super) async fn assets(&self, command: Assets) -> Result<(), CliFault> {
        match command {
            Assets::Add { values, tag } => self.add(&values, &tag).await,
            Assets::List { query, state } => {
                let query = given(&[("q", query.as_deref()), ("state", state.as_deref())]);
                let rows = self.api.list("/assets", &query, ROWS_MAX).await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Assets::Show { asset } => {
                let id = self.asset_id(&asset).await?;
                let asset = self.api.get(&format!("/assets/{id}"), &[]).await?;
                object(&self.global, &asset)
            }
            Assets::Rm { asset, yes } => {
                if !yes {
                    return Err(CliFault::Usage(
                        "archiving retires the asset's exposures: say --yes".to_owned(),
                    ));
                }
                let id = self.asset_id(&asset).await?;
                self.api.delete(&format!("/assets/{id}")).await?;
                if !self.global.quiet {
                    say(&format!("archived {id}"));
                }
                Ok(())
            }
            Assets::Verify(verify) => self.verify_asset(verify).await,
            Assets::Check { asset } => {
                let id = self.asset_id(&asset).await?;
                let path = format!("/assets/{id}/verification/check");
                let challenge = self.api.post(&path, &Value::Null).await?;
                object(&self.global, &challenge)
            }
        }
    }

    async fn add(&self, values: &[String], tags: &[String]) -> Result<(), CliFault> {
        if let [value] = values {
            let asset = self
                .api
                .post("/assets", &json!({"value": value, "tags": tags}))
                .await?;
            return object(&self.global, &asset);
        }
        let assets: Vec<Value> = values
            .iter()
            .map(|value| json!({"value": value, "tags": tags}))
            .collect();
        let mut answer = self
            .api
            .post("/assets/bulk", &json!({"assets": assets}))
            .await?;
        let Some(Value::Array(lines)) = answer.get_mut("results").map(Value::take) else {
            return Err(CliFault::Unexpected(
                "the server's answer has no results".to_owned(),
            ));
        };
        let invalid = lines
            .iter()
            .filter(|line| line.get("status").and_then(Value::as_str) == Some("invalid"))
            .count();
        list(&self.global, &LINES, &lines)?;
        if invalid > 0 {
            return Err(CliFault::Usage(format!("{invalid} were not registered")));
        }
        Ok(())
    }

    /// The id of an asset that is named by id or by value.
    pub(super) async fn asset_id(&self, asset: &str) -> Result<String, CliFault> {
        if asset.parse::<wt_model::AssetId>().is_ok() {
            return Ok(asset.to_owned());
        }
        let value = asset.trim().trim_end_matches('.').to_ascii_lowercase();
        let rows = self
            .api
            .list("/assets", &[("q", value.clone())], ROWS_MAX)
            .await?;
        rows.iter()
            .find(|row| row.get("value").and_then(Value::as_str) == Some(value.as_str()))
            .and_then(|row| row.get("id").and_then(Value::as_str))
            .map(str::to_owned)
            .ok_or_else(|| CliFault::Usage(format!("{} is not one of your assets", safe(asset))))
    }
}
