//! Templates as checks of one port: what their requests came to, ready to be judged.
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::ClientConfig;
use tokio_util::sync::CancellationToken;
use wt_exposure::{Evidence, InconclusiveReason};
use wt_template::{TargetUrl, Template};

use super::{
    TemplateMatch, TemplateSet, TemplateSetting,
    checks::{Place, TemplateChecks, is_about_secrets},
    found::Shown,
    run::{Asked, Listener, Shared, first_question},
};
use crate::{
    check::{Answers, EVIDENCE_BYTES_MAX, Finding, without_secrets},
    guard::{Guard, Peer},
    probe::WebFacts,
    text,
};

/// Most texts of a match told as evidence, and the longest discriminator.
const MATCHED_MAX: usize = 20;
const DISCRIMINATOR_CHARS_MAX: usize = 100;

/// Looks at ports by templates.
pub(crate) struct TemplateLook<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) tls: &'a Arc<ClientConfig>,
    pub(crate) setting: &'a TemplateSetting,
    pub(crate) cancel: &'a CancellationToken,
}

impl TemplateLook<'_> {
    /// Runs templates at a port that answered as `web`, or is not of the web. Every request is
    /// sent anew, so that a second look is one.
    pub(crate) async fn look(
        &self,
        checks: &TemplateChecks,
        wanted: &[Place],
        peer: &Peer,
        web: Option<&WebFacts>,
    ) -> BTreeMap<Place, Answers> {
        let Some((target, has_port)) = target_of(peer, web) else {
            return BTreeMap::new();
        };
        let about = About {
            target,
            has_port,
            web,
            address: Some(peer.address),
            lacks: if self.guard.has_given_up(peer.address) {
                InconclusiveReason::RateLimited
            } else {
                InconclusiveReason::Timeout
            },
        };
        self.look_at(checks, wanted, &about).await
    }

    /// Runs templates that ask name servers about a name.
    pub(crate) async fn look_at_name(
        &self,
        checks: &TemplateChecks,
        wanted: &[Place],
        name: &str,
    ) -> BTreeMap<Place, Answers> {
        let Some(target) = TargetUrl::new(&format!("http://{name}")) else {
            return BTreeMap::new();
        };
        let about = About {
            target,
            has_port: false,
            web: None,
            address: None,
            lacks: InconclusiveReason::DnsServfail,
        };
        self.look_at(checks, wanted, &about).await
    }

    async fn look_at(
        &self,
        checks: &TemplateChecks,
        wanted: &[Place],
        about: &About<'_>,
    ) -> BTreeMap<Place, Answers> {
        let mut all = BTreeMap::new();
        for (number, set) in checks.sets.iter().enumerate() {
            let mut order: Vec<(String, usize)> = wanted
                .iter()
                .filter(|(of, _)| *of == number)
                .filter_map(|(_, index)| {
                    let loaded = set.templates.get(*index)?;
                    Some((first_question(&loaded.template), *index))
                })
                .collect();
            if order.is_empty() {
                continue;
            }
            // What asks the same comes together, so that an answer kept is used.
            order.sort();
            let hearing = Hearing {
                set,
                about,
                answers: Mutex::default(),
            };
            let mut shared = Shared::new(
                set,
                self.setting,
                self.guard,
                self.tls,
                &hearing,
                self.cancel,
            );
            if let Some(address) = about.address {
                shared.transport = shared.transport.at(&about.target.host, address);
            }
            let places = order.into_iter().map(|(_, index)| index);
            shared.run_all(places, &about.target, about.has_port).await;
            drop(shared);
            let answers = hearing
                .answers
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner);
            all.extend(answers.into_iter().map(|(i, heard)| ((number, i), heard)));
        }
        all
    }
}

/// What is looked at.
struct About<'a> {
    target: TargetUrl,
    has_port: bool,
    web: Option<&'a WebFacts>,
    /// None of a name.
    address: Option<IpAddr>,
    /// What the lack of an answer says.
    lacks: InconclusiveReason,
}

fn target_of(peer: &Peer, web: Option<&WebFacts>) -> Option<(TargetUrl, bool)> {
    let (scheme, usual) = match web {
        Some(web) if web.is_tls => ("https", Some(443)),
        Some(_) => ("http", Some(80)),
        // No port is left out for another protocol than the web's.
        None => ("http", None),
    };
    let host = match peer.host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => peer.host.clone(),
    };
    let has_port = Some(peer.port) != usual;
    let text = if has_port {
        format!("{scheme}://{host}:{}", peer.port)
    } else {
        format!("{scheme}://{host}")
    };
    Some((TargetUrl::new(&text)?, has_port))
}

/// Keeps what each template's requests came to.
struct Hearing<'a> {
    set: &'a TemplateSet,
    about: &'a About<'a>,
    answers: Mutex<BTreeMap<usize, Answers>>,
}

impl Hearing<'_> {
    fn with(&self, template: usize, note: impl FnOnce(&mut Answers)) {
        let mut all = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        note(all.entry(template).or_default());
    }
}

impl Listener for Hearing<'_> {
    fn matched(&self, template: usize, found: TemplateMatch, shown: &Shown<'_>) {
        let Some(loaded) = self.set.templates.get(template) else {
            return;
        };
        let finding = finding_of(&loaded.template, &found, shown, self.about.address);
        self.with(template, |answers| match (self.about.web, shown) {
            (Some(web), Shown::Page(exchange)) => answers.matched(web, exchange.page(), finding),
            (None, Shown::Service(..) | Shown::Name(_)) => answers.found(finding),
            _ => {}
        });
    }

    fn asked(&self, template: usize, asked: &Asked<'_>) {
        self.with(template, |answers| match asked {
            Asked::Answered(exchange) => {
                if let Some(web) = self.about.web {
                    answers.answered(web, exchange.page());
                }
            }
            Asked::Heard(said) => answers.heard(said),
            Asked::Unanswered => answers.unanswered(self.about.lacks),
            Asked::NotSent => answers.unsent(),
        });
    }
}

/// What a template found, told apart by the name of what matched and by nothing the target says.
fn finding_of(
    template: &Template,
    found: &TemplateMatch,
    shown: &Shown<'_>,
    address: Option<IpAddr>,
) -> Finding {
    let name = if found.matcher_name.is_empty() {
        &found.extractor_name
    } else {
        &found.matcher_name
    };
    let discriminator: String = text::line(name)
        .chars()
        .take(DISCRIMINATOR_CHARS_MAX)
        .collect();
    let is_secret = is_about_secrets(template);
    let mut matched = vec![text::line(&found.matched_at)];
    if !is_secret {
        let results = found.extracted_results.iter().take(MATCHED_MAX);
        matched.extend(results.map(|result| text::line(result)));
    }
    let title = text::line(&template.info.name);
    Finding {
        title: if discriminator.is_empty() {
            title
        } else {
            format!("{title} ({discriminator})")
        },
        discriminator,
        attributes: BTreeMap::new(),
        severity: Some(template.info.severity),
        evidence: Evidence {
            address: found.ip.parse().ok().or(address),
            matched,
            ..evidence_of(shown, is_secret)
        },
    }
}

/// What was sent and said; of what may be read by nobody, no value.
fn evidence_of(shown: &Shown<'_>, is_secret: bool) -> Evidence {
    match shown {
        Shown::Page(exchange) => {
            let page = exchange.page();
            Evidence {
                request: page.request.clone(),
                response: if is_secret {
                    without_secrets(page)
                } else {
                    page.response_head_and_body(EVIDENCE_BYTES_MAX)
                },
                response_sha256: page.sha256.clone(),
                elapsed_ms: page.elapsed_ms,
                ..Evidence::default()
            }
        }
        Shown::Service(sent, said) => {
            let most = if is_secret { 0 } else { EVIDENCE_BYTES_MAX };
            Evidence {
                request: sent.iter().take(EVIDENCE_BYTES_MAX).copied().collect(),
                response: said.iter().take(most).copied().collect(),
                response_sha256: text::sha256(said),
                ..Evidence::default()
            }
        }
        Shown::Name(said) => Evidence {
            response: said.bytes().take(EVIDENCE_BYTES_MAX).collect(),
            response_sha256: text::sha256(said.as_bytes()),
            ..Evidence::default()
        },
    }
}
