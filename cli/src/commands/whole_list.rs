//! `scan-windows` and `scan-exclusions`: lists that are read and replaced as a whole.
use std::{fs, path::Path};

use serde_json::{Map, Value};

use super::Work;
use crate::{args::WholeList, fault::CliFault, output::object};

impl Work {
    pub(super) async fn whole_list(
        &self,
        asked: WholeList,
        path: &str,
        name: &str,
    ) -> Result<(), CliFault> {
        let list = match asked.file {
            None => self.api.get(path, &[]).await?,
            Some(file) => self.api.put(path, &list_of(&file, name)?).await?,
        };
        object(&self.global, &list)
    }
}

/// The list of a file: what the command printed with `--json` serves, whatever its version.
fn list_of(path: &Path, name: &str) -> Result<Value, CliFault> {
    let bad = |why: String| CliFault::Usage(format!("{}: {why}", path.display()));
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        fs::read_to_string(path)
    };
    let text = text.map_err(|error| bad(error.to_string()))?;
    let mut read: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let list = read
        .remove(name)
        .ok_or_else(|| bad(format!("expected {{\"{name}\": […]}}")))?;
    Ok(serde_json::json!({ name: list }))
}
