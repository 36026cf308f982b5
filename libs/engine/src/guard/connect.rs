//! One decision, then one connection.
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use hickory_resolver::proto::rr::RecordType;
use tokio::{net::TcpStream, runtime::Handle};
use wt_exposure::{InconclusiveReason, NAME_PORT, PortSet, ScopeDenial};
use wt_scope::{Network, Refusal, Scope, parse_address};

use super::{
    NameAnswer, NameFailure, Names, Unanswered,
    backoff::{Backoff, Trouble},
    deny::Denials,
    latency::Timing,
    pace::{Lines, Pace},
    sweep,
    zone::may_be_asked,
};

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
    /// The lines in which places are taken: those of this process, or everybody's.
    pub(crate) lines: Lines,
}

/// The guard of one job.
pub(crate) struct Guard {
    setting: GuardSetting,
    names: Names,
    denials: Denials,
    pace: Pace,
    backoff: Backoff,
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

/// Why a target has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResolveFailure {
    /// The guard refused; recorded.
    Denied,
    /// The resolver says there is no such name.
    NoSuchName,
    /// The name has no address.
    NoAddress,
    /// The resolver failed or did not answer.
    ServFail,
}

impl ResolveFailure {
    /// The contract's reason.
    pub(crate) fn reason(self) -> InconclusiveReason {
        match self {
            Self::Denied => InconclusiveReason::OutOfScope,
            Self::NoSuchName | Self::NoAddress => InconclusiveReason::Unreachable,
            Self::ServFail => InconclusiveReason::DnsServfail,
        }
    }
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
    /// The target asked for fewer requests, and this job leaves it alone.
    RateLimited,
}

impl ConnectFailure {
    /// The contract's reason.
    pub(crate) fn reason(&self) -> InconclusiveReason {
        match self {
            Self::Denied => InconclusiveReason::OutOfScope,
            Self::Refused => InconclusiveReason::Refused,
            Self::Timeout => InconclusiveReason::Timeout,
            Self::Unreachable => InconclusiveReason::Unreachable,
            Self::RateLimited => InconclusiveReason::RateLimited,
        }
    }
}

impl Guard {
    /// A guard with its own resolver and pace.
    pub(crate) fn new(setting: GuardSetting, names: Names) -> Self {
        let pace = Pace::new(setting.per_second, setting.lines.clone());
        Self {
            setting,
            names,
            denials: Denials::default(),
            pace,
            backoff: Backoff::default(),
        }
    }

    /// Addresses of a target: itself, or what its name was pinned to. Out-of-scope hosts are
    /// refused before any question is asked about them.
    pub(crate) async fn resolve(
        &self,
        host: &str,
        port: u16,
        via: &str,
    ) -> Result<Vec<IpAddr>, ResolveFailure> {
        if let Err(refusal) = self.setting.scope.permits_target(host) {
            self.deny(host, parse_address(host).ok(), port, via, &refusal);
            return Err(ResolveFailure::Denied);
        }
        if let Ok(address) = parse_address(host) {
            return Ok(vec![address]);
        }
        self.names
            .pinned(host)
            .await
            .map_err(|failure| match failure {
                NameFailure::NoSuchName => ResolveFailure::NoSuchName,
                NameFailure::NoAddress => ResolveFailure::NoAddress,
                NameFailure::ServFail => ResolveFailure::ServFail,
            })
    }

    /// Whether the own servers of a target's zone agree that its name is gone. They are asked on
    /// their one port for name service, in no special network but those the operator opened.
    pub(crate) async fn is_name_gone(&self, host: &str) -> bool {
        if self.setting.scope.permits_target(host).is_err() {
            return false;
        }
        let verdict = self.names.verdict_of(host);
        *verdict.get_or_init(|| self.is_gone(host)).await
    }

    /// Whether a target may be asked about; a refusal is recorded.
    pub(crate) fn permits_name(&self, host: &str) -> bool {
        let refused = self.setting.scope.permits_target(host).err();
        if let Some(refusal) = &refused {
            self.deny(host, None, NAME_PORT, "target", refusal);
        }
        refused.is_none()
    }

    async fn is_gone(&self, host: &str) -> bool {
        let (scope, allowed) = (&self.setting.scope, &self.setting.allowed);
        let may_ask = |address, port| may_be_asked(address, port, scope, allowed);
        self.names.is_gone(host, may_ask).await
    }

    /// Whether the own servers of the zone that a target's alias leads to agree that its end does
    /// not exist. They are asked like those of the target's own zone, and nothing else of theirs.
    pub(crate) async fn is_alias_end_gone(&self, end: &str) -> bool {
        self.is_gone(end).await
    }

    /// Asks the job's own name servers for the records of a name; see [`NameAnswer`].
    pub(crate) async fn answer(
        &self,
        name: &str,
        kind: RecordType,
    ) -> Result<NameAnswer, Unanswered> {
        self.names.answer(name, kind).await
    }

    /// The addresses of a name that is no target, such as a name server's.
    pub(crate) async fn addresses_of(&self, name: &str) -> Result<Vec<IpAddr>, NameFailure> {
        self.names.ask(name).await
    }

    /// Where the zones' own servers listen.
    pub(super) fn zone_port(&self) -> u16 {
        self.names.zone_port()
    }

    /// Whether a connection could be made; nothing is recorded.
    pub(super) fn is_permitted(&self, peer: &Peer) -> bool {
        self.decide(&peer.host, peer.address, peer.port).is_ok()
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
        if self.backoff.has_given_up(peer.address) {
            return Err(ConnectFailure::RateLimited);
        }
        self.pace.turn(peer.address).await;
        let began = Instant::now();
        let connecting = TcpStream::connect(SocketAddr::new(peer.address, peer.port));
        match tokio::time::timeout(self.setting.connect_timeout, connecting).await {
            Ok(Ok(stream)) => {
                self.timed(peer.address, Timing::Handshake, began).await;
                // Probes are single small writes; waiting to coalesce them only costs time.
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                // Only ports that accepted before are connected to like this.
                self.note(peer.address, Trouble::Reset).await;
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
        if self.permit(peer).is_err() || self.backoff.has_given_up(peer.address) {
            return false;
        }
        self.pace.turn(peer.address).await;
        true
    }

    /// Notes that an address has enough, and leaves it alone for a while if it must be: this job
    /// and everybody else who shares the line.
    pub(crate) async fn note(&self, address: IpAddr, trouble: Trouble) {
        if let Some(time) = self.backoff.note(address, trouble) {
            self.pace.hold(address, time).await;
        }
    }

    /// Notes that something that began then is done by now; an address that takes ever longer is
    /// left alone for a while, like one that has enough.
    pub(crate) async fn timed(&self, address: IpAddr, timing: Timing, began: Instant) {
        if let Some(time) = self.backoff.timed(address, timing, began, began.elapsed()) {
            tracing::debug!(%address, ?timing, ?time, "the address slows down and is left alone");
            self.pace.hold(address, time).await;
        }
    }

    /// Notes an ordinary answer.
    pub(crate) fn fine(&self, address: IpAddr) {
        self.backoff.fine(address);
    }

    /// Whether this job leaves an address alone for good.
    pub(crate) fn has_given_up(&self, address: IpAddr) -> bool {
        self.backoff.has_given_up(address)
    }

    /// Asks the job's own name servers, byte for byte; none when nobody answers.
    pub(crate) async fn question(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.names.question(message).await
    }

    /// Sweeps ports of targets whose ports came from [`Self::permitted_ports`]; each is decided
    /// again here, so a mistake above cannot open a socket. A shared pace is asked on `runtime`.
    pub(crate) fn sweep(
        &self,
        targets: &[(String, sweep::SweepTarget)],
        setting: sweep::SweepSetting,
        runtime: Option<&Handle>,
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
        sweep::sweep(&guarded, setting, (&self.pace, runtime), stop)
    }

    /// Requests a second to one address.
    pub(crate) fn per_second(&self) -> u32 {
        self.setting.per_second
    }

    /// How the sweep of this job is paced.
    pub(crate) fn sweep_setting(&self, in_flight_max: usize) -> sweep::SweepSetting {
        sweep::SweepSetting {
            in_flight_max,
            patience: self.setting.connect_timeout,
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

    /// Remembers what the kernel refused a tool.
    pub(crate) fn remember(&self, denial: ScopeDenial) {
        self.denials.record(denial);
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
