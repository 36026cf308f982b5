//! Blocks of bytes over TCP.
use std::time::Duration;

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, timeout_at},
};
use wt_template::{TcpBlock, Value, Values};

use super::{
    found::{Finding, Shown},
    http::BlockOutcome,
    run::Asked,
    session::Session,
    transport::Stream,
};

/// Most bytes read until the peer ends.
const READ_ALL_BYTES_MAX: usize = 1024 * 1024;
/// Patience with the rest once something came: services answer in one go.
const REST_PATIENCE: Duration = Duration::from_millis(300);

/// Where one connection goes.
struct Place {
    host: String,
    port: u16,
    is_tls: bool,
}

impl Session<'_> {
    pub(super) async fn run_tcp(&mut self, block: &TcpBlock) -> BlockOutcome {
        let mut outcome = BlockOutcome::default();
        let rounds = block
            .payloads
            .as_ref()
            .map_or(1, wt_template::Payloads::len);
        for round in 0..rounds {
            let mut names = self.names();
            for (name, value) in block
                .payloads
                .iter()
                .filter_map(|p| p.round(round))
                .flatten()
            {
                names.set(name, value);
            }
            for place in self.places(block, &names) {
                if self.is_over() {
                    return outcome;
                }
                if self.ask_tcp(block, &place, &names, &mut outcome).await
                    && (block.stops_at_first_match || self.stops_at_first_match())
                {
                    return outcome;
                }
            }
        }
        outcome
    }

    /// A port of the target wins over the template's.
    fn places(&mut self, block: &TcpBlock, names: &Values) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        for host in &block.hosts {
            let Ok(text) = host.fill(names, &mut self.chance) else {
                continue;
            };
            let text = String::from_utf8_lossy(&text).into_owned();
            let (text, is_tls) = match text.strip_prefix("tls://") {
                Some(rest) => (rest.to_owned(), true),
                None => (text, false),
            };
            let Some(url) = wt_template::TargetUrl::new(&format!("http://{text}")) else {
                continue;
            };
            let ports = match url.port {
                _ if self.has_port => vec![self.target.port_or_default()],
                Some(port) => vec![port],
                None => block.ports.clone(),
            };
            for port in ports {
                let is_known = places
                    .iter()
                    .any(|p| p.host == url.host && p.port == port && p.is_tls == is_tls);
                if !is_known {
                    places.push(Place {
                        host: url.host.clone(),
                        port,
                        is_tls,
                    });
                }
            }
        }
        places
    }

    async fn ask_tcp(
        &mut self,
        block: &TcpBlock,
        place: &Place,
        names: &Values,
        outcome: &mut BlockOutcome,
    ) -> bool {
        let Some(mut values) = self.talk_tcp(block, place, names).await else {
            self.note(&Asked::Unanswered);
            return false;
        };
        let bytes = |name: &str| values.get(name).map(Value::to_bytes).unwrap_or_default();
        let (sent, heard) = (bytes("request"), bytes("raw"));
        self.note(&if heard.is_empty() {
            Asked::Unanswered
        } else {
            Asked::Heard(&heard)
        });
        let matched_at = format!("{}:{}", place.host, place.port);
        values.set("host", place.host.as_str());
        values.set("matched", matched_at.as_str());
        let conclusion = block.operators.conclude(&values, "data", &mut self.chance);
        self.learn(&conclusion);
        if self.keeps_answers() {
            outcome.last = values.clone();
        }
        if conclusion.is_match {
            outcome.is_match = true;
            let ip = values.get("ip").map(Value::to_text).unwrap_or_default();
            self.report(
                &conclusion,
                &Finding {
                    protocol: "tcp",
                    matched_at,
                    ip,
                    shown: Shown::Service(&sent, &heard),
                },
            );
        }
        conclusion.is_match
    }

    async fn talk_tcp(
        &mut self,
        block: &TcpBlock,
        place: &Place,
        names: &Values,
    ) -> Option<Values> {
        let transport = self.transport();
        let peer = transport.peer(&place.host, place.port, "target").await?;
        let server_name = place.is_tls.then_some(place.host.as_str());
        let mut stream = transport.open(&peer, server_name).await?;
        let deadline = Instant::now() + transport.patience();
        let mut values = names.clone();
        let (mut all, mut sent) = (Vec::new(), Vec::new());
        for (number, input) in block.inputs.iter().enumerate() {
            let data = input.data.fill(&values, &mut self.chance).ok()?;
            let data = if input.is_hex {
                let digits: Vec<u8> = data.iter().copied().filter(u8::is_ascii_hexdigit).collect();
                Bytes::from(hex::decode(digits).ok()?)
            } else {
                data
            };
            timeout_at(deadline, stream.write_all(&data))
                .await
                .ok()?
                .ok()?;
            timeout_at(deadline, stream.flush()).await.ok()?.ok()?;
            sent.extend_from_slice(&data);
            if let Some(count) = input.read_bytes.filter(|count| *count > 0) {
                let heard = hear(&mut stream, count, deadline, false).await;
                all.extend_from_slice(&heard);
                let name = if input.name.is_empty() {
                    format!("data{number}")
                } else {
                    input.name.clone()
                };
                values.set(name, Value::text(heard));
            }
        }
        let limit = if block.reads_all {
            READ_ALL_BYTES_MAX
        } else {
            block.read_bytes
        };
        let last = hear(&mut stream, limit, deadline, block.reads_all).await;
        all.extend_from_slice(&last);
        values.set("data", Value::text(last));
        values.set("raw", Value::text(all));
        values.set("request", Value::text(sent));
        values.set("ip", peer.address.to_string());
        Some(values)
    }
}

/// At most `most` bytes: what comes before the peer pauses, or all of it.
async fn hear(
    stream: &mut Box<dyn Stream>,
    most: usize,
    deadline: Instant,
    reads_all: bool,
) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut chunk = vec![0; 4096];
    while heard.len() < most {
        let until = if heard.is_empty() || reads_all {
            deadline
        } else {
            deadline.min(Instant::now() + REST_PATIENCE)
        };
        match timeout_at(until, stream.read(&mut chunk)).await {
            Ok(Ok(count @ 1..)) => {
                let room = most - heard.len();
                let taken = chunk.get(..count.min(room)).unwrap_or_default();
                heard.extend_from_slice(taken);
            }
            _ => break,
        }
    }
    heard
}
