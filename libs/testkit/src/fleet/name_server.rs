//! A name server for a handful of names: authoritative, over UDP, with answers that may change.
//!
//! Written by hand because tests need answers that no zone file has, such as a second answer that
//! differs from the first.
use std::{
    fs,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::Result;
use tokio::{net::UdpSocket, task::JoinHandle};

/// One record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// IPv4 address.
    A(Ipv4Addr),
    /// IPv6 address.
    Aaaa(Ipv6Addr),
    /// Text of at most 255 bytes.
    Txt(String),
}

impl Record {
    /// Type number (RFC 1035 §3.2.2, RFC 3596).
    fn kind(&self) -> u16 {
        match self {
            Self::A(_) => 1,
            Self::Txt(_) => 16,
            Self::Aaaa(_) => 28,
        }
    }

    fn data(&self) -> Vec<u8> {
        match self {
            Self::A(address) => address.octets().to_vec(),
            Self::Aaaa(address) => address.octets().to_vec(),
            Self::Txt(text) => {
                let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
                std::iter::once(length)
                    .chain(text.bytes().take(usize::from(length)))
                    .collect()
            }
        }
    }
}

/// A server that answers until it is dropped.
#[derive(Debug)]
pub struct NameServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl NameServer {
    /// Answers on `socket` with what `records` has for a lower-case name without its last dot;
    /// no records of any type means that there is no such name.
    ///
    /// # Errors
    /// The socket has no address.
    pub fn start(
        socket: UdpSocket,
        mut records: impl FnMut(&str) -> Vec<Record> + Send + 'static,
    ) -> Result<Self> {
        let address = socket.local_addr()?;
        let task = tokio::spawn(async move {
            // The largest query over UDP that anybody sends with EDNS.
            let mut buffer = [0_u8; 4096];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                let query = buffer.get(..length).unwrap_or_default();
                if let Some(answer) = answer(query, &mut records) {
                    // Who does not get it asks again.
                    let _ = socket.send_to(&answer, peer).await;
                }
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for ever, or until the socket fails.
    ///
    /// # Errors
    /// The socket failed in a way that ended the task.
    pub async fn serve(mut self) -> Result<()> {
        Ok((&mut self.task).await?)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Records from a file of `name TYPE value` lines, read for each question so that it can be
/// edited while the server runs.
pub fn records_of_file(path: PathBuf) -> impl FnMut(&str) -> Vec<Record> + Send + 'static {
    move |name| {
        let text = fs::read_to_string(&path).unwrap_or_default();
        text.lines()
            .filter_map(|line| {
                let (owner, rest) = line.split_once(' ')?;
                let (kind, value) = rest.split_once(' ')?;
                (owner == name).then_some(())?;
                match kind {
                    "A" => value.parse().ok().map(Record::A),
                    "AAAA" => value.parse().ok().map(Record::Aaaa),
                    "TXT" => Some(Record::Txt(value.to_owned())),
                    _ => None,
                }
            })
            .collect()
    }
}

/// Bytes of a message's header (RFC 1035 §4.1.1).
const HEADER_BYTES: usize = 12;
/// Answer, authoritative, recursion available (resolvers insist).
const FLAGS: u16 = 0x8480;
/// No such name.
const NXDOMAIN: u16 = 3;
/// The question's name, by its offset.
const NAME_POINTER: u16 = 0xC00C;

fn answer(query: &[u8], records: &mut dyn FnMut(&str) -> Vec<Record>) -> Option<Vec<u8>> {
    let id = query.get(..2)?;
    let (name, end) = question_name(query)?;
    let kind = u16::from_be_bytes(query.get(end..end + 2)?.try_into().ok()?);
    let question = query.get(HEADER_BYTES..end + 4)?;
    let all = records(&name);
    let flags = if all.is_empty() {
        FLAGS | NXDOMAIN
    } else {
        FLAGS
    };
    let wanted: Vec<_> = all.iter().filter(|record| record.kind() == kind).collect();
    let mut message = id.to_vec();
    for field in [flags, 1, u16::try_from(wanted.len()).ok()?, 0, 0] {
        message.extend(field.to_be_bytes());
    }
    message.extend(question);
    for record in wanted {
        let data = record.data();
        for field in [NAME_POINTER, record.kind(), 1, 0, 0] {
            message.extend(field.to_be_bytes());
        }
        message.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        message.extend(data);
    }
    Some(message)
}

/// The first question's name and where it ends.
fn question_name(query: &[u8]) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    let mut at = HEADER_BYTES;
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        let label = query.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A query for `a.test`, as a resolver sends it.
    fn query(kind: u16) -> Vec<u8> {
        let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend(b"\x01A\x04test\x00");
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 1]);
        bytes
    }

    #[test]
    fn a_known_name_is_answered_and_an_unknown_one_does_not_exist() {
        let mut known = |name: &str| match name {
            "a.test" => vec![Record::A(Ipv4Addr::new(127, 0, 0, 9))],
            _ => Vec::new(),
        };
        let found = answer(&query(1), &mut known).unwrap();
        assert_eq!(found[..4], [0x12, 0x34, 0x84, 0x80]);
        assert_eq!(found[7], 1);
        assert!(found.ends_with(&[0, 4, 127, 0, 0, 9]));
        // The name is there, only not with this type.
        assert_eq!(answer(&query(16), &mut known).unwrap()[3], 0x80);
        let mut nothing = |_: &str| Vec::new();
        assert_eq!(answer(&query(1), &mut nothing).unwrap()[3], 0x83);
        assert_eq!(answer(&[0; 5], &mut nothing), None);
    }
}
