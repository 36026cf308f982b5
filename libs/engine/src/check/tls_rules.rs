//! Checks of TLS and certificates, and of HTTP methods and origins.
use wt_model::{Policy, Severity};

use super::{Check, Rule, tls::CertificateRule};
use crate::probe::{SSL_3, TLS_1_0, TLS_1_1};

const RFC_9325: &str = "https://www.rfc-editor.org/rfc/rfc9325";
const BASELINE: &str = "https://cabforum.org/working-groups/server/baseline-requirements/";

pub(super) const CHECKS: &[Check] = &[
    Check::passive(
        "tls.cert_expired",
        "Certificate expired",
        Severity::High,
        (
            "The certificate's validity has ended. Browsers refuse the site, and users who are \
             trained to click through no longer notice an impostor.",
            "Renew the certificate and automate renewal (ACME), with an alert when it fails.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5"],
        &[298],
        Rule::Certificate(CertificateRule::Expired),
    ),
    Check::passive(
        "tls.cert_expiring",
        "Certificate about to expire",
        Severity::Low,
        (
            "The certificate ends within 21 days. Automated renewal would have replaced it by \
             now, so renewal has probably failed.",
            "Renew the certificate and find out why automation did not.",
        ),
        &["https://letsencrypt.org/docs/integration-guide/"],
        &[298],
        Rule::Certificate(CertificateRule::Expiring),
    ),
    Check::passive(
        "tls.cert_not_yet_valid",
        "Certificate not valid yet",
        Severity::Medium,
        (
            "The certificate's validity lies in the future; clients refuse it. Either it was \
             installed early or a clock is wrong.",
            "Install a certificate that is valid now and check the clocks of server and issuer.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5"],
        &[298],
        Rule::Certificate(CertificateRule::NotYetValid),
    ),
    Check::passive(
        "tls.cert_self_signed",
        "Self-signed certificate",
        Severity::Medium,
        (
            "The certificate is signed by itself. Clients cannot tell the server from an impostor \
             unless they were given the certificate beforehand.",
            "Use a certificate of a public or your own managed certificate authority.",
        ),
        &[BASELINE],
        &[295],
        Rule::Certificate(CertificateRule::SelfSigned),
    ),
    Check::passive(
        "tls.cert_name_mismatch",
        "Certificate for another name",
        Severity::Medium,
        (
            "The certificate does not name this host, so clients refuse the connection or learn \
             to ignore the warning.",
            "Install a certificate whose subject alternative names include this host.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc9525"],
        &[297],
        Rule::Certificate(CertificateRule::NameMismatch),
    ),
    Check::passive(
        "tls.cert_weak_key",
        "Weak certificate key",
        Severity::High,
        (
            "The certificate's key is too short to resist attack: RSA below 2048 or an elliptic \
             curve below 224 bits.",
            "Make a new key of at least RSA 2048 or P-256 and have it certified.",
        ),
        &[
            BASELINE,
            "https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final",
        ],
        &[326],
        Rule::Certificate(CertificateRule::WeakKey),
    ),
    Check::passive(
        "tls.cert_weak_signature",
        "Certificate signed with a broken hash",
        Severity::High,
        (
            "A certificate of the chain is signed with SHA-1 or MD5, for which forged \
             certificates can be made.",
            "Have the certificate reissued with SHA-256 and replace old intermediates.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc9155", BASELINE],
        &[327],
        Rule::Certificate(CertificateRule::WeakSignature),
    ),
    Check::passive(
        "tls.version.ssl_3",
        "SSL 3.0 accepted",
        Severity::High,
        (
            "The server accepts SSL 3.0, whose encryption is broken (POODLE); an attacker on the \
             path can read cookies.",
            "Allow TLS 1.2 and 1.3 only (nginx: ssl_protocols TLSv1.2 TLSv1.3).",
        ),
        &["https://www.rfc-editor.org/rfc/rfc7568"],
        &[327],
        Rule::Version(SSL_3),
    ),
    Check::passive(
        "tls.version.tls_1_0",
        "TLS 1.0 accepted",
        Severity::Medium,
        (
            "The server accepts TLS 1.0, deprecated since 2021 and forbidden by PCI DSS; it \
             relies on MD5 and SHA-1.",
            "Allow TLS 1.2 and 1.3 only (nginx: ssl_protocols TLSv1.2 TLSv1.3).",
        ),
        &["https://www.rfc-editor.org/rfc/rfc8996", RFC_9325],
        &[327],
        Rule::Version(TLS_1_0),
    ),
    Check::passive(
        "tls.version.tls_1_1",
        "TLS 1.1 accepted",
        Severity::Medium,
        (
            "The server accepts TLS 1.1, deprecated since 2021; it relies on MD5 and SHA-1 and \
             lacks modern suites.",
            "Allow TLS 1.2 and 1.3 only (nginx: ssl_protocols TLSv1.2 TLSv1.3).",
        ),
        &["https://www.rfc-editor.org/rfc/rfc8996", RFC_9325],
        &[327],
        Rule::Version(TLS_1_1),
    ),
    Check::passive(
        "tls.weak_suites",
        "Weak cipher suites accepted",
        Severity::Medium,
        (
            "The server accepts suites without encryption or authentication, export suites, RC4, \
             DES or 3DES.",
            "Offer only AEAD suites with forward secrecy, as RFC 9325 recommends.",
        ),
        &[RFC_9325],
        &[326],
        Rule::WeakSuites,
    ),
    Check {
        id: "http.cors.credentials_for_anyone",
        title: "Any site may read answers with the user's cookies",
        severity: Severity::High,
        description: "The server trusts a foreign origin and allows credentials, so any website \
            can read what its visitors see here.",
        remediation: "Answer Access-Control-Allow-Origin only for origins on a fixed list, and \
            allow credentials only for those.",
        references: &["https://fetch.spec.whatwg.org/#http-cors-protocol"],
        cwe: &[942],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::CrossOrigin,
    },
    Check {
        id: "http.method.trace_enabled",
        title: "TRACE enabled",
        severity: Severity::Low,
        description: "The server echoes TRACE requests with all headers, which exposes cookies \
            and headers added by proxies to scripts.",
        remediation: "Disable the method (Apache: TraceEnable off) or refuse it at the proxy.",
        references: &["https://www.rfc-editor.org/rfc/rfc9110#section-9.3.8"],
        cwe: &[693],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::Trace,
    },
];
