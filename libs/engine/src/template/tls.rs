//! TLS handshakes for templates.
use serde_json::json;
use time::OffsetDateTime;
use wt_template::{SslBlock, TargetUrl, Value, Values};

use super::{
    found::{Finding, Shown},
    http::BlockOutcome,
    run::Asked,
    session::Session,
};
use crate::{
    guard::Peer,
    probe::{self, Certificate, TlsOffered, TlsShown},
};

/// Words of the versions, on the wire and in templates.
const VERSIONS: &[(&str, u16)] = &[
    ("ssl30", 0x0300),
    ("tls10", 0x0301),
    ("tls11", 0x0302),
    ("tls12", 0x0303),
    ("tls13", 0x0304),
];

impl Session<'_> {
    pub(super) async fn run_ssl(&mut self, block: &SslBlock) -> BlockOutcome {
        let mut outcome = BlockOutcome::default();
        let names = self.names();
        let Ok(text) = block.address.fill(&names, &mut self.chance) else {
            return outcome;
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let Some(url) = TargetUrl::new(&format!("https://{text}")) else {
            return outcome;
        };
        let transport = self.transport();
        let port = url.port_or_default();
        let Some(peer) = transport.peer(&url.host, port, "target").await else {
            return outcome;
        };
        let shown = match self.handshake(block, &peer).await {
            TlsOffered::Accepted(shown) => shown,
            TlsOffered::Declined => {
                self.note(&Asked::Heard(&[]));
                return outcome;
            }
            TlsOffered::Unanswered => {
                self.note(&Asked::Unanswered);
                return outcome;
            }
        };
        let mut values = names;
        describe(&shown, &peer, &mut values);
        let matched_at = format!("{}:{port}", url.host);
        values.set("matched", matched_at.as_str());
        let heard = values.get("response").map(Value::to_bytes);
        let heard = heard.unwrap_or_default();
        self.note(&Asked::Heard(&[]));
        let conclusion = block
            .operators
            .conclude(&values, "response", &mut self.chance);
        self.learn(&conclusion);
        if self.keeps_answers() {
            outcome.last = values;
        }
        if conclusion.is_match {
            outcome.is_match = true;
            let finding = Finding {
                protocol: "ssl",
                matched_at,
                ip: peer.address.to_string(),
                shown: Shown::Service(&[], &heard),
            };
            self.report(&conclusion, &finding);
        }
        outcome
    }

    /// With bounds on the version, one offer of each; else an ordinary handshake.
    async fn handshake(&self, block: &SslBlock, peer: &Peer) -> TlsOffered {
        let transport = self.transport();
        if block.min_version.is_empty() && block.max_version.is_empty() {
            let Ok(tcp) = transport.guard.connect(peer).await else {
                return TlsOffered::Unanswered;
            };
            return probe::tls_shown(self.client_config(), tcp, &peer.host, transport.patience())
                .await
                .map_or(TlsOffered::Unanswered, TlsOffered::Accepted);
        }
        let number = |word: &str, other: u16| {
            let word = if word == "sslv3" { "ssl30" } else { word };
            VERSIONS
                .iter()
                .find(|(known, _)| *known == word)
                .map_or(other, |(_, number)| *number)
        };
        let (low, high) = (
            number(&block.min_version, 0x0300),
            number(&block.max_version, 0x0304),
        );
        // Declined where each of them was.
        let mut answer = TlsOffered::Declined;
        for (_, version) in VERSIONS
            .iter()
            .rev()
            .filter(|(_, v)| (low..=high).contains(v))
        {
            let Ok(mut tcp) = transport.guard.connect(peer).await else {
                answer = TlsOffered::Unanswered;
                continue;
            };
            match probe::tls_offered(&mut tcp, *version, &peer.host, transport.patience()).await {
                accepted @ TlsOffered::Accepted(_) => return accepted,
                TlsOffered::Declined => {}
                TlsOffered::Unanswered => answer = TlsOffered::Unanswered,
            }
        }
        answer
    }
}

/// The field names of the usual TLS tool, of the leaf and of the connection.
fn describe(shown: &TlsShown, peer: &Peer, values: &mut Values) {
    let word = VERSIONS
        .iter()
        .find(|(_, number)| *number == shown.version)
        .map_or("unknown", |(word, _)| word);
    let mut all = json!({
        "host": peer.host,
        "ip": peer.address.to_string(),
        "port": peer.port.to_string(),
        "probe_status": true,
        "tls_version": word,
        "cipher": shown.cipher,
        "sni": peer.host,
    });
    if let (Some(leaf), Some(map)) = (shown.chain.first(), all.as_object_mut()) {
        map.extend(leaf_fields(leaf, peer));
    }
    if let Some(map) = all.as_object() {
        for (name, value) in map {
            values.set(name.as_str(), value_of(value));
        }
    }
    // Expressions compare times as numbers.
    if let Some(leaf) = shown.chain.first() {
        let seconds =
            |at: OffsetDateTime| i32::try_from(at.unix_timestamp()).map_or(f64::MAX, f64::from);
        values.set("not_after", seconds(leaf.not_after));
        values.set("not_before", seconds(leaf.not_before));
    }
    values.set("response", all.to_string());
}

fn leaf_fields(leaf: &Certificate, peer: &Peer) -> serde_json::Map<String, serde_json::Value> {
    use sha2::Digest;
    let time = |at: OffsetDateTime| {
        at.format(&time::format_description::well_known::Rfc3339)
            .unwrap_or_default()
    };
    let is_mismatched = !leaf.covers(&peer.host.to_ascii_lowercase());
    let fields = json!({
        "expired": leaf.not_after < OffsetDateTime::now_utc(),
        "self_signed": leaf.is_self_signed,
        "mismatched": is_mismatched,
        "not_before": time(leaf.not_before),
        "not_after": time(leaf.not_after),
        "subject_dn": leaf.subject,
        "subject_cn": part_of(&leaf.subject, "CN"),
        "subject_org": [part_of(&leaf.subject, "O")],
        "subject_an": leaf.names,
        "domains": leaf.names,
        "serial": leaf.serial.to_uppercase(),
        "issuer_dn": leaf.issuer,
        "issuer_cn": part_of(&leaf.issuer, "CN"),
        "issuer_org": [part_of(&leaf.issuer, "O")],
        "wildcard_certificate": leaf.names.iter().any(|name| name.starts_with("*.")),
        "fingerprint_hash": {"sha256": hex::encode(sha2::Sha256::digest(&leaf.der))},
    });
    match fields {
        serde_json::Value::Object(map) => map,
        _ => serde_json::Map::new(),
    }
}

fn part_of(name: &str, key: &str) -> String {
    name.split(',')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(known, _)| known.trim() == key)
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}

fn value_of(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Bool(flag) => Value::Flag(*flag),
        serde_json::Value::Array(items) => Value::List(items.iter().map(value_of).collect()),
        serde_json::Value::Number(number) => Value::Number(number.as_f64().unwrap_or_default()),
        other => Value::from(other.to_string()),
    }
}
