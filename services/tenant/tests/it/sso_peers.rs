//! What single sign-on stands on in tests: a browser, a name server, a connection.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use reqwest::{Client, Response, header, redirect::Policy};
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use url::Url;
use wt_model::Principal;
use wt_proto::tenant::{
    CheckSsoDomainRequest, CompleteSsoRequest, PutSsoConnectionRequest, SsoConnection, SsoDomain,
    StartSsoRequest,
};
use wt_testkit::IdentityProvider;

use crate::door::Door;

pub(crate) const REDIRECT: &str = "http://127.0.0.1:1/api/v1/auth/sso/callback";
pub(crate) const CLIENT_SECRET: &str = "client-secret-canary-1234567890";
pub(crate) const BROWSER: &str = "a-browsers-own-secret-of-256-bits";

/// The provider's settings with these accounts.
pub(crate) fn settings(alg: &str, accounts: &Value) -> Value {
    json!({
        "client_id": "watchtower", "client_secret": CLIENT_SECRET,
        "redirect_uri": REDIRECT, "alg": alg, "accounts": accounts,
    })
}

/// Answers every TXT question for a name it was told.
#[derive(Clone)]
pub(crate) struct Names {
    records: Arc<Mutex<BTreeMap<String, String>>>,
    pub(crate) address: SocketAddr,
}

impl Names {
    pub(crate) async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let names = Self {
            records: Arc::default(),
            address: socket.local_addr().unwrap(),
        };
        let records = Arc::clone(&names.records);
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let answer = answer(&buffer[..length], &records.lock().unwrap());
                let _ = socket.send_to(&answer, from).await;
            }
        });
        names
    }

    pub(crate) fn publish(&self, domain: &SsoDomain) {
        let mut records = self.records.lock().unwrap();
        records.insert(domain.record_name.clone(), domain.record_value.clone());
    }

    pub(crate) fn withdraw_all(&self) {
        self.records.lock().unwrap().clear();
    }
}

/// RFC 1035 §4: one question, at most one answer.
fn answer(query: &[u8], records: &BTreeMap<String, String>) -> Vec<u8> {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let question = &query[12..at + 5];
    let found = records.get(&labels.join("."));
    let mut answer = query[..2].to_vec();
    answer.extend([0x85, if found.is_some() { 0x80 } else { 0x83 }]);
    answer.extend([0, 1, 0, u8::from(found.is_some()), 0, 0, 0, 0]);
    answer.extend(question);
    if let Some(text) = found {
        let length = u8::try_from(text.len()).unwrap();
        answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, length + 1, length]);
        answer.extend(text.as_bytes());
    }
    answer
}

/// A browser at the provider's pages: follows redirects and keeps cookies until it is sent back.
struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Self {
        let client = Client::builder().redirect(Policy::none()).no_proxy();
        Self {
            client: client.build().unwrap(),
            cookies: BTreeMap::new(),
        }
    }

    fn keep(&mut self, response: &Response) {
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    async fn go(&mut self, url: &Url, form: Option<String>) -> Url {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        let request = match form {
            Some(form) => self
                .client
                .post(url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form),
            None => self.client.get(url.clone()),
        };
        let response = request
            .header("cookie", cookies.join("; "))
            .send()
            .await
            .unwrap();
        self.keep(&response);
        match response.headers().get(header::LOCATION) {
            Some(next) => url.join(next.to_str().unwrap()).unwrap(),
            None => url.clone(),
        }
    }
}

/// Signs in at the provider as `account`; the parameters it sends the browser back with.
pub(crate) async fn at_the_provider(start: &str, account: &str) -> BTreeMap<String, String> {
    let mut browser = Browser::new();
    let mut url: Url = start.parse().unwrap();
    let mut prompts = ["login", "consent"].into_iter();
    for _ in 0..20 {
        if url.as_str().starts_with(REDIRECT) {
            return url.query_pairs().into_owned().collect();
        }
        let next = browser.go(&url, None).await;
        url = if next == url {
            let prompt = prompts
                .next()
                .expect("one page to sign in and one to consent");
            let form = format!("prompt={prompt}&login={account}&password=any");
            browser.go(&url, Some(form)).await
        } else {
            next
        };
    }
    panic!("the provider never sends the browser back: {url}");
}

/// A connection of Ann's organization to the provider, with `corp.example` proven.
pub(crate) fn connection(provider: &IdentityProvider) -> SsoConnection {
    SsoConnection {
        name: "Corp".to_owned(),
        issuer: provider.issuer(),
        client_id: "watchtower".to_owned(),
        domains: vec![SsoDomain {
            domain: "corp.example".to_owned(),
            ..Default::default()
        }],
        role_claim: "groups".to_owned(),
        role_map: [("sec".to_owned(), "operator".to_owned())].into(),
        just_in_time: true,
        enabled: true,
        ..Default::default()
    }
}

pub(crate) async fn put(door: &Door, who: &Principal, connection: SsoConnection) -> SsoConnection {
    let message = PutSsoConnectionRequest {
        connection: Some(connection),
        client_secret: CLIENT_SECRET.to_owned(),
    };
    let answer = door
        .sso()
        .put_sso_connection(door.ask(Some(who), message))
        .await;
    answer.unwrap().into_inner()
}

pub(crate) async fn prove(
    door: &Door,
    names: &Names,
    who: &Principal,
    made: &SsoConnection,
) -> SsoConnection {
    names.publish(&made.domains[0]);
    check(door, who, made).await
}

pub(crate) async fn check(door: &Door, who: &Principal, made: &SsoConnection) -> SsoConnection {
    let message = CheckSsoDomainRequest {
        id: made.id.clone(),
        domain: made.domains[0].domain.clone(),
    };
    let answer = door
        .sso()
        .check_sso_domain(door.ask(Some(who), message))
        .await;
    answer.unwrap().into_inner()
}

pub(crate) async fn start(door: &Door, email: &str) -> String {
    let message = StartSsoRequest {
        email: email.to_owned(),
        browser_secret: BROWSER.to_owned(),
        redirect_uri: REDIRECT.to_owned(),
        return_to: "/assets".to_owned(),
        ..Default::default()
    };
    let answer = door.sso().start_sso(door.ask(None, message)).await;
    answer.unwrap().into_inner().authorization_url
}

/// What the gateway hands on after the provider sent the browser back.
pub(crate) fn returned(query: &BTreeMap<String, String>) -> CompleteSsoRequest {
    let get = |name: &str| query.get(name).cloned().unwrap_or_default();
    CompleteSsoRequest {
        state: get("state"),
        code: get("code"),
        error: get("error"),
        issuer: get("iss"),
        browser_secret: BROWSER.to_owned(),
        redirect_uri: REDIRECT.to_owned(),
        client: None,
    }
}
