//! One record.

use serde_json::Value;
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;
use wt_model::{Principal, TenantKey};
use wt_outbox::News;
use wt_pg::{PgFault, TenantTx};
use wt_proto::{convert::to_timestamp, event::AuditRecorded};
use wt_telemetry::{origin, propagate};

/// What was done to what.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    /// `area.verb`.
    pub action: &'a str,
    /// An id.
    pub object: &'a str,
    /// What it was, never a secret.
    pub before: Option<&'a Value>,
    /// What it has become, never a secret.
    pub after: Option<&'a Value>,
}

/// A record with the announcement of it, for a statement that keeps both beside something else it
/// writes. Whoever makes such a statement calls [`wt_pg::Pool::note_record`] once it is committed;
/// everybody else uses [`record`].
#[derive(Debug)]
pub struct Record<'a> {
    tenant_key: TenantKey,
    deed: Deed<'a>,
    said: AuditRecorded,
    news: News,
}

impl<'a> Record<'a> {
    /// That `principal` did this in their organization, as `service` says.
    ///
    /// # Errors
    /// [`PgFault::NoTenant`]: they are in none.
    pub fn of(service: &str, principal: &Principal, deed: Deed<'a>) -> Result<Self, PgFault> {
        let tenant_key = principal.tenant_key.ok_or(PgFault::NoTenant)?;
        let said = describe(service, principal, &deed);
        // The same statement announces it, so that the chain learns of every deed that happened and
        // of none that did not.
        let news = News::said_by(service, tenant_key, principal, &said);
        Ok(Self {
            tenant_key,
            deed,
            said,
            news,
        })
    }

    /// `actor_kind` of the audit table.
    pub fn actor_kind(&self) -> &str {
        &self.said.actor_kind
    }

    /// `actor`: while impersonating, the person behind it.
    pub fn actor(&self) -> &str {
        &self.said.actor
    }

    /// `acting_as`: whose eyes the actor looked with.
    pub fn acting_as(&self) -> Option<&str> {
        given(&self.said.acting_as)
    }

    /// `session_id`.
    pub fn session_id(&self) -> Option<&str> {
        given(&self.said.session_id)
    }

    /// `action`, `object`, `before` and `after`.
    pub fn deed(&self) -> &Deed<'a> {
        &self.deed
    }

    /// `trace_id`; empty outside a trace.
    pub fn trace_id(&self) -> &str {
        &self.said.trace_id
    }

    /// The announcement, a row of the outbox.
    pub fn news(&self) -> &News {
        &self.news
    }

    async fn keep(&self, tx: &mut TenantTx) -> Result<(), PgFault> {
        // The schema is one of our literals; everything else is bound.
        let statement = AssertSqlSafe(format!(
            "with kept as (
                 insert into {schema}.audit
                     (tenant_key, actor_kind, actor, acting_as, session_id, action, object, before,
                      after, trace_id)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             )
             insert into {schema}.outbox (id, tenant_key, subject, envelope)
             values ($11, $1, $12, $13)",
            schema = tx.schema()
        ));
        sqlx::query(statement)
            .bind(self.tenant_key.to_string())
            .bind(self.actor_kind())
            .bind(self.actor())
            .bind(self.acting_as())
            .bind(self.session_id())
            .bind(self.deed.action)
            .bind(self.deed.object)
            .bind(self.deed.before)
            .bind(self.deed.after)
            .bind(self.trace_id())
            .bind(self.news.id())
            .bind(self.news.subject())
            .bind(self.news.body())
            .execute(tx.conn())
            .await?;
        tx.note_record();
        Ok(())
    }
}

/// Records that the transaction's principal did `action` (`area.verb`) to `object` (an id).
/// `before` and `after` hold what changed, never a secret.
///
/// # Errors
/// The database refused; the deed is rolled back with it.
pub async fn record(
    tx: &mut TenantTx,
    action: &str,
    object: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<(), PgFault> {
    let deed = Deed {
        action,
        object,
        before,
        after,
    };
    Record::of(tx.service(), tx.principal(), deed)?
        .keep(tx)
        .await
}

fn describe(service: &str, principal: &Principal, deed: &Deed<'_>) -> AuditRecorded {
    // While impersonating, the actor is the person behind it (RFC 8693 §4.1).
    let (actor, acting_as) = match &principal.act {
        Some(act) => (act.sub.to_string(), principal.sub.clone()),
        None => (principal.sub.clone(), String::new()),
    };
    let client = origin::current();
    AuditRecorded {
        at: Some(to_timestamp(OffsetDateTime::now_utc())),
        service: service.to_owned(),
        actor_kind: principal.kind.to_string(),
        actor,
        acting_as,
        session_id: principal.sid.map(|sid| sid.to_string()).unwrap_or_default(),
        action: deed.action.to_owned(),
        object: deed.object.to_owned(),
        before_json: deed.before.map(ToString::to_string).unwrap_or_default(),
        after_json: deed.after.map(ToString::to_string).unwrap_or_default(),
        trace_id: propagate::trace_id(),
        ip: client.ip,
        user_agent: client.user_agent,
    }
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
