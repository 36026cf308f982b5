//! Whether a name is gone, by the word of the zone's own servers (contracts §4 and §6).
//!
//! A resolver's "no such name" may be a cache, a filter or a lie. Only when servers that the zone
//! names as its own say so, with authority and twice, is the name taken for gone.
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hickory_resolver::proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use tokio::net::UdpSocket;
use wt_scope::{Network, Scope, classify};

use super::Names;

/// Patience with one server.
const PATIENCE: Duration = Duration::from_secs(2);
/// Servers of a zone that are asked; two agreeing answers are enough.
const SERVERS_MAX: usize = 4;
/// Answers that have to agree.
const AGREEING: usize = 2;
/// Most bytes of an answer.
const ANSWER_BYTES_MAX: usize = 4_096;

/// What one server says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// There is no such name, said with authority.
    Gone,
    /// There is, or it leads elsewhere, or the server has no authority over it.
    Other,
}

/// Reads an answer to our question; none when it is not one.
pub(super) fn word_of(answer: &Message, id: u16, name: &Name) -> Option<Word> {
    let meta = &answer.metadata;
    let is_ours = meta.id == id
        && meta.message_type == MessageType::Response
        && answer.queries.iter().any(|query| query.name() == name);
    if !is_ours {
        return None;
    }
    // An alias whose end does not exist answers like this too: then the name itself is there.
    let is_gone = meta.response_code == ResponseCode::NXDomain
        && meta.authoritative
        && answer.answers.is_empty();
    Some(if is_gone { Word::Gone } else { Word::Other })
}

/// Whether a name server may be asked: an address of the internet, or one the operator opened, and
/// none that the scope excludes.
pub(super) fn may_be_asked(address: IpAddr, port: u16, scope: &Scope, allowed: &[Network]) -> bool {
    let is_open = classify(address).is_none_or(|range| {
        range.can_be_allowed && allowed.iter().any(|net| net.contains(address))
    });
    let is_excluded = scope
        .exclusions
        .iter()
        .any(|exclusion| exclusion.forbids(None, address, port));
    is_open && !is_excluded
}

impl Names {
    /// Whether the zone's own servers agree that a name is gone. Any doubt is a no.
    pub(super) async fn is_gone(&self, name: &str, may_ask: impl Fn(IpAddr, u16) -> bool) -> bool {
        let Ok(asked) = Name::from_ascii(format!("{name}.")) else {
            return false;
        };
        let port = self.zone_port();
        let servers: Vec<SocketAddr> = self
            .servers_of_zone(name)
            .await
            .into_iter()
            .filter(|address| may_ask(*address, port))
            .map(|address| SocketAddr::new(address, port))
            .collect();
        let mut agreeing = 0;
        // Twice round: a zone of one server is asked twice, and a lost packet is no answer.
        for server in servers.iter().chain(&servers) {
            match ask(*server, &asked).await {
                Some(Word::Gone) => agreeing += 1,
                Some(Word::Other) => return false,
                None => {}
            }
            if agreeing >= AGREEING {
                return true;
            }
        }
        false
    }

    /// Addresses of the servers of the zone that a missing name would lie in: of the nearest name
    /// above it that has any.
    async fn servers_of_zone(&self, name: &str) -> Vec<IpAddr> {
        let mut above = name;
        while let Some((_, parent)) = above.split_once('.') {
            above = parent;
            let servers = self.name_servers_of(above).await;
            if servers.is_empty() {
                continue;
            }
            let mut addresses = Vec::new();
            for server in servers.iter().take(SERVERS_MAX) {
                addresses.extend(self.ask(server).await.unwrap_or_default().first().copied());
            }
            return addresses;
        }
        Vec::new()
    }

    /// The name servers of a zone, as the resolver knows them.
    async fn name_servers_of(&self, zone: &str) -> Vec<String> {
        let Ok(name) = Name::from_ascii(format!("{zone}.")) else {
            return Vec::new();
        };
        let mut message = Message::new(rand::random(), MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(name.clone(), RecordType::NS));
        let Ok(bytes) = message.to_vec() else {
            return Vec::new();
        };
        let heard = self.question(&bytes).await.unwrap_or_default();
        let Ok(answer) = Message::from_vec(&heard) else {
            return Vec::new();
        };
        answer
            .answers
            .iter()
            .filter(|record| record.name == name)
            .filter_map(|record| match &record.data {
                RData::NS(server) => Some(server.0.to_ascii().trim_end_matches('.').to_owned()),
                _ => None,
            })
            .collect()
    }
}

async fn ask(server: SocketAddr, name: &Name) -> Option<Word> {
    let mut message = Message::new(rand::random(), MessageType::Query, OpCode::Query);
    message.add_query(Query::query(name.clone(), RecordType::A));
    let bytes = message.to_vec().ok()?;
    let any = if server.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any).await.ok()?;
    socket.connect(server).await.ok()?;
    socket.send(&bytes).await.ok()?;
    let mut heard = vec![0; ANSWER_BYTES_MAX];
    let length = tokio::time::timeout(PATIENCE, socket.recv(&mut heard))
        .await
        .ok()?
        .ok()?;
    let answer = Message::from_vec(heard.get(..length)?).ok()?;
    word_of(&answer, message.metadata.id, name)
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::{
        op::{Message, MessageType, OpCode, Query, ResponseCode},
        rr::{Name, RData, Record, RecordType, rdata::CNAME},
    };
    use wt_scope::Scope;

    use super::{Word, may_be_asked, word_of};

    fn answer(code: ResponseCode, has_authority: bool) -> (Message, Name) {
        let name = Name::from_ascii("gone.example.").unwrap();
        let mut message = Message::new(7, MessageType::Response, OpCode::Query);
        message.metadata.response_code = code;
        message.metadata.authoritative = has_authority;
        message.add_query(Query::query(name.clone(), RecordType::A));
        (message, name)
    }

    #[test]
    fn only_a_denial_with_authority_and_without_an_alias_is_gone() {
        let (gone, name) = answer(ResponseCode::NXDomain, true);
        assert_eq!(word_of(&gone, 7, &name), Some(Word::Gone));
        assert_eq!(word_of(&gone, 8, &name), None, "an answer to somebody else");
        let other = Name::from_ascii("other.example.").unwrap();
        assert_eq!(word_of(&gone, 7, &other), None);
        for (code, has_authority) in [
            (ResponseCode::NXDomain, false),
            (ResponseCode::NoError, true),
            (ResponseCode::ServFail, true),
            (ResponseCode::Refused, false),
        ] {
            let (said, name) = answer(code, has_authority);
            assert_eq!(word_of(&said, 7, &name), Some(Word::Other), "{code}");
        }
        let (mut dangling, name) = answer(ResponseCode::NXDomain, true);
        let end = CNAME(Name::from_ascii("nowhere.example.").unwrap());
        dangling.add_answer(Record::from_rdata(name.clone(), 60, RData::CNAME(end)));
        assert_eq!(word_of(&dangling, 7, &name), Some(Word::Other));
    }

    #[test]
    fn name_servers_in_special_networks_are_asked_only_where_the_operator_opened_them() {
        let scope = Scope::default();
        let loopback = "127.0.0.53".parse().unwrap();
        assert!(!may_be_asked(loopback, 53, &scope, &[]));
        assert!(may_be_asked(
            loopback,
            53,
            &scope,
            &["127.0.0.0/8".parse().unwrap()]
        ));
        assert!(may_be_asked("192.5.6.30".parse().unwrap(), 53, &scope, &[]));
        let excluding = Scope {
            exclusions: vec!["192.5.6.0/24".parse().unwrap()],
            ..Scope::default()
        };
        assert!(!may_be_asked(
            "192.5.6.30".parse().unwrap(),
            53,
            &excluding,
            &[]
        ));
    }
}
