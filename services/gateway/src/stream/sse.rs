//! One listener's stream: server-sent events (WHATWG HTML §9.2), checked for each event.
use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse as _, Response,
        sse::{Event as SseEvent, KeepAlive, Sse},
    },
};
use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use wt_fault::Kind;
use wt_model::TenantKey;

use super::{Listener, Missed, Topics, hub::Event};
use crate::{Edge, session::Credential};

/// A comment this often tells proxies and browsers that the connection lives.
const COMMENT_EVERY: Duration = Duration::from_secs(15);
/// How often a stream asks whether its session still holds (promises P11: closed within 5 s).
const CHECK_EVERY: Duration = Duration::from_secs(3);
/// Events handed to the connection before the stream waits for it.
const IN_FLIGHT_MAX: usize = 32;
/// Milliseconds a browser waits before it comes back.
const RETRY: Duration = Duration::from_secs(2);

/// One listener: who, what, and until when.
pub(crate) struct Subscription {
    /// The process's state.
    pub(crate) edge: Edge,
    /// Asked again while the stream lives.
    pub(crate) credential: Credential,
    /// Whose news.
    pub(crate) tenant: TenantKey,
    /// Which news.
    pub(crate) topics: Topics,
    /// When the process stops.
    pub(crate) stopping: CancellationToken,
}

/// The stream as a response.
pub(crate) fn respond(subscription: Subscription, listener: Listener) -> Response {
    let (sender, receiver) = mpsc::channel(IN_FLIGHT_MAX);
    tokio::spawn(async move {
        let streams = subscription.edge.metrics().streams().clone();
        streams.inc();
        // Ends when the browser went away, too.
        let _gone = subscription.run(listener, sender).await;
        streams.dec();
    });
    let mut response = Sse::new(ReceiverStream::new(receiver))
        .keep_alive(KeepAlive::new().interval(COMMENT_EVERY).text("alive"))
        .into_response();
    // nginx holds back streams it does not know for what they are.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

type Sender = mpsc::Sender<Result<SseEvent, Infallible>>;
/// The browser went away.
struct Gone;

impl Subscription {
    async fn run(&self, mut listener: Listener, sender: Sender) -> Result<(), Gone> {
        send(&sender, SseEvent::default().retry(RETRY).comment("welcome")).await?;
        match std::mem::replace(&mut listener.missed, Missed::Events(Vec::new())) {
            Missed::Events(events) => {
                for event in events {
                    self.pass(&sender, listener.epoch, &event).await?;
                }
            }
            Missed::TooMuch => self.resync(&sender).await?,
        }
        let mut check = tokio::time::interval(CHECK_EVERY);
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => return Ok(()),
                () = sender.closed() => return Err(Gone),
                _ = check.tick() => if !self.still_holds().await {
                    return Ok(());
                },
                event = listener.live.recv() => match event {
                    Ok(event) => self.pass(&sender, listener.epoch, &event).await?,
                    Err(RecvError::Lagged(_)) => self.resync(&sender).await?,
                    Err(RecvError::Closed) => return Ok(()),
                },
            }
        }
    }

    /// Hands one event over, if it is of this listener's organization and topics.
    async fn pass(&self, sender: &Sender, epoch: u64, event: &Event) -> Result<(), Gone> {
        let news = &event.news;
        if news.tenant != self.tenant || !self.topics.want(&news.topics) {
            return Ok(());
        }
        let event = SseEvent::default()
            .id(format!("{epoch}-{}", event.number))
            .event(news.name)
            .data(&news.data);
        send(sender, event).await
    }

    async fn resync(&self, sender: &Sender) -> Result<(), Gone> {
        self.edge.metrics().resynced();
        send(sender, SseEvent::default().event("resync").data("{}")).await
    }

    /// Whether the caller is still who they were, in the organization they listen to. A service
    /// that is away says nothing about that.
    async fn still_holds(&self) -> bool {
        match self.edge.identify(&self.credential).await {
            Ok(principal) => principal.tenant_key == Some(self.tenant),
            Err(problem) => problem.kind() != Kind::Unauthenticated,
        }
    }
}

async fn send(sender: &Sender, event: SseEvent) -> Result<(), Gone> {
    sender.send(Ok(event)).await.map_err(|_closed| Gone)
}
