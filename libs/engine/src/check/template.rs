//! From what a template's requests came to, to a verdict. Pure.
//!
//! A template says when something is there, and nothing of when it is gone. That is concluded as
//! for the engine's own checks: every request was answered, by a server that would have shown it.
use wt_exposure::{Control, InconclusiveReason};

use super::{
    Finding, Verdict,
    hiding::{hides_home, hides_path},
    judge::unanswered,
    tls::is_of_another,
};
use crate::probe::{Exchange, PortFacts, Probed, Protocol, WebFacts};

/// What a service says when it is asked too much or cannot answer now: what it would have said
/// otherwise is not known. In lower case.
const BUSY: &[&str] = &[
    "too many",
    "max number of",
    "try again",
    "temporar",
    "unavailable",
    "overload",
    "busy",
    "rate limit",
    "blocked",
];

/// What a service that is not of the web is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceAsk {
    /// Bytes for bytes.
    Bytes,
    /// A handshake of TLS.
    Handshake,
}

/// Judges what the questions about a name came to, which its zone answers for.
pub(crate) fn judge_name_template(answers: Answers) -> Verdict {
    match judge_template(answers) {
        Verdict::Absent(_) => Verdict::Absent(Control::NameAnswered),
        other => other,
    }
}

/// What the requests of one template to one port came to.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    findings: Vec<Finding>,
    answered: usize,
    /// Why an answer, or its lack, may hide the thing.
    hidden: Option<InconclusiveReason>,
    /// Whether a request was not sent, for want of a value or of time.
    has_unsent: bool,
    /// Whether the server said of something asked for that it is not there.
    is_missing: bool,
}

impl Answers {
    /// A request was answered.
    pub(crate) fn answered(&mut self, web: &WebFacts, page: &Exchange) {
        self.answered += 1;
        self.is_missing |= matches!(page.status, 404 | 410);
        let hides = || {
            let at_home = is_home(page).then(|| hides_home(web)).flatten();
            at_home.or_else(|| hides_path(web, page))
        };
        self.hidden = self.hidden.or_else(hides);
    }

    /// A service that is not of the web answered.
    pub(crate) fn heard(&mut self, said: &[u8]) {
        self.answered += 1;
        let said = String::from_utf8_lossy(said).to_ascii_lowercase();
        if BUSY.iter().any(|word| said.contains(word)) {
            self.hidden = self.hidden.or(Some(InconclusiveReason::RateLimited));
        }
    }

    /// A request was sent, and nothing came back.
    pub(crate) fn unanswered(&mut self, reason: InconclusiveReason) {
        self.hidden = self.hidden.or(Some(reason));
    }

    /// A request was not sent.
    pub(crate) fn unsent(&mut self) {
        self.has_unsent = true;
    }

    /// The template matched an answer. What the server says to every path is no match.
    pub(crate) fn matched(&mut self, web: &WebFacts, page: &Exchange, finding: Finding) {
        if !is_home(page) && is_said_to_everything(web, page) {
            return;
        }
        self.found(finding);
    }

    /// The template matched what a service said.
    pub(crate) fn found(&mut self, finding: Finding) {
        let known = self
            .findings
            .iter_mut()
            .find(|known| known.discriminator == finding.discriminator);
        match known {
            // Seen at several places: one finding, which tells of each.
            Some(known) => known.evidence.matched.extend(finding.evidence.matched),
            None => self.findings.push(finding),
        }
    }
}

/// Judges what the requests came to. A request that needs what an earlier answer did not have
/// proves an absence only where that answer was that nothing is there.
pub(crate) fn judge_template(answers: Answers) -> Verdict {
    if !answers.findings.is_empty() {
        return Verdict::Present(answers.findings);
    }
    if let Some(reason) = answers.hidden {
        return Verdict::Inconclusive(reason);
    }
    if answers.answered == 0 || (answers.has_unsent && !answers.is_missing) {
        return Verdict::Inconclusive(InconclusiveReason::Skipped);
    }
    Verdict::Absent(Control::VhostAnswered)
}

/// Judges what the questions to a service came to, beside what it said to harmless ones. Nothing
/// is absent where it did not say what it is: something else may answer in its place.
pub(crate) fn judge_service_template(
    answers: Answers,
    ask: ServiceAsk,
    facts: &PortFacts,
) -> Verdict {
    let verdict = judge_template(answers);
    if !matches!(verdict, Verdict::Absent(_)) {
        return verdict;
    }
    let doubtful = Verdict::Inconclusive(InconclusiveReason::Skipped);
    match ask {
        ServiceAsk::Bytes => match &facts.service {
            Probed::Facts(service) => match service.protocol {
                Protocol::Unknown | Protocol::Http => doubtful,
                _ => Verdict::Absent(Control::PortAccepted),
            },
            other => unanswered(other),
        },
        ServiceAsk::Handshake => match &facts.tls {
            Probed::Facts(tls) => match tls.leaf() {
                Some(leaf) if !is_of_another(leaf, &facts.peer.host) => {
                    Verdict::Absent(Control::HandshakeCompleted)
                }
                _ => Verdict::Inconclusive(InconclusiveReason::TlsFailed),
            },
            other => unanswered(other),
        },
    }
}

fn is_home(page: &Exchange) -> bool {
    matches!(page.path.as_str(), "" | "/")
}

fn is_said_to_everything(web: &WebFacts, page: &Exchange) -> bool {
    web.missing
        .as_ref()
        .is_some_and(|missing| missing.status == page.status && missing.sha256 == page.sha256)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::HeaderMap;
    use wt_exposure::{Control, Evidence, InconclusiveReason};

    use super::{Answers, Finding, ServiceAsk, Verdict, judge_service_template, judge_template};
    use crate::{
        guard::Peer,
        probe::{
            Certificate, Exchange, PortFacts, Probed, Protocol, ServiceFacts, TlsFacts, WebFacts,
        },
    };

    fn answer(path: &str, status: u16, body: &str) -> Exchange {
        Exchange {
            path: path.to_owned(),
            request: Vec::new(),
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            is_whole: true,
            sha256: format!("{status} {body}"),
            elapsed_ms: 1,
        }
    }

    fn site(missing: (u16, &str)) -> WebFacts {
        WebFacts {
            is_tls: false,
            home: answer("/", 200, "shop"),
            leaves_to: None,
            missing: Some(answer("/0b", missing.0, missing.1)),
            pages: BTreeMap::new(),
            cross_origin: None,
            trace: None,
            title: String::new(),
            technologies: Vec::new(),
        }
    }

    fn finding() -> Finding {
        Finding {
            discriminator: String::new(),
            attributes: BTreeMap::new(),
            title: String::new(),
            severity: None,
            evidence: Evidence::default(),
        }
    }

    fn after(steps: impl FnOnce(&mut Answers, &WebFacts)) -> Verdict {
        let mut answers = Answers::default();
        steps(&mut answers, &site((404, "none")));
        judge_template(answers)
    }

    const ABSENT: Verdict = Verdict::Absent(Control::VhostAnswered);

    fn unsure(reason: InconclusiveReason) -> Verdict {
        Verdict::Inconclusive(reason)
    }

    #[test]
    fn absent_is_what_was_asked_for_and_not_there() {
        let gone = after(|answers, web| answers.answered(web, &answer("/x", 404, "none")));
        assert_eq!(gone, ABSENT);
        let other = after(|answers, web| answers.answered(web, &answer("/x", 200, "other")));
        assert_eq!(other, ABSENT);
    }

    #[test]
    fn silence_refusal_and_what_was_never_sent_prove_nothing() {
        assert_eq!(after(|_, _| ()), unsure(InconclusiveReason::Skipped));
        let silent = after(|answers, web| {
            answers.answered(web, &answer("/x", 404, "none"));
            answers.unanswered(InconclusiveReason::Timeout);
        });
        assert_eq!(silent, unsure(InconclusiveReason::Timeout));
        let limited = after(|answers, web| answers.answered(web, &answer("/x", 429, "")));
        assert_eq!(limited, unsure(InconclusiveReason::RateLimited));
        let unsent = after(|answers, web| {
            answers.answered(web, &answer("/x", 200, "no token here"));
            answers.unsent();
        });
        assert_eq!(unsent, unsure(InconclusiveReason::Skipped));
    }

    fn port(protocol: Protocol) -> PortFacts {
        PortFacts {
            peer: Peer {
                host: "shop.example".to_owned(),
                address: "192.0.2.1".parse().unwrap(),
                port: 443,
                via: "target".to_owned(),
            },
            protocol,
            service: Probed::Facts(ServiceFacts::greeted(protocol, Vec::new())),
            tls: Probed::NotSpoken,
            web: Probed::NotSpoken,
            aliases: Probed::NotSpoken,
        }
    }

    fn heard(said: &str) -> Answers {
        let mut answers = Answers::default();
        answers.heard(said.as_bytes());
        answers
    }

    #[test]
    fn a_service_proves_an_absence_only_as_itself_and_at_leisure() {
        let judge = |said: &str, protocol: Protocol| {
            judge_service_template(heard(said), ServiceAsk::Bytes, &port(protocol))
        };
        let gone = Verdict::Absent(Control::PortAccepted);
        let skipped = unsure(InconclusiveReason::Skipped);
        assert_eq!(judge("-NOAUTH", Protocol::Redis), gone);
        assert_eq!(judge("-NOAUTH", Protocol::Unknown), skipped);
        assert_eq!(judge("HTTP/1.1 400", Protocol::Http), skipped);
        let busy = judge("-ERR Max number of clients reached", Protocol::Redis);
        assert_eq!(busy, unsure(InconclusiveReason::RateLimited));
        let unasked = Answers::default();
        let unasked = judge_service_template(unasked, ServiceAsk::Bytes, &port(Protocol::Redis));
        assert_eq!(unasked, skipped);
    }

    #[test]
    fn a_handshake_proves_an_absence_only_under_the_hosts_own_certificate() {
        let shown = |names: &[&str]| {
            let spec = wt_targets::CertificateSpec::valid(names);
            let (pem, _) = wt_targets::make_certificate(&spec).unwrap();
            let (_, der) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
            let tls = TlsFacts {
                chain: Certificate::read(&der.contents).into_iter().collect(),
                ..TlsFacts::default()
            };
            let facts = PortFacts {
                tls: Probed::Facts(tls),
                ..port(Protocol::Tls)
            };
            judge_service_template(heard("{}"), ServiceAsk::Handshake, &facts)
        };
        let gone = Verdict::Absent(Control::HandshakeCompleted);
        assert_eq!(shown(&["shop.example"]), gone);
        let failed = unsure(InconclusiveReason::TlsFailed);
        assert_eq!(shown(&["elsewhere.example"]), failed);
        let plain = port(Protocol::Redis);
        let plain = judge_service_template(heard("{}"), ServiceAsk::Handshake, &plain);
        assert_eq!(plain, unsure(InconclusiveReason::Skipped));
    }

    #[test]
    fn a_product_that_is_gone_has_no_second_step() {
        let gone = after(|answers, web| {
            answers.answered(web, &answer("/login", 404, "none"));
            answers.unsent();
        });
        assert_eq!(gone, ABSENT);
    }

    #[test]
    fn what_a_server_says_to_everything_is_no_match() {
        let web = site((200, "welcome"));
        let mut answers = Answers::default();
        let page = answer("/.netrc", 200, "welcome");
        answers.answered(&web, &page);
        answers.matched(&web, &page, finding());
        assert_eq!(judge_template(answers), ABSENT);

        let mut answers = Answers::default();
        let own = answer("/.netrc", 200, "machine a password b");
        answers.answered(&web, &own);
        answers.matched(&web, &own, finding());
        answers.matched(&web, &own, finding());
        let Verdict::Present(findings) = judge_template(answers) else {
            panic!("it is there");
        };
        assert_eq!(findings.len(), 1, "one thing, seen twice");
    }
}
