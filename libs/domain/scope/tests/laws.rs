//! Laws of the scope decision, over generated scopes and addresses.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use wt_model::AssetKind;
use wt_scope::{
    Exclusion, Host, Network, Refusal, Scope, canonical_address, classify, normalise_asset,
};

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
        any::<u32>().prop_map(|bits| IpAddr::V6(Ipv4Addr::from_bits(bits).to_ipv6_mapped())),
        (0u32..1 << 24).prop_map(|low| IpAddr::V4(Ipv4Addr::from_bits(0x7f00_0000 | low))),
    ]
}

fn network() -> impl Strategy<Value = Network> {
    (address(), 0u8..=128).prop_filter_map("a prefix that fits", |(address, prefix)| {
        let net = ipnet_text(address, prefix)?;
        Network::parse(&net).ok()
    })
}

fn ipnet_text(address: IpAddr, prefix: u8) -> Option<String> {
    let net: ipnet::IpNet = ipnet::IpNet::new(address, prefix).ok()?;
    Some(net.trunc().to_string())
}

fn all_ports() -> Scope {
    Scope {
        ports: "1-65535".parse().expect("a port list"),
        ..Scope::default()
    }
}

proptest! {
    #[test]
    fn what_is_permitted_by_address_lies_in_a_network_and_in_no_exclusion(
        networks in prop::collection::btree_set(network(), 0..4),
        excluded in prop::collection::vec(network(), 0..3),
        allowed in prop::collection::vec(network(), 0..3),
        target in address(),
        port in any::<u16>(),
    ) {
        let scope = Scope {
            networks: networks.clone(),
            exclusions: excluded.iter().copied().map(Exclusion::Network).collect(),
            ..all_ports()
        };
        let verdict = scope.permits(None, target, port, &allowed);
        let inside = networks.iter().any(|net| net.contains(target));
        let is_excluded = excluded.iter().any(|net| net.contains(target));
        let reachable = classify(target).is_none_or(|range| {
            range.can_be_allowed && allowed.iter().any(|net| net.contains(target))
        });
        prop_assert_eq!(verdict.is_ok(), inside && !is_excluded && reachable && port != 0);
    }

    #[test]
    fn a_special_address_is_never_reached_by_name_unless_the_operator_opened_it(target in address()) {
        let scope = Scope {
            hosts: [Host::parse("shop.example.com").unwrap()].into(),
            ..all_ports()
        };
        let verdict = scope.permits(Some("shop.example.com"), target, 443, &[]);
        prop_assert_eq!(verdict.is_ok(), classify(target).is_none());
    }

    #[test]
    fn mapped_and_plain_spellings_get_the_same_verdict(bits in any::<u32>(), net in network()) {
        let plain = Ipv4Addr::from_bits(bits);
        let scope = Scope { networks: [net].into(), ..all_ports() };
        let allowed = [Network::parse("0.0.0.0/0").unwrap()];
        prop_assert_eq!(
            scope.permits(None, IpAddr::V4(plain), 80, &allowed),
            scope.permits(None, IpAddr::V6(plain.to_ipv6_mapped()), 80, &allowed)
        );
    }

    #[test]
    fn normalising_twice_changes_nothing(text in "\\PC{0,40}|[a-zA-Z0-9.-]{1,30}\\.example\\.com|[0-9a-f:./]{1,24}") {
        if let Ok((kind, value)) = normalise_asset(None, &text) {
            prop_assert_eq!(normalise_asset(Some(kind), &value), Ok((kind, value.clone())));
            if kind == AssetKind::Ip {
                let address: IpAddr = value.parse().unwrap();
                prop_assert_eq!(canonical_address(address), address);
            }
        }
    }
}

#[test]
fn a_foreign_name_on_a_permitted_address_is_refused() {
    let scope = Scope {
        hosts: [Host::parse("shop.example.com").unwrap()].into(),
        networks: [Network::parse("8.8.8.0/24").unwrap()].into(),
        ..all_ports()
    };
    let address: IpAddr = "8.8.8.8".parse().unwrap();
    assert!(
        scope
            .permits(Some("shop.example.com"), address, 80, &[])
            .is_ok()
    );
    assert!(scope.permits(Some("8.8.8.8"), address, 80, &[]).is_ok());
    assert_eq!(
        scope.permits(Some("evil.example.com"), address, 80, &[]),
        Err(Refusal::Host("evil.example.com".to_owned()))
    );
    assert_eq!(
        scope.permits(Some("www.shop.example.com"), address, 80, &[]),
        Err(Refusal::Host("www.shop.example.com".to_owned()))
    );
}

#[test]
fn what_is_never_one_host_stays_closed_to_the_operator_too() {
    let everything = [
        Network::parse("0.0.0.0/0").unwrap(),
        Network::parse("::/0").unwrap(),
    ];
    let scope = Scope {
        networks: everything.into(),
        ..all_ports()
    };
    for text in [
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "::",
        "ff02::1",
        "::7f00:1",
    ] {
        let verdict = scope.permits(None, text.parse().unwrap(), 80, &everything);
        assert!(matches!(verdict, Err(Refusal::Special { .. })), "{text}");
    }
    assert!(
        scope
            .permits(None, "127.0.0.1".parse().unwrap(), 80, &everything)
            .is_ok()
    );
}

#[test]
fn the_wire_form_is_read_or_the_bad_text_is_named() {
    let scope = Scope::parse(
        &["shop.example.com".to_owned()],
        &["192.0.2.0/24".to_owned()],
        "80,443",
        &["192.0.2.9".to_owned(), "port:25".to_owned()],
    )
    .unwrap();
    assert!(scope.permits_target("192.0.2.4").is_ok());
    assert!(scope.permits_target("192.0.3.4").is_err());
    assert!(scope.permits_target("other.example.com").is_err());
    let wrong = Scope::parse(&["co.uk".to_owned()], &[], "80", &[]).unwrap_err();
    assert!(wrong.to_string().contains("co.uk"));
    assert!(Scope::parse(&[], &[], "0-80", &[]).is_err());
}
