//! Services that are not web servers.
use sha2::{Digest, Sha256};
use wt_exposure::{Control, Evidence, InconclusiveReason};
use wt_model::{Policy, Severity};

use super::{Check, Finding, Rule, Verdict, judge::unanswered};
use crate::probe::{Access, PortFacts, Probed, Protocol, ServiceFacts};

const DATABASES: &[Protocol] = &[
    Protocol::Mysql,
    Protocol::Postgres,
    Protocol::Redis,
    Protocol::Memcached,
    Protocol::Mongodb,
];

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "service.redis.no_auth",
        title: "Redis without password",
        severity: Severity::Critical,
        description: "Redis answers commands without a password. Anyone can read and change all \
            data, and often run code on the host through modules, replication or configuration.",
        remediation: "Bind Redis to an internal address, set requirepass or ACL users, keep \
            protected-mode on and block the port at the firewall.",
        references: &["https://redis.io/docs/latest/operate/oss_and_stack/management/security/"],
        cwe: &[306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Redis),
    },
    Check {
        id: "service.memcached.open",
        title: "Memcached open to strangers",
        severity: Severity::High,
        description: "Memcached answers without authentication: cached sessions and data can be \
            read and replaced, and over UDP the host can be abused to amplify attacks.",
        remediation: "Listen on 127.0.0.1 or an internal address only, disable UDP (-U 0) and \
            block port 11211 at the firewall.",
        references: &[
            "https://docs.memcached.org/serverguide/hardware/",
            "https://www.cve.org/CVERecord?id=CVE-2018-1000115",
        ],
        cwe: &[306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Memcached),
    },
    Check {
        id: "service.mongodb.no_auth",
        title: "MongoDB without authentication",
        severity: Severity::Critical,
        description: "MongoDB lists its databases to anyone. Such instances are routinely copied, \
            wiped and held to ransom by automated attackers.",
        remediation: "Enable authorization, bind to an internal address and restrict the port to \
            the application's network.",
        references: &["https://www.mongodb.com/docs/manual/administration/security-checklist/"],
        cwe: &[306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Mongodb),
    },
    Check {
        id: "service.postgres.trust_auth",
        title: "PostgreSQL lets the superuser in without password",
        severity: Severity::Critical,
        description: "A connection as user postgres was accepted without any credential (trust \
            authentication). Its superuser can read all data and run programs on the host.",
        remediation: "Replace trust by scram-sha-256 in pg_hba.conf, set passwords and limit \
            listen_addresses to internal networks.",
        references: &["https://www.postgresql.org/docs/current/auth-trust.html"],
        cwe: &[306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Postgres),
    },
    Check {
        id: "service.zookeeper.open",
        title: "ZooKeeper answers strangers",
        severity: Severity::Medium,
        description: "ZooKeeper answers administrative four-letter commands without \
            authentication, which usually means that its tree can be read and changed too.",
        remediation: "Restrict the port to the cluster, limit 4lw.commands.whitelist and require \
            SASL or TLS client certificates.",
        references: &["https://zookeeper.apache.org/doc/current/zookeeperAdmin.html"],
        cwe: &[306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Zookeeper),
    },
    Check {
        id: "service.nats.no_auth",
        title: "NATS without authentication",
        severity: Severity::High,
        description: "The NATS server states that it needs no credentials: anyone can read and \
            publish every message on it.",
        remediation: "Configure accounts with credentials or NKeys, require TLS and restrict the \
            client port to internal networks.",
        references: &["https://docs.nats.io/running-a-nats-service/configuration/securing_nats"],
        cwe: &[306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Nats),
    },
    Check {
        id: "service.vnc.no_auth",
        title: "VNC without password",
        severity: Severity::Critical,
        description: "The VNC server offers the security type None: anyone can see and control \
            the desktop behind it.",
        remediation: "Require authentication, tunnel VNC through SSH or a VPN and close the port \
            to the outside.",
        references: &["https://www.rfc-editor.org/rfc/rfc6143#section-7.2.1"],
        cwe: &[306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Vnc),
    },
    Check {
        id: "service.rsync.modules_listed",
        title: "rsync lists its modules to strangers",
        severity: Severity::Medium,
        description: "The rsync daemon lists modules without authentication; their files can \
            often be read, and sometimes written, by anyone.",
        remediation: "Set list = false, add auth users and secrets file to each module and limit \
            hosts allow.",
        references: &["https://download.samba.org/pub/rsync/rsyncd.conf.5"],
        cwe: &[306],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Rsync),
    },
    Check {
        id: "service.ftp.anonymous",
        title: "Anonymous FTP",
        severity: Severity::Medium,
        description: "The FTP server lets anyone in as user anonymous. Files that were never \
            meant to be public are commonly found this way.",
        remediation: "Disable anonymous logins, or keep a dedicated read-only tree without \
            anything confidential.",
        references: &["https://www.rfc-editor.org/rfc/rfc1635"],
        cwe: &[287],
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::OpenAccess(Protocol::Ftp),
    },
    Check {
        id: "service.ftp.plaintext",
        title: "FTP without encryption",
        severity: Severity::Low,
        description: "The port speaks FTP in the clear. Credentials and files can be read and \
            changed by anyone on the path.",
        remediation: "Offer SFTP or FTPS with mandatory TLS and close port 21.",
        references: &["https://www.rfc-editor.org/rfc/rfc4217"],
        cwe: &[319],
        policy: Policy::Passive,
        revision: 1,
        rule: Rule::Speaks(&[Protocol::Ftp]),
    },
    Check {
        id: "service.telnet.exposed",
        title: "Telnet reachable",
        severity: Severity::High,
        description: "The port speaks Telnet, which sends logins in the clear and is the first \
            thing that botnets try.",
        remediation: "Replace Telnet by SSH and close the port.",
        references: &[
            "https://www.cisa.gov/news-events/alerts/2016/10/14/heightened-ddos-threat-posed-mirai-and-other-botnets",
        ],
        cwe: &[319],
        policy: Policy::Passive,
        revision: 1,
        rule: Rule::Speaks(&[Protocol::Telnet]),
    },
    Check {
        id: "service.database.exposed",
        title: "Database reachable from outside",
        severity: Severity::Medium,
        description: "A database or cache server answers on this port. Even with a password it \
            is open to guessing and to every future flaw of its protocol.",
        remediation: "Restrict the port to the application's network by firewall or security \
            group and bind the server to internal addresses.",
        references: &[
            "https://cheatsheetseries.owasp.org/cheatsheets/Database_Security_Cheat_Sheet.html",
        ],
        cwe: &[668],
        policy: Policy::Passive,
        revision: 1,
        rule: Rule::Speaks(DATABASES),
    },
    Check {
        id: "service.ssh.protocol_1",
        title: "SSH protocol 1 accepted",
        severity: Severity::High,
        description: "The server offers SSH protocol 1, whose design lets an attacker on the path \
            read and change sessions.",
        remediation: "Configure Protocol 2 only, or replace the server: current OpenSSH no longer \
            contains protocol 1.",
        references: &["https://www.rfc-editor.org/rfc/rfc4253#section-5.1"],
        cwe: &[327],
        policy: Policy::Passive,
        revision: 1,
        rule: Rule::Greeting(Protocol::Ssh, ssh_protocol_1),
    },
];

/// The protocol version of an old greeting; 1.99 means both (RFC 4253 §5.1).
fn ssh_protocol_1(greeting: &[u8]) -> Option<String> {
    let line = crate::text::snippet(greeting);
    let version = line.strip_prefix("SSH-")?.split('-').next()?;
    version.starts_with("1.").then(|| version.to_owned())
}

/// Judges by what the service said.
pub(super) fn judge(check: &Check, rule: &Rule, facts: &PortFacts) -> Verdict {
    let service = match &facts.service {
        Probed::Facts(service) => service,
        other => return unanswered(other),
    };
    let is_other = |wanted: &[Protocol]| !wanted.contains(&service.protocol);
    match rule {
        Rule::OpenAccess(protocol) if is_other(&[*protocol]) => other_protocol(),
        Rule::OpenAccess(_) => match service.access {
            Access::Open => present(check, facts, service, "access", "open"),
            Access::Guarded => Verdict::Absent(Control::PortAccepted),
            Access::Unknown => Verdict::Inconclusive(InconclusiveReason::Timeout),
        },
        Rule::Speaks(protocols) if is_other(protocols) => {
            if service.protocol == Protocol::Unknown {
                other_protocol()
            } else {
                // Positively something else: conclusively not this.
                Verdict::Absent(Control::PortAccepted)
            }
        }
        Rule::Speaks(_) => present(check, facts, service, "product", service.protocol.as_str()),
        Rule::Greeting(protocol, _) if is_other(&[*protocol]) => other_protocol(),
        Rule::Greeting(_, read) => match read(&service.response) {
            Some(value) => present(check, facts, service, "protocol_version", &value),
            None => Verdict::Absent(Control::PortAccepted),
        },
        _ => Verdict::Inconclusive(InconclusiveReason::EngineError),
    }
}

fn other_protocol() -> Verdict {
    Verdict::Inconclusive(InconclusiveReason::Skipped)
}

fn present(
    check: &Check,
    facts: &PortFacts,
    service: &ServiceFacts,
    attribute: &str,
    value: &str,
) -> Verdict {
    let evidence = Evidence {
        address: Some(facts.peer.address),
        request: service.request.clone(),
        response: service.response.clone(),
        response_sha256: hex::encode(Sha256::digest(&service.response)),
        certificate: None,
        matched: vec![value.to_owned()],
        elapsed_ms: service.elapsed_ms,
    };
    let mut finding = Finding::new(
        format!("{} on port {}", check.title, facts.peer.port),
        evidence,
    )
    .with(attribute, value);
    if !service.version.is_empty() {
        finding = finding.with("version", service.version.clone());
    }
    Verdict::Present(vec![finding])
}
