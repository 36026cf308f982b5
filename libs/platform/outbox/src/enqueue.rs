//! News in the transaction of the change it announces.
use sqlx::AssertSqlSafe;
use wt_bus::envelope_for;
use wt_model::{Principal, TenantKey};
use wt_pg::{PgFault, TenantTx};
use wt_proto::{Message, subject::EventPayload};

/// Enqueues news under a fresh id, on the subject that is its type.
pub async fn enqueue<P: EventPayload>(tx: &mut TenantTx, payload: &P) -> Result<(), PgFault> {
    let envelope = envelope_for(tx.service(), tx.tenant_key(), tx.principal(), payload);
    insert(tx, P::TYPE, &envelope.id, &envelope.encode_to_vec()).await?;
    tx.note_news();
    Ok(())
}

/// Enqueues news on a subject of its own (`exposure.NEW.org_…`) under a given id. An id that is
/// there already is the same news said again: nothing happens, and the answer is false.
pub async fn enqueue_as<P: EventPayload>(
    tx: &mut TenantTx,
    subject: &str,
    id: &str,
    payload: &P,
) -> Result<bool, PgFault> {
    let mut envelope = envelope_for(tx.service(), tx.tenant_key(), tx.principal(), payload);
    id.clone_into(&mut envelope.id);
    tx.note_news();
    insert(tx, subject, id, &envelope.encode_to_vec()).await
}

/// On whose behalf news is said, for news that is made apart from its transaction.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// The service.
    pub service: &'static str,
    /// The organization it is about.
    pub tenant_key: TenantKey,
    /// Who did it.
    pub principal: Principal,
}

impl Speaker {
    /// Who speaks in this transaction.
    pub fn of(tx: &TenantTx) -> Self {
        Self {
            service: tx.service(),
            tenant_key: tx.tenant_key(),
            principal: tx.principal().clone(),
        }
    }

    /// News on a subject of its own under a given id; see [`enqueue_as`].
    pub fn news_on<P: EventPayload>(&self, subject: &str, id: &str, payload: &P) -> News {
        let mut envelope = envelope_for(self.service, self.tenant_key, &self.principal, payload);
        id.clone_into(&mut envelope.id);
        News {
            id: id.to_owned(),
            subject: subject.to_owned(),
            body: envelope.encode_to_vec(),
        }
    }
}

/// One piece of news, ready to be enqueued with others.
#[derive(Debug, Clone)]
pub struct News {
    id: String,
    subject: String,
    body: Vec<u8>,
}

impl News {
    /// News under a fresh id, on the subject that is its type.
    pub fn of<P: EventPayload>(tx: &TenantTx, payload: &P) -> Self {
        Self::said_by(tx.service(), tx.tenant_key(), tx.principal(), payload)
    }

    /// As [`News::of`], for a statement that is its own transaction: what `principal` did in `tenant`,
    /// said by `service`.
    pub fn said_by<P: EventPayload>(
        service: &str,
        tenant: TenantKey,
        principal: &Principal,
        payload: &P,
    ) -> Self {
        let envelope = envelope_for(service, tenant, principal, payload);
        Self {
            body: envelope.encode_to_vec(),
            id: envelope.id,
            subject: P::TYPE.to_owned(),
        }
    }

    /// News on a subject of its own under a given id; see [`enqueue_as`].
    pub fn on<P: EventPayload>(tx: &TenantTx, subject: &str, id: &str, payload: &P) -> Self {
        Speaker::of(tx).news_on(subject, id, payload)
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The subject it is said on.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Its envelope, for a statement that enqueues it beside something else it writes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Enqueues all of this in one statement; the relay sends it in this order. Ids that are there
/// already are left out.
pub async fn enqueue_all(tx: &mut TenantTx, news: &[News]) -> Result<(), PgFault> {
    if news.is_empty() {
        return Ok(());
    }
    // The schema is a literal of the service's own code.
    let sql = format!(
        "insert into {}.outbox (id, tenant_key, subject, envelope)
         select n.id, $1, n.subject, n.envelope
         from unnest($2::text[], $3::text[], $4::bytea[])
             with ordinality as n (id, subject, envelope, place)
         order by n.place
         on conflict do nothing",
        tx.schema()
    );
    let tenant_key = tx.tenant_key().to_string();
    let ids: Vec<&str> = news.iter().map(|one| one.id.as_str()).collect();
    let subjects: Vec<&str> = news.iter().map(|one| one.subject.as_str()).collect();
    let bodies: Vec<&[u8]> = news.iter().map(|one| one.body.as_slice()).collect();
    sqlx::query(AssertSqlSafe(sql))
        .bind(tenant_key)
        .bind(ids)
        .bind(subjects)
        .bind(bodies)
        .execute(tx.conn())
        .await?;
    tx.note_news();
    Ok(())
}

/// Enqueues bytes that are no envelope, such as a signed job. False when the id is there.
pub async fn enqueue_bytes(
    tx: &mut TenantTx,
    subject: &str,
    id: &str,
    body: &[u8],
) -> Result<bool, PgFault> {
    tx.note_news();
    insert(tx, subject, id, body).await
}

async fn insert(tx: &mut TenantTx, subject: &str, id: &str, body: &[u8]) -> Result<bool, PgFault> {
    // The schema is a literal of the service's own code.
    let sql = format!(
        "insert into {}.outbox (id, tenant_key, subject, envelope)
         values ($1, $2, $3, $4)
         on conflict do nothing",
        tx.schema()
    );
    let tenant_key = tx.tenant_key().to_string();
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .bind(tenant_key)
        .bind(subject)
        .bind(body)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}
