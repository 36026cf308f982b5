//! Where issues are made: an HTTP server of one's own that speaks the shape of GitHub's and Jira's
//! APIs, as far as they are used.
//!
//! There is no real peer here: GitHub has no server to install, Jira needs a licence, and tests reach
//! nothing outside this machine. So what these tests show is that we keep to the shapes below, over a
//! real network with answers that come late, wrong or never; that the two services keep to them is
//! read off their documentation. Paths, methods, statuses and fields are those of
//! <https://docs.github.com/en/rest> (2022-11-28) and of Jira's REST API, version 2.
use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::net::TcpListener;
use url::form_urlencoded;

/// What the server takes: of GitHub and of Jira's Data Center, and with an account of its Cloud.
pub(crate) const TOKEN: &str = "token-of-a-forge";
pub(crate) const ACCOUNT: &str = "ops@example.com";

/// An issue.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
    pub(crate) closed: bool,
    /// Why it was closed or reopened; of Jira the transition.
    pub(crate) turned: Vec<String>,
    pub(crate) comments: Vec<String>,
    created_at: OffsetDateTime,
    deleted: bool,
}

/// What happens to a request instead of, or beside, what it asks for.
#[derive(Debug, Clone)]
pub(crate) enum Mishap {
    /// It is done, and the answer breaks off.
    Lost,
    /// It is not done.
    Answered(u16, Vec<(&'static str, String)>, Value),
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

#[derive(Debug, Default)]
struct Kept {
    issues: Vec<Issue>,
    mishaps: VecDeque<(Method, &'static str, Mishap)>,
    heard: Vec<Heard>,
}

/// A running server; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub(crate) struct Forge {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl Forge {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self {
            address: listener.local_addr().unwrap(),
            kept: Arc::default(),
        };
        let router = Router::new().fallback(serve).with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    /// Where it answers as an Enterprise Server of GitHub.
    pub(crate) fn github(&self) -> String {
        format!("http://{}/api/v3", self.address)
    }

    /// Where it answers as Jira.
    pub(crate) fn jira(&self) -> String {
        format!("http://{}/jira", self.address)
    }

    /// The next request with this method whose path ends so meets this; in order.
    pub(crate) fn next(&self, method: Method, ends: &'static str, mishap: Mishap) {
        let mut kept = self.kept.lock().unwrap();
        kept.mishaps.push_back((method, ends, mishap));
    }

    /// The same, again and again.
    pub(crate) fn next_many(&self, count: usize, method: &Method, ends: &'static str, status: u16) {
        for _ in 0..count {
            let mishap = Mishap::Answered(status, Vec::new(), json!({}));
            self.next(method.clone(), ends, mishap);
        }
    }

    pub(crate) fn clear_mishaps(&self) {
        self.kept.lock().unwrap().mishaps.clear();
    }

    pub(crate) fn issues(&self) -> Vec<Issue> {
        self.kept.lock().unwrap().issues.clone()
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.kept.lock().unwrap().heard.clone()
    }

    /// How often it was asked to make something there.
    pub(crate) fn posts(&self, ends: &str) -> usize {
        let heard = self.heard();
        let of = |one: &&Heard| one.method == Method::POST && one.path.ends_with(ends);
        heard.iter().filter(of).count()
    }

    /// Somebody deletes every issue.
    pub(crate) fn delete_all(&self) {
        let mut kept = self.kept.lock().unwrap();
        for issue in &mut kept.issues {
            issue.deleted = true;
        }
    }

    fn meet(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Mishap> {
        let mut kept = self.kept.lock().unwrap();
        kept.heard.push(Heard {
            method: method.clone(),
            path: uri.path().to_owned(),
            headers: headers.clone(),
        });
        let at = kept
            .mishaps
            .iter()
            .position(|(of, ends, _)| of == method && uri.path().ends_with(ends))?;
        Some(kept.mishaps.remove(at)?.2)
    }
}

async fn serve(
    State(forge): State<Forge>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mishap = forge.meet(&method, &uri, &headers);
    if let Some(Mishap::Answered(status, headers, said)) = &mishap {
        let mut answer = answer(*status, said);
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            answer.headers_mut().insert(*name, value);
        }
        return answer;
    }
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let (status, done) = if is_known(&headers) {
        let kept = &mut forge.kept.lock().unwrap();
        match path.as_slice() {
            ["api", "v3", "repos", "acme", "web", rest @ ..] => {
                github(kept, &method, rest, &said, forge.address)
            }
            ["jira", "rest", "api", "2", rest @ ..] => jira(kept, &method, rest, &uri, &said),
            _ => (404, json!({ "message": "Not Found" })),
        }
    } else {
        (401, json!({ "message": "Bad credentials" }))
    };
    if matches!(mishap, Some(Mishap::Lost)) {
        let broken = futures::stream::once(async { Err::<Bytes, _>(io::Error::other("broken")) });
        let mut answer = Response::new(Body::from_stream(broken));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        return answer;
    }
    answer(status, &done)
}

fn answer(status: u16, said: &Value) -> Response<Body> {
    let body = if status == 204 {
        Body::empty()
    } else {
        Body::from(said.to_string())
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

fn is_known(headers: &HeaderMap) -> bool {
    let basic = STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    let given = headers.get("authorization").map(HeaderValue::as_bytes);
    [format!("Bearer {TOKEN}"), format!("Basic {basic}")]
        .iter()
        .any(|known| given == Some(known.as_bytes()))
}

fn text(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or_default().to_owned()
}

fn new_issue(title: String, body: String, labels: &Value) -> Issue {
    let labels = labels.as_array().into_iter().flatten();
    Issue {
        title,
        body,
        labels: labels
            .map(|label| label.as_str().unwrap().to_owned())
            .collect(),
        closed: false,
        turned: Vec::new(),
        comments: Vec::new(),
        created_at: OffsetDateTime::now_utc(),
        deleted: false,
    }
}

/// An issue by its number, counted from one.
fn numbered<'a>(kept: &'a mut Kept, number: &str) -> Option<&'a mut Issue> {
    let at: usize = number.parse().ok()?;
    let issue = kept.issues.get_mut(at.checked_sub(1)?)?;
    (!issue.deleted).then_some(issue)
}

fn github(
    kept: &mut Kept,
    method: &Method,
    path: &[&str],
    said: &Value,
    address: SocketAddr,
) -> (u16, Value) {
    let shown = |at: usize, issue: &Issue| {
        json!({
            "number": at + 1, "body": issue.body, "title": issue.title,
            "html_url": format!("http://{address}/acme/web/issues/{}", at + 1),
            "created_at": issue.created_at.format(&Rfc3339).unwrap(),
        })
    };
    match (method.as_str(), path) {
        ("GET", []) => (200, json!({ "has_issues": true, "archived": false })),
        ("GET", ["issues"]) => {
            let all = kept.issues.iter().enumerate().rev();
            (200, all.map(|(at, issue)| shown(at, issue)).collect())
        }
        ("POST", ["issues"]) => {
            let issue = new_issue(text(said, "title"), text(said, "body"), &said["labels"]);
            let made = shown(kept.issues.len(), &issue);
            kept.issues.push(issue);
            (201, made)
        }
        (_, ["issues", number, rest @ ..]) => {
            let Some(issue) = numbered(kept, number) else {
                return (410, json!({ "message": "This issue was deleted" }));
            };
            match (method.as_str(), rest) {
                ("GET", ["comments"]) => {
                    let all = issue.comments.iter();
                    (200, all.map(|body| json!({ "body": body })).collect())
                }
                ("POST", ["comments"]) => {
                    issue.comments.push(text(said, "body"));
                    (201, json!({}))
                }
                ("PATCH", []) => {
                    issue.closed = said["state"] == "closed";
                    issue.turned.push(text(said, "state_reason"));
                    (200, json!({}))
                }
                _ => (404, json!({})),
            }
        }
        _ => (404, json!({})),
    }
}

fn jira(kept: &mut Kept, method: &Method, path: &[&str], uri: &Uri, said: &Value) -> (u16, Value) {
    let query = uri.query().unwrap_or_default();
    let asked = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    match (method.as_str(), path) {
        ("GET", ["project", "SEC"]) => (
            200,
            json!({ "issueTypes": [{ "id": "1", "name": "Task" }] }),
        ),
        ("GET", ["mypermissions"]) => {
            let yes = json!({ "havePermission": true });
            (
                200,
                json!({ "permissions": { "CREATE_ISSUES": yes, "ADD_COMMENTS": yes } }),
            )
        }
        ("GET", ["search"] | ["search", "jql"]) => {
            let jql = asked("jql").unwrap();
            let label = jql.split("labels = \"").nth(1).unwrap();
            let label = label.split('"').next().unwrap().to_owned();
            let all = kept.issues.iter().enumerate();
            let found = all.filter(|(_, issue)| issue.labels.contains(&label));
            let found: Value = found
                .map(|(at, _)| json!({ "key": format!("SEC-{}", at + 1) }))
                .collect();
            (200, json!({ "issues": found }))
        }
        ("POST", ["issue"]) => {
            let fields = &said["fields"];
            let named = |pointer: &str| fields.pointer(pointer).and_then(Value::as_str);
            if named("/project/key") != Some("SEC") || named("/issuetype/name") != Some("Task") {
                return (400, json!({}));
            }
            let (title, body) = (text(fields, "summary"), text(fields, "description"));
            kept.issues.push(new_issue(title, body, &fields["labels"]));
            (201, json!({ "key": format!("SEC-{}", kept.issues.len()) }))
        }
        (_, ["issue", key, rest]) => {
            let Some(issue) = numbered(kept, key.strip_prefix("SEC-").unwrap()) else {
                return (404, json!({}));
            };
            match (method.as_str(), *rest) {
                ("GET", "comment") => {
                    let all = issue.comments.iter().rev();
                    let all: Value = all.map(|body| json!({ "body": body })).collect();
                    (200, json!({ "comments": all }))
                }
                ("POST", "comment") => {
                    issue.comments.push(text(said, "body"));
                    (201, json!({}))
                }
                ("GET", "transitions") => {
                    let offered = if issue.closed {
                        json!([{ "id": "3", "name": "Reopen" }])
                    } else {
                        json!([{ "id": "2", "name": "Done" }])
                    };
                    (200, json!({ "transitions": offered }))
                }
                ("POST", "transitions") => {
                    let id = text(&said["transition"], "id");
                    issue.closed = id == "2";
                    issue.turned.push(id);
                    (204, json!({}))
                }
                _ => (404, json!({})),
            }
        }
        _ => (404, json!({})),
    }
}
