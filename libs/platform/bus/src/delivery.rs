//! One message as a handler sees it, and what it may answer.

use std::time::Duration;

use wt_fault::Kind;
use wt_model::{Principal, TenantKey};
use wt_proto::{event::Envelope, subject::EventPayload};

use crate::InvalidEnvelope;

/// A verified message.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The organization it belongs to.
    pub tenant_key: TenantKey,
    /// On whose behalf it was said.
    pub principal: Principal,
    /// Which delivery of the message this is, from 1.
    pub delivered: i64,
    pub(crate) envelope: Envelope,
}

impl Delivery {
    pub(crate) fn new(
        envelope: Envelope,
        tenant_key: TenantKey,
        principal: Principal,
        delivered: i64,
    ) -> Self {
        Self {
            tenant_key,
            principal,
            delivered,
            envelope,
        }
    }

    /// The message's id: the inbox key.
    pub fn message_id(&self) -> &str {
        &self.envelope.id
    }

    /// The message's type, such as `scan.completed`.
    pub fn message_type(&self) -> &str {
        &self.envelope.r#type
    }

    /// The service that sent it.
    pub fn producer(&self) -> &str {
        &self.envelope.producer
    }

    /// The payload, if it is of this type and of a version this code understands.
    ///
    /// # Errors
    /// [`InvalidEnvelope::Type`] or [`InvalidEnvelope::Bytes`].
    pub fn payload<P: EventPayload>(&self) -> Result<P, InvalidEnvelope> {
        if self.envelope.r#type != P::TYPE || self.envelope.version > P::VERSION {
            return Err(InvalidEnvelope::Type {
                found: self.envelope.r#type.clone(),
                version: self.envelope.version,
                expected: P::TYPE,
            });
        }
        Ok(P::decode(self.envelope.payload.as_slice())?)
    }
}

/// What became of a message.
#[derive(Debug)]
pub enum Outcome {
    /// Handled, and committed.
    Done,
    /// Something the handler needs is away: the message stays here, under its lease, and is
    /// handled again after this long. Costs no delivery: a database that is away for a minute
    /// must not turn every message into a dead letter.
    Wait {
        /// How long to wait.
        after: Duration,
        /// Why, for the operator.
        cause: String,
    },
    /// Not now; deliver again after this long, until deliveries run out.
    Retry {
        /// How long to wait.
        after: Duration,
        /// Why, for the operator.
        cause: String,
    },
    /// Never: goes to the dead letters.
    Reject {
        /// Why, for the operator.
        cause: String,
    },
}

impl Outcome {
    /// Done, or patience while a dependency is away, or another try, or a dead letter.
    pub fn of<F: wt_fault::Fault>(result: Result<(), F>) -> Self {
        /// First wait; later ones grow.
        const AGAIN: Duration = Duration::from_secs(1);
        let fault = match result {
            Ok(()) => return Self::Done,
            Err(fault) => fault,
        };
        let (after, cause) = (
            fault.retry_after().unwrap_or(AGAIN),
            wt_fault::chain(&fault),
        );
        match fault.kind() {
            Kind::Unavailable => Self::Wait { after, cause },
            Kind::Conflict
            | Kind::Exhausted
            | Kind::Deadline
            | Kind::Cancelled
            | Kind::Internal => Self::Retry { after, cause },
            Kind::Invalid
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Precondition
            | Kind::TooLarge
            | Kind::Inconsistent => Self::Reject { cause },
        }
    }
}

/// What handles the messages of one consumer. Effects and the note that the message was handled
/// are committed together (inbox), so that a second delivery changes nothing.
pub trait Handler: Send + Sync + 'static {
    /// Handles one message.
    fn handle(&self, delivery: Delivery) -> impl Future<Output = Outcome> + Send;
}
