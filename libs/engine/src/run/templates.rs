//! The templates of a run: those cells of an open port, or of a name, that are a template's.
use std::{collections::BTreeSet, time::Duration};

use wt_exposure::{
    CheckRef, InconclusiveReason, NAME_PORT, Observation, Settled, Subject, Transport,
};

use super::{Run, template_verdicts::Side};
use crate::{
    check::Verdict,
    host::{self, GONE, Outcome, PortTask, agree, settled_as},
    naming::NameTask,
    probe::{Inspector, NameInspector, NameProbed, Protocol},
    template::{Place, TemplateChecks},
};

/// What is left before the deadline when templates stop, so that what is known is told.
const MARGIN: Duration = Duration::from_millis(500);

/// A template that a job asks for, by the reference it was planned with.
type Asked<'a> = (&'a CheckRef, Place);

/// Where templates look, and what is known of it.
struct Spot<'s> {
    place: host::Place<'s>,
    /// Checks that are open there now.
    known: &'s BTreeSet<&'s str>,
}

impl<'a> Run<'a> {
    /// The templates that runs of this engine use as checks.
    pub(crate) fn template_checks(&self) -> &'a TemplateChecks {
        &self.engine.config().templates
    }

    /// Which of the checks planned at a port or a name are templates, and which the engine's own.
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
        let checks = self.template_checks();
        let is_for = |place| checks.is_for(place, task.peer.port);
        let here = self.allowed(wanted, is_for, outcome);
        let (services, pages): (Vec<_>, Vec<_>) = here
            .into_iter()
            .partition(|(_, place)| checks.service_ask(*place).is_some());
        let spot = Spot {
            place: host::Place {
                asset_id: task.asset_id,
                host: task.host,
                port: task.peer.port,
                strength: task.strength,
            },
            known: task.known,
        };
        // What is known to speak something else is not asked for pages.
        let may_be_web = [Protocol::Http, Protocol::Unknown, Protocol::Tls]
            .iter()
            .any(|protocol| protocol.as_str() == outcome.spoken);
        if may_be_web {
            let side = Side::Web(inspector, &task.peer);
            self.look_at(side, &spot, &pages, outcome).await;
        } else {
            settle_all(outcome, &pages, &unsure(InconclusiveReason::Skipped));
        }
        let side = Side::Service(inspector, &task.peer);
        self.look_at(side, &spot, &services, outcome).await;
    }

    /// The same of a name.
    pub(super) async fn look_at_name_by_templates(
        &self,
        inspector: &NameInspector<'_>,
        task: &NameTask<'_>,
        wanted: &[Asked<'_>],
        outcome: &mut Outcome,
    ) {
        let here = self.allowed(wanted, |_| true, outcome);
        if here.is_empty() {
            return;
        }
        if let NameProbed::Gone = inspector.inspect(task.name, &BTreeSet::new()).await {
            settle_all(outcome, &here, &GONE);
            return;
        }
        let spot = Spot {
            place: host::Place {
                asset_id: task.asset_id,
                host: task.name,
                port: NAME_PORT,
                strength: task.strength,
            },
            known: task.known,
        };
        let side = Side::Name(inspector, task.name);
        self.look_at(side, &spot, &here, outcome).await;
    }

    /// Those that this run may use; the others settle as skipped.
    fn allowed<'w>(
        &self,
        wanted: &'w [Asked<'w>],
        is_for: impl Fn(Place) -> bool,
        outcome: &mut Outcome,
    ) -> Vec<&'w Asked<'w>> {
        let (here, refused): (Vec<_>, Vec<_>) = wanted.iter().partition(|(_, place)| {
            let loaded = self.template_checks().at(*place);
            let is_allowed = loaded.is_some_and(|one| one.template.policy <= self.job.policy);
            is_allowed && is_for(*place)
        });
        settle_all(outcome, &refused, &unsure(InconclusiveReason::Skipped));
        here
    }

    async fn look_at(
        &self,
        side: Side<'_>,
        spot: &Spot<'_>,
        here: &[&Asked<'_>],
        outcome: &mut Outcome,
    ) {
        let Some(until) = self.deadline.checked_sub(MARGIN) else {
            return;
        };
        if here.is_empty() {
            return;
        }
        let looks = self.look_twice(side, spot, here);
        match tokio::time::timeout_at(until, looks).await {
            Ok(Ok((verdicts, confirmed))) => {
                for (at, ((check, _), verdict)) in here.iter().zip(verdicts).enumerate() {
                    let is_confirmed = confirmed.contains(&at);
                    self.record_template(outcome, &spot.place, check, verdict, is_confirmed);
                }
            }
            Ok(Err(reason)) => settle_all(outcome, here, &unsure(reason)),
            Err(_) => settle_all(outcome, here, &unsure(InconclusiveReason::Skipped)),
        }
    }

    /// Verdicts, and which absences a second look confirmed.
    async fn look_twice(
        &self,
        side: Side<'_>,
        spot: &Spot<'_>,
        here: &[&Asked<'_>],
    ) -> Result<(Vec<Verdict>, BTreeSet<usize>), InconclusiveReason> {
        let places: Vec<Place> = here.iter().map(|(_, place)| *place).collect();
        let mut verdicts = self.verdicts(side, &places).await?;
        let again: Vec<(usize, Place)> = here
            .iter()
            .zip(&verdicts)
            .enumerate()
            .filter(|(_, ((check, _), verdict))| {
                spot.known.contains(check.id.as_str()) && !matches!(verdict, Verdict::Present(_))
            })
            .map(|(at, ((_, place), _))| (at, *place))
            .collect();
        let mut confirmed = BTreeSet::new();
        if !again.is_empty() {
            let places: Vec<Place> = again.iter().map(|(_, place)| *place).collect();
            let second = match self.verdicts(side, &places).await {
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

    fn record_template(
        &self,
        outcome: &mut Outcome,
        place: &host::Place<'_>,
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
                            asset_id: place.asset_id,
                            host: place.host.to_owned(),
                            transport: Transport::Tcp,
                            port: place.port,
                        },
                        check: info.check.clone(),
                        discriminator: finding.discriminator,
                        attributes: finding.attributes,
                        title: finding.title,
                        severity: finding.severity.unwrap_or(info.severity),
                        strength: place.strength,
                        evidence: finding.evidence,
                    })
                }));
        }
        outcome.settled.insert(check.clone(), settled);
    }
}

fn unsure(reason: InconclusiveReason) -> Settled {
    Settled::Inconclusive { reason }
}

fn settle_all(outcome: &mut Outcome, all: &[&Asked<'_>], settled: &Settled) {
    for (check, _) in all {
        outcome.settled.insert((*check).clone(), settled.clone());
    }
}
