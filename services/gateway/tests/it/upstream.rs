//! A gRPC peer that answers from a script and remembers who called.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Response},
};
use bytes::{BufMut as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use tokio::net::TcpListener;
use wt_fault::{Kind, Report};
use wt_proto::Message;

/// What one method answers.
#[derive(Clone)]
enum Answer {
    Message(Bytes),
    Fault(Report),
}

/// One call that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) token: String,
    pub(crate) message: Bytes,
}

#[derive(Clone, Default)]
pub(crate) struct Upstream {
    answers: Arc<Mutex<BTreeMap<&'static str, Answer>>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Upstream {
    /// Serves on a free port until the runtime ends.
    pub(crate) async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// Lets `method` (its last path segment) answer with a message.
    pub(crate) fn answers(&self, method: &'static str, message: &impl Message) {
        let bytes = message.encode_to_vec().into();
        self.answers
            .lock()
            .unwrap()
            .insert(method, Answer::Message(bytes));
    }

    /// Lets `method` refuse.
    pub(crate) fn refuses(&self, method: &'static str, kind: Kind, code: &str) {
        let report = Report {
            kind,
            code: code.to_owned(),
            message: "as the service said".to_owned(),
            advice: "as the service advised".to_owned(),
            fields: Vec::new(),
            retry_after_ms: None,
        };
        self.answers
            .lock()
            .unwrap()
            .insert(method, Answer::Fault(report));
    }

    /// Every call of `method` so far.
    pub(crate) fn calls_of(&self, method: &str) -> Vec<Call> {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .filter(|call| call.method == method)
            .cloned()
            .collect()
    }

    /// How many calls there were of anything but published keys.
    pub(crate) fn calls(&self) -> usize {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|call| call.method != "GetJwks").count()
    }
}

async fn answer(State(upstream): State<Upstream>, request: Request) -> Response<Body> {
    let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
    let token = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default()
        .to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    upstream.calls.lock().unwrap().push(Call {
        method: method.clone(),
        token,
        message: body.slice(5..),
    });
    let answer = upstream
        .answers
        .lock()
        .unwrap()
        .get(method.as_str())
        .cloned();
    let mut trailers = HeaderMap::new();
    let mut frame = BytesMut::new();
    match answer {
        Some(Answer::Message(bytes)) => {
            frame.put_u8(0);
            frame.put_u32(u32::try_from(bytes.len()).unwrap());
            frame.put(bytes);
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
        }
        Some(Answer::Fault(report)) => {
            let status = wt_rpc::to_status(&report);
            trailers = status.into_http::<()>().headers().clone();
        }
        None => {
            trailers.insert("grpc-status", HeaderValue::from_static("12"));
        }
    }
    let body = Full::new(frame.freeze()).with_trailers(async move { Some(Ok(trailers)) });
    Response::builder()
        .header("content-type", "application/grpc")
        .body(Body::new(body))
        .unwrap()
}
