//! What a run must not touch although its assets would allow it.
use std::{fmt, net::IpAddr, str::FromStr};

use wt_exposure::PortSet;

use crate::{Host, HostRefused, Network, NetworkRefused};

/// Text that names excluded ports starts with this.
const PORTS_PREFIX: &str = "port:";

/// One exclusion; always stronger than any permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exclusion {
    /// A name, whatever it resolves to.
    Host(Host),
    /// An address or range, by whatever name it is reached.
    Network(Network),
    /// Ports of every host.
    Ports(PortSet),
}

/// Why a text is not an exclusion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExclusion {
    /// Neither a name …
    #[error("{0}")]
    Host(HostRefused),
    /// … nor a network …
    #[error("{0}")]
    Network(NetworkRefused),
    /// … nor `port:` and a port list.
    #[error("expected port: and a list such as port:25,8000-8100")]
    Ports,
}

impl Exclusion {
    /// Whether it forbids this connection.
    pub fn forbids(&self, host: Option<&str>, address: IpAddr, port: u16) -> bool {
        match self {
            Self::Host(name) => host.is_some_and(|host| host == name.as_str()),
            Self::Network(network) => network.contains(address),
            Self::Ports(ports) => ports.contains(port),
        }
    }
}

impl FromStr for Exclusion {
    type Err = InvalidExclusion;

    fn from_str(text: &str) -> Result<Self, InvalidExclusion> {
        let text = text.trim();
        if let Some(ports) = text.strip_prefix(PORTS_PREFIX) {
            return match ports.parse::<PortSet>() {
                Ok(ports) if !ports.is_empty() => Ok(Self::Ports(ports)),
                _ => Err(InvalidExclusion::Ports),
            };
        }
        match Network::parse(text) {
            Ok(network) => Ok(Self::Network(network)),
            Err(refused @ NetworkRefused::HostBits { .. }) => {
                Err(InvalidExclusion::Network(refused))
            }
            Err(NetworkRefused::Malformed) => Host::parse(text)
                .map(Self::Host)
                .map_err(InvalidExclusion::Host),
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => host.fmt(f),
            Self::Network(network) => network.fmt(f),
            Self::Ports(ports) => write!(f, "{PORTS_PREFIX}{ports}"),
        }
    }
}

impl serde::Serialize for Exclusion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Exclusion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
