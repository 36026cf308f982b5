//! `integrations …`.
use std::{
    io::{IsTerminal as _, Read},
    path::Path,
    time::Duration,
};

use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use super::Work;
use crate::{
    args::{AddIntegration, AddTracker, Integrations, Kind, Mail},
    fault::CliFault,
    output::{Column, column, list, object, print, safe, say},
};

/// Rows of a list that is not paged: more than an organization may have.
const ROWS: usize = 1_000;
/// Messages of the newest page, among which a test is looked for.
const NEWEST: usize = 50;
/// Longest secret: twice what the server takes, so that the server says what is wrong.
const SECRET_BYTES_MAX: u64 = 4_000;
/// How long a test is waited for: a receiver has ten seconds to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(300);

const COLUMNS: [Column; 8] = [
    column("id", "/id"),
    column("kind", "/kind"),
    column("name", "/name"),
    column("to", "/origin"),
    column("from", "/min_severity"),
    column("on", "/enabled"),
    column("last sent", "/last_sent_at"),
    column("failing", "/failing"),
];
const DELIVERIES: [Column; 6] = [
    column("id", "/id"),
    column("made", "/created_at"),
    column("state", "/state"),
    column("tries", "/attempts"),
    column("says", "/subject"),
    column("error", "/last_error"),
];

impl Work {
    pub(super) async fn integrations(&self, command: Integrations) -> Result<(), CliFault> {
        match command {
            Integrations::List => {
                let rows = self.all_integrations().await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Integrations::Add(add) => self.add_integration(*add).await,
            Integrations::Test {
                integration,
                no_wait,
            } => self.test_integration(&integration, no_wait).await,
            Integrations::Enable { integration } => {
                self.switch_integration(&integration, true).await
            }
            Integrations::Disable { integration } => {
                self.switch_integration(&integration, false).await
            }
            Integrations::Rotate { integration } => {
                let path = format!("{}/rotate", self.integration_path(&integration).await?);
                let fresh = self.api.post(&path, &json!({})).await?;
                self.show_fresh(&fresh)
            }
            Integrations::Remove { integration } => {
                let path = self.integration_path(&integration).await?;
                self.api.delete(&path).await
            }
            Integrations::Deliveries { integration, rows } => {
                let path = format!("{}/deliveries", self.integration_path(&integration).await?);
                let rows = self.api.list(&path, &[], rows.limit).await?;
                list(&self.global, &DELIVERIES, &rows)
            }
            Integrations::Retry {
                integration,
                delivery,
            } => {
                let path = self.integration_path(&integration).await?;
                let path = format!("{path}/deliveries/{delivery}/replay");
                let delivery = self.api.post(&path, &json!({})).await?;
                object(&self.global, &delivery)
            }
            Integrations::Mail(mail) => self.mail(&mail).await,
        }
    }

    async fn all_integrations(&self) -> Result<Vec<Value>, CliFault> {
        self.api.list("/integrations", &[], ROWS).await
    }

    async fn integration(&self, named: &str) -> Result<Value, CliFault> {
        let rows = self.all_integrations().await?;
        let mut fitting = rows
            .into_iter()
            .filter(|row| text(row, "id") == named || text(row, "name") == named);
        let name = safe(named);
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(CliFault::Usage(format!(
                "several integrations are called {name:?}: give an id"
            ))),
            _ => Err(CliFault::Usage(format!("there is no integration {name:?}"))),
        }
    }

    async fn integration_path(&self, named: &str) -> Result<String, CliFault> {
        if named.starts_with("int_") {
            return Ok(format!("/integrations/{named}"));
        }
        let one = self.integration(named).await?;
        Ok(format!("/integrations/{}", text(&one, "id")))
    }

    async fn add_integration(&self, add: AddIntegration) -> Result<(), CliFault> {
        let tracker = tracker(add.kind, &add.tracker)?;
        let mut asset_ids = Vec::new();
        for asset in &add.assets {
            asset_ids.push(self.asset_id(asset).await?);
        }
        let asked = if add.kind.is_tracker() {
            "Token: "
        } else {
            "Address: "
        };
        let secret = secret(add.secret_file.as_deref(), asked)?;
        let (address, token) = if add.kind.is_tracker() {
            (add.tracker.site.unwrap_or_default(), secret)
        } else {
            (secret, String::new())
        };
        let new = json!({
            "kind": add.kind.as_str(),
            "name": add.name,
            "address": address,
            "token": token,
            "tracker": tracker,
            "min_severity": add.severity.to_string(),
            "events": words(&add.events),
            "asset_ids": asset_ids,
            "enabled": !add.off,
        });
        let fresh = self.api.post("/integrations", &new).await?;
        self.show_fresh(&fresh)
    }

    /// An integration with the secret that is never shown again, if there is one.
    fn show_fresh(&self, fresh: &Value) -> Result<(), CliFault> {
        if self.global.format()?.is_for_programs() {
            return object(&self.global, fresh);
        }
        object(&self.global, fresh.get("integration").unwrap_or(fresh))?;
        let secret = text(fresh, "secret");
        if !secret.is_empty() {
            say("messages are signed with this secret; it is not shown again:");
            print(&safe(secret));
        }
        Ok(())
    }

    /// The settings as they are but for whether anything is sent; address and token stay.
    async fn switch_integration(&self, named: &str, enabled: bool) -> Result<(), CliFault> {
        let now = self.integration(named).await?;
        let mut put = Map::from_iter([("enabled".to_owned(), enabled.into())]);
        for field in [
            "kind",
            "name",
            "tracker",
            "min_severity",
            "events",
            "asset_ids",
        ] {
            let kept = now.get(field).cloned().unwrap_or_default();
            put.insert(field.to_owned(), kept);
        }
        let path = format!("/integrations/{}", text(&now, "id"));
        let now = self.api.put(&path, &put.into()).await?;
        object(&self.global, &now)
    }

    async fn test_integration(&self, named: &str, no_wait: bool) -> Result<(), CliFault> {
        let path = self.integration_path(named).await?;
        let sent = self.api.post(&format!("{path}/test"), &json!({})).await?;
        let end = Instant::now() + PATIENCE;
        let mut now = sent;
        while !no_wait && text(&now, "state") == "pending" {
            if Instant::now() >= end {
                object(&self.global, &now)?;
                return Err(CliFault::TimedOut(format!(
                    "no answer yet: see `watchtower integrations deliveries {}`",
                    safe(named)
                )));
            }
            sleep(LOOK_EVERY).await;
            let newest = self
                .api
                .list(&format!("{path}/deliveries"), &[], NEWEST)
                .await?;
            let same = |row: &Value| row.get("id") == now.get("id");
            now = newest.into_iter().find(same).unwrap_or(now);
        }
        object(&self.global, &now)?;
        if text(&now, "state") == "failed" {
            let why = safe(text(&now, "last_error"));
            return Err(CliFault::Unexpected(format!("it did not arrive: {why}")));
        }
        Ok(())
    }

    async fn mail(&self, mail: &Mail) -> Result<(), CliFault> {
        let mut now = self.api.get("/notifications/settings", &[]).await?;
        if mail.changes() {
            let Value::Object(new) = &mut now else {
                let why = "the server's answer is no settings";
                return Err(CliFault::Unexpected(why.to_owned()));
            };
            if mail.on || mail.off {
                new.insert("email_enabled".to_owned(), mail.on.into());
            }
            if let Some(severity) = mail.severity {
                new.insert("min_severity".to_owned(), severity.to_string().into());
            }
            if mail.to_everybody || !mail.to.is_empty() {
                new.insert("recipients".to_owned(), json!(mail.to));
            }
            now = self.api.put("/notifications/settings", &now).await?;
        }
        object(&self.global, &now)
    }
}

/// Where a tracker's issues are made; nothing of what is no tracker.
fn tracker(kind: Kind, asked: &AddTracker) -> Result<Value, CliFault> {
    let AddTracker {
        project,
        site,
        labels,
        issue_type,
        account,
        done_transition,
        reopen_transition,
    } = asked;
    if !kind.is_tracker() {
        let none = labels.is_empty()
            && [
                project,
                site,
                issue_type,
                account,
                done_transition,
                reopen_transition,
            ]
            .iter()
            .all(|given| given.is_none());
        return if none {
            Ok(Value::Null)
        } else {
            let kind = kind.as_str();
            let why = format!("a {kind} makes no issues: what is of github and jira does not fit");
            Err(CliFault::Usage(why))
        };
    }
    let Some(project) = project else {
        let why = "--project says where issues are made: owner/repository, or a Jira project's key";
        return Err(CliFault::Usage(why.to_owned()));
    };
    let texts = [
        ("project", Some(project)),
        ("issue_type", issue_type.as_ref()),
        ("account", account.as_ref()),
        ("done_transition", done_transition.as_ref()),
        ("reopen_transition", reopen_transition.as_ref()),
    ];
    let given = texts
        .into_iter()
        .filter_map(|(name, given)| Some((name.to_owned(), json!(given?))))
        .chain([("labels".to_owned(), json!(labels))]);
    Ok(Value::Object(given.collect()))
}

/// A secret from a file or standard input, never from an argument; asked for on a terminal.
fn secret(file: Option<&Path>, prompt: &str) -> Result<String, CliFault> {
    let file = file.filter(|path| path.as_os_str() != "-");
    let text = match file {
        Some(path) => std::fs::File::open(path)
            .and_then(bounded)
            .map_err(|error| CliFault::Usage(format!("{}: {error}", path.display())))?,
        None if std::io::stdin().is_terminal() => {
            rpassword::prompt_password(prompt).map_err(CliFault::unexpected)?
        }
        None => bounded(std::io::stdin()).map_err(CliFault::unexpected)?,
    };
    let secret = text.trim();
    if secret.is_empty() {
        let why = "there is no secret: give the address of a webhook or chat, or the token of a \
                   tracker, on standard input or with --secret-file";
        return Err(CliFault::Usage(why.to_owned()));
    }
    Ok(secret.to_owned())
}

fn bounded(source: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    source.take(SECRET_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn words<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
