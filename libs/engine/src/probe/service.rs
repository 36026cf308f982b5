//! Read-only questions to services that are not web servers.
use std::time::Duration;

use tokio::net::TcpStream;

use super::{
    banner::{self, Protocol},
    wire::{Heard, hear, hear_until, say},
};

/// Whether a service lets strangers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It answered a question that needs rights.
    Open,
    /// It asked for credentials or declined.
    Guarded,
    /// Not asked, or no answer that says.
    Unknown,
}

/// What a service said.
#[derive(Debug, Clone)]
pub(crate) struct ServiceFacts {
    pub(crate) protocol: Protocol,
    pub(crate) access: Access,
    /// Version as the service states it, else empty.
    pub(crate) version: String,
    pub(crate) request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    pub(crate) elapsed_ms: u32,
}

impl ServiceFacts {
    /// Facts of a greeting alone.
    pub(crate) fn greeted(protocol: Protocol, greeting: Vec<u8>) -> Self {
        let version = match protocol {
            Protocol::Mysql => banner::mysql_version(&greeting).unwrap_or_default(),
            Protocol::Ssh | Protocol::Vnc => crate::text::snippet(&greeting),
            _ => String::new(),
        };
        Self {
            protocol,
            access: Access::Unknown,
            version,
            request: Vec::new(),
            response: greeting,
            elapsed_ms: 0,
        }
    }
}

/// RFC 4253 keeps greetings to 255 bytes; service answers of one line stay far below this.
fn has_line(heard: &[u8]) -> bool {
    heard.contains(&b'\n')
}

/// Asks a service of a known protocol whether it lets strangers in. `greeting` was already read
/// from `stream` where the protocol greets.
pub(crate) async fn question(
    stream: &mut TcpStream,
    protocol: Protocol,
    greeting: Vec<u8>,
    patience: Duration,
) -> ServiceFacts {
    let mut facts = ServiceFacts::greeted(protocol, greeting);
    match protocol {
        Protocol::Redis => redis(stream, &mut facts, patience).await,
        Protocol::Memcached => memcached(stream, &mut facts, patience).await,
        Protocol::Postgres => postgres(stream, &mut facts, patience).await,
        Protocol::Mongodb => mongodb(stream, &mut facts, patience).await,
        Protocol::Zookeeper => zookeeper(stream, &mut facts, patience).await,
        Protocol::Ftp => ftp(stream, &mut facts, patience).await,
        Protocol::Vnc => vnc(stream, &mut facts, patience).await,
        Protocol::Rsync => rsync(stream, &mut facts, patience).await,
        Protocol::Nats => nats(&mut facts),
        _ => {}
    }
    facts
}

async fn turn(
    stream: &mut TcpStream,
    facts: &mut ServiceFacts,
    request: &[u8],
    patience: Duration,
    is_whole: impl Fn(&[u8]) -> bool,
) -> Vec<u8> {
    facts.request.extend_from_slice(request);
    if !say(stream, request, patience).await {
        return Vec::new();
    }
    match hear_until(stream, patience, is_whole).await {
        Heard::Bytes(heard) => {
            facts.response.extend_from_slice(&heard);
            heard
        }
        Heard::Closed | Heard::Silence => Vec::new(),
    }
}

async fn redis(stream: &mut TcpStream, facts: &mut ServiceFacts, patience: Duration) {
    // RESP, https://redis.io/docs/latest/develop/reference/protocol-spec/
    let answer = turn(
        stream,
        facts,
        b"*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n",
        patience,
        |heard| {
            heard.starts_with(b"-") && has_line(heard)
                || heard.windows(12).any(|w| w == b"executable:/")
                || heard.ends_with(b"\r\n\r\n")
                || is_whole_bulk(heard)
        },
    )
    .await;
    facts.access = match answer.first() {
        Some(b'$') => Access::Open,
        Some(b'-') => Access::Guarded,
        _ => Access::Unknown,
    };
    facts.version = value_after(&answer, "redis_version:");
    if facts.access == Access::Open {
        // Uptime, process ids and run ids change by themselves: keep evidence to the version.
        facts.response.truncate(512);
    }
}

fn is_whole_bulk(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard);
    text.strip_prefix('$')
        .and_then(|rest| rest.split_once("\r\n"))
        .and_then(|(length, body)| Some(body.len() >= length.parse::<usize>().ok()?))
        .unwrap_or(false)
}

async fn memcached(stream: &mut TcpStream, facts: &mut ServiceFacts, patience: Duration) {
    let answer = turn(stream, facts, b"version\r\n", patience, has_line).await;
    facts.access = if answer.starts_with(b"VERSION ") {
        Access::Open
    } else if answer.is_empty() {
        Access::Unknown
    } else {
        Access::Guarded
    };
    facts.version = value_after(&answer, "VERSION ");
}

async fn zookeeper(stream: &mut TcpStream, facts: &mut ServiceFacts, patience: Duration) {
    let answer = turn(stream, facts, b"srvr", patience, |_| false).await;
    let text = String::from_utf8_lossy(&answer);
    if text.starts_with("Zookeeper version:") {
        facts.access = Access::Open;
        facts.version = value_after(&answer, "Zookeeper version: ");
    } else if text.contains("whitelist") {
        facts.access = Access::Guarded;
    }
}

async fn postgres(stream: &mut TcpStream, facts: &mut ServiceFacts, patience: Duration) {
    // StartupMessage 3.0 as the default superuser, PostgreSQL documentation §55.7.
    let mut body = 196_608_u32.to_be_bytes().to_vec();
    body.extend_from_slice(b"user\0postgres\0database\0postgres\0application_name\0scan\0\0");
    let length = u32::try_from(body.len() + 4).unwrap_or_default();
    let mut message = length.to_be_bytes().to_vec();
    message.extend_from_slice(&body);
    let answer = turn(stream, facts, &message, patience, |heard| heard.len() >= 9).await;
    facts.access = match answer.as_slice() {
        // AuthenticationOk
        [b'R', _, _, _, _, 0, 0, 0, 0, ..] => Access::Open,
        [b'R' | b'E', ..] => Access::Guarded,
        _ => Access::Unknown,
    };
    if facts.access == Access::Open {
        facts.version = value_after_nul(&answer, b"server_version\0");
        // Terminate, so that the server's log shows a clean end.
        let _ = say(stream, &[b'X', 0, 0, 0, 4], patience).await;
        facts.response.truncate(9);
    }
}

/// `{listDatabases: 1, nameOnly: true, $db: "admin"}` as `OP_MSG` (`MongoDB` wire protocol).
fn mongodb_list_databases() -> Vec<u8> {
    let mut doc = Vec::new();
    doc.push(0x10);
    doc.extend_from_slice(b"listDatabases\0");
    doc.extend_from_slice(&1_i32.to_le_bytes());
    doc.push(0x08);
    doc.extend_from_slice(b"nameOnly\0\x01");
    doc.push(0x02);
    doc.extend_from_slice(b"$db\0");
    doc.extend_from_slice(&6_i32.to_le_bytes());
    doc.extend_from_slice(b"admin\0");
    doc.push(0);
    let doc_length = u32::try_from(doc.len() + 4).unwrap_or_default();
    let total = 16 + 4 + 1 + doc_length;
    let mut message = Vec::new();
    for word in [total, 1, 0, 2013, 0] {
        message.extend_from_slice(&word.to_le_bytes());
    }
    message.push(0);
    message.extend_from_slice(&doc_length.to_le_bytes());
    message.extend_from_slice(&doc);
    message
}

async fn mongodb(stream: &mut TcpStream, facts: &mut ServiceFacts, patience: Duration) {
    let answer = turn(
        stream,
        facts,
        &mongodb_list_databases(),
        patience,
        |heard| {
            let Some(length) = heard.first_chunk::<4>() else {
                return false;
            };
            usize::try_from(u32::from_le_bytes(*length)).is_ok_and(|length| heard.len() >= length)
        },
    )
    .await;
    let says = |word: &[u8]| answer.windows(word.len()).any(|w| w == word);
    facts.access = if says(b"databases\0") {
        Access::Open
    } else if says(b"errmsg\0") {
        Access::Guarded
    } else {
        Access::Unknown
    };
}

async fn ftp(stream: &mut TcpStream, facts: &mut ServiceFacts, patience: Duration) {
    // Anonymous FTP, RFC 1635.
    let user = turn(stream, facts, b"USER anonymous\r\n", patience, has_line).await;
    let answer = if user.starts_with(b"331") {
        turn(stream, facts, b"PASS guest@\r\n", patience, has_line).await
    } else {
        user
    };
    facts.access = if answer.starts_with(b"230") {
        Access::Open
    } else if answer.first().is_some_and(u8::is_ascii_digit) {
        Access::Guarded
    } else {
        Access::Unknown
    };
    let _ = say(stream, b"QUIT\r\n", patience).await;
}

async fn vnc(stream: &mut TcpStream, facts: &mut ServiceFacts, patience: Duration) {
    // RFC 6143 §7.1: version, then a list of security types; type 1 is none.
    let version = facts.response.clone();
    let answer = turn(
        stream,
        facts,
        version.get(..12).unwrap_or(b"RFB 003.008\n"),
        patience,
        |_| true,
    )
    .await;
    let Some((count, types)) = answer.split_first() else {
        return;
    };
    let is_old_none = answer.as_slice() == [0, 0, 0, 1];
    let lists_none = types
        .get(..usize::from(*count))
        .is_some_and(|t| t.contains(&1));
    facts.access = if is_old_none || lists_none {
        Access::Open
    } else {
        Access::Guarded
    };
}

async fn rsync(stream: &mut TcpStream, facts: &mut ServiceFacts, patience: Duration) {
    let answer = turn(
        stream,
        facts,
        b"@RSYNCD: 31.0\n#list\n",
        patience,
        |heard| heard.windows(13).any(|w| w == b"@RSYNCD: EXIT"),
    )
    .await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let is_module = |line: &&str| !line.starts_with('@') && line.contains('\t');
    facts.access = if text.lines().any(|line| is_module(&line)) {
        Access::Open
    } else if text.contains("@RSYNCD: EXIT") {
        Access::Guarded
    } else {
        Access::Unknown
    };
}

/// NATS states in its greeting whether it wants credentials.
fn nats(facts: &mut ServiceFacts) {
    let json = facts
        .response
        .strip_prefix(b"INFO ")
        .map(<[u8]>::trim_ascii)
        .and_then(|json| serde_json::from_slice::<serde_json::Value>(json).ok());
    let Some(info) = json else { return };
    let wants = |key: &str| info.get(key).and_then(serde_json::Value::as_bool) == Some(true);
    facts.access = if wants("auth_required") || wants("tls_required") {
        Access::Guarded
    } else {
        Access::Open
    };
    if let Some(version) = info.get("version").and_then(serde_json::Value::as_str) {
        facts.version = crate::text::line(version);
    }
}

fn value_after(answer: &[u8], key: &str) -> String {
    let text = String::from_utf8_lossy(answer);
    text.find(key)
        .and_then(|at| text.get(at + key.len()..))
        .and_then(|rest| rest.lines().next())
        .map(crate::text::line)
        .unwrap_or_default()
}

fn value_after_nul(answer: &[u8], key: &[u8]) -> String {
    answer
        .windows(key.len())
        .position(|w| w == key)
        .and_then(|at| answer.get(at + key.len()..))
        .and_then(|rest| rest.split(|b| *b == 0).next())
        .map(crate::text::snippet)
        .unwrap_or_default()
}

/// Asks `PostgreSQL`'s one-byte question about TLS, which nothing else answers like this.
pub(crate) async fn is_postgres(stream: &mut TcpStream, patience: Duration) -> bool {
    // SSLRequest, PostgreSQL documentation §55.7.
    let request = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    say(stream, &request, patience).await
        && matches!(hear(stream, patience).await, Heard::Bytes(heard) if matches!(heard.as_slice(), [b'S' | b'N']))
}

/// Asks memcached's own harmless question.
pub(crate) async fn is_memcached(stream: &mut TcpStream, patience: Duration) -> bool {
    say(stream, b"version\r\n", patience).await
        && matches!(hear(stream, patience).await, Heard::Bytes(heard) if heard.starts_with(b"VERSION "))
}
