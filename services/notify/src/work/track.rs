//! Keeps the issue of an exposure at a tracker: makes it, tells it, closes and reopens it.
//!
//! One exposure has one issue. Its row is there before the tracker is asked (`store/ticket`), only one
//! sender at a time serves an integration, and before anything is asked for a second time it is looked
//! for: the issue by the exposure's key, a comment by the event's id. So neither a lost answer nor a
//! crash between an answer and its record makes a second one.

use std::time::Duration;

use wt_fault::{Fault, Kind as FaultKind};
use wt_model::{ExposureState, Principal, TenantKey};
use wt_proto::{convert::from_timestamp, results};

use super::{dispatch::Dispatcher, settle::Outcome};
use crate::{
    channel::tracker::{Desk, Issue, Setback},
    domain::{
        issue::{Facts, Links, comment, draft, marker},
        ticket::{Deed, Step, TicketState, Turn, step},
    },
    error::NotifyFault,
    store::{
        self,
        integration_delivery::DueRow,
        ticket::{Change, TicketRow},
    },
};

/// Longest time one message may take: looking through a tracker's pages, making, telling. A sender's
/// claim lasts longer than this beyond what it has begun.
const LONGEST: Duration = Duration::from_mins(1);

/// One message to a tracker as it is worked on.
struct Work<'a> {
    desk: &'a Desk<'a>,
    integration: &'a str,
    due: &'a DueRow,
    deed: &'a Deed,
    links: Links,
}

impl Dispatcher {
    /// Does what one message asks for.
    pub(super) async fn track(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        desk: &Desk<'_>,
        integration: &str,
        due: &DueRow,
    ) -> Result<Outcome, NotifyFault> {
        let done = self.done(principal, tenant, desk, integration, due);
        let Ok(outcome) = tokio::time::timeout(LONGEST, done).await else {
            let why = "it took too long".to_owned();
            return Ok(Outcome::set_back(Setback::Unknown { status: 0, why }, None));
        };
        outcome
    }

    async fn done(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        desk: &Desk<'_>,
        integration: &str,
        due: &DueRow,
    ) -> Result<Outcome, NotifyFault> {
        let Some(exposure) = &due.exposure_key else {
            return Ok(match desk.check().await {
                Ok(status) => Outcome::taken(status, None),
                Err(setback) => Outcome::set_back(setback, None),
            });
        };
        let deed: Deed = serde_json::from_str(&due.body).map_err(|error| {
            NotifyFault::inconsistent(
                format!("notify.integration_deliveries.body of {}", due.id),
                error,
            )
        })?;
        let mut tx = self.pool.begin_read(principal, "read_ticket").await?;
        let ticket = store::ticket::find(&mut tx, integration, exposure).await?;
        tx.commit().await?;
        let Some(ticket) = ticket else {
            return Ok(nothing("nobody asked for an issue"));
        };
        let home = self.renderer.home(&tenant.to_string());
        let work = Work {
            desk,
            integration,
            due,
            deed: &deed,
            links: Links {
                exposure: format!("{home}/exposures/{exposure}"),
                packet: self.renderer.packet(exposure),
            },
        };
        let state = ticket.state()?;
        match step(&deed, state, !ticket.number.is_empty(), ticket.seen_at) {
            Step::Nothing(why) => Ok(nothing(why)),
            Step::Make => self.make(principal, &work, &ticket).await,
            Step::Tell(turn) => Ok(work.tell(&ticket, state, turn).await),
        }
    }

    async fn make(
        &self,
        principal: &Principal,
        work: &Work<'_>,
        ticket: &TicketRow,
    ) -> Result<Outcome, NotifyFault> {
        let exposure = &ticket.exposure_key;
        // As it is now: news may be hours old by the time a tracker takes it.
        let facts = match self.peers.exposure(principal, exposure).await {
            Ok(answer) => open_facts(exposure, answer),
            Err(fault) if fault.kind() == FaultKind::NotFound => None,
            // A question of ours that comes to nothing is asked again, as a tracker's would be.
            Err(fault) => {
                let why = format!("the exposure could not be read: {fault}");
                return Ok(Outcome::set_back(Setback::Unknown { status: 0, why }, None));
            }
        };
        if let Some(since) = ticket.asked_at {
            match work.desk.find(exposure, since).await {
                Ok(Some(issue)) => return Ok(made(issue, work.deed)),
                Ok(None) => {}
                Err(setback) => return Ok(Outcome::set_back(setback, None)),
            }
        }
        let Some(facts) = facts else {
            let why = "the exposure was settled before an issue was made";
            return Ok(Outcome::Taken {
                status: 0,
                note: why.to_owned(),
                ticket: Some(Change::GivenUp(why.to_owned())),
            });
        };
        let mut tx = self.pool.begin(principal, "ask_for_issue").await?;
        store::ticket::asking(&mut tx, work.integration, exposure).await?;
        tx.commit().await?;
        let draft = draft(work.desk.markup(), &facts, &work.links);
        Ok(match work.desk.make(exposure, &draft).await {
            Ok(issue) => made(issue, work.deed),
            Err(setback) => {
                let certain = setback.is_certain().then_some(Change::NotMade);
                Outcome::set_back(setback, certain)
            }
        })
    }
}

impl Work<'_> {
    async fn tell(&self, ticket: &TicketRow, state: TicketState, turn: Option<Turn>) -> Outcome {
        match self.told(ticket, state, turn).await {
            Ok(outcome) => outcome,
            // Is it the issue that is not there, or everything?
            Err(Setback::Gone { .. }) => match self.desk.check().await {
                Ok(status) => Outcome::Taken {
                    status,
                    note: "the issue was deleted or moved there".to_owned(),
                    ticket: Some(Change::Gone),
                },
                Err(setback) => Outcome::set_back(setback, None),
            },
            Err(setback) => Outcome::set_back(setback, None),
        }
    }

    async fn told(
        &self,
        ticket: &TicketRow,
        state: TicketState,
        turn: Option<Turn>,
    ) -> Result<Outcome, Setback> {
        let (desk, number) = (self.desk, &ticket.number);
        let text = comment(desk.markup(), self.deed, &self.links);
        let marker = marker(&self.deed.event_id);
        let mut status = desk
            .comment(number, &marker, &text, self.due.created_at)
            .await?;
        let (mut note, mut state) = (String::new(), state);
        if let Some(turn) = turn {
            let turned = desk.turn(number, turn).await?;
            status = turned.status;
            match turned.not {
                Some(why) => note = why,
                None if turn == Turn::Close => state = TicketState::Closed,
                None => state = TicketState::Open,
            }
        }
        let seen_at = self.deed.at;
        Ok(Outcome::Taken {
            status,
            note,
            ticket: Some(Change::Told { state, seen_at }),
        })
    }
}

fn made(issue: Issue, deed: &Deed) -> Outcome {
    let change = Change::Made {
        number: issue.number,
        url: issue.url,
        seen_at: deed.at,
    };
    Outcome::taken(201, Some(change))
}

/// Nothing had to be done, and why.
fn nothing(why: &str) -> Outcome {
    Outcome::Taken {
        status: 0,
        note: why.to_owned(),
        ticket: None,
    }
}

/// What an issue says of an exposure; `None` of one that nothing is to be done about.
fn open_facts(key: &str, answer: results::GetExposureResponse) -> Option<Facts> {
    let exposure = answer.exposure?;
    matches!(
        exposure.state.parse(),
        Ok(ExposureState::Open | ExposureState::Unresponsive)
    )
    .then(|| Facts {
        first_seen: from_timestamp(exposure.first_seen.as_ref()),
        last_seen: from_timestamp(exposure.last_seen.as_ref()),
        key: key.to_owned(),
        severity: exposure.severity,
        title: exposure.title,
        host: exposure.host,
        port: exposure.port,
        check_id: exposure.check_id,
        remediation: answer.remediation,
    })
}
