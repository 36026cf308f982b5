//! Ports taken out of a set: what is left is what is in one and not in the other.
use std::collections::BTreeSet;

use proptest::prelude::*;
use wt_exposure::PortSet;

/// Small ports and the last ones, so that sets touch, hold and cut each other.
fn ports() -> impl Strategy<Value = BTreeSet<u16>> {
    let port = prop_oneof![0_u16..20, 65_530_u16..=65_535];
    proptest::collection::btree_set(port, 0..20)
}

proptest! {
    #[test]
    fn without_leaves_exactly_what_is_not_taken_out(one in ports(), other in ports()) {
        let of = |ports: &BTreeSet<u16>| ports.iter().copied().collect::<PortSet>();
        let left = of(&one).without(&of(&other));
        let expected: PortSet = one.difference(&other).copied().collect();
        prop_assert_eq!(&left, &expected, "in the one form that ranges have, too");
    }
}

#[test]
fn whole_ranges_are_cut_where_they_overlap() {
    let all: PortSet = "1-65535".parse().unwrap();
    let left = all.without(&"1,25,8000-8100,65535".parse().unwrap());
    assert_eq!(left.to_string(), "2-24,26-7999,8101-65534");
    assert!(all.without(&all).is_empty());
}
