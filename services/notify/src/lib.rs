//! Tells people what changed: one mail per run and recipient, and none when nothing changed; tells
//! webhooks and chats what their rules let through; keeps one issue of an exposure at trackers; and
//! posts letters about themselves, such as an invitation, for the tenant service.
//!
//! **Invariants**: digests come only from committed events, asked of results; a notice and its
//! deliveries are stored in one transaction; every attempt of a delivery has one `Message-ID`.
//! **It never** decides what an exposure is, reads another service's tables, or puts text a target
//! chose into a header.
//!
//! Code map: `events/` keeps a notice of each run that ended; `work/compose` turns notices into
//! deliveries; `work/deliver` sends mails, `work/dispatch` posts to webhooks and chats, and
//! `work/track` keeps issues;
//! `events/tenant_mail` and `events/report_ready` write letters and `work/post` sends them; `api/` shows and changes
//! settings and integrations; `domain/` decides.

mod api;
mod channel;
mod config;
mod domain;
mod error;
mod events;
mod metrics;
mod peers;
mod store;
mod work;

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore},
};
use tokio_util::task::TaskTracker;
use wt_bus::Bus;
use wt_fault::chain;
use wt_lifecycle::{Life, StartError};
use wt_outbound::Outbound;
use wt_pg::Pool;
use wt_proto::{
    notify::notify_service_server::NotifyServiceServer,
    stream::{NOTIFY_MAIL, NOTIFY_REPORTS, NOTIFY_RUNS},
};
use wt_rpc::{Peer, Server, bind};

pub use config::Config;

use crate::{
    api::Api,
    channel::{email::MailSender, render::Renderer},
    error::NotifyFault,
    events::{report_ready::ReportReady, run_changed::RunChanged, tenant_mail::TenantMail},
    metrics::Metrics,
    peers::Peers,
    work::{
        compose::Composer,
        deliver::Deliverer,
        dispatch::{Dispatcher, SLOTS},
    },
};

/// The service's name: its database role, its tokens' issuer and audience.
pub const NAME: &str = "notify";
/// The schema of its tables.
pub const SCHEMA: &str = "notify";
/// Newest migration this version relies on.
const SCHEMA_NEEDED: i64 = 4;

/// Binds the door and starts every task.
///
/// # Errors
/// Settings that can't be used, or a port that is taken.
pub async fn start(config: Config, life: Life) -> Result<(), StartError> {
    let listener = bind(config.rpc.listen_addr).await?;
    start_on(listener, config, life).await
}

/// As [`start`], on a door bound already; for tests that need to know the port.
///
/// # Errors
/// Settings that can't be used.
pub async fn start_on(listener: TcpListener, config: Config, life: Life) -> Result<(), StartError> {
    let issuer = config.internal.issuer(NAME)?;
    let pool = Pool::new(&config.pg, NAME, SCHEMA)?;
    let sender = config
        .mail_server()
        .map(|url| MailSender::new(url, &config.smtp_from))
        .transpose()?;
    if sender.is_none() {
        tracing::warn!("no mail server is configured: mails are recorded as failed");
    }
    let renderer = Arc::new(Renderer::new(&config.public_url)?);
    let seal = config.seal(&life)?;
    if seal.is_none() {
        tracing::warn!("no master key is configured: there are no webhooks and chats");
    }
    let outbound = Outbound::new(&config.allowed_networks)?;
    let peers = Peers {
        results: Peer::new(&config.results_url, "results", issuer.clone()),
        tenant: Peer::new(&config.tenant_url, "tenant", issuer),
    };
    let composer = Composer {
        pool: pool.clone(),
        peers: peers.clone(),
        renderer: Arc::clone(&renderer),
        retry_base: config.retry_base,
    };
    let metrics = Metrics::register(life.metrics());
    let [compose, deliver, post, dispatch] = [(); 4].map(|()| Arc::new(Notify::new()));
    let deliverer = Deliverer {
        pool: pool.clone(),
        sender,
        retry_base: config.retry_base,
        metrics: metrics.clone(),
    };
    let asked = peers.clone();
    let dispatcher = Arc::new(Dispatcher {
        pool: pool.clone(),
        outbound: outbound.clone(),
        seal: seal.clone(),
        peers,
        renderer: Arc::clone(&renderer),
        retry_base: config.retry_base,
        metrics,
        slots: Arc::new(Semaphore::new(SLOTS)),
        senders: TaskTracker::new(),
        wake: Arc::clone(&dispatch),
        letters: Arc::clone(&post),
    });
    let bus = Bus::open(&config.bus, NAME).await?;
    Server::new(config.internal.verifier(NAME)?)
        .with(NotifyServiceServer::new(Api {
            pool: pool.clone(),
            seal,
            outbound,
            peers: asked,
            dispatch: Arc::clone(&dispatch),
        }))
        .serve(listener, &life)?;
    let period = config.period;
    let ready = life.readiness("database");
    let begun = life.clone();
    life.spawn("work", async move {
        let stopping = begun.stopping();
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = pool.wait_for_schema(SCHEMA_NEEDED) => ready.set(true),
        }
        // Audit records leave through the outbox.
        wt_outbox::relay(&pool, &bus, &begun);
        let handler = RunChanged {
            pool: pool.clone(),
            wake: Arc::clone(&compose),
        };
        wt_bus::consume(&bus, &begun, &NOTIFY_RUNS, handler);
        let handler = ReportReady {
            pool: pool.clone(),
            peers: composer.peers.clone(),
            renderer: Arc::clone(&renderer),
            wake: Arc::clone(&post),
        };
        wt_bus::consume(&bus, &begun, &NOTIFY_REPORTS, handler);
        let handler = TenantMail {
            pool: pool.clone(),
            renderer,
            wake: Arc::clone(&post),
        };
        wt_bus::consume(&bus, &begun, &NOTIFY_MAIL, handler);
        let (sends, posts) = (Arc::clone(&deliver), Arc::clone(&dispatch));
        tokio::join!(
            reconcile(&begun, period, &compose, async || {
                let taken = composer.step().await?;
                if taken > 0 {
                    sends.notify_one();
                    posts.notify_one();
                }
                Ok(taken)
            }),
            reconcile(&begun, period, &deliver, async || deliverer.step().await),
            reconcile(&begun, period, &post, async || deliverer.post().await),
            reconcile(&begun, period, &dispatch, async || dispatcher.step().await),
        );
        // What is under way ends within the client's timeout and is recorded.
        dispatcher.senders.close();
        dispatcher.senders.wait().await;
        Ok::<(), StartError>(())
    });
    Ok(())
}

/// Runs `step` when woken and every `period` until the service stops; again at once while there
/// was something to do.
async fn reconcile<F>(life: &Life, period: Duration, wake: &Notify, step: impl Fn() -> F)
where
    F: Future<Output = Result<usize, NotifyFault>>,
{
    let stopping = life.stopping();
    while !stopping.is_cancelled() {
        match step().await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(fault) => tracing::warn!(error = %chain(&fault), "a step failed"),
        }
        tokio::select! {
            () = stopping.cancelled() => {}
            () = wake.notified() => {}
            () = tokio::time::sleep(period) => {}
        }
    }
}
