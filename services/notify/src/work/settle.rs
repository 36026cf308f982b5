//! Records what became of a message, and switches off an integration that is no use any more.

use std::time::Duration;

use ulid::Ulid;
use wt_model::{Principal, Role};
use wt_pg::TenantTx;
use wt_proto::tenant;

use super::dispatch::Dispatcher;
use crate::{
    channel::{post::Answer, tracker::Setback},
    domain::{address::MailAddress, integration::why_off, letter, retry::wait_after},
    error::NotifyFault,
    store::{
        self,
        integration::IntegrationRow,
        integration_delivery::{Attempted, DueRow},
        letter::NewLetter,
        ticket::Change,
    },
};

/// What became of one attempt.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was taken.
    Taken {
        /// What was answered last.
        status: u16,
        /// What could not be done, although that is no failure; else empty.
        note: String,
        /// What became of the exposure's issue.
        ticket: Option<Change>,
    },
    /// It came to nothing.
    Failed {
        status: u16,
        why: String,
        /// The receiver is gone for good.
        gone: bool,
        /// What is certain about the exposure's issue.
        ticket: Option<Change>,
    },
    /// The receiver asked to wait.
    Limited {
        status: u16,
        wait: Duration,
        ticket: Option<Change>,
    },
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        let failed = |status, why| Self::Failed {
            status,
            why,
            // Standard Webhooks: 410 asks to send nothing more.
            gone: status == 410,
            ticket: None,
        };
        match answer {
            Answer::Taken(status) => Self::taken(status, None),
            Answer::Refused(status) => failed(status, format!("it answered {status}")),
            Answer::Silent(error) => failed(0, error),
        }
    }
}

impl Outcome {
    /// It was taken, and that is all.
    pub(super) fn taken(status: u16, ticket: Option<Change>) -> Self {
        Self::Taken {
            status,
            note: String::new(),
            ticket,
        }
    }

    /// What a tracker's refusal comes to.
    pub(super) fn set_back(setback: Setback, ticket: Option<Change>) -> Self {
        let failed = |status, why| Self::Failed {
            status,
            why,
            gone: false,
            ticket: ticket.clone(),
        };
        match setback {
            Setback::Limited { status, wait } => Self::Limited {
                status,
                wait,
                ticket,
            },
            Setback::Refused { status, why } | Setback::Unknown { status, why } => {
                failed(status, why)
            }
            Setback::Gone { status } => failed(status, "there is no such issue".to_owned()),
        }
    }
}

impl Dispatcher {
    /// Records an attempt.
    pub(super) async fn settle(
        &self,
        principal: &Principal,
        row: &IntegrationRow,
        due: &DueRow,
        outcome: Outcome,
    ) -> Result<(), NotifyFault> {
        match outcome {
            Outcome::Taken {
                status,
                note,
                ticket,
            } => {
                self.arrived(principal, row, due, (status, &note), ticket)
                    .await
            }
            Outcome::Limited {
                status,
                wait,
                ticket,
            } if !due.is_test() => {
                self.limited(principal, row, due, (status, wait), ticket)
                    .await
            }
            // Nobody waits an hour for a test.
            Outcome::Limited { status, .. } => {
                let why = "it asks to wait: too much was asked of it".to_owned();
                self.failed(principal, row, due, (status, why, false), None)
                    .await
            }
            Outcome::Failed {
                status,
                why,
                gone,
                ticket,
            } => {
                self.failed(principal, row, due, (status, why, gone), ticket)
                    .await
            }
        }
    }

    /// Begins what settles a message, with its integration held: who removes one takes it before its
    /// messages, so this does too, or the two would wait for each other. `None`: it was removed.
    async fn hold(
        &self,
        principal: &Principal,
        row: &IntegrationRow,
        purpose: &'static str,
    ) -> Result<Option<TenantTx>, NotifyFault> {
        let mut tx = self.pool.begin(principal, purpose).await?;
        let held = store::integration::lock(&mut tx, &row.id).await?;
        Ok(held.map(|_| tx))
    }

    async fn failed(
        &self,
        principal: &Principal,
        row: &IntegrationRow,
        due: &DueRow,
        (status, error, gone): (u16, String, bool),
        ticket: Option<Change>,
    ) -> Result<(), NotifyFault> {
        // A test is for somebody who looks: it is tried once and counts for nothing.
        let is_test = due.is_test();
        let wait = wait_after(due.attempts + 1, self.retry_base).filter(|_| !gone && !is_test);
        let given_up = wait.is_none() && !is_test;
        self.metrics
            .posted(if wait.is_none() { "failed" } else { "later" });
        let off = why_off(gone, row.failures + 1).filter(|_| given_up && row.enabled);
        // Asked before the transaction: nothing but SQL is awaited inside.
        let admins = match off {
            Some(_) => admins(&self.peers.members(principal).await?),
            None => Vec::new(),
        };
        let Some(mut tx) = self.hold(principal, row, "settle_message").await? else {
            return Ok(());
        };
        let now = Attempted {
            state: if wait.is_none() { "failed" } else { "pending" },
            status: i32::from(status),
            error: &error,
            wait: wait.unwrap_or_default(),
            counts: true,
        };
        store::integration_delivery::attempted(&mut tx, &due.id, now).await?;
        store::integration::failed(&mut tx, &row.id, given_up, &error).await?;
        if let Some(exposure) = &due.exposure_key {
            for change in ticket
                .into_iter()
                .chain(given_up.then(|| Change::GivenUp(error.clone())))
            {
                store::ticket::change(&mut tx, &row.id, exposure, &change).await?;
            }
            // What happened to it later is told after this.
            let wait = wait.unwrap_or_default();
            store::integration_delivery::put_off(&mut tx, &row.id, Some(exposure), wait).await?;
        }
        if let Some(why) = off {
            self.switch_off(&mut tx, row, why, &admins).await?;
        }
        tx.commit().await?;
        if off.is_some() {
            self.letters.notify_one();
        }
        Ok(())
    }

    /// Waits as it was asked to, with everything else that goes there.
    async fn limited(
        &self,
        principal: &Principal,
        row: &IntegrationRow,
        due: &DueRow,
        (status, wait): (u16, Duration),
        ticket: Option<Change>,
    ) -> Result<(), NotifyFault> {
        self.metrics.posted("later");
        let Some(mut tx) = self.hold(principal, row, "wait_for_integration").await? else {
            return Ok(());
        };
        let now = Attempted {
            state: "pending",
            status: i32::from(status),
            error: "it asked to wait",
            wait,
            counts: false,
        };
        store::integration_delivery::attempted(&mut tx, &due.id, now).await?;
        store::integration_delivery::put_off(&mut tx, &row.id, None, wait).await?;
        if let (Some(exposure), Some(change)) = (&due.exposure_key, ticket) {
            store::ticket::change(&mut tx, &row.id, exposure, &change).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn arrived(
        &self,
        principal: &Principal,
        row: &IntegrationRow,
        due: &DueRow,
        (status, note): (u16, &str),
        ticket: Option<Change>,
    ) -> Result<(), NotifyFault> {
        self.metrics.posted("sent");
        let Some(mut tx) = self.hold(principal, row, "settle_message").await? else {
            return Ok(());
        };
        let now = Attempted {
            state: "sent",
            status: i32::from(status),
            error: note,
            wait: Duration::ZERO,
            counts: true,
        };
        store::integration_delivery::attempted(&mut tx, &due.id, now).await?;
        // What came to nothing without asking anybody says nothing about how the receiver fares.
        if status > 0 {
            store::integration::arrived(&mut tx, &row.id).await?;
        }
        if let (Some(exposure), Some(change)) = (&due.exposure_key, ticket) {
            store::ticket::change(&mut tx, &row.id, exposure, &change).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Switches an integration off and says so to who administers the organization, once.
    async fn switch_off(
        &self,
        tx: &mut TenantTx,
        row: &IntegrationRow,
        why: &str,
        admins: &[(String, MailAddress)],
    ) -> Result<(), NotifyFault> {
        if !store::integration::switch_off(tx, &row.id, why).await? {
            return Ok(());
        }
        store::integration_delivery::drop_waiting(tx, &row.id, why).await?;
        store::ticket::give_up_claims(tx, &row.id, why).await?;
        let after = serde_json::json!({ "name": row.name, "reason": why });
        wt_audit::record(tx, "integration.switch_off", &row.id, None, Some(&after)).await?;
        let organization = tx.tenant_key().to_string();
        for (at, (name, recipient)) in admins.iter().enumerate() {
            let letter = letter::switched_off(&organization, name, &row.name, why);
            let body = self.renderer.letter(&letter)?;
            let new = NewLetter {
                // Not made from the message: switched off again after a replay, it is said again.
                id: &format!("off_{}_{at}", Ulid::generate()),
                kind: "integration_off",
                recipient,
                subject: &letter.subject,
                text: &body.text,
                html: &body.html,
                expires_at: None,
            };
            store::letter::insert_unless_present(tx, new).await?;
        }
        Ok(())
    }
}

/// Names and addresses of who administers the organization.
fn admins(members: &[tenant::Member]) -> Vec<(String, MailAddress)> {
    members
        .iter()
        .filter(|member| matches!(member.role.parse(), Ok(Role::Owner | Role::Admin)))
        .filter_map(|member| member.user.as_ref())
        .filter_map(|user| Some((user.display_name.clone(), user.email.parse().ok()?)))
        .collect()
}
