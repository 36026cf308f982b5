//! Addresses and networks in one spelling.
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    str::FromStr,
};

use ipnet::{IpNet, Ipv4Net};

/// IPv4-mapped IPv6 (`::ffff:0:0/96`, RFC 4291 §2.5.5.2) has this many bits before the IPv4 part.
const MAPPED_PREFIX_BITS: u8 = 96;

/// An address range in canonical form: no host bits, IPv4-mapped IPv6 folded to IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Network(IpNet);

/// Why a text is not accepted as an address or network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkRefused {
    /// Not an address or prefix at all, or in an odd spelling (octal, decimal, zone id).
    #[error("expected an address such as 192.0.2.1 or a network such as 192.0.2.0/24")]
    Malformed,
    /// Bits after the prefix are set. Refused, not zeroed: `192.0.2.7/24` may mean one host, and
    /// a scanner must never widen what it was given.
    #[error("the address has bits set after the prefix; did you mean {suggestion}?")]
    HostBits {
        /// The network that contains it.
        suggestion: String,
    },
}

/// The one form in which addresses are compared: IPv4-mapped IPv6 becomes IPv4.
pub fn canonical_address(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Reads an address strictly (no octal, no short forms, no zone id) into canonical form.
pub fn parse_address(text: &str) -> Result<IpAddr, NetworkRefused> {
    text.trim()
        .parse::<IpAddr>()
        .map(canonical_address)
        .map_err(|_| NetworkRefused::Malformed)
}

impl Network {
    /// The network of exactly one address.
    pub fn single(address: IpAddr) -> Self {
        Self(IpNet::from(canonical_address(address)))
    }

    /// Reads `192.0.2.0/24`, `2001:db8::/64` or a bare address.
    pub fn parse(text: &str) -> Result<Self, NetworkRefused> {
        let text = text.trim();
        if !text.contains('/') {
            return parse_address(text).map(Self::single);
        }
        let net: IpNet = text.parse().map_err(|_| NetworkRefused::Malformed)?;
        let folded = fold_mapped(net);
        if folded.network() != folded.addr() {
            return Err(NetworkRefused::HostBits {
                suggestion: folded.trunc().to_string(),
            });
        }
        Ok(Self(folded))
    }

    /// Whether `address`, in any spelling, lies inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&canonical_address(address))
    }

    /// Whether all of `other` lies inside.
    pub fn contains_network(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether the two share an address.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains_network(other) || other.contains_network(self)
    }

    /// Bits of the prefix.
    pub fn prefix_len(&self) -> u8 {
        self.0.prefix_len()
    }

    /// Whether it is exactly one address, and which.
    pub fn as_single(&self) -> Option<IpAddr> {
        (self.0.prefix_len() == self.0.max_prefix_len()).then(|| self.0.addr())
    }

    /// The first address of the range.
    pub fn first(&self) -> IpAddr {
        self.0.network()
    }

    /// Every address, ascending, network and broadcast addresses included: both can answer.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + use<> {
        let (first, last) = (to_number(self.0.network()), to_number(self.0.broadcast()));
        let is_v4 = self.0.addr().is_ipv4();
        (first..=last).map(move |number| from_number(number, is_v4))
    }

    /// How many addresses, saturating.
    pub fn address_count(&self) -> u128 {
        let bits = self.0.max_prefix_len().saturating_sub(self.0.prefix_len());
        1u128.checked_shl(u32::from(bits)).unwrap_or(u128::MAX)
    }
}

fn fold_mapped(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    let Some(v4) = v6.addr().to_ipv4_mapped() else {
        return net;
    };
    v6.prefix_len()
        .checked_sub(MAPPED_PREFIX_BITS)
        .and_then(|prefix| Ipv4Net::new(v4, prefix).ok())
        .map_or(net, IpNet::V4)
}

fn to_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn from_number(number: u128, is_v4: bool) -> IpAddr {
    match u32::try_from(number) {
        Ok(bits) if is_v4 => IpAddr::V4(Ipv4Addr::from_bits(bits)),
        _ => IpAddr::V6(number.into()),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_single() {
            Some(address) => address.fmt(f),
            None => self.0.fmt(f),
        }
    }
}

impl FromStr for Network {
    type Err = NetworkRefused;

    fn from_str(text: &str) -> Result<Self, NetworkRefused> {
        Self::parse(text)
    }
}

impl<'de> serde::Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, NetworkRefused};

    #[test]
    fn mapped_ipv6_is_the_ipv4_address_it_means() {
        assert_eq!(
            Network::parse("::ffff:192.0.2.1").unwrap().to_string(),
            "192.0.2.1"
        );
        assert_eq!(
            Network::parse("::ffff:192.0.2.0/120").unwrap().to_string(),
            "192.0.2.0/24"
        );
        let wide = Network::parse("::/0").unwrap();
        assert!(!wide.contains("::ffff:127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn host_bits_are_refused_with_the_network_they_may_have_meant() {
        assert_eq!(
            Network::parse("192.0.2.7/24"),
            Err(NetworkRefused::HostBits {
                suggestion: "192.0.2.0/24".to_owned()
            })
        );
        for text in [
            "192.0.2.0/33",
            "fe80::1%eth0",
            "192.0.2",
            "0300.0.2.1",
            "/24",
        ] {
            assert_eq!(
                Network::parse(text),
                Err(NetworkRefused::Malformed),
                "{text}"
            );
        }
    }

    #[test]
    fn a_network_lists_exactly_its_addresses() {
        let net = Network::parse("192.0.2.252/30").unwrap();
        let listed: Vec<String> = net.addresses().map(|a| a.to_string()).collect();
        assert_eq!(
            listed,
            ["192.0.2.252", "192.0.2.253", "192.0.2.254", "192.0.2.255"]
        );
        assert_eq!(net.address_count(), 4);
        assert_eq!(Network::parse("::1").unwrap().addresses().count(), 1);
    }
}
