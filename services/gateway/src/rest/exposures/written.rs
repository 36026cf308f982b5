//! How exported exposures are written: JSON lines, CSV, SARIF, VEX.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use wt_model::Severity;
use wt_proto::results as wire;

use super::{Exposure, as_json, export::ExportFormat, vex};
use crate::rest::{audit::csv::cell, problem::Problem};

/// Columns of a CSV, in their order; also the fields of an exposure.
const COLUMNS: [&str; 22] = [
    "key",
    "state",
    "severity",
    "title",
    "check_id",
    "asset_id",
    "host",
    "transport",
    "port",
    "discriminator",
    "first_seen",
    "last_seen",
    "last_run_id",
    "decision",
    "assignee",
    "unresponsive_reason",
    "url",
    "score",
    "kev",
    "tags",
    "sla",
    "due_at",
];

/// Media type and file name.
pub(super) const fn media(format: ExportFormat) -> (&'static str, &'static str) {
    match format {
        ExportFormat::Jsonl => ("application/x-ndjson", "exposures.jsonl"),
        ExportFormat::Csv => ("text/csv; charset=utf-8", "exposures.csv"),
        ExportFormat::Sarif => ("application/sarif+json", "exposures.sarif"),
        ExportFormat::Vex => ("application/vnd.cyclonedx+json", "exposures.cdx.json"),
    }
}

/// What is known of a check: SARIF says it once, VEX with each row.
#[derive(Default)]
struct Rule {
    title: String,
    /// The worst of its findings.
    severity: Option<Severity>,
    texts: wire::CheckTexts,
}

/// An export as far as it is written.
pub(super) struct Written {
    format: ExportFormat,
    /// Of SARIF and VEX: by check; as many as there are checks.
    rules: BTreeMap<String, Rule>,
    /// Of VEX: what the rows refer to; as many as there are hosts.
    hosts: BTreeSet<String>,
    /// When the export was asked for, RFC 3339.
    made_at: String,
    rows: u64,
}

impl Written {
    pub(super) fn new(format: ExportFormat, made_at: String) -> Self {
        Self {
            format,
            rules: BTreeMap::new(),
            hosts: BTreeSet::new(),
            made_at,
            rows: 0,
        }
    }

    /// What comes before the first row.
    pub(super) fn begin(&self) -> Vec<u8> {
        match self.format {
            ExportFormat::Jsonl => Vec::new(),
            ExportFormat::Csv => format!("{}\r\n", COLUMNS.join(",")).into_bytes(),
            ExportFormat::Sarif => concat!(
                r#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","#,
                r#""version":"2.1.0","runs":[{"results":["#
            )
            .into(),
            ExportFormat::Vex => vex::begin(&self.made_at).into_bytes(),
        }
    }

    /// These rows.
    pub(super) fn rows(&mut self, page: wire::ListExposuresResponse) -> Result<Vec<u8>, Problem> {
        let mut text = String::new();
        for texts in page.checks {
            let rule = self.rules.entry(texts.id.clone()).or_default();
            rule.texts = texts;
        }
        for exposure in page.exposures {
            let exposure = Exposure::try_from(exposure)?;
            match self.format {
                ExportFormat::Jsonl => {
                    text.push_str(&as_json(&exposure)?.to_string());
                    text.push('\n');
                }
                ExportFormat::Csv => text.push_str(&line(&exposure)?),
                ExportFormat::Sarif | ExportFormat::Vex => {
                    if self.rows > 0 {
                        text.push(',');
                    }
                    text.push_str(&self.element(&exposure)?.to_string());
                }
            }
            self.rows += 1;
        }
        Ok(text.into_bytes())
    }

    /// What comes after the last row: what the rows refer to, which only now is known.
    pub(super) fn end(&self) -> Vec<u8> {
        match self.format {
            ExportFormat::Jsonl | ExportFormat::Csv => Vec::new(),
            ExportFormat::Sarif => self.rules().into_bytes(),
            ExportFormat::Vex => vex::end(self.hosts.iter()).into_bytes(),
        }
    }

    /// A row of a format that is one document.
    fn element(&mut self, exposure: &Exposure) -> Result<Value, Problem> {
        if self.format == ExportFormat::Vex {
            self.hosts.insert(exposure.host.clone());
            let check = &self
                .rules
                .entry(exposure.check_id.clone())
                .or_default()
                .texts;
            return vex::vulnerability(exposure, check, &url(exposure));
        }
        self.result(exposure)
    }

    /// What SARIF's results refer to.
    fn rules(&self) -> String {
        let rules: Vec<Value> = self
            .rules
            .iter()
            .map(|(id, rule)| rule.as_json(id))
            .collect();
        let driver = json!({
            "name": "Watchtower",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        });
        format!("],\"tool\":{{\"driver\":{driver}}}}}]}}\n")
    }

    fn result(&mut self, exposure: &Exposure) -> Result<Value, Problem> {
        let severity = exposure.severity.parse().ok();
        let rule = self.rules.entry(exposure.check_id.clone()).or_default();
        if rule.title.is_empty() {
            rule.title.clone_from(&exposure.title);
        }
        rule.severity = rule.severity.max(severity);
        let mut result = json!({
            "ruleId": exposure.check_id,
            "level": level(severity),
            "message": { "text": exposure.title },
            "locations": [{
                "physicalLocation": { "artifactLocation": { "uri": url(exposure) } },
                "logicalLocations": [{ "fullyQualifiedName": place(exposure), "kind": "resource" }],
            }],
            "partialFingerprints": { "exposureKey/v1": exposure.key },
            "properties": as_json(exposure)?,
        });
        let suppressed = matches!(exposure.decision.as_str(), "accept_risk" | "false_positive");
        if let Some(fields) = result.as_object_mut() {
            if suppressed {
                let why = json!([{ "kind": "external", "justification": exposure.decision }]);
                fields.insert("suppressions".to_owned(), why);
            }
            if exposure.state == "fixed" {
                fields.insert("baselineState".to_owned(), json!("absent"));
            }
        }
        Ok(result)
    }
}

impl Rule {
    /// As a rule of SARIF: weaknesses and vulnerabilities as tags in the spelling that code
    /// scanning groups by, and the score of the vulnerabilities where one is published.
    fn as_json(&self, id: &str) -> Value {
        let texts = &self.texts;
        let cwe = texts.cwe.iter().map(|id| format!("external/cwe/cwe-{id}"));
        let cve = texts.cve.iter().cloned();
        let tags: Vec<String> = ["security".to_owned()]
            .into_iter()
            .chain(cwe)
            .chain(cve)
            .collect();
        let score = match texts.cvss_tenths {
            0 => security_severity(self.severity).to_owned(),
            tenths => format!("{}.{}", tenths / 10, tenths % 10),
        };
        let mut properties = json!({ "tags": tags, "security-severity": score });
        let mut rule = json!({ "id": id, "shortDescription": { "text": self.title } });
        let set = |of: &mut Value, name: &str, value: Value| {
            if let Some(fields) = of.as_object_mut() {
                fields.insert(name.to_owned(), value);
            }
        };
        if !texts.cvss_vector.is_empty() {
            set(&mut properties, "cvss", json!(texts.cvss_vector));
        }
        if !texts.description.is_empty() {
            let text = json!({ "text": texts.description });
            set(&mut rule, "fullDescription", text);
        }
        if !texts.remediation.is_empty() {
            set(&mut rule, "help", json!({ "text": texts.remediation }));
        }
        if let Some(page) = texts.references.first() {
            set(&mut rule, "helpUri", json!(page));
        }
        set(&mut rule, "properties", properties);
        rule
    }
}

fn line(exposure: &Exposure) -> Result<String, Problem> {
    let value = as_json(exposure)?;
    let cells: Vec<String> = COLUMNS
        .iter()
        .map(|column| match (*column, value.get(column)) {
            ("url", _) => cell(&url(exposure)),
            (_, None | Some(Value::Null)) => String::new(),
            (_, Some(Value::String(text))) => cell(text),
            (_, Some(Value::Array(words))) => {
                let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
                cell(&words.join(" "))
            }
            (_, Some(other)) => cell(&other.to_string()),
        })
        .collect();
    Ok(format!("{}\r\n", cells.join(",")))
}

/// Host and port, an IPv6 address in brackets.
fn place(exposure: &Exposure) -> String {
    if exposure.port == 0 {
        // A finding of the name itself.
        exposure.host.clone()
    } else if exposure.host.contains(':') {
        format!("[{}]:{}", exposure.host, exposure.port)
    } else {
        format!("{}:{}", exposure.host, exposure.port)
    }
}

/// Where it is, as an address people and tools can follow.
fn url(exposure: &Exposure) -> String {
    if exposure.port == 0 {
        // RFC 4501.
        return format!("dns:{}", exposure.host);
    }
    let scheme = match exposure.check_id.split('.').next() {
        Some("http") if exposure.port == 80 => "http",
        Some("http" | "tls") => "https",
        _ => exposure.transport.as_str(),
    };
    let path = if exposure.discriminator.starts_with('/') {
        exposure.discriminator.as_str()
    } else {
        "/"
    };
    format!("{scheme}://{}{path}", place(exposure))
}

/// SARIF knows three levels.
const fn level(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Critical | Severity::High) => "error",
        Some(Severity::Medium) | None => "warning",
        Some(Severity::Low | Severity::Info) => "note",
    }
}

/// The number code scanning ranks by: the middle of each range of CVSS 3.
const fn security_severity(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Critical) => "9.5",
        Some(Severity::High) => "8.0",
        Some(Severity::Medium) | None => "5.5",
        Some(Severity::Low) => "2.0",
        Some(Severity::Info) => "0.0",
    }
}
