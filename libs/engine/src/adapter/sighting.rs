//! What a tool saw, in the words of our own checks.
use std::{collections::BTreeMap, net::IpAddr};

/// Most bytes of a tool's line kept as evidence.
const RAW_BYTES_MAX: usize = 16 * 1024;

/// One thing a tool saw: subject, check, discriminator and attributes are those the engine's own
/// check would report, so that both mint one key (contracts §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    /// Id of the check.
    pub(crate) check: &'static str,
    pub(crate) discriminator: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) matched: Vec<String>,
    /// What the tool said.
    pub(crate) raw: Vec<u8>,
    /// The call that led to it.
    pub(crate) called: String,
}

impl Sighting {
    /// A sighting without discriminator or attributes.
    pub(super) fn new(address: IpAddr, port: u16, check: &'static str, raw: &[u8]) -> Self {
        Self {
            address,
            port,
            check,
            discriminator: String::new(),
            attributes: BTreeMap::new(),
            matched: Vec::new(),
            raw: raw.get(..RAW_BYTES_MAX).unwrap_or(raw).to_vec(),
            called: String::new(),
        }
    }

    /// With a declared attribute.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.attributes
            .insert(name.to_owned(), crate::text::line(value));
        self
    }

    /// With what made the tool say so.
    pub(super) fn matched(mut self, text: &str) -> Self {
        self.matched.push(crate::text::line(text));
        self
    }
}
