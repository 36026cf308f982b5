//! Finding out what an open port speaks.
use std::time::{Duration, Instant};

use wt_exposure::InconclusiveReason;

use super::{
    banner::{self, Protocol},
    hello::{self, HelloAnswer, Offer},
    inspect::{Inspector, millis},
    needs::{Ask, Needs},
    service::{self, ServiceFacts},
    wire::{Heard, hear, hear_until, say},
};
use crate::guard::Peer;

/// How long a silent server may take to greet before it is asked; greeting protocols answer
/// within a round trip.
const GREETING_WAIT: Duration = Duration::from_millis(600);
/// How long an answer to the first `GET` is waited for: it only tells what is spoken.
const IDENTIFY_WAIT: Duration = Duration::from_secs(3);
/// What a port speaks.
pub(super) enum Spoken {
    Plain(ServiceFacts),
    Tls,
    Failed(InconclusiveReason),
}

/// Ports where TLS is tried before anything else.
fn expects_tls(port: u16) -> bool {
    matches!(
        port,
        443 | 465 | 563 | 636 | 853 | 989
            ..=995 | 2376 | 3269 | 4443 | 5061 | 5671 | 6443 | 8443 | 8883 | 9443 | 10250 | 10443
    )
}

/// Ports where servers wait for the client, so that nothing is gained by listening first.
fn expects_question(port: u16) -> bool {
    matches!(port, 80..=90 | 2375 | 2379 | 3000 | 5000 | 5601 | 5984 | 6379 | 8000..=8100 | 8500 | 8888 | 9000 | 9090..=9100 | 9200 | 11211)
}

impl Inspector<'_> {
    /// Tries what costs least first: a greeting, an answer to `GET`, a handshake, and last the
    /// questions of services that say nothing by themselves.
    pub(super) async fn identify(&self, peer: &Peer, needs: &Needs) -> Spoken {
        if expects_tls(peer.port) && self.speaks_tls(peer).await {
            return Spoken::Tls;
        }
        let mut stream = match self.guard.connect(peer).await {
            Ok(stream) => stream,
            Err(failure) => return Spoken::Failed(failure.reason()),
        };
        if !expects_question(peer.port)
            && let Heard::Bytes(greeting) = hear(&mut stream, GREETING_WAIT).await
        {
            let protocol = banner::of_greeting(&greeting);
            if protocol != Protocol::Unknown {
                return self
                    .ask_service(Some(stream), peer, protocol, greeting, needs)
                    .await;
            }
        }
        // No `Host`: some services take it for a forged request and hang up before they answer.
        let question = format!("GET / HTTP/1.0\r\nUser-Agent: {}\r\n\r\n", self.user_agent);
        let asked = say(&mut stream, question.as_bytes(), self.patience).await;
        let answer = if asked {
            hear_until(&mut stream, self.patience.min(IDENTIFY_WAIT), is_decided).await
        } else {
            Heard::Closed
        };
        if let Heard::Bytes(heard) = &answer {
            match banner::of_answer_to_get(heard) {
                Protocol::Http => {
                    return Spoken::Plain(ServiceFacts::greeted(Protocol::Http, Vec::new()));
                }
                Protocol::Tls => return Spoken::Tls,
                Protocol::Unknown => {}
                protocol => {
                    return self
                        .ask_service(None, peer, protocol, Vec::new(), needs)
                        .await;
                }
            }
        }
        drop(stream);
        if !expects_tls(peer.port) && self.speaks_tls(peer).await {
            return Spoken::Tls;
        }
        self.identify_by_port(peer, &answer, needs).await
    }

    /// Services that neither greet nor answer `GET`.
    async fn identify_by_port(&self, peer: &Peer, answer: &Heard, needs: &Needs) -> Spoken {
        if let Ok(mut stream) = self.guard.connect(peer).await
            && service::is_postgres(&mut stream, GREETING_WAIT).await
        {
            return self
                .ask_service(None, peer, Protocol::Postgres, Vec::new(), needs)
                .await;
        }
        // Memcached hangs up on anything that looks like HTTP, but answers its own question.
        if let Ok(mut stream) = self.guard.connect(peer).await
            && service::is_memcached(&mut stream, GREETING_WAIT).await
        {
            return self
                .ask_service(None, peer, Protocol::Memcached, Vec::new(), needs)
                .await;
        }
        let by_port = match peer.port {
            27017..=27019 => Some(Protocol::Mongodb),
            2181 => Some(Protocol::Zookeeper),
            _ => None,
        };
        if let Some(protocol) = by_port {
            return self
                .ask_service(None, peer, protocol, Vec::new(), needs)
                .await;
        }
        match answer {
            Heard::Silence => Spoken::Failed(InconclusiveReason::Timeout),
            Heard::Closed => Spoken::Plain(ServiceFacts::greeted(Protocol::Unknown, Vec::new())),
            Heard::Bytes(heard) => {
                Spoken::Plain(ServiceFacts::greeted(Protocol::Unknown, heard.clone()))
            }
        }
    }

    async fn ask_service(
        &self,
        stream: Option<tokio::net::TcpStream>,
        peer: &Peer,
        protocol: Protocol,
        greeting: Vec<u8>,
        needs: &Needs,
    ) -> Spoken {
        if !needs.ask(Ask::Access) {
            return Spoken::Plain(ServiceFacts::greeted(protocol, greeting));
        }
        let started = Instant::now();
        let stream = match stream {
            Some(stream) => Ok(stream),
            None => self.guard.connect(peer).await,
        };
        match stream {
            Ok(mut stream) => {
                let mut facts =
                    service::question(&mut stream, protocol, greeting, self.patience).await;
                facts.elapsed_ms = millis(started);
                Spoken::Plain(facts)
            }
            Err(failure) => Spoken::Failed(failure.reason()),
        }
    }

    async fn speaks_tls(&self, peer: &Peer) -> bool {
        for what in [
            Offer::Version(hello::TLS_1_2),
            Offer::Version(hello::TLS_1_3),
        ] {
            match self.offer(peer, what).await {
                Ok(HelloAnswer::Accepted { .. } | HelloAnswer::Declined) => return true,
                // An old stack may hang up on one version and speak the other.
                Ok(HelloAnswer::Closed) => {}
                Ok(HelloAnswer::NotTls | HelloAnswer::Silence) | Err(_) => return false,
            }
        }
        false
    }
}

/// Enough of an answer to `GET` to tell the protocol; the HTTPS hint of a web server stands in
/// its body.
fn is_decided(heard: &[u8]) -> bool {
    if heard.starts_with(b"HTTP/1.1 400") || heard.starts_with(b"HTTP/1.0 400") {
        return heard.len() > 1_024;
    }
    heard.contains(&b'\n') || heard.starts_with(&[0x15, 0x03])
}
