//! Pages alone: what many web servers show at `/`, without cells or checks.
use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use http::Method;
use wt_exposure::InconclusiveReason;
use wt_scope::{Network, Scope};

use super::{
    http::WebClient,
    page::{technologies_of, title_of},
};
use crate::{
    ResolverSetting,
    guard::{Guard, GuardSetting, Lines, Names, Peer},
};

/// Which pages to look at, and how.
#[derive(Debug, Clone)]
pub struct PageQuestion {
    /// What may be touched.
    pub scope: Scope,
    /// Special networks the operator opened.
    pub allowed: Vec<Network>,
    /// Where the servers are.
    pub places: Vec<SocketAddr>,
    /// Requests in flight.
    pub at_once: usize,
    /// Patience with one answer.
    pub patience: Duration,
    /// What the servers are told.
    pub user_agent: String,
    /// Most bytes read of one page.
    pub body_max: u64,
}

/// What one page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLook {
    /// Status of the answer.
    pub status: u16,
    /// Its title, as one harmless line.
    pub title: String,
    /// Software it shows, in order.
    pub technologies: Vec<String>,
    /// SHA-256 of the body as far as it was read, hex.
    pub sha256: String,
}

/// Looks at each page once, without a pace, and hands over what it shows as it comes.
pub async fn look_at_pages(
    question: &PageQuestion,
    mut hear: impl FnMut(SocketAddr, Result<PageLook, InconclusiveReason>),
) {
    let guard = Guard::new(
        GuardSetting {
            scope: question.scope.clone(),
            allowed: question.allowed.clone(),
            per_second: 0,
            connect_timeout: question.patience,
            lines: Lines::Own(Arc::default()),
        },
        Names::new(&ResolverSetting::default()),
    );
    let client = WebClient {
        guard: &guard,
        tls: None,
        user_agent: &question.user_agent,
        patience: question.patience,
    };
    let looks = question.places.iter().map(|place| {
        let client = &client;
        async move { (*place, look(client, *place, question.body_max).await) }
    });
    let mut looks = stream::iter(looks).buffer_unordered(question.at_once.max(1));
    while let Some((place, looked)) = looks.next().await {
        hear(place, looked);
    }
}

async fn look(
    client: &WebClient<'_>,
    place: SocketAddr,
    body_max: u64,
) -> Result<PageLook, InconclusiveReason> {
    let peer = Peer {
        host: place.ip().to_string(),
        address: place.ip(),
        port: place.port(),
        via: "target".to_owned(),
    };
    let page = client.ask(&peer, Method::GET, "/", &[], body_max).await?;
    Ok(PageLook {
        status: page.status,
        title: title_of(&page.text()),
        technologies: technologies_of(&page),
        sha256: page.sha256,
    })
}
