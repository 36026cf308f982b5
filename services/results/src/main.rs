//! Exposures, events, proof ledger and packets.

fn main() {}
