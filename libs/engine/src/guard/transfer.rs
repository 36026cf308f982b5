//! Whether a zone's own server hands the whole zone to a stranger (AXFR, RFC 5936).
//!
//! This is a connection to a server of the target's, unlike a question to the operator's name
//! servers: it is made only where the scope permits the server, and paced like any other.
use std::{net::IpAddr, time::Duration};

use hickory_resolver::proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, Record, RecordType},
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use wt_exposure::InconclusiveReason;

use super::{
    Guard, Peer,
    ask::{receive_framed, send_framed},
};

/// Patience with one server, connection included.
const PATIENCE: Duration = Duration::from_secs(5);
/// Messages read of a transfer: the first few prove it, and the rest of the zone is not ours.
const MESSAGES_MAX: usize = 4;

/// What a server says to a request for the whole zone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Transfer {
    /// It hands it out: the first records.
    Given(Vec<Record>),
    /// It declines.
    Declined,
    /// Neither.
    Unclear(InconclusiveReason),
}

impl Guard {
    /// Asks a zone's server for the zone, where the scope permits the server by its name or by
    /// its address.
    pub(crate) async fn transfer(&self, zone: &str, server: &str, address: IpAddr) -> Transfer {
        let Some(peer) = self.server_in_scope(server, address) else {
            return Transfer::Unclear(InconclusiveReason::OutOfScope);
        };
        let mut stream = match self.connect(&peer).await {
            Ok(stream) => stream,
            Err(failure) => return Transfer::Unclear(failure.reason()),
        };
        let deadline = Instant::now() + PATIENCE;
        timeout_at(deadline, ask_for_zone(&mut stream, zone))
            .await
            .unwrap_or(Transfer::Unclear(InconclusiveReason::Timeout))
    }

    /// The server as a peer, if the scope has it. No refusal is recorded: nothing led there but
    /// the wish to know.
    fn server_in_scope(&self, server: &str, address: IpAddr) -> Option<Peer> {
        let port = self.zone_port();
        let excluded = |host| {
            let mut exclusions = self.scope().exclusions.iter();
            exclusions.any(|exclusion| exclusion.forbids(host, address, port))
        };
        if excluded(Some(server)) || excluded(None) {
            return None;
        }
        [server.to_owned(), address.to_string()]
            .into_iter()
            .map(|host| Peer {
                host,
                address,
                port,
                via: "name server of the zone".to_owned(),
            })
            .find(|peer| self.is_permitted(peer))
    }
}

async fn ask_for_zone(stream: &mut TcpStream, zone: &str) -> Transfer {
    let silent = Transfer::Unclear(InconclusiveReason::Timeout);
    let Ok(name) = Name::from_ascii(format!("{zone}.")) else {
        return Transfer::Unclear(InconclusiveReason::EngineError);
    };
    let mut question = Message::new(rand::random(), MessageType::Query, OpCode::Query);
    question.add_query(Query::query(name, RecordType::AXFR));
    let Ok(bytes) = question.to_vec() else {
        return Transfer::Unclear(InconclusiveReason::EngineError);
    };
    if send_framed(stream, &bytes).await.is_none() {
        return silent;
    }
    let mut records = Vec::new();
    for _ in 0..MESSAGES_MAX {
        // Some servers decline by hanging up; so does anything else that broke.
        let Some(heard) = receive_framed(stream).await else {
            return Transfer::Unclear(InconclusiveReason::Refused);
        };
        let Ok(answer) = Message::from_vec(&heard) else {
            return Transfer::Unclear(InconclusiveReason::DnsServfail);
        };
        if answer.metadata.id != question.metadata.id {
            return Transfer::Unclear(InconclusiveReason::DnsServfail);
        }
        match answer.metadata.response_code {
            ResponseCode::NoError if answer.answers.is_empty() => return Transfer::Declined,
            ResponseCode::NoError => records.extend(answer.answers),
            ResponseCode::Refused
            | ResponseCode::NotAuth
            | ResponseCode::NotImp
            | ResponseCode::FormErr => return Transfer::Declined,
            _ => return Transfer::Unclear(InconclusiveReason::DnsServfail),
        }
        if is_zone(&records) {
            return Transfer::Given(records);
        }
    }
    Transfer::Unclear(InconclusiveReason::DnsServfail)
}

/// A zone begins with its SOA; one record more is more than a stranger should get.
pub(super) fn is_zone(records: &[Record]) -> bool {
    let is_soa = |record: &Record| record.record_type() == RecordType::SOA;
    records.first().is_some_and(is_soa) && records.len() > 1
}
