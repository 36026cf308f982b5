//! The TXT record that proves that an organization holds a domain.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    Resolver, TokioResolver,
    config::{
        ConnectionConfig, NameServerConfig, ProtocolConfig, ResolveHosts, ResolverConfig,
        ResolverOpts,
    },
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};

/// Longest wait for one answer.
const DNS_TIMEOUT: Duration = Duration::from_secs(3);

/// Where the record of a domain is.
pub(crate) fn record_name(domain: &str) -> String {
    format!("_watchtower-sso.{domain}")
}

/// What the record says.
pub(crate) fn record_value(token: &str) -> String {
    format!("watchtower-sso={token}")
}

/// Looks for proofs through one resolver.
pub(crate) struct DomainProofs(TokioResolver);

impl DomainProofs {
    /// Asks `server`; answers are never cached.
    pub(crate) fn new(server: SocketAddr) -> Result<Self, String> {
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
        let mut options = ResolverOpts::default();
        options.timeout = DNS_TIMEOUT;
        options.attempts = 2;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        let resolver = Resolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(options)
            .build()
            .map_err(|error| format!("the resolver {server} can't be used: {error}"))?;
        Ok(Self(resolver))
    }

    /// Whether the domain shows the token now; no answer is no.
    pub(crate) async fn shows(&self, domain: &str, token: &str) -> bool {
        let name = format!("{}.", record_name(domain));
        let expected = record_value(token);
        self.0.txt_lookup(name).await.is_ok_and(|lookup| {
            lookup.answers().iter().any(|record| match &record.data {
                RData::TXT(text) => text.txt_data.concat() == expected.as_bytes(),
                _ => false,
            })
        })
    }
}
