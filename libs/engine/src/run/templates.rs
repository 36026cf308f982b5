//! The templates of a run: those cells of an open port that are a template's.
use std::{collections::BTreeSet, time::Duration};

use wt_exposure::{CheckRef, InconclusiveReason, Observation, Settled, Subject, Transport};
use wt_scope::Scope;

use super::Run;
use crate::{
    check::{Verdict, judge_template},
    host::{Outcome, PortTask, agree, settled_as},
    probe::{Ask, Inspector, Needs, Probed, Protocol, WebFacts},
    template::{Place, TemplateChecks, TemplateSetting, WebLook},
};

/// Templates at work at one port at once.
const AT_ONCE: usize = 8;
/// What is left before the deadline when templates stop, so that what is known is told.
const MARGIN: Duration = Duration::from_millis(500);

/// A template that a job asks for, by the reference it was planned with.
type Asked<'a> = (&'a CheckRef, Place);

impl<'a> Run<'a> {
    /// The templates that runs of this engine use as checks.
    pub(crate) fn template_checks(&self) -> &'a TemplateChecks {
        &self.engine.config().templates
    }

    /// Which of the checks planned at a port are templates, and which the engine's own.
    pub(super) fn divide(&self, checks: &'a [CheckRef]) -> (Vec<Asked<'a>>, Vec<CheckRef>) {
        let (mut templates, mut own) = (Vec::new(), Vec::new());
        for check in checks {
            match self.template_checks().find(check) {
                Some(place) => templates.push((check, place)),
                None => own.push(check.clone()),
            }
        }
        (templates, own)
    }

    /// Settles the cells of templates at a port; those the deadline leaves over stay skipped.
    pub(super) async fn look_by_templates(
        &self,
        inspector: &Inspector<'_>,
        task: &PortTask<'_>,
        wanted: &[Asked<'_>],
        outcome: &mut Outcome,
    ) {
        let (here, refused): (Vec<&Asked<'_>>, Vec<&Asked<'_>>) =
            wanted.iter().partition(|(_, place)| {
                let loaded = self.template_checks().at(*place);
                loaded.is_some_and(|loaded| loaded.template.policy <= task.policy)
            });
        settle_all(outcome, &refused, InconclusiveReason::Skipped);
        // What is known to speak something else is not asked for pages.
        let may_be_web = [Protocol::Http, Protocol::Unknown, Protocol::Tls]
            .iter()
            .any(|protocol| protocol.as_str() == outcome.spoken);
        if here.is_empty() || !may_be_web {
            settle_all(outcome, &here, InconclusiveReason::Skipped);
            return;
        }
        let Some(until) = self.deadline.checked_sub(MARGIN) else {
            return;
        };
        let looked = tokio::time::timeout_at(until, self.look_twice(inspector, task, &here)).await;
        match looked {
            Ok(Ok((verdicts, confirmed))) => {
                for (at, ((check, _), verdict)) in here.iter().zip(verdicts).enumerate() {
                    let is_confirmed = confirmed.contains(&at);
                    self.record_template(outcome, task, check, verdict, is_confirmed);
                }
            }
            Ok(Err(reason)) => settle_all(outcome, &here, reason),
            Err(_) => settle_all(outcome, &here, InconclusiveReason::Skipped),
        }
    }

    /// Verdicts, and which absences a second look confirmed.
    async fn look_twice(
        &self,
        inspector: &Inspector<'_>,
        task: &PortTask<'_>,
        here: &[&Asked<'_>],
    ) -> Result<(Vec<Verdict>, BTreeSet<usize>), InconclusiveReason> {
        let places: Vec<Place> = here.iter().map(|(_, place)| *place).collect();
        let mut verdicts = self.verdicts(inspector, task, &places).await?;
        let again: Vec<(usize, Place)> = here
            .iter()
            .zip(&verdicts)
            .enumerate()
            .filter(|(_, ((check, _), verdict))| {
                task.known.contains(check.id.as_str()) && !matches!(verdict, Verdict::Present(_))
            })
            .map(|(at, ((_, place), _))| (at, *place))
            .collect();
        let mut confirmed = BTreeSet::new();
        if !again.is_empty() {
            let places: Vec<Place> = again.iter().map(|(_, place)| *place).collect();
            let second = match self.verdicts(inspector, task, &places).await {
                Ok(second) => second,
                Err(reason) => vec![Verdict::Inconclusive(reason); places.len()],
            };
            for ((at, _), second) in again.into_iter().zip(second) {
                if agree(&mut verdicts, at, second) {
                    confirmed.insert(at);
                }
            }
        }
        Ok((verdicts, confirmed))
    }

    /// One look: what the port says today, and each template's verdict by it.
    async fn verdicts(
        &self,
        inspector: &Inspector<'_>,
        task: &PortTask<'_>,
        places: &[Place],
    ) -> Result<Vec<Verdict>, InconclusiveReason> {
        let web = web_of(inspector, task).await?;
        let setting = self.template_setting();
        let look = WebLook {
            guard: &self.guard,
            tls: self.engine.tls(),
            setting: &setting,
            cancel: self.cancel,
        };
        let checks = self.template_checks();
        let mut answers = look.look(checks, places, &task.peer, &web).await;
        let verdicts = places.iter().map(|place| {
            let heard = answers.remove(place).unwrap_or_default();
            judge_template(heard)
        });
        Ok(verdicts.collect())
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

    fn record_template(
        &self,
        outcome: &mut Outcome,
        task: &PortTask<'_>,
        check: &CheckRef,
        verdict: Verdict,
        is_confirmed: bool,
    ) {
        let settled = settled_as(&verdict, is_confirmed);
        if let Verdict::Present(findings) = verdict {
            outcome.seen.insert(check.id.clone());
            let info = self.template_checks().info(&check.id);
            outcome
                .observations
                .extend(findings.into_iter().filter_map(|finding| {
                    let info = info.as_ref()?;
                    Some(Observation {
                        subject: Subject {
                            asset_id: task.asset_id,
                            host: task.host.to_owned(),
                            transport: Transport::Tcp,
                            port: task.peer.port,
                        },
                        check: info.check.clone(),
                        discriminator: finding.discriminator,
                        attributes: finding.attributes,
                        title: finding.title,
                        severity: finding.severity.unwrap_or(info.severity),
                        strength: task.strength,
                        evidence: finding.evidence,
                    })
                }));
        }
        outcome.settled.insert(check.clone(), settled);
    }
}

/// The page at `/`, and what the server says of a path that cannot be.
async fn web_of(
    inspector: &Inspector<'_>,
    task: &PortTask<'_>,
) -> Result<WebFacts, InconclusiveReason> {
    let needs = Needs {
        asks: [Ask::Protocol, Ask::Web, Ask::Missing].into(),
        ..Needs::default()
    };
    match inspector.inspect(&task.peer, &needs).await.web {
        Probed::Facts(web) => Ok(web),
        Probed::Failed(reason) => Err(reason),
        Probed::NotSpoken => Err(InconclusiveReason::Skipped),
    }
}

fn settle_all(outcome: &mut Outcome, all: &[&Asked<'_>], reason: InconclusiveReason) {
    for (check, _) in all {
        outcome
            .settled
            .insert((*check).clone(), Settled::Inconclusive { reason });
    }
}
