//! `risk`.
use serde_json::Value;

use super::Work;
use crate::{
    args::Format,
    fault::CliFault,
    output::{Column, column, list, object, safe, say},
};

const ASSETS: [Column; 3] = [
    column("score", "/score"),
    column("open", "/open"),
    column("asset", "/asset_id"),
];
const NEXT: [Column; 5] = [
    column("score", "/score"),
    column("severity", "/severity"),
    column("host", "/host"),
    column("title", "/title"),
    column("key", "/key"),
];

impl Work {
    pub(super) async fn risk(&self, limit: u32) -> Result<(), CliFault> {
        let limit = limit.to_string();
        let mut risk = self.api.get("/risk", &[("limit", limit)]).await?;
        let dashboard = self.api.get("/dashboard", &[]).await?;
        let next = dashboard.get("next").cloned().unwrap_or_default();
        if self.global.format()? != Format::Table {
            if let Some(fields) = risk.as_object_mut() {
                fields.insert("next".to_owned(), next);
            }
            return object(&self.global, &risk);
        }
        if !self.global.quiet {
            let number = |name: &str| risk.get(name).map(Value::to_string).unwrap_or_default();
            let (score, open) = (number("score"), number("open"));
            say(&safe(&format!("score {score} of 100, {open} open")));
        }
        list(&self.global, &NEXT, rows(&next))?;
        list(
            &self.global,
            &ASSETS,
            rows(risk.get("assets").unwrap_or(&Value::Null)),
        )
    }
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
