//! A tiny authoritative name server whose answers may change from question to question.
//!
//! Written by hand (RFC 1035 §4) so that a test can say exactly what the second answer is: that
//! is what DNS rebinding is made of.
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::net::UdpSocket;

use crate::{Target, refuse_outside};

/// What one question about a name is answered with.
#[derive(Debug, Clone)]
pub enum DnsAnswer {
    /// These addresses, filtered by the type asked for.
    Addresses(Vec<IpAddr>),
    /// The text of a TXT record.
    Text(String),
    /// No such name.
    NoSuchName,
    /// The server fails.
    ServFail,
}

const TYPE_A: u16 = 1;
const TYPE_TXT: u16 = 16;
const TYPE_AAAA: u16 = 28;

/// Serves `names`: the n-th question of a type about a name gets its n-th answer, the last one
/// for ever. Other names do not exist.
pub async fn serve_dns(
    address: SocketAddr,
    names: BTreeMap<String, Vec<DnsAnswer>>,
) -> io::Result<Target> {
    refuse_outside(address)?;
    let socket = UdpSocket::bind(address).await?;
    let address = socket.local_addr()?;
    let connections = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&connections);
    let task = tokio::spawn(async move {
        let mut asked: BTreeMap<(String, u16), usize> = BTreeMap::new();
        let mut packet = [0_u8; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            counter.fetch_add(1, Ordering::SeqCst);
            let question = packet.get(..length).and_then(read_question);
            let Some((name, kind, question)) = question else {
                continue;
            };
            let times = asked.entry((name.clone(), kind)).or_default();
            let answer = names
                .get(&name)
                .and_then(|answers| answers.get(*times).or(answers.last()))
                .cloned()
                .unwrap_or(DnsAnswer::NoSuchName);
            *times += 1;
            let id = packet.get(..2).unwrap_or_default();
            let reply = reply(id, question, kind, &answer);
            // The asker may be gone.
            let _ = socket.send_to(&reply, from).await;
        }
    });
    Ok(Target {
        address,
        connections,
        task,
    })
}

/// Name in lower case, type, and the question section as sent.
fn read_question(packet: &[u8]) -> Option<(String, u16, &[u8])> {
    let body = packet.get(12..)?;
    let mut labels = Vec::new();
    let mut at = 0;
    loop {
        let length = usize::from(*body.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = body.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
    let [high, low] = body.get(at..at + 2)?.try_into().ok()?;
    let question = body.get(..at + 4)?;
    Some((labels.join("."), u16::from_be_bytes([high, low]), question))
}

fn reply(id: &[u8], question: &[u8], kind: u16, answer: &DnsAnswer) -> Vec<u8> {
    let (code, records) = match answer {
        DnsAnswer::NoSuchName => (3, Vec::new()),
        DnsAnswer::ServFail => (2, Vec::new()),
        DnsAnswer::Text(text) if kind == TYPE_TXT => {
            let cut: Vec<u8> = text.bytes().take(255).collect();
            let mut data = vec![u8::try_from(cut.len()).unwrap_or(u8::MAX)];
            data.extend(cut);
            (0, vec![data])
        }
        DnsAnswer::Text(_) => (0, Vec::new()),
        DnsAnswer::Addresses(list) => (0, list.iter().filter_map(|a| rdata(*a, kind)).collect()),
    };
    let mut out = id.to_vec();
    out.extend([0x84, code, 0, 1]); // response, authoritative
    out.extend(
        u16::try_from(records.len())
            .unwrap_or_default()
            .to_be_bytes(),
    );
    out.extend([0, 0, 0, 0]);
    out.extend_from_slice(question);
    for data in records {
        out.extend([0xc0, 0x0c]); // the name of the question
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 0]); // IN, TTL 0
        out.extend(u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
        out.extend(data);
    }
    out
}

fn rdata(address: IpAddr, kind: u16) -> Option<Vec<u8>> {
    match (address, kind) {
        (IpAddr::V4(v4), TYPE_A) => Some(v4.octets().to_vec()),
        (IpAddr::V6(v6), TYPE_AAAA) => Some(v6.octets().to_vec()),
        _ => None,
    }
}
