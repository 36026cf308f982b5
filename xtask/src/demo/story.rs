//! The story the demo tells, step by step, through the public client.
use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::time::sleep;
use wt_testkit::fleet::mails;

use super::{
    client::{Client, field, items},
    summary::{Seconds, Summary},
    targets::{CACHE_ADDRESS, HEALTHY_ADDRESS, Ports, SHOP, Targets},
};

/// What the shop is repaired of.
const FIXED_CHECK: &str = "http.exposed.git_config";
/// What the cache is stopped with.
const SILENT_CHECK: &str = "service.redis.no_auth";
/// What the targets are known to expose: a demo that misses one has failed.
const EXPECTED: [&str; 5] = [
    FIXED_CHECK,
    SILENT_CHECK,
    "http.exposed.directory_listing",
    "http.header.csp_missing",
    "tls.cert_expired",
];
/// How long anything may take that takes seconds.
const PATIENCE: Duration = Duration::from_mins(1);
/// Lines of a mail that are shown.
const MAIL_LINES: usize = 24;

pub(super) struct Story {
    client: Client,
    targets: Targets,
    ports: Ports,
    folder: PathBuf,
    started: Instant,
    seconds: Seconds,
    packet_verified: bool,
}

impl Story {
    pub(super) fn new(
        client: Client,
        targets: Targets,
        ports: Ports,
        folder: PathBuf,
        started: Instant,
    ) -> Self {
        Self {
            client,
            targets,
            ports,
            folder,
            started,
            seconds: Seconds::default(),
            packet_verified: false,
        }
    }

    /// The demo's user.
    pub(super) fn email(&self) -> &str {
        &self.client.email
    }

    /// The password of the demo's user.
    pub(super) fn password(&self) -> &str {
        &self.client.password
    }

    pub(super) async fn tell(&mut self) -> Result<()> {
        self.client.sign_up()?;
        let assets = self.prove_assets()?;
        self.scan(&assets).await?;
        self.client.show(&["exposures", "list"])?;
        self.expect_exposures()?;
        self.show_mail().await?;
        self.fix_the_shop()?;
        self.silence_the_cache().await?;
        self.client.show(&["changes"])
    }

    /// Registers three assets and proves each: the name by a TXT record, addresses by a file.
    fn prove_assets(&self) -> Result<Vec<String>> {
        let mut assets = Vec::new();
        for (value, method) in [
            (SHOP.to_owned(), "dns_txt"),
            (CACHE_ADDRESS.to_string(), "http_file"),
            (HEALTHY_ADDRESS.to_string(), "http_file"),
        ] {
            let asset = self.client.register(&value)?;
            let asked = self
                .client
                .ask(&["assets", "verify", &asset, "--method", method])?;
            if method == "dns_txt" {
                let (name, record) = (
                    field(&asked, "record_name")?,
                    field(&asked, "record_value")?,
                );
                self.targets.publish_record(&name, &record)?;
            } else {
                let url = field(&asked, "url")?;
                let path = url
                    .splitn(4, '/')
                    .nth(3)
                    .context("a challenge without a path")?;
                self.targets
                    .publish_file(path, &field(&asked, "file_body")?)?;
            }
            let checked = self.client.ask(&["assets", "check", &asset])?;
            ensure!(
                field(&checked, "status")? == "verified",
                "not proven: {checked:#}"
            );
            println!("{value} is proven by {method}");
            assets.push(asset);
        }
        Ok(assets)
    }

    /// Scans with the client's own progress bar, and notes when the first exposure was there.
    async fn scan(&mut self, assets: &[String]) -> Result<()> {
        let ports = self.ports.list();
        let mut arguments = vec!["scan", "run", "--follow", "--ports", &ports];
        for asset in assets {
            arguments.extend(["--asset", asset]);
        }
        let asked = Instant::now();
        let mut scan = self.client.start(&arguments)?;
        let status = loop {
            if self.seconds.first_finding == 0.0 && !self.exposures()?.is_empty() {
                self.seconds.first_finding = self.started.elapsed().as_secs_f64();
            }
            if let Some(status) = scan.try_wait()? {
                break status;
            }
            ensure!(asked.elapsed() < 2 * PATIENCE, "the scan does not end");
            sleep(Duration::from_millis(200)).await;
        };
        ensure!(status.success(), "the scan ended with {status}");
        self.seconds.scan = asked.elapsed().as_secs_f64();
        if self.seconds.first_finding == 0.0 {
            self.seconds.first_finding = self.started.elapsed().as_secs_f64();
        }
        Ok(())
    }

    fn exposures(&self) -> Result<Vec<Value>> {
        let list = self.client.ask(&["exposures", "list"])?;
        Ok(items(&list).to_vec())
    }

    fn expect_exposures(&self) -> Result<()> {
        let found = self.exposures()?;
        for check in EXPECTED {
            ensure!(
                found.iter().any(|exposure| exposure["check_id"] == check),
                "{check} was not found"
            );
        }
        println!(
            "\n{} exposures, among them all that were put there",
            found.len()
        );
        Ok(())
    }

    /// Waits for the first mail about changes and shows what a person would read.
    async fn show_mail(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let arrived = mails(&self.folder.join("mail"))?;
            if let Some(mail) = arrived.iter().find(|mail| mail.is_about_changes()) {
                println!("\nmail to {}", mail.recipients.join(", "));
                println!("  {}", mail.header("subject").unwrap_or_default());
                for line in readable(&mail.text).lines().take(MAIL_LINES) {
                    println!("  {line}");
                }
                println!("  ({})", mail.path.display());
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "no mail arrived");
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Repairs the shop, has it verified on both its ports, and checks the packet offline.
    fn fix_the_shop(&mut self) -> Result<()> {
        println!("\nThe shop is repaired: .git is gone.");
        self.targets.repair_shop()?;
        let keys = self.keys_of(FIXED_CHECK)?;
        for key in &keys {
            self.client
                .show(&["exposures", "act", key, "fix_in_progress", "--quiet"])?;
            let asked = Instant::now();
            self.client
                .show(&["exposures", "verify", key, "--follow"])?;
            self.seconds.verify = self.seconds.verify.max(asked.elapsed().as_secs_f64());
        }
        self.expect_state(FIXED_CHECK, "fixed")?;
        let key = keys.first().context("nothing was fixed")?;
        let packet = self.folder.join("packet.json");
        let public = self.folder.join("ledger.pub.pem");
        self.client.keep(&["exposures", "packet", key], &packet)?;
        self.client.keep(&["ledger", "key"], &public)?;
        self.client.show(&[
            "verify-packet",
            &packet.display().to_string(),
            "--key",
            &public.display().to_string(),
        ])?;
        self.packet_verified = true;
        println!(
            "\nFIXED, and anybody can check it offline with {}",
            packet.display()
        );
        Ok(())
    }

    /// Stops the cache and has it verified: silence is no proof.
    async fn silence_the_cache(&self) -> Result<()> {
        println!("\nThe cache is stopped.");
        self.targets.stop_cache().await?;
        for key in self.keys_of(SILENT_CHECK)? {
            self.client
                .show(&["exposures", "verify", &key, "--follow"])?;
        }
        self.expect_state(SILENT_CHECK, "unresponsive")?;
        println!("\nUNRESPONSIVE: a host that does not answer proves nothing");
        Ok(())
    }

    /// The keys of what a check found; at least one.
    fn keys_of(&self, check: &str) -> Result<Vec<String>> {
        let found = self.exposures()?;
        let keys = found
            .iter()
            .filter(|exposure| exposure["check_id"] == check)
            .map(|exposure| field(exposure, "key"))
            .collect::<Result<Vec<_>>>()?;
        ensure!(!keys.is_empty(), "no exposure of {check}");
        Ok(keys)
    }

    /// Every exposure of a check is in this state.
    fn expect_state(&self, check: &str, state: &str) -> Result<()> {
        let found = self.exposures()?;
        for exposure in found.iter().filter(|found| found["check_id"] == check) {
            let is = &exposure["state"];
            ensure!(is == state, "{check} is {is} and not {state}");
        }
        Ok(())
    }

    /// What was seen, counted.
    pub(super) fn summary(&self) -> Result<Summary> {
        let found = self.exposures()?;
        let changes = self.client.ask(&["changes"])?;
        let count = |values: &[Value], name: &str| {
            let mut counts = BTreeMap::new();
            for value in values {
                let word = value[name].as_str().unwrap_or_default().to_owned();
                *counts.entry(word).or_insert(0) += 1;
            }
            counts
        };
        Ok(Summary {
            exposures: found.len(),
            by_state: count(&found, "state"),
            events: count(items(&changes), "type"),
            emails: mails(&self.folder.join("mail"))?.len(),
            packet_verified: self.packet_verified,
            seconds: self.seconds,
        })
    }
}

/// The text part of a mail, as far as a terminal shows it.
fn readable(mail: &str) -> String {
    let body = mail.split_once("\n\n").map_or("", |(_, body)| body);
    let part = body.split("text/plain").nth(1).unwrap_or(body);
    let text = part.split_once("\n\n").map_or(part, |(_, text)| text);
    let text = text.split("\n--").next().unwrap_or(text);
    text.replace("=\n", "").replace("=3D", "=")
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn the_text_part_of_a_mail_is_shown() {
        let mail = "Subject: x\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nNEW: a =3D b\nlong =\nline\n--b\n\
            Content-Type: text/html\n\n<p>NEW\n--b--\n";
        assert_eq!(readable(mail), "NEW: a = b\nlong line");
    }
}
