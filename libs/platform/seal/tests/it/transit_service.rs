//! A stand-in that speaks the Transit API as Vault 1.x and `OpenBao` 2.x document it: keys with
//! versions, authenticated encryption with associated data, tokens, and outages.
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
    serve::Listener,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, server::TlsStream};

/// What the service answers now.
#[derive(Debug, Default)]
pub(crate) struct Mood {
    /// Tokens it lets in.
    pub(crate) token: String,
    /// Answers this instead, for so many calls.
    pub(crate) fails: Option<(StatusCode, usize)>,
    /// Versions of the key, the oldest first.
    pub(crate) versions: Vec<[u8; 32]>,
    /// Operations that were asked for.
    pub(crate) asked: Vec<String>,
}

type Shared = Arc<Mutex<Mood>>;
type Answer = Result<Json<Value>, StatusCode>;

pub(crate) struct TransitService {
    pub(crate) address: SocketAddr,
    mood: Shared,
    serving: tokio::task::JoinHandle<()>,
}

impl TransitService {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, router) = router();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            mood,
            serving,
        }
    }

    /// Behind TLS, with a certificate of its own, which is given as PEM.
    pub(crate) async fn start_tls() -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let pem = made.cert.pem();
        let key = made.signing_key.serialize_der().try_into().unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.into()], key)
            .unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let listener = Tls {
            tcp,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        };
        let (mood, router) = router();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (
            Self {
                address,
                mood,
                serving,
            },
            pem,
        )
    }

    pub(crate) fn mood(&self) -> MutexGuard<'_, Mood> {
        lock(&self.mood)
    }

    /// Makes a newer version of the key, as `vault write -f transit/keys/NAME/rotate`.
    pub(crate) fn rotate_key(&self) {
        let mut mood = self.mood();
        let version = u8::try_from(mood.versions.len()).unwrap();
        mood.versions.push([version + 1; 32]);
    }

    /// Goes away: nothing listens any more.
    pub(crate) fn leave(&self) {
        self.serving.abort();
    }
}

fn lock(mood: &Shared) -> MutexGuard<'_, Mood> {
    mood.lock().unwrap_or_else(PoisonError::into_inner)
}

fn router() -> (Shared, Router) {
    let mood = Shared::new(Mutex::new(Mood {
        token: "s.first".to_owned(),
        versions: vec![[1; 32]],
        ..Mood::default()
    }));
    let router = Router::new()
        .route("/v1/transit/keys/{name}", get(describe))
        .route("/v1/transit/encrypt/{name}", post(encrypt))
        .route("/v1/transit/decrypt/{name}", post(decrypt))
        .with_state(Arc::clone(&mood));
    (mood, router)
}

/// Lets a call in, or says what keeps it out.
fn enter(
    mood: &Shared,
    headers: &HeaderMap,
    name: &str,
    operation: &str,
) -> Result<(), StatusCode> {
    let mut mood = lock(mood);
    mood.asked.push(operation.to_owned());
    if let Some((status, left)) = mood.fails {
        mood.fails = (left > 1).then_some((status, left - 1));
        return Err(status);
    }
    let said = headers
        .get("x-vault-token")
        .and_then(|token| token.to_str().ok());
    if said != Some(mood.token.as_str()) {
        return Err(StatusCode::FORBIDDEN);
    }
    if name == "watchtower" {
        Ok(())
    } else {
        Err(StatusCode::NOT_FOUND)
    }
}

async fn describe(
    State(mood): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer {
    enter(&mood, &headers, &name, "keys")?;
    let latest = lock(&mood).versions.len();
    Ok(Json(
        json!({ "data": { "name": name, "type": "aes256-gcm96", "latest_version": latest } }),
    ))
}

async fn encrypt(
    State(mood): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    enter(&mood, &headers, &name, "encrypt")?;
    let (mut text, context) = (bytes(&body, "plaintext")?, bytes(&body, "associated_data")?);
    let (version, key) = {
        let mood = lock(&mood);
        (mood.versions.len(), *mood.versions.last().unwrap())
    };
    let nonce = cipher(&key)
        .seal_in_place_append_tag(Aad::from(context), &mut text)
        .unwrap();
    let sealed = [nonce.as_ref().as_slice(), &text].concat();
    let ciphertext = format!("vault:v{version}:{}", STANDARD.encode(sealed));
    Ok(Json(
        json!({ "data": { "ciphertext": ciphertext, "key_version": version } }),
    ))
}

async fn decrypt(
    State(mood): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    enter(&mood, &headers, &name, "decrypt")?;
    let context = bytes(&body, "associated_data")?;
    let text = text(&body, "ciphertext")?;
    let (version, sealed) = text
        .strip_prefix("vault:v")
        .and_then(|rest| rest.split_once(':'))
        .ok_or(StatusCode::BAD_REQUEST)?;
    let version: usize = version.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let sealed = STANDARD
        .decode(sealed)
        .map_err(|_| StatusCode::BAD_REQUEST)?;
    let key = lock(&mood).versions.get(version.wrapping_sub(1)).copied();
    let key = key.ok_or(StatusCode::BAD_REQUEST)?;
    let (nonce, text) = sealed
        .split_first_chunk::<12>()
        .ok_or(StatusCode::BAD_REQUEST)?;
    let mut text = text.to_vec();
    let plain = cipher(&key)
        .open_in_place(Nonce::from(nonce), Aad::from(context), &mut text)
        .map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(Json(
        json!({ "data": { "plaintext": STANDARD.encode(plain) } }),
    ))
}

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, StatusCode> {
    let found = body.get(name).and_then(Value::as_str);
    found.ok_or(StatusCode::BAD_REQUEST)
}

fn bytes(body: &Value, name: &str) -> Result<Vec<u8>, StatusCode> {
    let found = text(body, name)?;
    STANDARD.decode(found).map_err(|_| StatusCode::BAD_REQUEST)
}

fn cipher(key: &[u8; 32]) -> RandomizedNonceKey {
    RandomizedNonceKey::new(&AES_256_GCM, key).unwrap()
}

/// TLS before HTTP; a handshake that fails is somebody who does not trust the certificate.
struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.tcp.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
