//! `exposures …`.
use serde_json::{Map, Value, json};
use wt_model::ActionKind;

use super::{Work, given};
use crate::{
    args::{Exposures, Format, Patience},
    fault::CliFault,
    output::{Column, bytes_to_file_or_stdout, column, file_or_stdout, list, object, safe, say},
};

const COLUMNS: [Column; 8] = [
    column("state", "/state"),
    column("severity", "/severity"),
    column("score", "/score"),
    column("host", "/host"),
    column("port", "/port"),
    column("check", "/check_id"),
    column("title", "/title"),
    column("key", "/key"),
];
const HISTORY: [Column; 5] = [
    column("at", "/at"),
    column("event", "/event/type"),
    column("run", "/event/run_id"),
    column("action", "/action/kind"),
    column("by", "/action/by"),
];
/// Most lines of a history; the API gives it whole.
const HISTORY_MAX: usize = 10_000;

impl Work {
    pub(super) async fn exposures(&self, command: Exposures) -> Result<(), CliFault> {
        match command {
            Exposures::List {
                state,
                severity,
                asset,
                check,
                filter,
                sort,
                rows,
            } => {
                let asset = match asset {
                    Some(asset) => Some(self.asset_id(&asset).await?),
                    None => None,
                };
                let query = given(&[
                    ("state", state.as_deref()),
                    ("severity", severity.as_deref()),
                    ("asset_id", asset.as_deref()),
                    ("check_id", check.as_deref()),
                    ("filter", filter.as_deref()),
                    ("sort", Some(&sort)),
                ]);
                let rows = self.api.list("/exposures", &query, rows.limit).await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Exposures::Export {
                filter,
                format,
                file,
            } => {
                let mut query = given(&[("filter", filter.as_deref())]);
                query.push(("format", format));
                let text = self.api.get_text("/exposures/export", &query).await?;
                file_or_stdout(&self.global, file.as_deref(), &text)
            }
            Exposures::Show { key, reveal } => {
                let mut exposure = self.api.get(&format!("/exposures/{key}"), &[]).await?;
                if reveal {
                    let path = format!("/exposures/{key}/reveal");
                    let revealed = self.api.post(&path, &Value::Null).await?;
                    uncover(&mut exposure, revealed);
                }
                object(
                    &self.global,
                    &without_copies(self.global.format()?, exposure),
                )
            }
            Exposures::Timeline { key } => {
                let path = format!("/exposures/{key}/timeline");
                let rows = self.api.list(&path, &[], HISTORY_MAX).await?;
                list(&self.global, &HISTORY, &rows)
            }
            Exposures::Explain { key } => {
                let why = self
                    .api
                    .get(&format!("/exposures/{key}/explain"), &[])
                    .await?;
                object(&self.global, &why)
            }
            Exposures::Act {
                key,
                kind,
                reason,
                note,
                assignee,
                until,
                tags,
            } => {
                let parts = given(&[
                    ("reason", reason.as_deref()),
                    ("note", note.as_deref()),
                    ("assignee", assignee.as_deref()),
                    ("until", until.as_deref()),
                ]);
                let action = action(kind, parts, tags);
                let path = format!("/exposures/{key}/actions");
                let action = self.api.post(&path, &action).await?;
                object(&self.global, &action)
            }
            Exposures::Bulk {
                kind,
                filter,
                preview,
                expected,
                reason,
                note,
                assignee,
                until,
                tags,
            } => {
                let selection = json!({ "filter": filter });
                if preview {
                    let asked = json!({ "selection": selection, "kind": kind.as_str() });
                    let seen = self.api.post("/bulk-actions/preview", &asked).await?;
                    return object(&self.global, &seen);
                }
                let parts = given(&[
                    ("reason", reason.as_deref()),
                    ("note", note.as_deref()),
                    ("assignee", assignee.as_deref()),
                    ("until", until.as_deref()),
                ]);
                let asked = json!({
                    "selection": selection,
                    "action": action(kind, parts, tags),
                    "expected": expected.unwrap_or_default(),
                });
                let bulk = self.api.post("/bulk-actions", &asked).await?;
                object(&self.global, &bulk)
            }
            Exposures::Undo { bulk } => {
                let path = format!("/bulk-actions/{bulk}/undo");
                let undone = self.api.post(&path, &Value::Null).await?;
                object(&self.global, &undone)
            }
            Exposures::Verify {
                key,
                follow,
                patience,
            } => self.verify_exposure(&key, follow, patience).await,
            Exposures::Packet { key } => self.packet_of(&key, "json", None).await,
        }
    }

    async fn verify_exposure(
        &self,
        key: &str,
        follow: bool,
        patience: Patience,
    ) -> Result<(), CliFault> {
        let path = format!("/exposures/{key}/verify");
        let run = self.api.post(&path, &Value::Null).await?;
        if !follow {
            return object(&self.global, &run);
        }
        let run = crate::follow::to_end(&self.api, &self.global, &run, patience.timeout).await?;
        // What was concluded is what was asked for; the run is only how.
        let exposure = self.api.get(&format!("/exposures/{key}"), &[]).await?;
        let state = exposure
            .get("state")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !self.global.quiet {
            say(&verdict(state));
        }
        object(
            &self.global,
            &without_copies(self.global.format()?, exposure),
        )?;
        crate::follow::require_completed(&run)
    }

    /// The packet, exactly as the server sealed it.
    pub(super) async fn packet_of(
        &self,
        key: &str,
        format: &str,
        file: Option<&std::path::Path>,
    ) -> Result<(), CliFault> {
        let packet = self
            .api
            .get_bytes(
                &format!("/exposures/{key}/packet"),
                &[("format", format.to_owned())],
            )
            .await?;
        bytes_to_file_or_stdout(&self.global, file, &packet)
    }
}

/// An action as the API takes it.
fn action(kind: ActionKind, parts: Vec<(&'static str, String)>, tags: Vec<String>) -> Value {
    let mut action = Map::new();
    action.insert("kind".to_owned(), kind.as_str().into());
    let texts = parts.into_iter();
    action.extend(texts.map(|(name, text)| (name.to_owned(), text.into())));
    if !tags.is_empty() {
        action.insert("tags".to_owned(), tags.into());
    }
    Value::Object(action)
}

fn verdict(state: &str) -> String {
    match state {
        "fixed" => "FIXED: it is conclusively gone".to_owned(),
        "open" => "STILL OPEN: it was seen again".to_owned(),
        "unresponsive" => "UNRESPONSIVE: no answer, so nothing is proven".to_owned(),
        other => safe(other),
    }
}

/// Puts what was covered in its place.
fn uncover(exposure: &mut Value, revealed: Value) {
    if let (Value::Object(exposure), Value::Object(revealed)) = (exposure, revealed) {
        exposure.extend(revealed);
        exposure.remove("covered_attributes");
    }
}

/// A person does not read base64 beside the text it encodes.
fn without_copies(format: Format, mut exposure: Value) -> Value {
    if format == Format::Table
        && let Some(evidence) = exposure.get_mut("evidence").and_then(Value::as_object_mut)
    {
        evidence.retain(|name, _| !name.ends_with("_base64"));
    }
    exposure
}
