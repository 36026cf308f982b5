//! Address ranges with a special purpose, as data with their sources.
//!
//! From the IANA IPv4 and IPv6 Special-Purpose Address Registries and the multicast registries;
//! reachable ones by policy of the operator only, transition ranges because an IPv4 address of
//! somebody else hides inside.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::canonical_address;

/// One special range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialRange {
    /// First address.
    first: IpAddr,
    /// Bits of the prefix.
    prefix: u8,
    /// What it is for, as a noun for messages.
    pub name: &'static str,
    /// Where that is written.
    pub source: &'static str,
    /// Whether an operator may open it; false for what is never one host.
    pub can_be_allowed: bool,
}

const fn v4(first: [u8; 4], prefix: u8, name: &'static str, source: &'static str) -> SpecialRange {
    SpecialRange {
        first: IpAddr::V4(Ipv4Addr::from_octets(first)),
        prefix,
        name,
        source,
        can_be_allowed: true,
    }
}

const fn v6(first: [u16; 8], prefix: u8, name: &'static str, source: &'static str) -> SpecialRange {
    SpecialRange {
        first: IpAddr::V6(Ipv6Addr::from_segments(first)),
        prefix,
        name,
        source,
        can_be_allowed: true,
    }
}

const fn never(range: SpecialRange) -> SpecialRange {
    SpecialRange {
        can_be_allowed: false,
        ..range
    }
}

/// Narrower ranges come first: the first match names the reason.
const RANGES: [SpecialRange; 45] = [
    v4(
        [169, 254, 169, 254],
        32,
        "cloud metadata",
        "AWS, Azure, GCP documentation",
    ),
    v4(
        [100, 100, 100, 200],
        32,
        "cloud metadata",
        "Alibaba Cloud documentation",
    ),
    v4(
        [168, 63, 129, 16],
        32,
        "cloud platform",
        "Azure documentation",
    ),
    v4(
        [192, 0, 0, 192],
        32,
        "cloud metadata",
        "Oracle Cloud documentation",
    ),
    never(v4(
        [255, 255, 255, 255],
        32,
        "limited broadcast",
        "RFC 919 §7",
    )),
    never(v4([0, 0, 0, 0], 8, "this network", "RFC 791 §3.2")),
    v4([10, 0, 0, 0], 8, "private", "RFC 1918"),
    v4([100, 64, 0, 0], 10, "carrier-grade NAT", "RFC 6598"),
    v4([127, 0, 0, 0], 8, "loopback", "RFC 1122 §3.2.1.3"),
    v4([169, 254, 0, 0], 16, "link-local", "RFC 3927"),
    v4([172, 16, 0, 0], 12, "private", "RFC 1918"),
    v4(
        [192, 0, 0, 0],
        24,
        "IETF protocol assignments",
        "RFC 6890 §2.1",
    ),
    v4([192, 0, 2, 0], 24, "documentation", "RFC 5737"),
    v4([192, 31, 196, 0], 24, "AS112", "RFC 7535"),
    v4([192, 52, 193, 0], 24, "AMT", "RFC 7450"),
    v4([192, 88, 99, 0], 24, "6to4 relay anycast", "RFC 7526"),
    v4([192, 168, 0, 0], 16, "private", "RFC 1918"),
    v4([192, 175, 48, 0], 24, "AS112", "RFC 7534"),
    v4([198, 18, 0, 0], 15, "benchmarking", "RFC 2544"),
    v4([198, 51, 100, 0], 24, "documentation", "RFC 5737"),
    v4([203, 0, 113, 0], 24, "documentation", "RFC 5737"),
    never(v4([224, 0, 0, 0], 4, "multicast", "RFC 5771")),
    v4([240, 0, 0, 0], 4, "reserved", "RFC 1112 §4"),
    v6(
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        128,
        "cloud metadata",
        "AWS documentation",
    ),
    v6(
        [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
        128,
        "cloud metadata",
        "GCP documentation",
    ),
    never(v6(
        [0, 0, 0, 0, 0, 0, 0, 0],
        128,
        "unspecified",
        "RFC 4291 §2.5.2",
    )),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback", "RFC 4291 §2.5.3"),
    never(v6(
        [0, 0, 0, 0, 0, 0xffff, 0, 0],
        96,
        "IPv4-mapped",
        "RFC 4291 §2.5.5.2",
    )),
    never(v6(
        [0, 0, 0, 0, 0xffff, 0, 0, 0],
        96,
        "IPv4-translated",
        "RFC 2765 §2.1",
    )),
    never(v6(
        [0, 0, 0, 0, 0, 0, 0, 0],
        96,
        "IPv4-compatible",
        "RFC 4291 §2.5.5.1",
    )),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "NAT64", "RFC 6052"),
    v6(
        [0x64, 0xff9b, 1, 0, 0, 0, 0, 0],
        48,
        "local-use NAT64",
        "RFC 8215",
    ),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard-only", "RFC 6666"),
    v6([0x100, 0, 0, 1, 0, 0, 0, 0], 64, "dummy prefix", "RFC 9780"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo", "RFC 4380"),
    v6(
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0],
        32,
        "documentation",
        "RFC 3849",
    ),
    v6(
        [0x2001, 0, 0, 0, 0, 0, 0, 0],
        23,
        "IETF protocol assignments",
        "RFC 2928",
    ),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4", "RFC 3056"),
    v6(
        [0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0],
        48,
        "AS112",
        "RFC 7534",
    ),
    v6(
        [0x3fff, 0, 0, 0, 0, 0, 0, 0],
        20,
        "documentation",
        "RFC 9637",
    ),
    v6(
        [0x5f00, 0, 0, 0, 0, 0, 0, 0],
        16,
        "segment routing",
        "RFC 9602",
    ),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local", "RFC 4193"),
    v6(
        [0xfe80, 0, 0, 0, 0, 0, 0, 0],
        10,
        "link-local",
        "RFC 4291 §2.5.6",
    ),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local", "RFC 3879"),
    never(v6(
        [0xff00, 0, 0, 0, 0, 0, 0, 0],
        8,
        "multicast",
        "RFC 4291 §2.7",
    )),
];

impl SpecialRange {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => same_prefix(
                u128::from(first.to_bits()) << 96,
                u128::from(address.to_bits()) << 96,
                self.prefix,
            ),
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                same_prefix(first.to_bits(), address.to_bits(), self.prefix)
            }
            _ => false,
        }
    }
}

fn same_prefix(a: u128, b: u128, prefix: u8) -> bool {
    let shift = 128_u32.saturating_sub(u32::from(prefix));
    a.checked_shr(shift) == b.checked_shr(shift)
}

/// The special range an address lies in, if any; `None` is ordinary global unicast.
pub fn classify(address: IpAddr) -> Option<&'static SpecialRange> {
    let address = canonical_address(address);
    RANGES.iter().find(|range| range.contains(address))
}

#[cfg(test)]
mod tests {
    use super::classify;

    #[test]
    fn each_kind_of_special_address_is_known_by_its_name() {
        for (address, name) in [
            ("127.0.0.1", "loopback"),
            ("127.255.255.255", "loopback"),
            ("::1", "loopback"),
            ("::ffff:127.0.0.1", "loopback"),
            ("0.0.0.0", "this network"),
            ("10.1.2.3", "private"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("100.64.0.1", "carrier-grade NAT"),
            ("169.254.1.1", "link-local"),
            ("169.254.169.254", "cloud metadata"),
            ("::ffff:169.254.169.254", "cloud metadata"),
            ("fd00:ec2::254", "cloud metadata"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "limited broadcast"),
            ("198.19.0.1", "benchmarking"),
            ("64:ff9b::7f00:1", "NAT64"),
            ("64:ff9b:1::1", "local-use NAT64"),
            ("2002:7f00:1::", "6to4"),
            ("2001::1", "Teredo"),
            ("::7f00:1", "IPv4-compatible"),
            ("fe80::1", "link-local"),
            ("fd12::1", "unique local"),
            ("ff02::1", "multicast"),
            ("2001:db8::1", "documentation"),
        ] {
            let range = classify(address.parse().unwrap());
            assert_eq!(range.map(|r| r.name), Some(name), "{address}");
        }
    }

    #[test]
    fn neighbours_of_special_ranges_are_ordinary() {
        for address in [
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "223.255.255.255",
            "1.1.1.1",
            "2606:4700::1111",
            "2a00::1",
            "2001:4860::8888",
        ] {
            assert_eq!(classify(address.parse().unwrap()), None, "{address}");
        }
    }
}
