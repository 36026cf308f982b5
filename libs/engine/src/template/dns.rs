//! Questions to name servers, and their answers in the text form that templates match.
use std::fmt::Write;

use hickory_resolver::proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{DNSClass, Name, RData, Record, RecordType},
};
use wt_template::{DnsBlock, Value, Values};

use super::{
    found::{Finding, Shown},
    http::BlockOutcome,
    run::Asked,
    session::Session,
};
use crate::{guard::Guard, probe::record_line};

/// Bytes of an answer over UDP that are asked for.
const PAYLOAD_BYTES: u16 = 4_096;

impl Session<'_> {
    pub(super) async fn run_dns(&mut self, block: &DnsBlock) -> BlockOutcome {
        let mut outcome = BlockOutcome::default();
        let rounds = block
            .payloads
            .as_ref()
            .map_or(1, wt_template::Payloads::len);
        for round in 0..rounds {
            if self.is_over() {
                break;
            }
            let mut names = self.names();
            for (name, value) in block
                .payloads
                .iter()
                .filter_map(|p| p.round(round))
                .flatten()
            {
                names.set(name, value);
            }
            let Ok(name) = block.name.fill(&names, &mut self.chance) else {
                continue;
            };
            let name = String::from_utf8_lossy(&name)
                .trim_end_matches('.')
                .to_owned();
            // Names below the target's are the target's; any other is somebody else's business.
            if !is_below(&name, &self.target.host) {
                continue;
            }
            let transport = self.transport();
            let Some(answer) = ask(transport.guard, &name, block).await else {
                self.note(&Asked::Unanswered);
                continue;
            };
            // A server that fails or refuses says nothing of the name.
            let is_told = matches!(
                answer.metadata.response_code,
                ResponseCode::NoError | ResponseCode::NXDomain
            );
            self.note(&if is_told {
                Asked::Heard(&[])
            } else {
                Asked::Unanswered
            });
            let mut values = names.clone();
            describe(&answer, &mut values);
            let raw = values.get("raw").map(Value::to_text).unwrap_or_default();
            values.set("host", name.as_str());
            values.set("matched", name.as_str());
            let conclusion = block.operators.conclude(&values, "raw", &mut self.chance);
            self.learn(&conclusion);
            if self.keeps_answers() {
                outcome.last = values;
            }
            if conclusion.is_match {
                outcome.is_match = true;
                let finding = Finding {
                    protocol: "dns",
                    matched_at: name,
                    ip: String::new(),
                    shown: Shown::Name(&raw),
                };
                self.report(&conclusion, &finding);
            }
        }
        outcome
    }
}

fn is_below(name: &str, host: &str) -> bool {
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    name == host || name.ends_with(&format!(".{host}")) || host.ends_with(&format!(".{name}"))
}

async fn ask(guard: &Guard, name: &str, block: &DnsBlock) -> Option<Message> {
    let mut query = Query::query(
        Name::from_ascii(format!("{name}.")).ok()?,
        block.kind.parse::<RecordType>().ok()?,
    );
    if block.class == "chaos" {
        query.set_query_class(DNSClass::CH);
    }
    question(guard, query, block.is_recursive).await
}

async fn question(guard: &Guard, query: Query, is_recursive: bool) -> Option<Message> {
    let mut message = Message::new(rand::random(), MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = is_recursive;
    message.add_query(query);
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD_BYTES);
    message.edns = Some(edns);
    let bytes = message.to_vec().ok()?;
    let heard = guard.question(&bytes).await?;
    let answer = Message::from_vec(&heard).ok()?;
    (answer.metadata.id == message.metadata.id).then_some(answer)
}

/// Where a name points with a CNAME.
pub(super) async fn cname_of(guard: &Guard, host: &str) -> Option<String> {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let query = Query::query(
        Name::from_ascii(format!("{host}.")).ok()?,
        RecordType::CNAME,
    );
    let answer = question(guard, query, true).await?;
    answer.answers.iter().find_map(|record| match &record.data {
        RData::CNAME(name) => Some(name.0.to_ascii().trim_end_matches('.').to_owned()),
        _ => None,
    })
}

/// An answer in the form most tools print, tabs included: public templates match that text.
fn describe(answer: &Message, values: &mut Values) {
    let status = format!("{:?}", answer.metadata.response_code).to_uppercase();
    let mut flags = String::from("qr");
    let meta = &answer.metadata;
    for (is_set, word) in [
        (meta.authoritative, "aa"),
        (meta.truncation, "tc"),
        (meta.recursion_desired, "rd"),
        (meta.recursion_available, "ra"),
    ] {
        if is_set {
            let _ = write!(flags, " {word}");
        }
    }
    let mut question = String::new();
    for query in &answer.queries {
        let (name, class, kind) = (query.name(), query.query_class(), query.query_type());
        let _ = writeln!(question, ";{name}\t{class}\t {kind}");
    }
    let section = |records: &[Record]| records.iter().map(record_line).collect::<String>();
    let (answers, authority, extra) = (
        section(&answer.answers),
        section(&answer.authorities),
        section(&answer.additionals),
    );
    let mut raw = format!(
        ";; opcode: QUERY, status: {status}, id: {}\n;; flags: {flags}; QUERY: {}, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n\n;; QUESTION SECTION:\n{question}",
        meta.id,
        answer.queries.len(),
        answer.answers.len(),
        answer.authorities.len(),
        answer.additionals.len(),
    );
    for (title, text) in [
        ("ANSWER", &answers),
        ("AUTHORITY", &authority),
        ("ADDITIONAL", &extra),
    ] {
        if !text.is_empty() {
            let _ = write!(raw, "\n;; {title} SECTION:\n{text}");
        }
    }
    values.set("rcode", f64::from(u16::from(answer.metadata.response_code)));
    values.set("question", question);
    values.set("answer", answers);
    values.set("ns", authority);
    values.set("extra", extra);
    values.set("raw", Value::from(raw.as_str()));
    values.set("body", raw);
}
