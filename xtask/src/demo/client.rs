//! The `watchtower` client, as a user would call it.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::{Workspace, output, run};

/// The client, and who the demo signs up.
pub(super) struct Client {
    binary: PathBuf,
    home: PathBuf,
    url: String,
    pub(super) email: String,
    /// Random, so that a demo left running is not open to everybody.
    pub(super) password: String,
}

impl Client {
    /// A client whose settings live in `home`.
    pub(super) fn new(workspace: &Workspace, home: PathBuf, url: &str) -> Result<Self> {
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::create_dir_all(&home)?;
        let password = fs::read_to_string("/proc/sys/kernel/random/uuid")?;
        // A database of the user's own may remember the demo before.
        let email = match (env::var("DATABASE_URL"), password.split('-').next()) {
            (Ok(url), Some(unique)) if !url.is_empty() => {
                format!("demo-{unique}@watchtower.example")
            }
            _ => "demo@watchtower.example".to_owned(),
        };
        Ok(Self {
            binary: workspace.binary("watchtower"),
            home,
            url: url.to_owned(),
            email,
            password: password.trim().to_owned(),
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env("WATCHTOWER_URL", &self.url)
            .env("WATCHTOWER_PASSWORD", &self.password)
            .env("XDG_CONFIG_HOME", &self.home)
            .env("HOME", &self.home)
            .stdin(Stdio::null());
        command
    }

    /// Runs it with its output shown, as a user would see it.
    pub(super) fn show(&self, arguments: &[&str]) -> Result<()> {
        println!("\n$ watchtower {}", arguments.join(" "));
        run(&mut self.command(arguments))
    }

    /// Starts it with its output shown and does not wait.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<std::process::Child> {
        println!("\n$ watchtower {}", arguments.join(" "));
        self.command(arguments)
            .spawn()
            .context("cannot start the watchtower client")
    }

    /// Runs it and reads the JSON it prints.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<Value> {
        let text = output(self.command(arguments).args(["--output", "json"]))?;
        serde_json::from_str(&text)
            .with_context(|| format!("watchtower {} prints no JSON: {text}", arguments.join(" ")))
    }

    /// Runs it and keeps what it prints in a file.
    pub(super) fn keep(&self, arguments: &[&str], file: &Path) -> Result<()> {
        println!(
            "\n$ watchtower {} > {}",
            arguments.join(" "),
            file.display()
        );
        let text = output(&mut self.command(arguments))?;
        fs::write(file, text).with_context(|| file.display().to_string())
    }

    /// Signs the demo's user up.
    pub(super) fn sign_up(&self) -> Result<()> {
        self.show(&[
            "signup",
            "--email",
            &self.email,
            "--display-name",
            "Demo",
            "--organization",
            "Demo Ltd",
        ])
    }

    /// Registers an asset and returns its id.
    pub(super) fn register(&self, value: &str) -> Result<String> {
        let asset = self.ask(&["assets", "add", value])?;
        let asset = asset
            .as_array()
            .and_then(|all| all.first())
            .unwrap_or(&asset);
        field(asset, "id")
    }
}

/// A text field that must be there.
pub(super) fn field(value: &Value, name: &str) -> Result<String> {
    match value.get(name).and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => bail!("no {name} in {value}"),
    }
}

/// The items of a list, whether it comes bare or as a page.
pub(super) fn items(list: &Value) -> &[Value] {
    list.as_array()
        .or_else(|| list.get("items").and_then(Value::as_array))
        .map_or(&[], Vec::as_slice)
}
