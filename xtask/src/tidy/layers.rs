//! Four floors, one staircase: an arrow goes down or stays inside a crate.
use anyhow::Result;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use super::Finding;
use crate::workspace::Workspace;

/// What each crate below the services may import of ours. Beside it, floor 2 may always use
/// `wt-model` and `wt-fault`: they are the words everything is said in.
const MAY_IMPORT: [(&str, &[&str]); 30] = [
    ("wt-model", &[]),
    ("wt-fault", &[]),
    // Port lists are those of cells.
    ("wt-scope", &["wt-model", "wt-fault", "wt-exposure"]),
    ("wt-exposure", &["wt-model", "wt-fault"]),
    // Tree heads are signed as jobs are.
    ("wt-ledger", &["wt-model", "wt-fault", "wt-envelope"]),
    // Findings under our own identity, on assets.
    (
        "wt-import",
        &["wt-model", "wt-fault", "wt-exposure", "wt-scope"],
    ),
    ("wt-plan", &["wt-model", "wt-fault"]),
    // Scores and clocks are words of filters.
    ("wt-filter", &["wt-model", "wt-fault", "wt-risk"]),
    ("wt-risk", &["wt-model"]),
    ("wt-schedule", &[]),
    ("wt-envelope", &["wt-model", "wt-fault"]),
    ("wt-template", &["wt-model", "wt-fault", "wt-envelope"]),
    ("wt-diff", &["wt-model", "wt-fault", "wt-exposure"]),
    (
        "wt-proto",
        &["wt-model", "wt-fault", "wt-exposure", "wt-envelope"],
    ),
    ("wt-config", &[]),
    ("wt-telemetry", &["wt-config"]),
    ("wt-lifecycle", &["wt-config", "wt-telemetry"]),
    ("wt-auth", &["wt-config"]),
    (
        "wt-rpc",
        &[
            "wt-auth",
            "wt-proto",
            "wt-telemetry",
            "wt-config",
            "wt-lifecycle",
        ],
    ),
    (
        "wt-pg",
        &["wt-auth", "wt-proto", "wt-telemetry", "wt-config"],
    ),
    (
        "wt-bus",
        &[
            "wt-proto",
            "wt-auth",
            "wt-telemetry",
            "wt-config",
            "wt-lifecycle",
        ],
    ),
    (
        "wt-outbox",
        &[
            "wt-pg",
            "wt-bus",
            "wt-proto",
            "wt-telemetry",
            "wt-lifecycle",
        ],
    ),
    (
        "wt-audit",
        &[
            "wt-pg",
            "wt-bus",
            "wt-proto",
            "wt-auth",
            "wt-outbox",
            "wt-telemetry",
        ],
    ),
    ("wt-paper", &[]),
    ("wt-outbound", &["wt-scope", "wt-config"]),
    ("wt-seal", &["wt-pg", "wt-config", "wt-lifecycle"]),
    ("wt-standing", &["wt-auth", "wt-plan", "wt-proto", "wt-rpc"]),
    ("wt-artifacts", &["wt-config", "wt-telemetry"]),
    ("wt-throttle", &["wt-config", "wt-telemetry"]),
    (
        "wt-engine",
        &[
            "wt-scope",
            "wt-template",
            "wt-envelope",
            "wt-exposure",
            // What tools write is read in one place.
            "wt-import",
            "wt-throttle",
            "wt-config",
            "wt-telemetry",
        ],
    ),
];

/// Everything else floor 0 may use: no runtime, no network, no database, no ambient randomness.
const PURE: [&str; 28] = [
    "aws-lc-rs",
    "base64",
    "data-encoding",
    "hex",
    "idna",
    // The template language: matching, codecs and digests on bytes in memory.
    "aho-corasick",
    "bytes",
    // Scores of vectors, from tables.
    "cvss",
    "flate2",
    "jaq-core",
    "jaq-json",
    "jaq-std",
    // Time zones, from tables.
    "jiff",
    "md-5",
    "regex",
    "regex-syntax",
    "saphyr-parser",
    "sha1",
    "ipnet",
    "psl",
    // A pull parser on bytes in memory: reports of nmap.
    "quick-xml",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "time",
    "ulid",
    "url",
];

/// Only for development: nothing on floors 0–3 may ship with them.
const BESIDE: [&str; 4] = ["wt-testkit", "wt-xtask", "wt-integration", "wt-targets"];

/// Reads `cargo metadata` and reports every arrow that goes up or sideways.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace.path("Cargo.toml"))
        .no_deps()
        .exec()?;
    Ok(metadata
        .packages
        .iter()
        .filter(|package| !BESIDE.contains(&package.name.as_str()))
        .flat_map(broken_arrows)
        .collect())
}

fn broken_arrows(package: &Package) -> Vec<Finding> {
    let manifest = package.manifest_path.as_str();
    let is_service = manifest.contains("/services/");
    let is_domain = manifest.contains("/libs/domain/");
    let is_platform = manifest.contains("/libs/platform/") || package.name.as_str() == "wt-engine";
    let allowed = MAY_IMPORT
        .iter()
        .find(|(name, _)| *name == package.name.as_str());
    let mut findings = Vec::new();
    let mut refuse =
        |what: String| findings.push(Finding::new(format!("layers: {}", package.name), what));
    if !is_service && package.name.as_str() != "wt-cli" && allowed.is_none() {
        refuse("has no floor: add it to xtask/src/tidy/layers.rs and ARCHITECTURE.md".to_owned());
    }
    for dependency in &package.dependencies {
        let name = dependency.name.as_str();
        let ours = dependency.path.is_some();
        if dependency.kind != DependencyKind::Normal {
            continue;
        }
        if ours && BESIDE.contains(&name) {
            refuse(format!("ships {name}, which is for development only"));
        }
        if ours
            && let Some(path) = &dependency.path
            && path.as_str().contains("/services/")
        {
            refuse(format!("depends on the service {name}"));
        }
        if ours
            && let Some((_, allowed)) = allowed
            && !allowed.contains(&name)
            && !(is_platform && matches!(name, "wt-model" | "wt-fault"))
        {
            refuse(format!("must not import {name}"));
        }
        if is_domain && !ours && !PURE.contains(&name) {
            refuse(format!("is pure and must not use {name}"));
        }
    }
    findings
}
