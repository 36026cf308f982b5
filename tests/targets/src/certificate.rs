//! Certificates with deliberate faults.
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use time::OffsetDateTime;

/// What a certificate claims; it is always self-signed.
#[derive(Debug, Clone)]
pub struct CertificateSpec {
    /// Subject alternative names, DNS or address.
    pub names: Vec<String>,
    /// Start of validity.
    pub not_before: OffsetDateTime,
    /// End of validity.
    pub not_after: OffsetDateTime,
}

impl CertificateSpec {
    /// Valid from yesterday for a year.
    pub fn valid(names: &[&str]) -> Self {
        let now = OffsetDateTime::now_utc();
        Self {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            not_before: now - time::Duration::DAY,
            not_after: now + time::Duration::days(365),
        }
    }

    /// Ended a week ago.
    pub fn expired(names: &[&str]) -> Self {
        let now = OffsetDateTime::now_utc();
        Self {
            not_before: now - time::Duration::days(90),
            not_after: now - time::Duration::days(7),
            ..Self::valid(names)
        }
    }
}

/// PEM of a certificate and its key, for servers that read files.
pub fn make_certificate(spec: &CertificateSpec) -> Result<(String, String), rcgen::Error> {
    let (certificate, key) = sign(spec)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

fn sign(spec: &CertificateSpec) -> Result<(rcgen::Certificate, KeyPair), rcgen::Error> {
    let mut params = CertificateParams::new(spec.names.clone())?;
    params.not_before = spec.not_before;
    params.not_after = spec.not_after;
    let mut name = DistinguishedName::new();
    name.push(
        DnType::CommonName,
        spec.names.first().map_or("target", String::as_str),
    );
    params.distinguished_name = name;
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?, key))
}

/// Server settings with that certificate, TLS 1.2 and 1.3.
pub(crate) fn server_config(spec: &CertificateSpec) -> std::io::Result<Arc<ServerConfig>> {
    let (certificate, key) = sign(spec).map_err(std::io::Error::other)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate.der().to_vec())], key)
        .map_err(std::io::Error::other)?;
    Ok(Arc::new(config))
}
