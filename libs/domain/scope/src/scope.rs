//! The one decision before every connection: may this run touch that?
use std::{collections::BTreeSet, net::IpAddr};

use serde::{Deserialize, Serialize};
use wt_exposure::PortSet;
use wt_fault::{Fault, Kind};

use crate::{
    Exclusion, Host, HostRefused, InvalidExclusion, Network, NetworkRefused, canonical_address,
    classify, parse_address,
};

/// Exactly what one run may touch, derived from assets with a live authorization (contracts §1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Names, each permitted wherever it resolves to ordinary addresses. Exact: a name does not
    /// permit its subdomains, which may belong to somebody else's service.
    pub hosts: BTreeSet<Host>,
    /// Addresses and ranges, permitted when reached by address.
    pub networks: BTreeSet<Network>,
    /// Ports.
    pub ports: PortSet,
    /// What stays untouched in spite of the above.
    pub exclusions: Vec<Exclusion>,
}

/// Why a connection is refused; `Display` is the sentence that goes into the result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a name of the scope.
    #[error("the name {0} is not in the scope of this job")]
    Host(String),
    /// Not an address of the scope.
    #[error("the address {0} is not in the scope of this job")]
    Address(IpAddr),
    /// Not a port of the scope.
    #[error("port {0} is not in the scope of this job")]
    Port(u16),
    /// Excluded on purpose.
    #[error("excluded by the scope ({0})")]
    Excluded(String),
    /// Loopback, private, link-local, metadata … and not opened by the operator.
    #[error("{address} is a {name} address ({source_text}), which this worker may not reach")]
    Special {
        /// The address.
        address: IpAddr,
        /// The kind of range.
        name: &'static str,
        /// Where that is defined.
        source_text: &'static str,
    },
}

impl Refusal {
    /// Permanent code of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Host(_) => "scope.host_outside",
            Self::Address(_) => "scope.address_outside",
            Self::Port(_) => "scope.port_outside",
            Self::Excluded(_) => "scope.excluded",
            Self::Special { .. } => "scope.special_address",
        }
    }
}

impl Fault for Refusal {
    fn kind(&self) -> Kind {
        Kind::Forbidden
    }

    fn code(&self) -> &'static str {
        Self::code(self)
    }
}

/// Why texts do not make a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// A bad name.
    #[error("{text:?}: {reason}")]
    Host {
        /// As given, cut.
        text: String,
        /// What is wrong.
        reason: HostRefused,
    },
    /// A bad network.
    #[error("{text:?}: {reason}")]
    Network {
        /// As given, cut.
        text: String,
        /// What is wrong.
        reason: NetworkRefused,
    },
    /// A bad port list, or port 0.
    #[error("expected ports such as 22,80,8000-8100")]
    Ports,
    /// A bad exclusion.
    #[error("{text:?}: {reason}")]
    Exclusion {
        /// As given, cut.
        text: String,
        /// What is wrong.
        reason: InvalidExclusion,
    },
}

impl Fault for InvalidScope {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &'static str {
        "scope.invalid"
    }
}

impl Scope {
    /// Reads the wire form; the first bad text is named.
    pub fn parse(
        hosts: &[String],
        networks: &[String],
        ports: &str,
        exclusions: &[String],
    ) -> Result<Self, InvalidScope> {
        Ok(Self {
            hosts: read_all(hosts, |text, reason| InvalidScope::Host { text, reason })?,
            networks: read_all(networks, |text, reason| InvalidScope::Network {
                text,
                reason,
            })?,
            ports: ports
                .parse::<PortSet>()
                .ok()
                .filter(|ports| !ports.contains(0))
                .ok_or(InvalidScope::Ports)?,
            exclusions: read_all(exclusions, |text, reason| InvalidScope::Exclusion {
                text,
                reason,
            })?,
        })
    }

    /// Whether this connection is permitted. `host` is the name it is made for, or none (or the
    /// address itself) when reached by address. `operator_allowed` opens special ranges; it
    /// never widens the scope itself.
    pub fn permits(
        &self,
        host: Option<&str>,
        address: IpAddr,
        port: u16,
        operator_allowed: &[Network],
    ) -> Result<(), Refusal> {
        let address = canonical_address(address);
        self.permits_port(port)?;
        // A host that spells an address must spell this one.
        let name = match host.map(|host| (host, parse_address(host))) {
            Some((_, Ok(spelled))) if spelled == address => None,
            Some((_, Ok(spelled))) => return Err(Refusal::Address(spelled)),
            Some((name, Err(_))) => Some(name),
            None => None,
        };
        let in_scope = match name {
            Some(name) => self.hosts.iter().any(|host| host.as_str() == name),
            None => self.networks.iter().any(|net| net.contains(address)),
        };
        if !in_scope {
            return Err(name.map_or(Refusal::Address(address), |name| {
                Refusal::Host(name.to_owned())
            }));
        }
        if let Some(exclusion) = self
            .exclusions
            .iter()
            .find(|exclusion| exclusion.forbids(name, address, port))
        {
            return Err(Refusal::Excluded(exclusion.to_string()));
        }
        match classify(address) {
            Some(range)
                if !(range.can_be_allowed
                    && operator_allowed.iter().any(|net| net.contains(address))) =>
            {
                Err(Refusal::Special {
                    address,
                    name: range.name,
                    source_text: range.source,
                })
            }
            _ => Ok(()),
        }
    }

    /// Whether a job may name this target at all (name or address, before any resolution).
    pub fn permits_target(&self, target: &str) -> Result<(), Refusal> {
        let inside = match parse_address(target) {
            Ok(address) => {
                if !self.networks.iter().any(|net| net.contains(address)) {
                    return Err(Refusal::Address(address));
                }
                true
            }
            Err(_) => self.hosts.iter().any(|host| host.as_str() == target),
        };
        if inside {
            Ok(())
        } else {
            Err(Refusal::Host(target.to_owned()))
        }
    }

    fn permits_port(&self, port: u16) -> Result<(), Refusal> {
        if port != 0 && self.ports.contains(port) {
            Ok(())
        } else {
            Err(Refusal::Port(port))
        }
    }
}

/// Longest piece of foreign text repeated in an error.
const QUOTED_CHARS_MAX: usize = 64;

fn read_all<T, C, E>(
    texts: &[String],
    refuse: impl Fn(String, E) -> InvalidScope,
) -> Result<C, InvalidScope>
where
    T: std::str::FromStr<Err = E>,
    C: FromIterator<T>,
{
    texts
        .iter()
        .map(|text| {
            text.parse::<T>()
                .map_err(|reason| refuse(text.chars().take(QUOTED_CHARS_MAX).collect(), reason))
        })
        .collect()
}
