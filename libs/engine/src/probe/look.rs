//! Pages alone: what many web servers show at `/`, without cells or checks.
use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use http::Method;
use tokio::{runtime::Handle, sync::mpsc, task::JoinSet};
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

/// Looks at each page once, without a pace, and hands over what it shows as it comes. On a runtime
/// of several threads it takes as many as there are.
pub async fn look_at_pages(
    question: PageQuestion,
    mut hear: impl FnMut(SocketAddr, Result<PageLook, InconclusiveReason>),
) {
    let at_once = question.at_once.max(1);
    let looker = Arc::new(Looker::new(question));
    let threads = Handle::current().metrics().num_workers().clamp(1, at_once);
    let (tell, mut told) = mpsc::channel(at_once);
    // Ended with this call, also where nobody waits for it any more.
    let mut rows = JoinSet::new();
    for row in 0..threads {
        let (looker, tell) = (Arc::clone(&looker), tell.clone());
        rows.spawn(async move {
            let all = looker.question.places.iter().copied();
            let looks = all
                .skip(row)
                .step_by(threads)
                .map(|place| looker.look(place));
            let mut looks = stream::iter(looks).buffer_unordered(at_once.div_ceil(threads));
            while let Some(looked) = looks.next().await {
                if tell.send(looked).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(tell);
    while let Some((place, looked)) = told.recv().await {
        hear(place, looked);
    }
    // A row that panicked left looks out: that is not passed over in silence.
    rows.join_all().await;
}

/// Where, and what was seen there.
type Looked = (SocketAddr, Result<PageLook, InconclusiveReason>);

/// What every look needs.
struct Looker {
    guard: Guard,
    question: PageQuestion,
}

impl Looker {
    fn new(question: PageQuestion) -> Self {
        let setting = GuardSetting {
            scope: question.scope.clone(),
            allowed: question.allowed.clone(),
            per_second: 0,
            connect_timeout: question.patience,
            lines: Lines::Own(Arc::default()),
        };
        Self {
            guard: Guard::new(setting, Names::new(&ResolverSetting::default())),
            question,
        }
    }

    async fn look(&self, place: SocketAddr) -> Looked {
        (place, self.ask(place).await)
    }

    async fn ask(&self, place: SocketAddr) -> Result<PageLook, InconclusiveReason> {
        let client = WebClient {
            guard: &self.guard,
            tls: None,
            user_agent: &self.question.user_agent,
            patience: self.question.patience,
        };
        let peer = Peer {
            host: place.ip().to_string(),
            address: place.ip(),
            port: place.port(),
            via: "target".to_owned(),
        };
        let page = client
            .ask(&peer, Method::GET, "/", &[], self.question.body_max)
            .await?;
        Ok(PageLook {
            status: page.status,
            title: title_of(&page.text()),
            technologies: technologies_of(&page),
            sha256: page.sha256,
        })
    }
}
