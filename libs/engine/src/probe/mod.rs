//! Probes gather facts about one open port or one name; they never judge.

mod banner;
mod certificate;
mod dmarc;
mod hello;
mod http;
mod identify;
mod inspect;
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
pub(crate) use inspect::{FOREIGN_ORIGIN, Inspector, PortFacts};
pub(crate) use name::{
    NameAsk, NameFacts, NameInspector, NameProbed, SPF_LOOKUPS_MAX, Told, Transcript,
};
pub(crate) use needs::{Ask, Needs};
pub(crate) use records::record_line;
pub(crate) use service::{Access, ServiceFacts};
pub use suites::{TlsQuestion, TlsReport, inspect_tls};
pub(crate) use tls::{TlsFacts, TlsShown, WeakSuites, any_certificate_config};
pub(crate) use tls::{handshake as tls_handshake, offered as tls_offered, shown as tls_shown};

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
