//! Every version and suite a TLS server accepts, by hellos alone: offer all, note which it takes,
//! offer the rest, until it takes none.
use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use wt_exposure::InconclusiveReason;
use wt_scope::{Network, Scope};

use super::{
    Certificate, any_certificate_config,
    hello::{self, HelloAnswer, Offer, SSL_3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3},
    tls,
};
use crate::{
    ResolverSetting,
    guard::{Guard, GuardSetting, Lines, Names, Peer},
};

/// Assigned suites below TLS 1.3, as ranges of the IANA registry without its gaps of a size.
const ASSIGNED: [(u16, u16); 6] = [
    (0x0001, 0x001b),
    (0x001e, 0x0046),
    (0x0060, 0x006d),
    (0x0084, 0x00c5),
    (0xc001, 0xc0af),
    (0xcca8, 0xccae),
];
/// Suites of TLS 1.3 (RFC 8446 §B.4).
const ASSIGNED_13: [u16; 5] = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305];
/// Versions in the order they are asked: the likely ones first, for their certificate.
const VERSIONS: [(u16, &str); 5] = [
    (TLS_1_2, "TLSv1.2"),
    (TLS_1_3, "TLSv1.3"),
    (TLS_1_1, "TLSv1.1"),
    (TLS_1_0, "TLSv1.0"),
    (SSL_3, "SSLv3"),
];

/// What a TLS server accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsReport {
    /// By version, such as `TLSv1.2`: suites by number, in the order the server chose them. A
    /// version that is not accepted has none.
    pub suites: BTreeMap<&'static str, Vec<u16>>,
    /// Versions that could not be asked to the end, and why.
    pub undecided: BTreeMap<&'static str, InconclusiveReason>,
    /// Subjects of the chain, the server's own first.
    pub chain: Vec<String>,
    /// Connections it took.
    pub connections: u32,
}

/// Where to look, and how patiently.
#[derive(Debug, Clone)]
pub struct TlsQuestion {
    /// What may be touched.
    pub scope: Scope,
    /// Special networks the operator opened.
    pub allowed: Vec<Network>,
    /// Name asked for, or the address as text.
    pub host: String,
    /// Where it is.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// Patience with one answer.
    pub patience: Duration,
}

/// Asks a server for everything it accepts.
///
/// # Errors
/// The TLS library refused its settings.
pub async fn inspect_tls(question: TlsQuestion) -> Result<TlsReport, crate::StartFault> {
    let guard = Guard::new(
        GuardSetting {
            scope: question.scope,
            allowed: question.allowed,
            per_second: 0,
            connect_timeout: question.patience,
            lines: Lines::Own(Arc::default()),
        },
        Names::new(&ResolverSetting::default()),
    );
    let peer = Peer {
        host: question.host,
        address: question.address,
        port: question.port,
        via: "target".to_owned(),
    };
    let asking = Asking {
        guard: &guard,
        peer: &peer,
        patience: question.patience,
    };
    let mut report = TlsReport::default();
    let mut certificates = Vec::new();
    for (version, name) in VERSIONS {
        let asked = asking.version(version, &mut report.connections).await;
        if let Some(reason) = asked.undecided {
            report.undecided.insert(name, reason);
        }
        if certificates.is_empty() {
            certificates = asked.certificates;
        }
        report.suites.insert(name, asked.suites);
    }
    let mut chain: Vec<Certificate> = certificates
        .iter()
        .filter_map(|der| Certificate::read(der))
        .collect();
    let has_any = report.suites.values().any(|suites| !suites.is_empty());
    if chain.is_empty() && has_any {
        // TLS 1.3 shows certificates only within a whole handshake.
        let config = any_certificate_config().map_err(crate::StartFault::Tls)?;
        report.connections += 1;
        if let Ok(stream) = guard.connect(&peer).await
            && let Some(stream) =
                tls::handshake(&config, stream, &peer.host, question.patience).await
        {
            chain = tls::chain_of(&stream);
        }
    }
    report.chain = chain.into_iter().map(|one| one.subject).collect();
    Ok(report)
}

struct Asking<'a> {
    guard: &'a Guard,
    peer: &'a Peer,
    patience: Duration,
}

#[derive(Default)]
struct Asked {
    suites: Vec<u16>,
    certificates: Vec<Vec<u8>>,
    undecided: Option<InconclusiveReason>,
}

impl Asking<'_> {
    /// Everything of one version.
    async fn version(&self, version: u16, connections: &mut u32) -> Asked {
        let mut left: Vec<u16> = if version == TLS_1_3 {
            ASSIGNED_13.to_vec()
        } else {
            ASSIGNED
                .into_iter()
                .flat_map(|(first, last)| first..=last)
                .collect()
        };
        let mut asked = Asked::default();
        while !left.is_empty() {
            *connections += 1;
            match self
                .offer(version, &left, asked.certificates.is_empty())
                .await
            {
                Ok(HelloAnswer::Accepted {
                    version: chosen,
                    suite,
                    certificates,
                }) if chosen == version && left.contains(&suite) => {
                    left.retain(|other| *other != suite);
                    asked.suites.push(suite);
                    if asked.certificates.is_empty() {
                        asked.certificates = certificates;
                    }
                }
                // Another version, or a suite nobody offered: it does not have this one.
                Ok(HelloAnswer::Accepted { .. } | HelloAnswer::Declined | HelloAnswer::Closed) => {
                    break;
                }
                Ok(HelloAnswer::NotTls) => {
                    asked.undecided = Some(InconclusiveReason::TlsFailed);
                    break;
                }
                Ok(HelloAnswer::Silence) => {
                    asked.undecided = Some(InconclusiveReason::Timeout);
                    break;
                }
                Err(reason) => {
                    asked.undecided = Some(reason);
                    break;
                }
            }
        }
        asked
    }

    async fn offer(
        &self,
        version: u16,
        suites: &[u16],
        wants_chain: bool,
    ) -> Result<HelloAnswer, InconclusiveReason> {
        let mut stream = self
            .guard
            .connect(self.peer)
            .await
            .map_err(|f| f.reason())?;
        let name = self.peer.host.parse::<IpAddr>().is_err();
        let name = name.then_some(self.peer.host.as_str());
        let what = Offer::Suites {
            version,
            suites,
            wants_chain,
        };
        Ok(hello::offer(&mut stream, what, name, &rand::random(), self.patience).await)
    }
}
