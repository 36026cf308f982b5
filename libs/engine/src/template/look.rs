//! Templates as checks of one web port: what their requests came to, ready to be judged.
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
    kept::Exchange,
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

/// Looks at web ports by templates.
pub(crate) struct WebLook<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) tls: &'a Arc<ClientConfig>,
    pub(crate) setting: &'a TemplateSetting,
    pub(crate) cancel: &'a CancellationToken,
}

impl WebLook<'_> {
    /// Runs templates at a port that answered as `web`. Every request is sent anew, so that a
    /// second look is one.
    pub(crate) async fn look(
        &self,
        checks: &TemplateChecks,
        wanted: &[Place],
        peer: &Peer,
        web: &WebFacts,
    ) -> BTreeMap<Place, Answers> {
        let mut all = BTreeMap::new();
        let Some((target, has_port)) = target_of(peer, web) else {
            return all;
        };
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
                web,
                address: peer.address,
                lacks: if self.guard.has_given_up(peer.address) {
                    InconclusiveReason::RateLimited
                } else {
                    InconclusiveReason::Timeout
                },
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
            shared.transport = shared.transport.at(&target.host, peer.address);
            let places = order.into_iter().map(|(_, index)| index);
            shared.run_all(places, &target, has_port).await;
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

fn target_of(peer: &Peer, web: &WebFacts) -> Option<(TargetUrl, bool)> {
    let (scheme, usual) = if web.is_tls {
        ("https", 443)
    } else {
        ("http", 80)
    };
    let host = match peer.host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => peer.host.clone(),
    };
    let has_port = peer.port != usual;
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
    web: &'a WebFacts,
    address: IpAddr,
    /// What the lack of an answer says.
    lacks: InconclusiveReason,
    answers: Mutex<BTreeMap<usize, Answers>>,
}

impl Hearing<'_> {
    fn with(&self, template: usize, note: impl FnOnce(&mut Answers)) {
        let mut all = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        note(all.entry(template).or_default());
    }
}

impl Listener for Hearing<'_> {
    fn matched(&self, template: usize, found: TemplateMatch, exchange: Option<&Exchange>) {
        let (Some(loaded), Some(exchange)) = (self.set.templates.get(template), exchange) else {
            return;
        };
        let finding = finding_of(&loaded.template, found, exchange, self.address);
        self.with(template, |answers| {
            answers.matched(self.web, exchange.page(), finding);
        });
    }

    fn asked(&self, template: usize, asked: &Asked<'_>) {
        self.with(template, |answers| match asked {
            Asked::Answered(exchange) => answers.answered(self.web, exchange.page()),
            Asked::Unanswered => answers.unanswered(self.lacks),
            Asked::NotSent => answers.unsent(),
        });
    }
}

/// What a template found, told apart by the name of what matched and by nothing the target says.
fn finding_of(
    template: &Template,
    found: TemplateMatch,
    exchange: &Exchange,
    address: IpAddr,
) -> Finding {
    let name = if found.matcher_name.is_empty() {
        found.extractor_name
    } else {
        found.matcher_name
    };
    let discriminator: String = text::line(&name)
        .chars()
        .take(DISCRIMINATOR_CHARS_MAX)
        .collect();
    let page = exchange.page();
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
            address: exchange.ip.parse().ok().or(Some(address)),
            request: page.request.clone(),
            response: if is_secret {
                without_secrets(page)
            } else {
                page.response_head_and_body(EVIDENCE_BYTES_MAX)
            },
            response_sha256: page.sha256.clone(),
            certificate: None,
            matched,
            elapsed_ms: page.elapsed_ms,
        },
    }
}
