//! A gRPC service that answers from a script, lets in only who holds a token for it, and
//! remembers who asked.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use axum::{Router, body::Body, extract::State};
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::{net::TcpListener, task::JoinHandle};
use wt_auth::{Caller, InternalVerifier};
use wt_model::TenantKey;

/// Length of the prefix of a gRPC message: a flag and four bytes of length.
const PREFIX_BYTES: usize = 5;
/// gRPC status codes (google.rpc.Code).
const UNIMPLEMENTED: &str = "12";
const UNAUTHENTICATED: &str = "16";

/// What a method answers: a message, or a status code.
#[derive(Debug, Clone)]
enum Answer {
    Message(Bytes),
    Status(u8),
}

type Script = BTreeMap<(String, Option<TenantKey>), Answer>;

#[derive(Debug)]
struct Shared {
    verifier: InternalVerifier,
    script: Mutex<Script>,
    calls: Mutex<Vec<(String, Caller)>>,
}

/// A running peer; it ends with the test.
#[derive(Debug)]
pub struct GrpcPeer {
    shared: Arc<Shared>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl GrpcPeer {
    /// Starts a peer that lets in callers with a token for `service` from a service in `trust_dir`.
    ///
    /// # Errors
    /// No port is free, or the keys can't be read.
    pub async fn start(service: &'static str, trust_dir: &Path) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            verifier: InternalVerifier::load(service, trust_dir)?,
            script: Mutex::default(),
            calls: Mutex::default(),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("grpc peer: {error}");
            }
        });
        Ok(Self {
            shared,
            address,
            task,
        })
    }

    /// Where it answers, such as `http://127.0.0.1:50051`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets `method` answer callers of `tenant` with an encoded message.
    pub fn answers(&self, tenant: TenantKey, method: &str, message: Vec<u8>) {
        self.put(tenant, method, Answer::Message(message.into()));
    }

    /// Lets `method` refuse callers of `tenant` with a gRPC status code.
    pub fn refuses(&self, tenant: TenantKey, method: &str, code: u8) {
        self.put(tenant, method, Answer::Status(code));
    }

    fn put(&self, tenant: TenantKey, method: &str, answer: Answer) {
        let mut script = self
            .shared
            .script
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        script.insert((method.to_owned(), Some(tenant)), answer);
    }

    /// Who called `method` so far.
    pub fn callers_of(&self, method: &str) -> Vec<Caller> {
        let calls = self
            .shared
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        calls
            .iter()
            .filter(|(called, _)| called == method)
            .map(|(_, caller)| caller.clone())
            .collect()
    }
}

impl Drop for GrpcPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let method = request
        .uri()
        .path()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let token = request
        .headers()
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let Ok(caller) = shared.verifier.verify(token) else {
        return status(UNAUTHENTICATED);
    };
    let tenant = caller.principal.as_ref().and_then(|who| who.tenant_key);
    shared
        .calls
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((method.clone(), caller));
    let script = shared.script.lock().unwrap_or_else(PoisonError::into_inner);
    match script.get(&(method, tenant)) {
        Some(Answer::Message(message)) => message_of(message),
        Some(Answer::Status(code)) => status(&code.to_string()),
        None => status(UNIMPLEMENTED),
    }
}

fn message_of(message: &Bytes) -> Response<Body> {
    let mut frame = BytesMut::with_capacity(message.len() + PREFIX_BYTES);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    grpc(Body::new(
        Full::new(frame.freeze()).with_trailers(async move { Some(Ok(trailers)) }),
    ))
}

/// A status alone travels in the headers (gRPC over HTTP/2, Trailers-Only).
fn status(code: &str) -> Response<Body> {
    let mut response = grpc(Body::empty());
    if let Ok(code) = HeaderValue::from_str(code) {
        response.headers_mut().insert("grpc-status", code);
    }
    response
}

fn grpc(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let kind = HeaderValue::from_static("application/grpc");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, kind);
    response
}
