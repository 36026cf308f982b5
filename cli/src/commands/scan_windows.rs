//! `scan-windows`.
use std::{fs, path::Path};

use serde_json::{Map, Value};

use super::Work;
use crate::{args::ScanWindows, fault::CliFault, output::object};

impl Work {
    pub(super) async fn scan_windows(&self, asked: ScanWindows) -> Result<(), CliFault> {
        let windows = match asked.file {
            None => self.api.get("/scan-windows", &[]).await?,
            Some(path) => self.api.put("/scan-windows", &rules(&path)?).await?,
        };
        object(&self.global, &windows)
    }
}

/// The rules of a file: what `scan-windows --json` printed serves, whatever its version.
fn rules(path: &Path) -> Result<Value, CliFault> {
    let bad = |why: String| CliFault::Usage(format!("{}: {why}", path.display()));
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        fs::read_to_string(path)
    };
    let text = text.map_err(|error| bad(error.to_string()))?;
    let mut read: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let rules = read
        .remove("rules")
        .ok_or_else(|| bad("expected {\"rules\": […]}".to_owned()))?;
    Ok(serde_json::json!({ "rules": rules }))
}
