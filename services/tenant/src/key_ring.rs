//! The keys that sign access tokens: in the database, so that every replica has the same, and
//! looked at again and again, so that a rotation needs no restart.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use time::OffsetDateTime;
use wt_auth::{AccessIssuer, AuthFault, Jwks, PublicKey, SigningKey};
use wt_lifecycle::Life;
use wt_model::Principal;
use wt_pg::{PlatformTx, Pool};
use wt_seal::{Owner, Place, Seal, Sealed};

use crate::{
    domain::signing_key::{self, Span},
    error::TenantFault,
    store::{self, signing_key::SigningKeyRow},
};

/// How often the keys are looked at: one small query.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const COLUMN: &str = "tenant.signing_keys.private_key";

/// Signs with whichever key is on duty; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct KeyRing {
    issuer: Arc<RwLock<AccessIssuer>>,
    first: Arc<SigningKey>,
    pool: Pool,
    seal: Seal,
    lifetime: time::Duration,
}

impl KeyRing {
    /// Begins with the key of the configuration; [`KeyRing::refresh`] finds the others.
    pub(crate) fn new(first: SigningKey, pool: Pool, seal: Seal, lifetime: time::Duration) -> Self {
        let first = Arc::new(first);
        Self {
            issuer: Arc::new(RwLock::new(AccessIssuer::shared(Arc::clone(&first)))),
            first,
            pool,
            seal,
            lifetime,
        }
    }

    fn current(&self) -> AccessIssuer {
        self.issuer
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A token for a person or one of their keys.
    pub(crate) fn mint(&self, principal: &Principal) -> Result<String, AuthFault> {
        self.current().mint(principal)
    }

    /// The same, ending no later than `not_after`.
    pub(crate) fn mint_until(
        &self,
        principal: &Principal,
        not_after: OffsetDateTime,
    ) -> Result<String, AuthFault> {
        self.current()
            .mint_until(principal, not_after.unix_timestamp())
    }

    /// The public keys to publish.
    pub(crate) fn jwks(&self) -> Jwks {
        self.current().jwks()
    }

    /// Takes the configured key into the set the first time it is seen: it signs from then on.
    /// Giving every replica another file is how a key that leaked is replaced. Tried until it
    /// succeeds.
    pub(crate) async fn adopt_first(&self) {
        while let Err(fault) = self.adopt().await {
            tracing::warn!(error = %wt_fault::chain(&fault), "signing keys can't be taken over");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn adopt(&self) -> Result<(), TenantFault> {
        let now = OffsetDateTime::now_utc();
        let mut tx = self.pool.begin_platform("adopt_signing_key").await?;
        store::signing_key::lock(tx.conn()).await?;
        if !store::signing_key::is_known(tx.conn(), &self.first.public().key_id()).await? {
            let span = Span::from(now, self.lifetime);
            self.add(&mut tx, &self.first, span, now).await?;
        }
        tx.commit().await?;
        self.refresh().await
    }

    /// Makes a key if one is due, and takes over what the database holds.
    pub(crate) async fn refresh(&self) -> Result<(), TenantFault> {
        let now = OffsetDateTime::now_utc();
        let mut tx = self.pool.begin_platform("refresh_signing_keys").await?;
        let mut rows = store::signing_key::published(tx.conn(), now).await?;
        if signing_key::due(now, &spans(&rows), self.lifetime).is_some() {
            store::signing_key::lock(tx.conn()).await?;
            // Another replica may have been faster.
            rows = store::signing_key::published(tx.conn(), now).await?;
            if let Some(span) = signing_key::due(now, &spans(&rows), self.lifetime) {
                self.add(&mut tx, &SigningKey::generate()?, span, now)
                    .await?;
                rows = store::signing_key::published(tx.conn(), now).await?;
            }
        }
        let on_duty = signing_key::signing(now, &rows, SigningKeyRow::span)
            .ok_or_else(|| inconsistent("no key signs"))?;
        if !self.has(&on_duty.kid, &rows) {
            let key = self.open(&mut tx, on_duty).await?;
            let issuer = AccessIssuer::new(key).publishing(publics(&rows)?);
            tracing::info!(key.id = %on_duty.kid, keys = rows.len(), "access tokens are signed by this key");
            *self.issuer.write().unwrap_or_else(PoisonError::into_inner) = issuer;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Looks at the keys until the service stops.
    pub(crate) fn keep_fresh(self, life: &Life) {
        let stopping = life.stopping();
        tokio::spawn(async move {
            let mut look = tokio::time::interval(LOOK_EVERY);
            loop {
                tokio::select! {
                    () = stopping.cancelled() => return,
                    _ = look.tick() => {}
                }
                if let Err(fault) = self.refresh().await {
                    tracing::warn!(error = %wt_fault::chain(&fault), "signing keys can't be looked at");
                }
            }
        });
    }

    /// Whether this process signs with that key and publishes just those.
    fn has(&self, on_duty: &str, rows: &[SigningKeyRow]) -> bool {
        let current = self.current();
        let published: BTreeSet<String> = current.jwks().key_ids().map(ToOwned::to_owned).collect();
        current.key_id() == on_duty
            && published.len() == rows.len()
            && rows.iter().all(|row| published.contains(&row.kid))
    }

    async fn add(
        &self,
        tx: &mut PlatformTx,
        key: &SigningKey,
        span: Span,
        now: OffsetDateTime,
    ) -> Result<(), TenantFault> {
        let kid = key.public().key_id();
        let sealed = self
            .seal
            .seal(
                tx.conn(),
                Owner::Platform,
                place(&kid),
                key.to_pem().as_bytes(),
            )
            .await?;
        let (public, private) = (key.public().raw(), sealed.as_bytes());
        store::signing_key::insert(tx.conn(), &kid, public, private, span, now).await?;
        Ok(())
    }

    async fn open(
        &self,
        tx: &mut PlatformTx,
        row: &SigningKeyRow,
    ) -> Result<SigningKey, TenantFault> {
        let sealed = Sealed::from_bytes(row.private_key.clone());
        let opened = self
            .seal
            .open(tx.conn(), Owner::Platform, place(&row.kid), &sealed)
            .await?;
        Ok(SigningKey::from_pem(opened.expose_str()?, COLUMN)?)
    }
}

fn place(kid: &str) -> Place<'_> {
    Place {
        column: COLUMN,
        row: kid,
    }
}

fn spans(rows: &[SigningKeyRow]) -> Vec<Span> {
    rows.iter().map(SigningKeyRow::span).collect()
}

fn publics(rows: &[SigningKeyRow]) -> Result<Vec<PublicKey>, TenantFault> {
    rows.iter()
        .map(|row| {
            let raw = row.public_key.as_slice().try_into();
            raw.map(PublicKey::from_raw)
                .map_err(|_length| inconsistent("a public key's length"))
        })
        .collect()
}

fn inconsistent(what: &str) -> TenantFault {
    TenantFault::Inconsistent {
        place: format!("tenant.signing_keys: {what}"),
    }
}
