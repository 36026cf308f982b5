//! Checks of names: what name servers say to everybody.
use wt_model::{Policy, Severity};

use super::{Check, Rule, name::NameRule};

/// A check that only asks the job's own name servers.
const fn name(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    texts: (&'static str, &'static str),
    references: &'static [&'static str],
    cwe: &'static [u32],
    rule: NameRule,
) -> Check {
    Check::passive(
        id,
        title,
        severity,
        texts,
        references,
        cwe,
        Rule::Name(rule),
    )
}

/// The same, under a policy that lets the zone's own servers be asked.
const fn transfer(check: Check) -> Check {
    Check {
        policy: Policy::Safe,
        ..check
    }
}

pub(super) const CHECKS: &[Check] = &[
    name(
        "dns.cname.dangling",
        "Alias of a name that does not exist",
        Severity::Medium,
        (
            "The name is an alias (CNAME) of one that its own zone says does not exist. Whoever \
             comes to hold that name, by registering the domain or by creating the resource at \
             its provider, speaks for yours: pages, cookies and certificates included.",
            "Remove the record, or claim what it points to again. Take DNS records away before \
             the resource they point to.",
        ),
        &[
            "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/10-Test_for_Subdomain_Takeover",
            "https://learn.microsoft.com/en-us/azure/security/fundamentals/subdomain-takeover",
        ],
        &[350],
        NameRule::Dangling,
    ),
    name(
        "dns.spf.missing",
        "No SPF record that counts",
        Severity::Medium,
        (
            "Mail of this name is to be expected, and no SPF record says which servers may send \
             it (or there are several, and receivers heed none): anybody can send in its name.",
            "Publish exactly one TXT record beginning with v=spf1 that names your senders and \
             ends with -all; for a name that sends nothing, v=spf1 -all.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc7208"],
        &[290],
        NameRule::SpfMissing,
    ),
    name(
        "dns.spf.pass_all",
        "SPF lets everybody pass",
        Severity::High,
        (
            "The SPF record ends with +all: every server in the world is declared a rightful \
             sender of this name's mail, which is worse than no record at all.",
            "Replace +all by -all, after naming the servers that do send.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc7208#section-5.1"],
        &[290],
        NameRule::SpfPassesAll,
    ),
    name(
        "dns.spf.too_many_lookups",
        "SPF record costs more than ten lookups",
        Severity::Low,
        (
            "Evaluating the SPF record needs more than the ten questions that receivers answer: \
             they give up with an error, and the record protects nobody.",
            "Remove senders no longer used, replace includes by address ranges, or give each \
             sending service a subdomain of its own.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4"],
        &[290],
        NameRule::SpfTooManyLookups,
    ),
    name(
        "dns.dmarc.missing",
        "No DMARC policy",
        Severity::Medium,
        (
            "Mail of this name is to be expected, and neither it nor a name above it tells \
             receivers what to do with mail that fails SPF and DKIM: forged mail is delivered.",
            "Publish a TXT record at _dmarc with v=DMARC1; p=none and a rua address, read the \
             reports, and raise the policy to quarantine and reject.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc7489"],
        &[290],
        NameRule::DmarcMissing,
    ),
    name(
        "dns.dmarc.policy_none",
        "DMARC policy of none",
        Severity::Low,
        (
            "The DMARC record asks receivers to do nothing about mail that fails (p=none, or \
             sp=none above): reports come in, and forged mail is delivered all the same.",
            "Once the reports show that your own mail passes, set p=quarantine and then \
             p=reject, for names below too.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc7489#section-6.3"],
        &[290],
        NameRule::DmarcNone,
    ),
    name(
        "dns.caa.missing",
        "No CAA record",
        Severity::Info,
        (
            "No CAA record, here or above, says which authorities may issue certificates for \
             this name: any of them may, also one that was deceived.",
            "Publish CAA records that name the authorities you use, with an iodef address.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc8659"],
        &[295],
        NameRule::CaaMissing,
    ),
    transfer(name(
        "dns.zone_transfer",
        "Zone handed out to strangers",
        Severity::High,
        (
            "A name server of the zone gives the whole of it to anybody who asks (AXFR): every \
             host name, internal ones and forgotten ones included, is on an attacker's list.",
            "Allow transfers to your secondary servers only, by address and with TSIG keys.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc5936#section-6"],
        &[200],
        NameRule::Transfer,
    )),
];
