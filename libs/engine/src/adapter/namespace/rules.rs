//! What the kernel is told of one call, as text for `nft` and `ip`; nothing here touches either.
use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use wt_exposure::PortSet;

use crate::adapter::ToolTask;

/// How many pairs of addresses there are: 169.254.192.0/18, two each.
pub(super) const PAIRS: u16 = 1 << 13;
/// First of them. Link-local, so that nothing that is routed anywhere is hidden, and away from where
/// clouds keep their metadata (169.254.169 to 172) and clusters their resolvers (169.254.20, 25).
const FIRST_V4: Ipv4Addr = Ipv4Addr::new(169, 254, 192, 0);
/// The same in IPv6: a unique local network drawn once for this.
const FIRST_V6: Ipv6Addr = Ipv6Addr::new(0xfd9e, 0x7a1c, 0x54e2, 0x1, 0, 0, 0, 0);
/// The end of the pair that is inside.
pub(super) const INSIDE: &str = "eth0";
/// How every link and table of ours begins.
pub(super) const PREFIX: &str = "wtt";
/// The table inside a namespace.
const TABLE: &str = "lease";
/// Most refused places that are remembered of one call; the counter counts on.
const SEEN_MAX: u16 = 64;
/// Least time of a lease: nft takes no zero.
const TIME_MIN: Duration = Duration::from_millis(1);

/// What a call may reach, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lease {
    v4: Vec<Ipv4Addr>,
    v6: Vec<Ipv6Addr>,
    ports: PortSet,
    time: Duration,
}

impl Lease {
    /// The addresses and ports of a task, for `time`; an error names an address that cannot be
    /// reached from a namespace of its own.
    pub(super) fn of(task: &ToolTask, time: Duration) -> Result<Self, IpAddr> {
        let mut lease = Self::nothing(time);
        lease.ports = task.ports.clone();
        for address in &task.addresses {
            match address {
                IpAddr::V4(v4) if !v4.is_loopback() && !v4.is_unspecified() => lease.v4.push(*v4),
                IpAddr::V6(v6) if is_routed(*v6) => lease.v6.push(*v6),
                IpAddr::V4(_) | IpAddr::V6(_) => return Err(*address),
            }
        }
        Ok(lease)
    }

    /// Nothing at all: for a tool that is asked for its version.
    pub(super) fn nothing(time: Duration) -> Self {
        Self {
            v4: Vec::new(),
            v6: Vec::new(),
            ports: PortSet::default(),
            time: time.max(TIME_MIN),
        }
    }

    pub(super) fn has_v4(&self) -> bool {
        !self.v4.is_empty()
    }

    pub(super) fn has_v6(&self) -> bool {
        !self.v6.is_empty()
    }

    /// Whether one of the pair's own addresses is to be looked at.
    pub(super) fn meets(&self, pair: Pair) -> bool {
        let v4 = [pair.v4(0), pair.v4(1)];
        let v6 = [pair.v6(0), pair.v6(1)];
        self.v4.iter().any(|address| v4.contains(address))
            || self.v6.iter().any(|address| v6.contains(address))
    }

    /// Three sets: an address stays in its one for as long as the lease does. Every port is
    /// permitted at every address, so that addresses and ports by themselves say the same as each
    /// with each, which would be 256,000 elements for a sweep of a thousand ports.
    fn sets(&self) -> String {
        let time = format!(" timeout {}ms", self.time.as_millis());
        let hosts4 = self.v4.iter().map(|address| format!("{address}{time}"));
        let hosts6 = self.v6.iter().map(|address| format!("{address}{time}"));
        let ports = self.ports.ranges().iter().map(|(low, high)| match low {
            low if low == high => low.to_string(),
            low => format!("{low}-{high}"),
        });
        set("hosts4", "ipv4_addr", "timeout", hosts4)
            + &set("hosts6", "ipv6_addr", "timeout", hosts6)
            + &set("ports", "inet_service", "interval", ports)
    }
}

/// Whether a route can lead there: not this machine itself, and not one link of it.
fn is_routed(v6: Ipv6Addr) -> bool {
    !v6.is_loopback()
        && !v6.is_unspecified()
        && !v6.is_unicast_link_local()
        && v6.to_ipv4_mapped().is_none()
}

fn set(
    name: &str,
    kind: &str,
    flags: &str,
    elements: impl ExactSizeIterator<Item = String>,
) -> String {
    let mut text = format!("  set {name} {{\n    type {kind}\n    flags {flags}\n");
    if elements.len() > 0 {
        let elements: Vec<String> = elements.collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "    elements = {{ {} }}", elements.join(", "));
    }
    text.push_str("  }\n");
    text
}

/// A link with an end inside a namespace and one outside, and the addresses at both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair(u16);

impl Pair {
    /// The pair of a number; numbers begin again after the last.
    pub(super) fn new(number: u16) -> Self {
        Self(number % PAIRS)
    }

    /// Its link and its table outside: at most 15 characters, of which it has 7.
    pub(super) fn name(self) -> String {
        format!("{PREFIX}{:04x}", self.0)
    }

    /// Outside is 0, inside is 1.
    fn v4(self, end: u32) -> Ipv4Addr {
        (u32::from(FIRST_V4) + 2 * u32::from(self.0) + end).into()
    }

    fn v6(self, end: u128) -> Ipv6Addr {
        (u128::from(FIRST_V6) + 2 * u128::from(self.0) + end).into()
    }

    /// Makes the outer end.
    pub(super) fn link_outside(self, lease: &Lease) -> String {
        let mut text = String::new();
        self.end(&mut text, lease, &self.name(), [0, 1]);
        text
    }

    /// Makes the inner end, and the way out through it.
    pub(super) fn link_inside(self, lease: &Lease) -> String {
        let mut text = "link set lo up\n".to_owned();
        self.end(&mut text, lease, INSIDE, [1, 0]);
        if lease.has_v4() {
            let gateway = self.v4(0);
            let _ = writeln!(text, "route add 0.0.0.0/0 via {gateway} dev {INSIDE}");
        }
        if lease.has_v6() {
            let gateway = self.v6(0);
            let _ = writeln!(text, "route add ::/0 via {gateway} dev {INSIDE}");
        }
        text
    }

    /// One end with its address, of the families that are asked for.
    fn end(self, text: &mut String, lease: &Lease, link: &str, [own, other]: [u8; 2]) {
        if lease.has_v6() {
            // No other address of its own, about which it would ask around.
            let _ = writeln!(text, "link set {link} addrgenmode none");
        }
        let _ = writeln!(text, "link set {link} up");
        if lease.has_v4() {
            let (own, other) = (self.v4(own.into()), self.v4(other.into()));
            let _ = writeln!(text, "addr add {own} peer {other}/32 dev {link}");
        }
        if lease.has_v6() {
            let own = self.v6(own.into());
            let _ = writeln!(text, "addr add {own}/127 dev {link} nodad");
        }
    }

    /// The table outside: the lease once more, where the child could not reach it even as an
    /// administrator of its own namespace, and the address it appears under.
    pub(super) fn table_outside(self, lease: &Lease) -> String {
        let (name, sets) = (self.name(), lease.sets());
        let (v4, v6) = (self.v4(1), self.v6(1));
        format!(
            "table inet {name} {{
  counter refused {{
  }}
  counter entered {{
  }}
  counter left {{
  }}
{sets}  chain prerouting {{
    type filter hook prerouting priority raw; policy accept;
    iifname \"{name}\" jump lease
  }}
  chain lease {{
    ip saddr {v4} ip daddr @hosts4 tcp dport @ports counter name entered accept
    ip6 saddr {v6} ip6 daddr @hosts6 tcp dport @ports counter name entered accept
{NEIGHBOURS}    counter name refused drop
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname \"{name}\" counter name left
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {v4} counter name left masquerade
    ip6 saddr {v6} counter name left masquerade
  }}
}}
"
        )
    }
}

/// What IPv6 needs to find the other end of its link, and what it says unasked.
const NEIGHBOURS: &str = "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    icmpv6 type { nd-router-solicit, mld-listener-report, mld2-listener-report, mld-listener-done } drop
";

/// The rules inside: nothing comes in or goes out but what the lease permits. What is refused is
/// answered at once, so that a tool does not wait for it.
pub(super) fn table_inside(lease: &Lease) -> String {
    let sets = lease.sets();
    format!(
        "table inet {TABLE} {{
  counter refused {{
  }}
{sets}  set seen4 {{
    type ipv4_addr . inet_service
    size {SEEN_MAX}
    flags dynamic
  }}
  set seen6 {{
    type ipv6_addr . inet_service
    size {SEEN_MAX}
    flags dynamic
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
    iif \"lo\" accept
    ip saddr @hosts4 tcp sport @ports accept
    ip6 saddr @hosts6 tcp sport @ports accept
    icmp type {{ destination-unreachable, time-exceeded, parameter-problem }} accept
    icmpv6 type {{ destination-unreachable, packet-too-big, time-exceeded, parameter-problem }} accept
    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept
  }}
  chain output {{
    type filter hook output priority filter; policy drop;
    oif \"lo\" accept
    ip daddr @hosts4 tcp dport @ports accept
    ip6 daddr @hosts6 tcp dport @ports accept
{NEIGHBOURS}    counter name refused
    meta l4proto {{ tcp, udp }} add @seen4 {{ ip daddr . th dport }}
    meta l4proto {{ tcp, udp }} add @seen6 {{ ip6 daddr . th dport }}
    meta l4proto tcp reject with tcp reset
    reject with icmpx type admin-prohibited
  }}
}}
"
    )
}

/// The same once more where frames leave the link: what is sent below IP passes no other hook.
/// Kernels before 5.16 have none here.
pub(super) fn table_egress(lease: &Lease) -> String {
    let sets = lease.sets();
    format!(
        "table netdev {TABLE} {{
  counter refused {{
  }}
{sets}  chain egress {{
    type filter hook egress device \"{INSIDE}\" priority filter; policy drop;
    ether type arp accept
    ip daddr @hosts4 tcp dport @ports accept
    ip6 daddr @hosts6 tcp dport @ports accept
{NEIGHBOURS}    counter name refused drop
  }}
}}
"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Lease, PAIRS, Pair, table_egress, table_inside};
    use crate::adapter::ToolTask;

    fn task(addresses: &[&str], ports: &str) -> ToolTask {
        ToolTask {
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            ports: ports.parse().unwrap(),
            name: None,
            per_second: 1,
            user_agent: String::new(),
        }
    }

    fn lease(addresses: &[&str], ports: &str) -> Lease {
        Lease::of(&task(addresses, ports), Duration::from_millis(1_500)).unwrap()
    }

    #[test]
    fn exactly_the_tasks_addresses_and_ports_are_leased_and_for_its_time() {
        let lease = lease(&["192.0.2.1", "192.0.2.7", "2001:db8::1"], "80,8000-8010");
        let pair = Pair::new(3);
        for rules in [
            table_inside(&lease),
            table_egress(&lease),
            pair.table_outside(&lease),
        ] {
            for line in [
                "    elements = { 192.0.2.1 timeout 1500ms, 192.0.2.7 timeout 1500ms }\n",
                "    elements = { 2001:db8::1 timeout 1500ms }\n",
                "    elements = { 80, 8000-8010 }\n",
            ] {
                assert_eq!(rules.matches(line).count(), 1, "{line}{rules}");
            }
            assert_eq!(rules.matches("elements").count(), 3, "{rules}");
        }
    }

    #[test]
    fn a_lease_of_nothing_has_no_elements_and_the_rules_drop_everything() {
        let lease = Lease::nothing(Duration::ZERO);
        let rules = table_inside(&lease);
        assert!(!rules.contains("elements"), "{rules}");
        for hook in ["input", "output"] {
            let line = format!("type filter hook {hook} priority filter; policy drop;");
            assert!(rules.contains(&line), "{rules}");
        }
        assert!(table_egress(&lease).contains("policy drop;"));
        let way = Pair::new(0).link_inside(&lease);
        assert!(!way.contains("route") && !way.contains("addr "), "{way}");
    }

    #[test]
    fn what_no_route_leads_to_is_named() {
        for address in ["127.0.0.9", "0.0.0.0", "::1", "fe80::1", "::ffff:192.0.2.1"] {
            let refused = Lease::of(&task(&["192.0.2.1", address], "80"), Duration::ZERO);
            assert_eq!(refused, Err(address.parse().unwrap()));
        }
    }

    #[test]
    fn pairs_do_not_touch_and_one_that_is_looked_at_is_not_taken() {
        let last = Pair::new(PAIRS - 1);
        assert_eq!(
            (last.v4(1).to_string(), last.name().len()),
            ("169.254.255.255".to_owned(), 7)
        );
        assert_eq!(Pair::new(PAIRS), Pair::new(0));
        assert!(Pair::new(6).v4(1) < Pair::new(7).v4(0));
        assert!(Pair::new(6).v6(1) < Pair::new(7).v6(0));
        for address in ["169.254.192.14", "169.254.192.15", "fd9e:7a1c:54e2:1::f"] {
            let lease = lease(&[address], "80");
            assert!(lease.meets(Pair::new(7)), "{address}");
            assert!(!lease.meets(Pair::new(6)) && !lease.meets(Pair::new(8)));
        }
    }

    #[test]
    fn a_family_nobody_asks_for_has_no_way_out() {
        let pair = Pair::new(1);
        let four = lease(&["192.0.2.1"], "80");
        let six = lease(&["2001:db8::1"], "80");
        assert!(!pair.link_inside(&four).contains(" fd9e:"));
        assert!(!pair.link_inside(&six).contains(" 169.254."));
        assert!(
            pair.link_inside(&six)
                .contains("route add ::/0 via fd9e:7a1c:54e2:1::2 dev eth0\n")
        );
    }
}
