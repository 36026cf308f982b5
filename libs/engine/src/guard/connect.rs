//! One decision, then one connection.
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use tokio::net::TcpStream;
use wt_exposure::{InconclusiveReason, PortSet, ScopeDenial};
use wt_scope::{Network, Refusal, Scope, parse_address};

use wt_throttle::{Budget, Throttle, Verdict};

use super::{NameFailure, Names, deny::Denials, pace::Pace, sweep};

/// Shortest wait for the shared pace, so that a hair's breadth does not become a busy loop.
const SHARED_PACE_WAIT: Duration = Duration::from_millis(5);

/// How a guard is made.
pub(crate) struct GuardSetting {
    /// What the job may touch.
    pub(crate) scope: Scope,
    /// Special ranges the operator opened.
    pub(crate) allowed: Vec<Network>,
    /// Requests a second to one address; 0 for no pace.
    pub(crate) per_second: u32,
    /// Patience with a handshake of TCP.
    pub(crate) connect_timeout: Duration,
    /// A pace shared with other processes.
    pub(crate) shared_pace: Option<Throttle>,
}

/// The guard of one job.
pub(crate) struct Guard {
    setting: GuardSetting,
    names: Names,
    denials: Denials,
    pace: Pace,
}

/// Where a connection goes: the name it is for, the address it takes, and what led there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Name or address as text: goes into `Host` and SNI.
    pub(crate) host: String,
    /// Pinned address.
    pub(crate) address: IpAddr,
    /// TCP port.
    pub(crate) port: u16,
    /// `target`, or the redirect that led here.
    pub(crate) via: String,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectFailure {
    /// The guard refused; recorded.
    Denied,
    /// RST.
    Refused,
    /// Silence.
    Timeout,
    /// No route, no host, local limits.
    Unreachable,
}

impl ConnectFailure {
    /// The contract's reason.
    pub(crate) fn reason(&self) -> InconclusiveReason {
        match self {
            Self::Denied => InconclusiveReason::OutOfScope,
            Self::Refused => InconclusiveReason::Refused,
            Self::Timeout => InconclusiveReason::Timeout,
            Self::Unreachable => InconclusiveReason::Unreachable,
        }
    }
}

impl Guard {
    /// A guard with its own resolver and pace.
    pub(crate) fn new(setting: GuardSetting, names: Names) -> Self {
        let pace = Pace::new(setting.per_second);
        Self {
            setting,
            names,
            denials: Denials::default(),
            pace,
        }
    }

    /// Addresses of a target: itself, or what its name was pinned to. Out-of-scope hosts are
    /// refused before any question is asked about them.
    pub(crate) async fn resolve(
        &self,
        host: &str,
        port: u16,
        via: &str,
    ) -> Result<Vec<IpAddr>, InconclusiveReason> {
        if let Err(refusal) = self.setting.scope.permits_target(host) {
            self.deny(host, parse_address(host).ok(), port, via, &refusal);
            return Err(InconclusiveReason::OutOfScope);
        }
        if let Ok(address) = parse_address(host) {
            return Ok(vec![address]);
        }
        self.names
            .pinned(host)
            .await
            .map_err(|failure| match failure {
                NameFailure::NoSuchName => InconclusiveReason::Unreachable,
                NameFailure::ServFail => InconclusiveReason::DnsServfail,
            })
    }

    /// The ports of `ports` that may be reached at `address`; what may not is recorded once.
    pub(crate) fn permitted_ports(&self, host: &str, address: IpAddr, ports: &PortSet) -> PortSet {
        let mut first_refusal = None;
        let permitted = ports
            .iter()
            .filter(|port| match self.decide(host, address, *port) {
                Ok(()) => true,
                Err(refusal) => {
                    first_refusal.get_or_insert((*port, refusal));
                    false
                }
            })
            .collect();
        if let Some((port, refusal)) = first_refusal {
            let via = if parse_address(host).is_ok() {
                "target"
            } else {
                "dns answer"
            };
            self.deny(host, Some(address), port, via, &refusal);
        }
        permitted
    }

    /// Whether this connection may be made; a refusal is recorded with what led there.
    pub(crate) fn permit(&self, peer: &Peer) -> Result<(), Refusal> {
        self.decide(&peer.host, peer.address, peer.port)
            .inspect_err(|refusal| {
                self.deny(
                    &peer.host,
                    Some(peer.address),
                    peer.port,
                    &peer.via,
                    refusal,
                );
            })
    }

    /// Connects, or says why not. The only way to a stream.
    pub(crate) async fn connect(&self, peer: &Peer) -> Result<TcpStream, ConnectFailure> {
        self.permit(peer).map_err(|_| ConnectFailure::Denied)?;
        if let Some(start) = self.pace.place(peer.address, Instant::now()) {
            tokio::time::sleep_until(start.into()).await;
        }
        self.wait_for_shared_pace(peer.address).await;
        let connecting = TcpStream::connect(SocketAddr::new(peer.address, peer.port));
        match tokio::time::timeout(self.setting.connect_timeout, connecting).await {
            Ok(Ok(stream)) => {
                // Probes are single small writes; waiting to coalesce them only costs time.
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Err(ConnectFailure::Refused)
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
                Err(ConnectFailure::Timeout)
            }
            Ok(Err(_)) => Err(ConnectFailure::Unreachable),
            Err(_) => Err(ConnectFailure::Timeout),
        }
    }

    /// Takes the next place in line for one more request over an open connection.
    pub(crate) async fn permit_again(&self, peer: &Peer) -> bool {
        if self.permit(peer).is_err() {
            return false;
        }
        if let Some(start) = self.pace.place(peer.address, Instant::now()) {
            tokio::time::sleep_until(start.into()).await;
        }
        self.wait_for_shared_pace(peer.address).await;
        true
    }

    /// Asks the job's own name servers, byte for byte; none when nobody answers.
    pub(crate) async fn question(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.names.question(message).await
    }

    /// Waits for a token of the fleet's budget for this address. Covers inspections; a sweep is
    /// paced by its own process, as one job sweeps one address.
    async fn wait_for_shared_pace(&self, address: IpAddr) {
        let (Some(pace), per_second @ 1..) = (&self.setting.shared_pace, self.setting.per_second)
        else {
            return;
        };
        let budget = Budget {
            size: per_second,
            per_second: f64::from(per_second),
        };
        let key = format!("scan:{address}");
        while let Ok(Verdict::Refused { retry_after }) = pace.take(&key, budget, 1).await {
            tokio::time::sleep(retry_after.max(SHARED_PACE_WAIT)).await;
        }
    }

    /// Sweeps ports of targets whose ports came from [`Self::permitted_ports`]; each is decided
    /// again here, so a mistake above cannot open a socket.
    pub(crate) fn sweep(
        &self,
        targets: &[(String, sweep::SweepTarget)],
        setting: sweep::SweepSetting,
        stop: &dyn Fn() -> bool,
    ) -> Vec<Vec<(u16, sweep::PortState)>> {
        let guarded: Vec<sweep::SweepTarget> = targets
            .iter()
            .map(|(host, target)| sweep::SweepTarget {
                address: target.address,
                ports: target
                    .ports
                    .iter()
                    .copied()
                    .filter(|port| self.decide(host, target.address, *port).is_ok())
                    .collect(),
            })
            .collect();
        sweep::sweep(&guarded, setting, stop)
    }

    /// How the sweep of this job is paced.
    pub(crate) fn sweep_setting(&self, in_flight_max: usize) -> sweep::SweepSetting {
        sweep::SweepSetting {
            in_flight_max,
            patience: self.setting.connect_timeout,
            per_second: self.setting.per_second,
        }
    }

    /// Asks all names once more and records new answers that would have left the scope.
    pub(crate) async fn look_again(&self) {
        for (name, addresses) in self.names.changed().await {
            for address in addresses {
                let port = self.setting.scope.ports.iter().next().unwrap_or_default();
                if let Err(refusal) = self.decide(&name, address, port) {
                    self.deny(&name, Some(address), port, "second dns answer", &refusal);
                }
            }
        }
    }

    /// Every refusal so far.
    pub(crate) fn denials(&self) -> Vec<ScopeDenial> {
        self.denials.list()
    }

    /// Whether a host could be a target of this job at all (no record is made).
    pub(crate) fn scope(&self) -> &Scope {
        &self.setting.scope
    }

    fn decide(&self, host: &str, address: IpAddr, port: u16) -> Result<(), Refusal> {
        self.setting
            .scope
            .permits(Some(host), address, port, &self.setting.allowed)
    }

    fn deny(&self, host: &str, address: Option<IpAddr>, port: u16, via: &str, why: &Refusal) {
        self.denials.record(ScopeDenial {
            host: crate::text::line(host),
            address,
            port,
            reason: why.to_string(),
            via: crate::text::line(via),
        });
    }
}
