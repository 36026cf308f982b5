//! What an organization may register (contracts §1).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// The kind of an asset.
    AssetKind, "asset kind", {
        /// A DNS name.
        Domain = "domain",
        /// One IPv4 or IPv6 address.
        Ip = "ip",
        /// A network in prefix notation.
        Cidr = "cidr",
    }
);
