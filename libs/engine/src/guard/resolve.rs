//! Names resolved once per job by a resolver of our own, and asked again at the end to notice
//! answers that changed (DNS rebinding).
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, PoisonError},
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::{
        ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig,
        ResolverOpts,
    },
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::op::ResponseCode,
};
use tokio::sync::{Mutex, OnceCell};
use wt_scope::canonical_address;

/// Where name servers listen (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;
/// Patience with one question.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(3);
/// Attempts of one question.
const QUESTION_ATTEMPTS: usize = 2;
/// Most bytes of an answer over UDP.
const ANSWER_BYTES_MAX: usize = 4_096;
/// Most addresses of one name that are looked at; more is a load balancer showing its farm.
const ADDRESSES_PER_NAME_MAX: usize = 8;

/// Which name servers the engine asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolverSetting {
    /// Recursive or authoritative servers; empty means no name can be resolved.
    pub servers: Vec<SocketAddr>,
    /// Port of the zones' own servers; 53 when none is given, as it is everywhere but in a test.
    pub zone_port: Option<u16>,
}

impl ResolverSetting {
    /// The servers of a `resolv.conf`, on port 53. Lines that are not plain addresses are left out.
    pub fn from_resolv_conf(text: &str) -> Self {
        let servers = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("nameserver"))
            .filter_map(|rest| rest.trim().parse::<IpAddr>().ok())
            .map(|address| SocketAddr::new(address, DNS_PORT))
            .collect();
        Self {
            servers,
            zone_port: None,
        }
    }
}

/// Why a name gave no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameFailure {
    /// The resolver says there is no such name.
    NoSuchName,
    /// The name has no address.
    NoAddress,
    /// The resolver failed or did not answer.
    ServFail,
}

/// The names of one job and the addresses they were pinned to.
pub(crate) struct Names {
    resolver: Option<TokioResolver>,
    servers: Vec<SocketAddr>,
    zone_port: u16,
    pins: Mutex<BTreeMap<String, Result<Vec<IpAddr>, NameFailure>>>,
    gone: std::sync::Mutex<BTreeMap<String, Arc<OnceCell<bool>>>>,
}

impl Names {
    /// Asks the servers of `setting`.
    pub(crate) fn new(setting: &ResolverSetting) -> Self {
        Self {
            resolver: build(setting),
            servers: setting.servers.clone(),
            zone_port: setting.zone_port.unwrap_or(DNS_PORT),
            pins: Mutex::new(BTreeMap::new()),
            gone: std::sync::Mutex::default(),
        }
    }

    /// Where it is kept whether a target's name is gone: its zone is asked once per job, also
    /// when the name and its ports want to know at the same time.
    pub(super) fn verdict_of(&self, name: &str) -> Arc<OnceCell<bool>> {
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(gone.entry(name.to_owned()).or_default())
    }

    /// Where the zones' own servers listen.
    pub(super) fn zone_port(&self) -> u16 {
        self.zone_port
    }

    /// The servers of the operator's choice.
    pub(super) fn servers(&self) -> &[SocketAddr] {
        &self.servers
    }

    /// The addresses of `name`: the first answer stays for the whole job.
    pub(super) async fn pinned(&self, name: &str) -> Result<Vec<IpAddr>, NameFailure> {
        let mut pins = self.pins.lock().await;
        if let Some(known) = pins.get(name) {
            return known.clone();
        }
        let answer = self.ask(name).await;
        pins.insert(name.to_owned(), answer.clone());
        answer
    }

    /// Asks every pinned name once more: `(name, addresses that were not in the first answer)`.
    pub(super) async fn changed(&self) -> Vec<(String, Vec<IpAddr>)> {
        let pins = self.pins.lock().await.clone();
        let mut changed = Vec::new();
        for (name, first) in pins {
            let (Ok(first), Ok(second)) = (first, self.ask(&name).await) else {
                continue;
            };
            let new: Vec<IpAddr> = second.into_iter().filter(|a| !first.contains(a)).collect();
            if !new.is_empty() {
                changed.push((name, new));
            }
        }
        changed
    }

    /// Sends a ready-made question to the servers in turn, each twice; the first answer with the
    /// question's own id.
    pub(super) async fn question(&self, message: &[u8]) -> Option<Vec<u8>> {
        for server in self
            .servers
            .iter()
            .flat_map(|server| [server; QUESTION_ATTEMPTS])
        {
            let any = if server.is_ipv4() {
                "0.0.0.0:0"
            } else {
                "[::]:0"
            };
            let Ok(socket) = tokio::net::UdpSocket::bind(any).await else {
                continue;
            };
            if socket.connect(server).await.is_err() || socket.send(message).await.is_err() {
                continue;
            }
            let mut answer = vec![0; ANSWER_BYTES_MAX];
            let heard = tokio::time::timeout(QUESTION_TIMEOUT, socket.recv(&mut answer)).await;
            if let Ok(Ok(length)) = heard {
                answer.truncate(length);
                if answer.get(..2) == message.get(..2) {
                    return Some(answer);
                }
            }
        }
        None
    }

    /// The addresses of a name now.
    pub(super) async fn ask(&self, name: &str) -> Result<Vec<IpAddr>, NameFailure> {
        let resolver = self.resolver.as_ref().ok_or(NameFailure::ServFail)?;
        // The final dot keeps search domains out.
        let answer = resolver.lookup_ip(format!("{name}.")).await;
        let mut addresses: Vec<IpAddr> = answer
            .map_err(|error| failure(&error))?
            .iter()
            .map(canonical_address)
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses.truncate(ADDRESSES_PER_NAME_MAX);
        if addresses.is_empty() {
            return Err(NameFailure::NoAddress);
        }
        Ok(addresses)
    }
}

fn build(setting: &ResolverSetting) -> Option<TokioResolver> {
    if setting.servers.is_empty() {
        return None;
    }
    let servers = setting
        .servers
        .iter()
        .map(|server| {
            let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
            udp.port = server.port();
            tcp.port = server.port();
            NameServerConfig::new(server.ip(), true, vec![udp, tcp])
        })
        .collect();
    let mut builder = TokioResolver::builder_with_config(
        ResolverConfig::from_name_servers(servers),
        TokioRuntimeProvider::default(),
    );
    *builder.options_mut() = options();
    builder.build().ok()
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = QUESTION_TIMEOUT;
    options.attempts = QUESTION_ATTEMPTS;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    // A second look must reach the servers, and /etc/hosts is ambient configuration.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options
}

fn failure(error: &NetError) -> NameFailure {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => NameFailure::NoSuchName,
            ResponseCode::NoError => NameFailure::NoAddress,
            _ => NameFailure::ServFail,
        },
        _ => NameFailure::ServFail,
    }
}

#[cfg(test)]
mod tests {
    use super::ResolverSetting;

    #[test]
    fn name_servers_are_read_from_a_resolv_conf() {
        let setting = ResolverSetting::from_resolv_conf(
            "# comment\nsearch example.com\nnameserver 192.0.2.53\n nameserver 2001:db8::53\nnameserver fe80::1%eth0\n",
        );
        let servers: Vec<String> = setting.servers.iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["192.0.2.53:53", "[2001:db8::53]:53"]);
    }
}
