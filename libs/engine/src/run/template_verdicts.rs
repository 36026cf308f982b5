//! What templates come to at one port or name: the same harmless questions first, which prove that
//! an answer would have been seen.
use wt_exposure::InconclusiveReason;
use wt_scope::Scope;

use super::Run;
use crate::{
    check::{ServiceAsk, Verdict, judge_name_template, judge_service_template, judge_template},
    guard::Peer,
    probe::{
        Ask, Inspector, NameAsk, NameInspector, NameProbed, Needs, PortFacts, Probed, Protocol,
        WebFacts,
    },
    template::{Place, TemplateChecks, TemplateLook, TemplateSetting},
};

/// Templates at work at one port or name at once.
const AT_ONCE: usize = 8;

/// What templates look at, and by what.
#[derive(Clone, Copy)]
pub(super) enum Side<'s> {
    /// The pages of a port.
    Web(&'s Inspector<'s>, &'s Peer),
    /// What a port says to anything else.
    Service(&'s Inspector<'s>, &'s Peer),
    /// What name servers say of a name.
    Name(&'s NameInspector<'s>, &'s str),
}

impl Run<'_> {
    /// One look: what is said today, and each template's verdict by it.
    pub(super) async fn verdicts(
        &self,
        side: Side<'_>,
        places: &[Place],
    ) -> Result<Vec<Verdict>, InconclusiveReason> {
        let checks = self.template_checks();
        let setting = self.template_setting();
        let look = TemplateLook {
            guard: &self.guard,
            tls: self.engine.tls(),
            setting: &setting,
            cancel: self.cancel,
        };
        match side {
            Side::Web(inspector, peer) => {
                let web = web_of(inspector, peer).await?;
                let mut answers = look.look(checks, places, peer, Some(&web)).await;
                let each = places.iter();
                let verdicts = each.map(|place| answers.remove(place).unwrap_or_default());
                Ok(verdicts.map(judge_template).collect())
            }
            Side::Service(inspector, peer) => {
                let facts = facts_of(inspector, peer, checks, places).await;
                let apt: Vec<Place> = places
                    .iter()
                    .copied()
                    .filter(|place| is_apt(checks, *place, &facts))
                    .collect();
                let mut answers = look.look(checks, &apt, peer, None).await;
                let verdicts = places.iter().map(|place| {
                    let heard = answers.remove(place).unwrap_or_default();
                    let ask = checks.service_ask(*place).unwrap_or(ServiceAsk::Bytes);
                    judge_service_template(heard, ask, &facts)
                });
                Ok(verdicts.collect())
            }
            Side::Name(inspector, name) => {
                name_is_told(inspector, name).await?;
                let mut answers = look.look_at_name(checks, places, name).await;
                let each = places.iter();
                let verdicts = each.map(|place| answers.remove(place).unwrap_or_default());
                Ok(verdicts.map(judge_name_template).collect())
            }
        }
    }

    /// Scope and pace are the guard's, which is this run's own.
    fn template_setting(&self) -> TemplateSetting {
        let config = self.engine.config();
        TemplateSetting {
            scope: Scope::default(),
            allowed: Vec::new(),
            resolver: config.resolver.clone(),
            requests_per_second: 0,
            connect_timeout: config.connect_timeout,
            answer_timeout: config.answer_timeout,
            user_agent: config.user_agent.clone(),
            at_once: AT_ONCE,
            policy: self.job.policy,
            values: Vec::new(),
            interactions: None,
            seed: rand::random(),
        }
    }
}

/// The page at `/`, and what the server says of a path that cannot be.
async fn web_of(inspector: &Inspector<'_>, peer: &Peer) -> Result<WebFacts, InconclusiveReason> {
    let needs = Needs {
        asks: [Ask::Protocol, Ask::Web, Ask::Missing].into(),
        ..Needs::default()
    };
    match inspector.inspect(peer, &needs).await.web {
        Probed::Facts(web) => Ok(web),
        Probed::Failed(reason) => Err(reason),
        Probed::NotSpoken => Err(InconclusiveReason::Skipped),
    }
}

/// What a port says to harmless questions.
async fn facts_of(
    inspector: &Inspector<'_>,
    peer: &Peer,
    checks: &TemplateChecks,
    places: &[Place],
) -> PortFacts {
    let mut needs = Needs {
        asks: [Ask::Protocol].into(),
        ..Needs::default()
    };
    let mut asks = places.iter().map(|place| checks.service_ask(*place));
    if asks.any(|ask| ask == Some(ServiceAsk::Handshake)) {
        needs.asks.insert(Ask::Certificate);
    }
    inspector.inspect(peer, &needs).await
}

/// Whether name servers speak of the name at all.
async fn name_is_told(inspector: &NameInspector<'_>, name: &str) -> Result<(), InconclusiveReason> {
    match inspector.inspect(name, &[NameAsk::Alias].into()).await {
        // It went away since; the next run says so.
        NameProbed::Gone => Err(InconclusiveReason::Unreachable),
        NameProbed::Facts(facts) => match facts.alias {
            Probed::Facts(_) => Ok(()),
            Probed::Failed(reason) => Err(reason),
            Probed::NotSpoken => Err(InconclusiveReason::Skipped),
        },
    }
}

/// Whether it makes sense to ask a port by a template: for a handshake where TLS is spoken, and
/// for bytes where no web server is, unless the template is for just that port.
fn is_apt(checks: &TemplateChecks, place: Place, facts: &PortFacts) -> bool {
    match checks.service_ask(place) {
        Some(ServiceAsk::Handshake) => matches!(facts.tls, Probed::Facts(_)),
        Some(ServiceAsk::Bytes) => {
            facts.protocol != Protocol::Http || checks.names_port(place, facts.peer.port)
        }
        None => false,
    }
}
