//! Probes gather facts about one open port or one name; they never judge.

mod banner;
mod certificate;
mod dmarc;
mod hello;
mod http;
mod identify;
mod inspect;
mod look;
mod name;
mod name_talk;
mod needs;
mod page;
mod records;
mod service;
mod spf;
mod suites;
mod tls;
mod wire;

pub(crate) use banner::Protocol;
pub(crate) use certificate::Certificate;
pub(crate) use hello::{SSL_3, TLS_1_0, TLS_1_1};
pub(crate) use http::{Exchange, WebFacts, trouble_of};
pub(crate) use inspect::{FOREIGN_ORIGIN, Inspector, PAGE_BYTES_MAX, PortFacts, redirect_of};
pub use look::{PageLook, PageQuestion, look_at_pages};
pub(crate) use name::{
    NameAsk, NameFacts, NameInspector, NameProbed, SPF_LOOKUPS_MAX, Told, Transcript,
};
pub(crate) use needs::{Ask, Needs};
pub(crate) use page::{technologies_of, title_of};
pub(crate) use records::record_line;
pub(crate) use service::{Access, ServiceFacts};
pub use suites::{TlsQuestion, TlsReport, inspect_tls};
pub(crate) use tls::{TlsFacts, TlsShown, WeakSuites, any_certificate_config};
pub(crate) use tls::{
    TlsOffered, handshake as tls_handshake, offered as tls_offered, shown as tls_shown,
};

use hickory_resolver::proto::rr::Record;
use time::OffsetDateTime;
use tokio::io::AsyncWriteExt;
use wt_exposure::InconclusiveReason;

/// What became of one group of questions to a port.
#[derive(Debug, Clone)]
pub(crate) enum Probed<T> {
    /// Answered.
    Facts(T),
    /// Asked, and no conclusion.
    Failed(InconclusiveReason),
    /// The port speaks something else, or no check needed it.
    NotSpoken,
}

/// Reads a greeting, or an answer to a `GET`.
pub(crate) fn read_greeting(bytes: &[u8]) {
    let _ = banner::of_greeting(bytes).as_str();
    let _ = banner::of_answer_to_get(bytes).as_str();
    let _ = banner::mysql_version(bytes);
}

/// The certificates of a server's first flight.
pub(crate) fn read_hello(bytes: &[u8]) -> Vec<Vec<u8>> {
    hello::certificates_of(bytes)
}

/// Reads records as the checks of names do.
pub(crate) fn read_records(all: &[Record]) {
    for record in all {
        let _ = record_line(record);
    }
    for text in records::texts(all) {
        let _ = (spf::Spf::read(&text), dmarc::Dmarc::read(&text));
    }
}

/// Reads an answer to `GET /` over a stream that is at its end behind it.
pub(crate) async fn read_http(bytes: &[u8], body_max: u64, now: OffsetDateTime) {
    let (ours, mut theirs) = tokio::io::duplex(bytes.len() + 64 * 1024);
    if theirs.write_all(bytes).await.is_err() {
        return;
    }
    // What it is asked has room in the stream; what it says is all it ever says.
    let _ = theirs.shutdown().await;
    if let Some(page) = http::read_exchange(Box::new(ours), body_max).await {
        let _ = (title_of(&page.text()), technologies_of(&page));
        let _ = trouble_of(page.status, page.header("retry-after"), now);
        let _ = page.response_head_and_body(bytes.len());
    }
}
