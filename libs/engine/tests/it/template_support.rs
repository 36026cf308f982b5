//! A small web server that answers as a test says, and runs of templates against it.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_util::sync::CancellationToken;
use wt_engine::{
    ResolverSetting,
    template::{TemplateMatch, TemplateReport, TemplateRunner, TemplateSet, TemplateSetting},
};
use wt_model::Policy;
use wt_scope::{Network, Scope};

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What the server says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Said {
    pub(crate) fn ok(body: &str) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    pub(crate) fn missing() -> Self {
        Self {
            status: 404,
            ..Self::ok("nothing here")
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// A running server.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: CancellationToken,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Site {
    /// Serves on a free port of an address of loopback.
    pub(crate) async fn serve(
        ip: &str,
        answer: impl Fn(&Asked) -> Said + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((ip, 0))
            .await
            .expect("loopback and locks work");
        let address = listener.local_addr().expect("loopback and locks work");
        let (asked, stop, answer) = (Arc::default(), CancellationToken::new(), Arc::new(answer));
        let (log, ended) = (Arc::clone(&asked), stop.clone());
        tokio::spawn(async move {
            loop {
                let stream = tokio::select! {
                    () = ended.cancelled() => break,
                    accepted = listener.accept() => accepted.expect("loopback and locks work").0,
                };
                tokio::spawn(talk(stream, Arc::clone(&answer), Arc::clone(&log)));
            }
        });
        Self {
            address,
            asked,
            stop,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("loopback and locks work").clone()
    }
}

async fn talk(
    mut stream: tokio::net::TcpStream,
    answer: Arc<impl Fn(&Asked) -> Said>,
    log: Arc<Mutex<Vec<Asked>>>,
) {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
        let length: usize = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        while buffer.len() < end + length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let asked = Asked {
            path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(buffer.get(end..end + length).unwrap_or_default())
                .into_owned(),
            head: head.clone(),
        };
        buffer.drain(..end + length);
        let said = answer(&asked);
        log.lock().expect("loopback and locks work").push(asked);
        let mut out = format!(
            "HTTP/1.1 {} Said\r\nContent-Length: {}\r\n",
            said.status,
            said.body.len()
        );
        for (name, value) in &said.headers {
            out.extend(format!("{name}: {value}\r\n").chars());
        }
        let bytes = [out.as_bytes(), b"\r\n", &said.body].concat();
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// A set of templates, each the text of one file.
pub(crate) fn set(templates: &[&str]) -> TemplateSet {
    let files: BTreeMap<String, Vec<u8>> = templates
        .iter()
        .enumerate()
        .map(|(index, text)| (format!("t{index}.yaml"), text.as_bytes().to_vec()))
        .collect();
    let set = TemplateSet::from_files(&files);
    assert!(set.refused.is_empty(), "{:?}", set.refused);
    set
}

/// Settings whose scope is exactly these places.
pub(crate) fn setting(places: &[SocketAddr]) -> TemplateSetting {
    let networks = places.iter().map(|place| Network::single(place.ip()));
    TemplateSetting {
        scope: Scope {
            networks: networks.clone().collect(),
            ports: places.iter().map(SocketAddr::port).collect(),
            ..Scope::default()
        },
        allowed: networks.collect(),
        resolver: ResolverSetting::default(),
        requests_per_second: 0,
        connect_timeout: Duration::from_secs(2),
        answer_timeout: Duration::from_secs(2),
        user_agent: "wt-test".to_owned(),
        at_once: 8,
        policy: Policy::Intrusive,
        values: Vec::new(),
        interactions: None,
        seed: 7,
    }
}

/// Matches and report of a run.
pub(crate) async fn run(
    set: &TemplateSet,
    targets: &[String],
    setting: &TemplateSetting,
) -> (Vec<TemplateMatch>, TemplateReport) {
    let found = Mutex::new(Vec::new());
    let sink = |one: TemplateMatch| found.lock().expect("loopback and locks work").push(one);
    let runner = TemplateRunner::new().expect("loopback and locks work");
    let report = runner
        .run(set, targets, setting, &sink, &CancellationToken::new())
        .await;
    (found.into_inner().expect("loopback and locks work"), report)
}
