//! Ports nobody else has right now.
use std::net::{IpAddr, Ipv4Addr, TcpListener};

use anyhow::Result;

/// `count` different free ports of 127.0.0.1. They are held together while being chosen; whoever
/// is told one must bind it soon, because nothing keeps others from it.
///
/// # Errors
/// The machine has none left.
pub fn free_ports(count: usize) -> Result<Vec<u16>> {
    let held: Vec<_> = (0..count)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<_, _>>()?;
    held.iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect()
}

/// `preferred` if it is free on 127.0.0.1, so that an address survives a restart, else any.
///
/// # Errors
/// The machine has none left.
pub fn free_port_near(preferred: u16) -> Result<u16> {
    let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let listener =
        TcpListener::bind((host, preferred)).or_else(|_| TcpListener::bind((host, 0)))?;
    Ok(listener.local_addr()?.port())
}
