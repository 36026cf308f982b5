//! `assets verify`: what to place where, and waiting until it is seen.
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Work;
use crate::{
    args::{Format, Verify},
    fault::CliFault,
    output::{object, print, safe, say},
};

/// Between two looks: records take longer than that to spread, files do not.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Work {
    pub(super) async fn verify_asset(&self, verify: Verify) -> Result<(), CliFault> {
        let id = self.asset_id(&verify.asset).await?;
        let path = format!("/assets/{id}/verification");
        let challenge = self
            .api
            .post(&path, &json!({"method": verify.method}))
            .await?;
        if let Some(root) = &verify.write_file {
            let file = write_file(root, &challenge)?;
            if !self.global.quiet {
                say(&format!("wrote {}", file.display()));
            }
        }
        let Some(patience) = verify.wait else {
            return self.show_challenge(&challenge);
        };
        if verify.write_file.is_none() && !self.global.quiet {
            say(&instructions(&challenge));
        }
        let verified = self.await_proof(&path, patience).await?;
        object(&self.global, &verified)
    }

    fn show_challenge(&self, challenge: &Value) -> Result<(), CliFault> {
        if self.global.format()? == Format::Table {
            print(&instructions(challenge));
            return Ok(());
        }
        object(&self.global, challenge)
    }

    async fn await_proof(&self, path: &str, patience: Duration) -> Result<Value, CliFault> {
        let deadline = Instant::now() + patience;
        loop {
            let seen = self
                .api
                .post(&format!("{path}/check"), &Value::Null)
                .await?;
            if text(&seen, "status") == "verified" {
                return Ok(seen);
            }
            if Instant::now() + LOOK_EVERY > deadline {
                return Err(CliFault::TimedOut(format!(
                    "the proof was not seen{}",
                    findings(&seen)
                )));
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What each vantage point saw, a line each.
fn findings(seen: &Value) -> String {
    let mut lines = String::new();
    let all = seen.get("findings").and_then(Value::as_array);
    for finding in all.into_iter().flatten() {
        // Writing to a String cannot fail.
        let _ = write!(
            lines,
            "\n  {} asked for {}: {}",
            safe(text(finding, "vantage")),
            safe(text(finding, "asked")),
            safe(text(finding, "detail"))
        );
    }
    lines
}

/// The record or file, ready to paste.
fn instructions(challenge: &Value) -> String {
    let part = |name| safe(text(challenge, name));
    if text(challenge, "method") == "dns_txt" {
        format!(
            "Add this TXT record, then run `watchtower assets check {asset}`:\n\n  {name}. 300 IN TXT \"{value}\"\n",
            asset = part("asset_id"),
            name = part("record_name").trim_end_matches('.'),
            value = part("record_value"),
        )
    } else {
        format!(
            "Serve this at {url}, then run `watchtower assets check {asset}`:\n\n  {body}\n",
            url = part("url"),
            asset = part("asset_id"),
            body = part("file_body"),
        )
    }
}

/// Writes the file of a challenge below the root of a web server.
fn write_file(root: &Path, challenge: &Value) -> Result<PathBuf, CliFault> {
    let trouble = |path: &Path, error| {
        CliFault::Unexpected(format!("cannot write {}: {error}", path.display()))
    };
    let url = url::Url::parse(text(challenge, "url"))
        .map_err(|_none| CliFault::Usage("--write-file goes with --method http_file".to_owned()))?;
    let mut file = root.to_path_buf();
    // The address parser has resolved `..`; an empty or odd segment is left out all the same.
    file.extend(
        url.path_segments()
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty() && *part != ".."),
    );
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| trouble(folder, error))?;
    }
    std::fs::write(&file, text(challenge, "file_body")).map_err(|error| trouble(&file, error))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::write_file;

    #[test]
    fn the_file_lands_below_the_root_whatever_the_address_says() {
        let root = tempfile::tempdir().unwrap();
        let challenge = json!({
            "url": "http://a.example/.well-known/../../../x//watchtower/t.txt", "file_body": "body",
        });
        let file = write_file(root.path(), &challenge).unwrap();
        assert!(file.starts_with(root.path()));
        assert_eq!(std::fs::read_to_string(file).unwrap(), "body");
        assert!(write_file(root.path(), &json!({"url": ""})).is_err());
    }
}
