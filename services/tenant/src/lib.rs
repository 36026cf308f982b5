//! Organizations, people, their sign-ins and the key that signs access tokens.
//!
//! **Invariants**: secrets are stored as hashes only; whether an account exists is never told to
//! somebody who can't sign in to it; a role reaches down the tree and never up or sideways.
//!
//! Code map: `api/` one file an operation, `domain/` pure decisions, `issue.rs` sign-ins and
//! their tokens, `hashing.rs` passwords, `sso/` identity providers, `billing.rs` what organizations
//! pay for and `stripe/` whom they pay, `work/` reconcilers, `store/` every SQL statement.

mod api;
mod billing;
mod billing_fault;
mod config;
mod domain;
mod error;
mod hashing;
mod impersonation_fault;
mod issue;
mod key_ring;
mod mail;
mod mail_link;
mod mfa;
mod passkey_fault;
mod people_fault;
mod platform_admin;
mod relying_party;
mod sso;
mod store;
mod stripe;
mod wire;
mod work;

pub use config::{Config, SignUps};
pub use platform_admin::command as platform_admin;

use key_ring::KeyRing;

use std::sync::Arc;

use tokio::sync::Semaphore;
use wt_auth::SigningKey;
use wt_bus::Bus;
use wt_lifecycle::{Life, StartError};
use wt_outbound::Outbound;
use wt_pg::Pool;
use wt_proto::tenant::{
    billing_service_server::BillingServiceServer,
    impersonation_service_server::ImpersonationServiceServer,
    people_service_server::PeopleServiceServer, sign_in_service_server::SignInServiceServer,
    sso_service_server::SsoServiceServer, tenant_service_server::TenantServiceServer,
};
use wt_rpc::Server;
use wt_seal::Seal;

/// Service, schema and audience name.
pub const NAME: &str = "tenant";
/// The newest migration this version needs.
const SCHEMA_VERSION: i64 = 19;

/// Binds the door, then starts everything behind it.
///
/// # Errors
/// Settings that can't be used: a taken port, a missing key.
pub async fn start(config: Config, life: Life) -> Result<(), StartError> {
    let listener = wt_rpc::bind(config.rpc.listen_addr).await?;
    let pool = Pool::new(&config.pg, NAME, "tenant")?;
    let bus = Bus::open(&config.bus, NAME).await?;
    let master = config.master_key.load()?;
    wt_seal::watch(&life, Arc::clone(&master));
    let seal = Seal::new(master, "tenant");
    let issuer = KeyRing::new(
        SigningKey::load(&config.access_key)?,
        pool.clone(),
        seal.clone(),
        time::Duration::days(config.access_key_days.into()),
    );
    let billing = billing::Billing::new(&config.billing, config.public_url.as_ref())?;
    let hashing = hashing::Hashing::new().map_err(|fault| wt_fault::chain(&fault))?;

    wt_outbox::relay(&pool, &bus, &life);
    get_ready(&pool, &issuer, &life);
    let api = Arc::new(api::Api {
        pool,
        hashing,
        issuer,
        seal,
        relying_party: relying_party::RelyingParty::at(config.public_url.as_ref()),
        billing,
        sign_ups: config.sign_up,
        mailing: Arc::new(Semaphore::new(api::MAILS_AT_ONCE)),
    });
    work::start(&api, config.billing.stripe_ask_hours, &life);
    let providers = sso::Providers::new(Outbound::new(&config.sso_allowed_networks)?);
    let proofs = Arc::new(sso::DomainProofs::new(config.sso_resolver)?);
    Server::new(config.internal.verifier(NAME)?)
        .with(BillingServiceServer::new(api::billing::BillingApi(
            Arc::clone(&api),
        )))
        .with(TenantServiceServer::from_arc(Arc::clone(&api)))
        .with(PeopleServiceServer::from_arc(Arc::clone(&api)))
        .with(ImpersonationServiceServer::new(
            api::impersonation::ImpersonationApi(Arc::clone(&api)),
        ))
        .with(SsoServiceServer::new(api::SsoApi {
            api: Arc::clone(&api),
            providers,
            proofs,
        }))
        .with(SignInServiceServer::new(api::sign_in::SignInApi(api)))
        .acting_may_call(domain::impersonation::may_call)
        .serve(listener, &life)?;
    Ok(())
}

/// Waits for the tables and the signing keys, then lets requests come.
fn get_ready(pool: &Pool, keys: &KeyRing, life: &Life) {
    let (schema, keys, life) = (pool.clone(), keys.clone(), life.clone());
    let (ready, stopping) = (life.readiness("schema"), life.stopping());
    tokio::spawn(async move {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = schema.wait_for_schema(SCHEMA_VERSION) => {}
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = keys.adopt_first() => {}
        }
        ready.set(true);
        keys.keep_fresh(&life);
    });
}
