//! Ports nobody else has right now, and that stay free until they are bound.
use std::{
    collections::BTreeSet,
    fs,
    net::{IpAddr, Ipv4Addr, TcpListener},
    ops::Range,
    sync::{Mutex, PoisonError},
};

use anyhow::{Result, bail};
use rand::RngExt;

/// First port given: those below belong to well-known servers more often.
const FIRST: u16 = 10_240;
/// Where Linux says which ports outgoing connections take.
const OUTGOING: &str = "/proc/sys/net/ipv4/ip_local_port_range";
/// Its usual beginning, for other systems.
const OUTGOING_FIRST: u16 = 32_768;
/// Ports looked at before the machine counts as full.
const TRIES_MAX: u32 = 10_000;

/// What this process was given already.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// `count` different free ports of 127.0.0.1, none given before by this process. They lie below
/// those of outgoing connections: a scan's or a client's own would take one of them between its
/// choice and its use, or while its server restarts.
///
/// # Errors
/// The machine has none left.
pub fn free_ports(count: usize) -> Result<Vec<u16>> {
    let range = listening();
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut ports = Vec::with_capacity(count);
    for _ in 0..TRIES_MAX {
        if ports.len() == count {
            return Ok(ports);
        }
        let port = rand::rng().random_range(range.clone());
        if !given.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            given.insert(port);
            ports.push(port);
        }
    }
    bail!("no free ports between {} and {}", range.start, range.end)
}

/// The ports that no outgoing connection takes by itself.
fn listening() -> Range<u16> {
    let first = fs::read_to_string(OUTGOING)
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok());
    match first {
        Some(first) if first > FIRST + 1_000 => FIRST..first,
        _ => FIRST..OUTGOING_FIRST,
    }
}

/// `preferred` if it is free on 127.0.0.1, so that an address survives a restart, else any.
///
/// # Errors
/// The machine has none left.
pub fn free_port_near(preferred: u16) -> Result<u16> {
    let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if preferred != 0 && TcpListener::bind((host, preferred)).is_ok() {
        return Ok(preferred);
    }
    match free_ports(1)?.as_slice() {
        [port] => Ok(*port),
        _ => bail!("no free port"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{free_port_near, free_ports, listening};

    #[test]
    fn a_port_is_given_once_and_no_outgoing_connection_takes_it() {
        let ports: Vec<u16> = (0..20).flat_map(|_| free_ports(5).unwrap()).collect();
        let different: BTreeSet<u16> = ports.iter().copied().collect();
        assert_eq!(different.len(), 100);
        assert!(ports.iter().all(|port| listening().contains(port)));
    }

    #[test]
    fn a_port_that_is_taken_is_left_to_who_has_it() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let preferred = taken.local_addr().unwrap().port();
        assert_ne!(free_port_near(preferred).unwrap(), preferred);
    }
}
