//! TLS as a whole: handshakes that accept any certificate, and what they show.
use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    Certificate,
    hello::{self, HelloAnswer, Offer},
};

/// What TLS on a port showed.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsFacts {
    /// Versions asked for, and whether each was accepted; silence leaves one out.
    pub(crate) versions: BTreeMap<u16, bool>,
    /// Leaf first.
    pub(crate) chain: Vec<Certificate>,
    /// What became of an offer of weak suites only.
    pub(crate) weak_suites: WeakSuites,
    /// From connect to conclusion.
    pub(crate) elapsed_ms: u32,
}

/// Answer to an offer of weak suites only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WeakSuites {
    /// Not offered, or no answer.
    #[default]
    Unknown,
    /// All declined.
    Declined,
    /// This one was accepted.
    Accepted(u16),
}

impl TlsFacts {
    /// The server's own certificate.
    pub(crate) fn leaf(&self) -> Option<&Certificate> {
        self.chain.first()
    }

    /// Notes the answer to an offer of `version`.
    pub(crate) fn note_version(&mut self, version: u16, answer: &HelloAnswer) {
        match answer {
            HelloAnswer::Accepted {
                version: chosen, ..
            } => {
                self.versions.insert(version, *chosen == version);
            }
            HelloAnswer::Declined | HelloAnswer::Closed => {
                self.versions.insert(version, false);
            }
            HelloAnswer::NotTls | HelloAnswer::Silence => {}
        }
    }
}

/// Looks at certificates without trusting any: judging them is what the scan is for.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.0.signature_verification_algorithms.supported_schemes();
        schemes.extend([
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ]);
        schemes
    }
}

/// Client settings that complete a handshake with any certificate.
pub(crate) fn any_certificate_config() -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A resumed handshake would show no certificate.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// Completes a handshake; `None` when the server would not.
pub(crate) async fn handshake(
    config: &Arc<ClientConfig>,
    stream: TcpStream,
    host: &str,
    patience: Duration,
) -> Option<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).ok()?;
    let connecting = TlsConnector::from(Arc::clone(config)).connect(name, stream);
    timeout(patience, connecting).await.ok()?.ok()
}

/// The chain a completed handshake showed.
pub(crate) fn chain_of(stream: &TlsStream<TcpStream>) -> Vec<Certificate> {
    let (_, connection) = stream.get_ref();
    connection
        .peer_certificates()
        .unwrap_or_default()
        .iter()
        .take(hello::CHAIN_MAX)
        .filter_map(|der| Certificate::read(der))
        .collect()
}

/// What one handshake showed.
#[derive(Debug, Clone)]
pub(crate) struct TlsShown {
    /// On the wire.
    pub(crate) version: u16,
    /// The suite's name, or its number in hexadecimal.
    pub(crate) cipher: String,
    /// Leaf first; empty where the version hides it from an offer.
    pub(crate) chain: Vec<Certificate>,
}

/// A whole handshake, and what it showed.
pub(crate) async fn shown(
    config: &Arc<ClientConfig>,
    stream: TcpStream,
    host: &str,
    patience: Duration,
) -> Option<TlsShown> {
    let stream = handshake(config, stream, host, patience).await?;
    let (_, connection) = stream.get_ref();
    Some(TlsShown {
        version: connection.protocol_version().map_or(0, u16::from),
        cipher: connection
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            .unwrap_or_default()
            .to_owned(),
        chain: chain_of(&stream),
    })
}

/// What became of an offer of one version.
pub(crate) enum TlsOffered {
    /// The server chose exactly that.
    Accepted(TlsShown),
    /// It chose another, or none.
    Declined,
    /// It did not say.
    Unanswered,
}

/// An offer of one version.
pub(crate) async fn offered(
    stream: &mut TcpStream,
    version: u16,
    host: &str,
    patience: Duration,
) -> TlsOffered {
    let name = host.parse::<std::net::IpAddr>().is_err().then_some(host);
    match hello::offer(
        stream,
        Offer::Version(version),
        name,
        &rand::random(),
        patience,
    )
    .await
    {
        HelloAnswer::Accepted {
            version: chosen,
            suite,
            certificates,
        } if chosen == version => TlsOffered::Accepted(TlsShown {
            version,
            cipher: format!("0x{suite:04x}"),
            chain: certificates
                .iter()
                .filter_map(|der| Certificate::read(der))
                .collect(),
        }),
        HelloAnswer::Accepted { .. } | HelloAnswer::Declined | HelloAnswer::Closed => {
            TlsOffered::Declined
        }
        HelloAnswer::NotTls | HelloAnswer::Silence => TlsOffered::Unanswered,
    }
}
