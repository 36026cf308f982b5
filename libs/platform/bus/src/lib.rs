//! JetStream streams, consumers, leases and dead letters.
