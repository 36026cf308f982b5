//! One request to a service that customers name, and its answer whole: status, headers, body.

use reqwest::{Method, header::HeaderMap};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{Outbound, OutboundFault, origin};

/// Longest answer in bytes that is read: a hundred issues of a tracker, each with a long text.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Changes.
    Patch,
}

/// Who asks.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// RFC 6750.
    Bearer(&'a str),
    /// RFC 7617.
    Basic {
        /// Name.
        user: &'a str,
        /// Password.
        password: &'a str,
    },
}

/// One request.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// What is done.
    pub verb: Verb,
    /// To what.
    pub url: &'a Url,
    /// By whom.
    pub credential: Credential<'a>,
    /// Beside those that follow from the rest.
    pub headers: &'a [(&'static str, &'static str)],
    /// JSON.
    pub body: Option<&'a str>,
}

/// What was answered, whatever the status.
#[derive(Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answered {
    /// A header of the answer, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON. What it is instead is nobody's business: the answer is a stranger's.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl Outbound {
    /// Asks once. Unlike [`Outbound::post_json`] the answer is read: show nobody what it says but
    /// what was looked for in it.
    ///
    /// # Errors
    /// The address may not be asked, nobody answered, or the answer is too long.
    pub async fn exchange(&self, ask: Ask<'_>) -> Result<Answered, OutboundFault> {
        self.check(ask.url)?;
        let failed = |reason: String| OutboundFault::Failed {
            url: origin(ask.url),
            reason,
        };
        let method = match ask.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Patch => Method::PATCH,
        };
        let mut request = self.client.request(method, ask.url.clone());
        request = match ask.credential {
            Credential::Bearer(token) => request.bearer_auth(token),
            Credential::Basic { user, password } => request.basic_auth(user, Some(password)),
        };
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = ask.body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_owned());
        }
        let mut answer = request
            .send()
            .await
            .map_err(|error| failed(wt_fault::chain(&error.without_url())))?;
        let mut body = Vec::new();
        while let Some(part) = answer
            .chunk()
            .await
            .map_err(|error| failed(wt_fault::chain(&error.without_url())))?
        {
            if body.len() + part.len() > ANSWER_BYTES_MAX {
                return Err(failed("its answer is too long".to_owned()));
            }
            body.extend_from_slice(&part);
        }
        Ok(Answered {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Credential, Verb};
    use crate::{Outbound, OutboundFault};

    #[tokio::test]
    async fn a_token_is_sent_nowhere_inside() {
        let outbound = Outbound::new(&[]).unwrap();
        for url in ["https://169.254.169.254/", "http://api.example.com/"] {
            let ask = Ask {
                verb: Verb::Get,
                url: &url.parse().unwrap(),
                credential: Credential::Bearer("x"),
                headers: &[],
                body: None,
            };
            let fault = outbound.exchange(ask).await.unwrap_err();
            assert!(matches!(fault, OutboundFault::Refused { .. }), "{url}");
        }
    }
}
