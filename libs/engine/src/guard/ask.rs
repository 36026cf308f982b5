//! One question to the job's own name servers, and what its answer is worth.
//!
//! Only an answer that says NOERROR or NXDOMAIN, and is whole, says anything: silence, a server
//! that fails or refuses, and an answer that stays truncated over TCP are no answers (contracts
//! §4). The servers are the operator's; asking them about a name is no probe of it.
use std::{net::SocketAddr, time::Duration};

use hickory_resolver::proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, Record, RecordType},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::{Instant, timeout_at},
};
use wt_exposure::InconclusiveReason;

use super::Names;

/// Patience with one server, per attempt.
const PATIENCE: Duration = Duration::from_secs(2);
/// Attempts at one server: a lost packet is no answer.
const ATTEMPTS: usize = 2;
/// Bytes of an answer over UDP that are asked for: what passes any path in one piece
/// (DNS flag day 2020).
const PAYLOAD_BYTES: u16 = 1_232;

/// What name servers say to one question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NameAnswer {
    /// Whether the name, or the end of its alias, exists.
    pub(crate) exists: bool,
    /// The answer section.
    pub(crate) records: Vec<Record>,
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Silence.
    Timeout,
    /// The servers fail, refuse, or say what can't be read.
    Failed,
    /// Only a part of the answer came.
    Truncated,
}

impl Unanswered {
    /// The contract's reason.
    pub(crate) fn reason(self) -> InconclusiveReason {
        match self {
            Self::Timeout => InconclusiveReason::Timeout,
            Self::Failed | Self::Truncated => InconclusiveReason::DnsServfail,
        }
    }
}

/// What one server says.
enum Heard {
    Answer(NameAnswer),
    Nothing(Unanswered),
}

impl Names {
    /// Asks the servers in turn; the first that knows is believed.
    pub(super) async fn answer(
        &self,
        name: &str,
        kind: RecordType,
    ) -> Result<NameAnswer, Unanswered> {
        let mut why = Unanswered::Failed;
        for server in self.servers() {
            for _ in 0..ATTEMPTS {
                match ask_one(*server, name, kind).await {
                    Heard::Answer(answer) => return Ok(answer),
                    Heard::Nothing(Unanswered::Timeout) => why = Unanswered::Timeout,
                    Heard::Nothing(other) => {
                        why = other;
                        break;
                    }
                }
            }
        }
        Err(why)
    }
}

async fn ask_one(server: SocketAddr, name: &str, kind: RecordType) -> Heard {
    let Some((question, bytes)) = make_question(name, kind) else {
        return Heard::Nothing(Unanswered::Failed);
    };
    let deadline = Instant::now() + PATIENCE;
    let over_udp = timeout_at(deadline, over_udp(server, &question, &bytes)).await;
    let Ok(Some(answer)) = over_udp else {
        return Heard::Nothing(Unanswered::Timeout);
    };
    if !answer.metadata.truncation {
        return read(answer);
    }
    let deadline = Instant::now() + PATIENCE;
    match timeout_at(deadline, over_tcp(server, &question, &bytes)).await {
        Ok(Some(answer)) if !answer.metadata.truncation => read(answer),
        _ => Heard::Nothing(Unanswered::Truncated),
    }
}

fn read(answer: Message) -> Heard {
    let exists = match answer.metadata.response_code {
        ResponseCode::NoError => true,
        ResponseCode::NXDomain => false,
        _ => return Heard::Nothing(Unanswered::Failed),
    };
    Heard::Answer(NameAnswer {
        exists,
        records: answer.answers,
    })
}

fn make_question(name: &str, kind: RecordType) -> Option<(Message, Vec<u8>)> {
    let mut message = Message::new(rand::random(), MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(
        Name::from_ascii(format!("{name}.")).ok()?,
        kind,
    ));
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD_BYTES);
    message.edns = Some(edns);
    let bytes = message.to_vec().ok()?;
    Some((message, bytes))
}

/// The answer to `question`; what is anything else, or can't be read, is not listened to.
pub(super) fn answer_to(question: &Message, heard: &[u8]) -> Option<Message> {
    let answer = Message::from_vec(heard).ok()?;
    let is_ours = answer.metadata.id == question.metadata.id
        && answer.metadata.message_type == MessageType::Response
        && question.queries.iter().all(|asked| {
            answer
                .queries
                .iter()
                .any(|echo| echo.name() == asked.name() && echo.query_type() == asked.query_type())
        });
    is_ours.then_some(answer)
}

async fn over_udp(server: SocketAddr, question: &Message, bytes: &[u8]) -> Option<Message> {
    let any = if server.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any).await.ok()?;
    socket.connect(server).await.ok()?;
    socket.send(bytes).await.ok()?;
    let mut heard = vec![0; usize::from(u16::MAX)];
    loop {
        // A forged answer must not end the wait for the true one.
        let length = socket.recv(&mut heard).await.ok()?;
        if let Some(answer) = answer_to(question, heard.get(..length)?) {
            return Some(answer);
        }
    }
}

async fn over_tcp(server: SocketAddr, question: &Message, bytes: &[u8]) -> Option<Message> {
    let mut stream = TcpStream::connect(server).await.ok()?;
    send_framed(&mut stream, bytes).await?;
    let heard = receive_framed(&mut stream).await?;
    answer_to(question, &heard)
}

/// Sends a message over TCP, behind its length (RFC 1035 §4.2.2).
pub(super) async fn send_framed(stream: &mut TcpStream, bytes: &[u8]) -> Option<()> {
    let mut framed = u16::try_from(bytes.len()).ok()?.to_be_bytes().to_vec();
    framed.extend_from_slice(bytes);
    stream.write_all(&framed).await.ok()
}

/// Receives one message over TCP: 64 KiB at most, by its own length.
pub(super) async fn receive_framed(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let length = stream.read_u16().await.ok()?;
    let mut heard = vec![0; usize::from(length)];
    stream.read_exact(&mut heard).await.ok()?;
    Some(heard)
}
