//! One call of the Transit API: bounded in time, size and tries, under the token of the moment.
use std::{fs, path::PathBuf, time::Duration};

use reqwest::{Certificate, Client, Method, StatusCode, header::HeaderValue, redirect};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::SealFault;

/// Longest wait for a connection, and for an answer with it: a data key is unwrapped while a
/// transaction waits, so this is far below a request's deadline.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(3);
/// Tries of one call, the first included, and the wait before the second; each next one doubles.
const TRIES: u32 = 3;
const AGAIN: Duration = Duration::from_millis(100);
/// Longest answer that is read: a wrapped key is some hundred bytes, a key's description grows by
/// a line a version.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Longest token that is read.
const TOKEN_BYTES_MAX: u64 = 16 << 10;

/// The way to the service.
pub(super) struct Caller {
    client: Client,
    token_file: PathBuf,
}

/// Why one try failed.
enum Failed {
    /// Another try may succeed.
    Away(String),
    /// The service said no.
    Refused(StatusCode),
}

impl Caller {
    /// With the token in `token_file`, trusting `ca` (PEM) alone, or what the system trusts.
    pub(super) fn new(
        token_file: PathBuf,
        ca: Option<&[u8]>,
        is_encrypted: bool,
    ) -> Result<Self, SealFault> {
        let unusable = |error: reqwest::Error| SealFault::MasterKey {
            reason: format!("WT_MASTER_KEY_KMS_CA_FILE: {error}"),
        };
        let mut client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .https_only(is_encrypted)
            .no_proxy();
        if let Some(pem) = ca {
            let trusted = Certificate::from_pem_bundle(pem).map_err(unusable)?;
            if trusted.is_empty() {
                return Err(SealFault::MasterKey {
                    reason: "WT_MASTER_KEY_KMS_CA_FILE holds no certificate".to_owned(),
                });
            }
            client = client.tls_certs_only(trusted);
        }
        let caller = Self {
            client: client.build().map_err(unusable)?,
            token_file,
        };
        caller.token()?;
        Ok(caller)
    }

    /// Calls an operation and gives what it answers under `data`.
    pub(super) async fn call(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Value, SealFault> {
        let mut wait = AGAIN;
        let mut tried = 1;
        loop {
            match self.once(method.clone(), url, body).await? {
                Ok(data) => return Ok(data),
                Err(Failed::Refused(status)) => {
                    return Err(SealFault::KmsRefused {
                        status: status.as_u16(),
                    });
                }
                Err(Failed::Away(reason)) if tried >= TRIES => {
                    return Err(SealFault::KmsAway { reason });
                }
                Err(Failed::Away(reason)) => {
                    tracing::warn!(reason, tried, "the key management service is away");
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                    tried += 1;
                }
            }
        }
    }

    async fn once(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Result<Value, Failed>, SealFault> {
        let mut request = self
            .client
            .request(method, url)
            .header("X-Vault-Token", self.token()?)
            .header("X-Vault-Request", "true");
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(answer(request).await)
    }

    /// The token as the file has it now: an agent that renews it writes it there.
    fn token(&self) -> Result<HeaderValue, SealFault> {
        let unusable = |reason: String| SealFault::MasterKey {
            reason: format!("{}: {reason}", self.token_file.display()),
        };
        let meta = fs::metadata(&self.token_file).map_err(|error| unusable(error.to_string()))?;
        if meta.len() > TOKEN_BYTES_MAX {
            return Err(unusable("too long for a token".to_owned()));
        }
        let text = fs::read_to_string(&self.token_file).map(Zeroizing::new);
        let text = text.map_err(|error| unusable(error.to_string()))?;
        let token = text.trim();
        if token.is_empty() {
            return Err(unusable("is empty".to_owned()));
        }
        let mut value =
            HeaderValue::from_str(token).map_err(|_| unusable("holds no token".to_owned()))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, Failed> {
    // Never with the url: it may be logged, and names the key.
    let away = |error: reqwest::Error| Failed::Away(wt_fault::chain(&error.without_url()));
    let mut response = request.send().await.map_err(away)?;
    let status = response.status();
    if status.is_server_error()
        || [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::PRECONDITION_FAILED,
        ]
        .contains(&status)
    {
        return Err(Failed::Away(format!("it answers {status}")));
    }
    if status != StatusCode::OK {
        return Err(Failed::Refused(status));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Failed::Away("its answer is too long".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    let mut answer: Value = serde_json::from_slice(&bytes)
        .map_err(|_| Failed::Away("its answer is not JSON".to_owned()))?;
    Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
}
