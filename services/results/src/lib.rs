//! Exposures, events, proof ledger and packets.
