//! A tiny authoritative name server whose answers may change from question to question.
//!
//! Written by hand (RFC 1035 §4) so that a test can say exactly what the second answer is: that
//! is what DNS rebinding is made of.
use std::{
    collections::BTreeMap,
    fs, io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::net::UdpSocket;

use crate::{
    Target, refuse_outside,
    zone::{TYPE_AXFR, TYPE_CAA, TYPE_MX, TYPE_SOA, wire_name},
};

/// What one question about a name is answered with.
#[derive(Debug, Clone)]
pub enum DnsAnswer {
    /// These addresses, filtered by the type asked for.
    Addresses(Vec<IpAddr>),
    /// The text of a TXT record.
    Text(String),
    /// Several TXT records, each in parts of 255 bytes.
    Texts(Vec<String>),
    /// Another name for the same (CNAME).
    Alias(String),
    /// The zone's name servers, by name (NS).
    Servers(Vec<String>),
    /// Records of any one type, as they stand on the wire.
    Raw(u16, Vec<Vec<u8>>),
    /// These records whatever is asked: `(type, data)`, all of the name of the question.
    Records(Vec<(u16, Vec<u8>)>),
    /// Only the head of an answer over UDP; over TCP this one, or a connection that ends.
    Cut(Option<Box<DnsAnswer>>),
    /// Nothing at all.
    Silence,
    /// No such name.
    NoSuchName,
    /// The server fails.
    ServFail,
    /// The server declines.
    Refused,
}

const TYPE_A: u16 = 1;
const TYPE_NS: u16 = 2;
const TYPE_CNAME: u16 = 5;
const TYPE_TXT: u16 = 16;
const TYPE_AAAA: u16 = 28;

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DnsQuestion {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Text.
    Txt,
    /// Name servers.
    Ns,
    /// The top of a zone.
    Soa,
    /// Mail servers.
    Mx,
    /// Who may issue certificates.
    Caa,
    /// The whole zone.
    Axfr,
    /// Anything else.
    Other,
}

impl From<u16> for DnsQuestion {
    fn from(kind: u16) -> Self {
        match kind {
            TYPE_A => Self::A,
            TYPE_AAAA => Self::Aaaa,
            TYPE_TXT => Self::Txt,
            TYPE_NS => Self::Ns,
            TYPE_SOA => Self::Soa,
            TYPE_MX => Self::Mx,
            TYPE_CAA => Self::Caa,
            TYPE_AXFR => Self::Axfr,
            _ => Self::Other,
        }
    }
}

/// Serves `names`: the n-th question of a type about a name gets its n-th answer, the last one
/// for ever. Other names do not exist.
pub async fn serve_dns(
    address: SocketAddr,
    names: BTreeMap<String, Vec<DnsAnswer>>,
) -> io::Result<Target> {
    let mut asked: BTreeMap<(String, DnsQuestion), usize> = BTreeMap::new();
    serve_names(address, move |name, question| {
        let times = asked.entry((name.to_owned(), question)).or_default();
        let answer = names
            .get(name)
            .and_then(|answers| answers.get(*times).or(answers.last()))
            .cloned()
            .unwrap_or(DnsAnswer::NoSuchName);
        *times += 1;
        answer
    })
    .await
}

/// Serves whatever `answer` says to a name in lower case and what is asked of it.
pub async fn serve_names(
    address: SocketAddr,
    mut answer: impl FnMut(&str, DnsQuestion) -> DnsAnswer + Send + 'static,
) -> io::Result<Target> {
    refuse_outside(address)?;
    let socket = UdpSocket::bind(address).await?;
    let address = socket.local_addr()?;
    let connections = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&connections);
    let task = tokio::spawn(async move {
        let mut packet = [0_u8; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            counter.fetch_add(1, Ordering::SeqCst);
            let question = packet.get(..length).and_then(read_question);
            let Some((name, kind, question)) = question else {
                continue;
            };
            let answer = answer(&name, kind.into());
            let id = packet.get(..2).unwrap_or_default();
            if matches!(answer, DnsAnswer::Silence) {
                continue;
            }
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

/// Answers from a file of `name TYPE value` lines, read for each question so that it can be
/// edited while the server runs.
pub fn answers_of_file(
    path: PathBuf,
) -> impl FnMut(&str, DnsQuestion) -> DnsAnswer + Send + 'static {
    move |name, question| {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let lines: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(owner, _)| *owner == name)
            .filter_map(|(_, rest)| rest.split_once(' '))
            .collect();
        let of = |kind: &'static str| {
            let records = lines.iter().filter(move |(word, _)| *word == kind);
            records.map(|(_, value)| *value)
        };
        if lines.is_empty() {
            return DnsAnswer::NoSuchName;
        }
        match question {
            DnsQuestion::Txt => DnsAnswer::Text(of("TXT").collect()),
            _ => DnsAnswer::Addresses(
                of("A")
                    .chain(of("AAAA"))
                    .filter_map(|address| address.parse().ok())
                    .collect(),
            ),
        }
    }
}

/// Name in lower case, type, and the question section as sent.
pub(crate) fn read_question(packet: &[u8]) -> Option<(String, u16, &[u8])> {
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

/// The bytes of an answer.
pub(crate) fn reply(id: &[u8], question: &[u8], kind: u16, answer: &DnsAnswer) -> Vec<u8> {
    let (code, records) = match answer {
        DnsAnswer::NoSuchName => (3, Vec::new()),
        DnsAnswer::ServFail => (2, Vec::new()),
        DnsAnswer::Refused => (5, Vec::new()),
        DnsAnswer::Records(all) => (0, all.clone()),
        DnsAnswer::Texts(texts) if kind == TYPE_TXT => {
            (0, texts.iter().map(|text| (kind, parts(text))).collect())
        }
        DnsAnswer::Text(text) if kind == TYPE_TXT => {
            let cut: Vec<u8> = text.bytes().take(255).collect();
            let mut data = vec![u8::try_from(cut.len()).unwrap_or(u8::MAX)];
            data.extend(cut);
            (0, vec![(kind, data)])
        }
        DnsAnswer::Alias(name) => (0, vec![(TYPE_CNAME, wire_name(name))]),
        DnsAnswer::Servers(names) if kind == TYPE_NS => {
            let all = names.iter().map(|name| (kind, wire_name(name)));
            (0, all.collect())
        }
        DnsAnswer::Raw(of, all) if *of == kind => {
            (0, all.iter().map(|data| (kind, data.clone())).collect())
        }
        DnsAnswer::Text(_)
        | DnsAnswer::Texts(_)
        | DnsAnswer::Servers(_)
        | DnsAnswer::Raw(..)
        | DnsAnswer::Cut(_)
        | DnsAnswer::Silence => (0, Vec::new()),
        DnsAnswer::Addresses(list) => {
            let all = list.iter().filter_map(|a| Some((kind, rdata(*a, kind)?)));
            (0, all.collect())
        }
    };
    let mut out = id.to_vec();
    let cut = u8::from(matches!(answer, DnsAnswer::Cut(_))) << 1;
    out.extend([0x84 | cut, code, 0, 1]); // response, authoritative
    out.extend(
        u16::try_from(records.len())
            .unwrap_or_default()
            .to_be_bytes(),
    );
    out.extend([0, 0, 0, 0]);
    out.extend_from_slice(question);
    for (kind, data) in records {
        out.extend([0xc0, 0x0c]); // the name of the question
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 0]); // IN, TTL 0
        out.extend(u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
        out.extend(data);
    }
    out
}

/// Text as the parts of one TXT record.
fn parts(text: &str) -> Vec<u8> {
    let mut data = Vec::new();
    for part in text.as_bytes().chunks(255) {
        data.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        data.extend_from_slice(part);
    }
    data
}

fn rdata(address: IpAddr, kind: u16) -> Option<Vec<u8>> {
    match (address, kind) {
        (IpAddr::V4(v4), TYPE_A) => Some(v4.octets().to_vec()),
        (IpAddr::V6(v6), TYPE_AAAA) => Some(v6.octets().to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_anew_for_each_question() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("zone");
        let mut answer = answers_of_file(path.clone());
        assert!(matches!(
            answer("a.test", DnsQuestion::A),
            DnsAnswer::NoSuchName
        ));
        fs::write(&path, "a.test A 127.0.0.9\na.test TXT proof of it\n").unwrap();
        let DnsAnswer::Addresses(found) = answer("a.test", DnsQuestion::A) else {
            panic!("no addresses");
        };
        assert_eq!(found, [IpAddr::from([127, 0, 0, 9])]);
        let DnsAnswer::Text(text) = answer("a.test", DnsQuestion::Txt) else {
            panic!("no text");
        };
        assert_eq!(text, "proof of it");
        assert!(matches!(
            answer("b.test", DnsQuestion::A),
            DnsAnswer::NoSuchName
        ));
    }
}
