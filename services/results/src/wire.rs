//! Between this service's rows and `watchtower.results.v1`.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};
use wt_exposure::FieldChange;
use wt_model::Severity;
use wt_proto::{convert::to_timestamp, results};
use wt_risk::{Clock, Sla, Terms};

use crate::{
    domain::{cover::Covered, sla},
    error::ResultsFault,
    store::{
        action::ActionRow,
        bulk::BulkRow,
        check::CheckRow,
        event::{EventRow, EvidenceRow},
        exposure_page::ExposureRow,
        risk::CveRow,
    },
};

/// Reads an identifier or word, naming the field when it is none.
pub(crate) fn word<T>(field: &str, text: &str) -> Result<T, ResultsFault>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error| ResultsFault::field(field, error))
}

/// Reads an optional identifier or word, empty meaning none, and gives its canonical text.
pub(crate) fn optional<T>(field: &str, text: &str) -> Result<Option<T>, ResultsFault>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        Ok(None)
    } else {
        word(field, text).map(Some)
    }
}

/// Reads a list of words, an empty list meaning all.
pub(crate) fn words<T>(field: &str, texts: &[String]) -> Result<Option<Vec<String>>, ResultsFault>
where
    T: std::str::FromStr + std::fmt::Display,
    T::Err: std::fmt::Display,
{
    if texts.is_empty() {
        return Ok(None);
    }
    texts
        .iter()
        .map(|text| word::<T>(field, text).map(|word| word.to_string()))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// A `like` pattern for a prefix, with its special characters taken as they are.
pub(crate) fn like_prefix(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for character in prefix.chars() {
        if matches!(character, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// A filter of docs/guides/filters.md.
pub(crate) fn filter(text: &str) -> Result<wt_filter::Filter, ResultsFault> {
    text.parse()
        .map_err(|fault| ResultsFault::field("filter", fault))
}

/// A stored port as the wire has it; the schema holds none outside a port's range.
fn port(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

/// An exposure as it is shown at `now`: seen as late as the last full look at its host, and with
/// an accepted risk only until its end.
pub(crate) fn exposure(row: ExposureRow, now: OffsetDateTime) -> results::Exposure {
    let (last_seen, last_run_id) = match (row.look_at, row.look_run_id) {
        (Some(at), Some(run)) if at > row.last_seen => (at, run),
        _ => (row.last_seen, row.last_run_id),
    };
    let clock = Clock {
        from: row.clock_from.unwrap_or(row.first_seen),
        stood: Duration::seconds(row.stood_s),
        paused_at: row.paused_at,
        paused_until: row.decision_until,
    };
    let live = matches!(row.state.as_str(), "open" | "unresponsive");
    let terms = row.terms.as_deref().map_or_else(Terms::default, sla::terms);
    let severity = row.severity.parse().unwrap_or(Severity::Info);
    let sla = Sla::of(terms.term(severity, row.kev), live, &clock, now);
    let stands = row.decision_until.is_none_or(|until| until > now);
    results::Exposure {
        key: row.key,
        state: row.state,
        severity: row.severity,
        title: row.title,
        check_id: row.check_id,
        asset_id: row.asset_id,
        host: row.host,
        transport: row.transport,
        port: port(row.port),
        discriminator: row.discriminator,
        first_seen: Some(to_timestamp(row.first_seen)),
        last_seen: Some(to_timestamp(last_seen)),
        last_run_id,
        decision: row.decision.filter(|_| stands).unwrap_or_default(),
        assignee: row.assignee.unwrap_or_default(),
        unresponsive_reason: row.unresponsive_reason.unwrap_or_default(),
        score: u32::try_from(row.score).unwrap_or_default(),
        kev: row.kev,
        tags: row.tags,
        sla: sla.as_str().to_owned(),
        due_at: sla.due_at().map(to_timestamp),
    }
}

/// A transition.
pub(crate) fn event(row: EventRow) -> Result<results::ExposureEvent, ResultsFault> {
    let changed: Vec<FieldChange> = serde_json::from_value(row.changed)
        .map_err(|error| ResultsFault::inconsistent("results.events.changed", error))?;
    Ok(results::ExposureEvent {
        id: row.id,
        key: row.key,
        r#type: row.r#type,
        run_id: row.run_id.unwrap_or_default(),
        at: Some(to_timestamp(row.at)),
        title: row.title,
        severity: row.severity,
        asset_id: row.asset_id,
        host: row.host,
        port: port(row.port),
        check_id: row.check_id,
        changed_fields: changed
            .into_iter()
            .map(|field| results::FieldChange {
                name: field.name,
                before: field.before.unwrap_or_default(),
                after: field.after.unwrap_or_default(),
            })
            .collect(),
        reason: row.reason.unwrap_or_default(),
        flapping: false,
    })
}

/// A decision.
pub(crate) fn action(row: ActionRow) -> results::Action {
    results::Action {
        id: row.id,
        kind: row.kind,
        reason: row.reason,
        note: row.note,
        assignee: row.assignee,
        until: row.until.map(to_timestamp),
        by: row.by,
        at: Some(to_timestamp(row.at)),
        tags: row.tags,
        bulk_id: row.bulk_id.unwrap_or_default(),
    }
}

/// What is published about a CVE.
pub(crate) fn cve(row: CveRow) -> results::Cve {
    results::Cve {
        id: row.cve,
        epss_ppm: row.ppm.and_then(|ppm| u32::try_from(ppm).ok()),
        kev_added: row.kev_added.unwrap_or_default(),
        kev_due: row.kev_due.unwrap_or_default(),
        ransomware: row.ransomware,
    }
}

/// What people are told about a check.
pub(crate) fn check_texts(row: CheckRow) -> results::CheckTexts {
    let cwe = row.cwe.into_iter();
    results::CheckTexts {
        id: row.check_id,
        description: row.description,
        remediation: row.remediation,
        references: row.reference_urls,
        cwe: cwe.filter_map(|n| u32::try_from(n).ok()).collect(),
        cve: row.cve,
        cvss_vector: row.cvss_vector,
        cvss_tenths: u32::try_from(row.cvss_tenths.unwrap_or_default()).unwrap_or_default(),
    }
}

/// One action on many exposures.
pub(crate) fn bulk(row: BulkRow) -> results::Bulk {
    let count = |rows: i64| u64::try_from(rows).unwrap_or_default();
    results::Bulk {
        id: row.id,
        kind: row.kind,
        filter: row.filter,
        reason: row.reason,
        applied: count(row.applied),
        unsuitable: count(row.unsuitable),
        undoes: row.undoes.unwrap_or_default(),
        undone_by: row.undone_by.unwrap_or_default(),
        by: row.by,
        at: Some(to_timestamp(row.at)),
    }
}

/// Evidence, with the certificate in PEM.
pub(crate) fn evidence(row: EvidenceRow) -> results::Evidence {
    results::Evidence {
        address: row.address,
        request: row.request,
        response: row.response,
        response_sha256: row.response_sha256,
        certificate_pem: row.certificate.map(|der| pem(&der)).unwrap_or_default(),
        matched: row.matched,
        elapsed_ms: u32::try_from(row.elapsed_ms).unwrap_or(u32::MAX),
        at: Some(to_timestamp(row.at)),
        run_id: row.run_id.unwrap_or_default(),
        covered: 0,
    }
}

/// What is shown of an exposure before somebody asks for its values.
pub(crate) struct Shown {
    pub(crate) attributes: BTreeMap<String, String>,
    /// Names of attributes that are covered.
    pub(crate) names: Vec<String>,
    pub(crate) evidence: Option<results::Evidence>,
}

impl Shown {
    /// Covers what looks like a secret, and whatever repeats it.
    pub(crate) fn of(
        attributes: BTreeMap<String, String>,
        evidence: Option<results::Evidence>,
    ) -> Self {
        let mut covered = Covered::default();
        for (name, value) in &attributes {
            covered.learn_named(name, value);
        }
        if let Some(seen) = &evidence {
            covered.learn(&seen.request);
            covered.learn(&seen.response);
            for matched in &seen.matched {
                covered.learn(matched.as_bytes());
            }
        }
        let (attributes, names) = covered.cover_named(attributes);
        let evidence = evidence.map(|seen| cover(&covered, seen));
        Self {
            attributes,
            names,
            evidence,
        }
    }

    /// How many values of the evidence are covered.
    pub(crate) fn values(&self) -> u32 {
        self.evidence.as_ref().map_or(0, |seen| seen.covered)
    }
}

fn cover(covered: &Covered, mut seen: results::Evidence) -> results::Evidence {
    let mut many = 0_u32;
    for bytes in [&mut seen.request, &mut seen.response] {
        let (shown, values) = covered.cover(bytes);
        *bytes = shown;
        many = many.saturating_add(values);
    }
    for text in &mut seen.matched {
        let (shown, values) = covered.cover_text(text);
        *text = shown;
        many = many.saturating_add(values);
    }
    seen.covered = many;
    seen
}

/// Characters of base64 a line of PEM carries (RFC 7468 §2).
const PEM_LINE: usize = 64;

fn pem(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (index, character) in data_encoding::BASE64.encode(der).chars().enumerate() {
        if index > 0 && index % PEM_LINE == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + "\n-----END CERTIFICATE-----\n"
}
