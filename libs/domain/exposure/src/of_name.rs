//! Cells of a name itself, beside those of its ports (contracts §4).
use std::net::IpAddr;

/// Port of a subject that is a name itself and no service of it.
pub const NAME_PORT: u16 = 0;

/// First word of the ids of checks that look at what name servers say of a name.
const NAME_CHECKS: &str = "dns.";

/// Whether a check looks at a name itself: such a check has one cell per name, at [`NAME_PORT`],
/// and none at any port. It follows from the id, so that whoever plans, runs or takes a result
/// counts the same without the catalogue.
pub fn looks_at_name(check_id: &str) -> bool {
    check_id.starts_with(NAME_CHECKS)
}

/// Whether a host is a name, which has cells of its own; an address has none.
pub fn is_name(host: &str) -> bool {
    host.parse::<IpAddr>().is_err()
}

/// How many cells a host has: ports × checks of ports, and the checks of its name.
pub fn cells_of_host<'a>(host: &str, ports: u64, checks: impl Iterator<Item = &'a str>) -> u64 {
    let is_name = is_name(host);
    checks.fold(0, |cells: u64, check| {
        cells.saturating_add(match (looks_at_name(check), is_name) {
            (false, _) => ports,
            (true, true) => 1,
            (true, false) => 0,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{cells_of_host, looks_at_name};

    #[test]
    fn a_name_has_a_cell_for_each_of_its_checks_and_an_address_has_none() {
        let checks = ["port.open", "dns.caa.missing", "dns.spf.missing"];
        assert_eq!(cells_of_host("shop.example", 100, checks.into_iter()), 102);
        assert_eq!(cells_of_host("192.0.2.1", 100, checks.into_iter()), 100);
        assert_eq!(cells_of_host("2001:db8::1", 0, checks.into_iter()), 0);
        assert!(!looks_at_name("port.dns"));
    }
}
