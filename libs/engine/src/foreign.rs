//! Foreign bytes read as a probe reads them, without a probe: what `fuzz/` feeds, and what its
//! seeds are replayed through. Nothing here says what it read; it must only come to an end.
use hickory_resolver::proto::{
    op::{Message, MessageType, OpCode, Query},
    rr::{Name, RecordType},
};
use time::OffsetDateTime;

use crate::{adapter, guard, probe};

/// Most bytes of a body that are kept, as of a page.
const BODY_BYTES_MAX: u64 = 64 * 1024;

/// The greeting of a service, its answer to a `GET`, and what is shown of either.
pub fn read_greeting(bytes: &[u8]) {
    probe::read_greeting(bytes);
    let _ = crate::text::snippet(bytes);
}

/// A server's first flight of TLS, with the certificates in it.
pub fn read_hello(bytes: &[u8]) {
    for certificate in probe::read_hello(bytes) {
        read_certificate(&certificate);
    }
}

/// A certificate.
pub fn read_certificate(der: &[u8]) {
    if let Some(certificate) = probe::Certificate::read(der) {
        let _ = certificate.covers("shop.example");
        let _ = (certificate.has_weak_key(), certificate.weak_signature());
    }
}

/// An answer of a name server to a question about `shop.example`: to the one it says it answers,
/// so that an id is no hurdle.
pub fn read_name_answer(bytes: &[u8]) {
    let Ok(name) = Name::from_ascii("shop.example.") else {
        return;
    };
    let id = match bytes {
        [high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    };
    for kind in [RecordType::TXT, RecordType::CNAME, RecordType::AXFR] {
        let mut question = Message::new(id, MessageType::Query, OpCode::Query);
        question.add_query(Query::query(name.clone(), kind));
        guard::read_answer(&question, &name, bytes);
    }
    if let Ok(answer) = Message::from_vec(bytes) {
        probe::read_records(&answer.answers);
    }
}

/// An answer of a web server.
///
/// # Errors
/// None that says anything of the bytes: only that no runtime could be made.
pub fn read_http(bytes: &[u8]) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    runtime.block_on(probe::read_http(
        bytes,
        BODY_BYTES_MAX,
        OffsetDateTime::UNIX_EPOCH,
    ));
    Ok(())
}

/// Reports and lines of the tools that may run beside the engine.
pub fn read_tool(bytes: &[u8]) {
    adapter::read_foreign(bytes);
}
