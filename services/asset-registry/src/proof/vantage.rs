//! A place to look from: one resolver, and the addresses it may lead to.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hickory_resolver::{
    Resolver, TokioResolver,
    config::{
        ConnectionConfig, NameServerConfig, ProtocolConfig, ResolveHosts, ResolverConfig,
        ResolverOpts,
    },
    net::runtime::TokioRuntimeProvider,
};
use wt_scope::{Network, canonical_address, classify};

/// Longest wait for one DNS answer; a healthy authoritative server answers in well under one.
const DNS_TIMEOUT: Duration = Duration::from_secs(3);

/// One resolver and what it may lead to.
pub(crate) struct Vantage {
    name: String,
    resolver: TokioResolver,
    allowed_networks: Vec<Network>,
    /// Ports an `http_file` is looked for on.
    http_ports: Vec<u16>,
}

/// Why a vantage point could not look.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VantageRefused {
    /// The resolver could not be made.
    #[error("the resolver {name} can't be used")]
    Resolver {
        /// Its address.
        name: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Vantage {
    /// Makes the vantage point of one recursive or authoritative server. Answers are never
    /// cached: an owner who just published a record must not wait for our memory of its absence.
    pub(crate) fn new(
        server: SocketAddr,
        allowed_networks: Vec<Network>,
        http_ports: Vec<u16>,
    ) -> Result<Self, VantageRefused> {
        let connections = [ProtocolConfig::Udp, ProtocolConfig::Tcp]
            .into_iter()
            .map(|protocol| {
                let mut connection = ConnectionConfig::new(protocol);
                connection.port = server.port();
                connection
            })
            .collect();
        let config = ResolverConfig::from_parts(
            None,
            Vec::new(),
            vec![NameServerConfig::new(server.ip(), true, connections)],
        );
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options();
        let resolver = builder.build().map_err(|error| VantageRefused::Resolver {
            name: server.to_string(),
            source: Box::new(error),
        })?;
        Ok(Self {
            name: server.to_string(),
            resolver,
            allowed_networks,
            http_ports,
        })
    }

    /// How findings name it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its resolver.
    pub(crate) fn resolver(&self) -> &TokioResolver {
        &self.resolver
    }

    /// Ports an `http_file` is looked for on.
    pub(crate) fn http_ports(&self) -> &[u16] {
        &self.http_ports
    }

    /// The first address of `host` that may be connected to, or why there is none.
    pub(crate) async fn address_of(&self, host: &str) -> Result<IpAddr, String> {
        let addresses: Vec<IpAddr> = match wt_scope::parse_address(host) {
            Ok(address) => vec![address],
            Err(_) => self
                .resolver
                .lookup_ip(format!("{host}."))
                .await
                .map_err(|error| format!("the name does not resolve: {error}"))?
                .iter()
                .map(canonical_address)
                .collect(),
        };
        addresses
            .iter()
            .copied()
            .find(|address| self.may_reach(*address))
            .ok_or_else(|| match addresses.first() {
                Some(address) => format!("{address} is not a public address"),
                None => "the name has no address".to_owned(),
            })
    }

    fn may_reach(&self, address: IpAddr) -> bool {
        classify(address).is_none()
            || self
                .allowed_networks
                .iter()
                .any(|network| network.contains(address))
    }
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = DNS_TIMEOUT;
    options.attempts = 2;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options
}
