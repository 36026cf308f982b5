//! Jira's REST API, version 2, which Cloud and Data Center both speak and which takes wiki markup.

use serde::Deserialize;
use serde_json::json;
use url::Url;
use wt_outbound::{Answered, Verb};

use super::{Desk, Issue, Setback, Turned};
use crate::domain::{issue::Draft, ticket::Turn};

/// Data Center takes what looks like a form of a browser only with this.
const HEADERS: [(&str, &str); 2] = [
    ("accept", "application/json"),
    ("x-atlassian-token", "no-check"),
];
/// Comments looked through for one of ours; we add a handful in the life of an exposure.
const COMMENTS: &str = "100";

#[derive(Deserialize)]
struct Project {
    #[serde(rename = "issueTypes", default)]
    issue_types: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Granted {
    permissions: std::collections::BTreeMap<String, Grant>,
}

#[derive(Deserialize)]
struct Grant {
    #[serde(rename = "havePermission", default)]
    has: bool,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

#[derive(Deserialize)]
struct Found {
    issues: Vec<Keyed>,
}

#[derive(Deserialize)]
struct Comments {
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
struct Comment {
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
struct Transitions {
    transitions: Vec<Named>,
}

/// Asks for the project and its kinds of issue, and whether the token may make one.
pub(super) async fn check(desk: &Desk<'_>) -> Result<u16, Setback> {
    let answered = ask(
        desk,
        Verb::Get,
        &api(desk, &["project", &desk.tracker.project]),
        None,
    )
    .await?;
    let refused = |why: String| Setback::Refused {
        status: answered.status,
        why,
    };
    let project: Project = good(&answered)?.json().ok_or_else(|| {
        refused("what answers there is not Jira's API: check the address".to_owned())
    })?;
    let kind = &desk.tracker.issue_type;
    if !project.issue_types.iter().any(|one| one.name == *kind) {
        return Err(refused(format!(
            "the project has no issues of the kind {kind}: store one it has"
        )));
    }
    let mut url = api(desk, &["mypermissions"]);
    url.query_pairs_mut()
        .append_pair("projectKey", &desk.tracker.project)
        .append_pair("permissions", "CREATE_ISSUES,ADD_COMMENTS");
    let answered = ask(desk, Verb::Get, &url, None).await?;
    let granted: Granted = good(&answered)?.json().ok_or_else(|| puzzled(&answered))?;
    for (permission, what) in [
        ("CREATE_ISSUES", "make issues"),
        ("ADD_COMMENTS", "comment on them"),
    ] {
        if !granted
            .permissions
            .get(permission)
            .is_some_and(|grant| grant.has)
        {
            return Err(refused(format!(
                "the token may not {what} in the project: give its account that permission"
            )));
        }
    }
    Ok(answered.status)
}

/// Asks for issues with the exposure's label.
pub(super) async fn find(desk: &Desk<'_>, exposure: &str) -> Result<Option<Issue>, Setback> {
    // Cloud took its former search away; Data Center has no other.
    let path: &[&str] = if desk.tracker.account.is_empty() {
        &["search"]
    } else {
        &["search", "jql"]
    };
    let mut url = api(desk, path);
    let jql = format!(
        "project = \"{}\" AND labels = \"{}\" ORDER BY created ASC",
        desk.tracker.project,
        label(exposure)
    );
    url.query_pairs_mut()
        .append_pair("jql", &jql)
        .append_pair("fields", "created")
        .append_pair("maxResults", "1");
    let answered = ask(desk, Verb::Get, &url, None).await?;
    let found: Found = good(&answered)?.json().ok_or_else(|| puzzled(&answered))?;
    let found = found.issues.into_iter().next();
    found.map(|one| issue(desk, one.key, &answered)).transpose()
}

pub(super) async fn make(desk: &Desk<'_>, exposure: &str, draft: &Draft) -> Result<Issue, Setback> {
    let mut labels = desk.tracker.labels.clone();
    labels.push(label(exposure));
    let body = json!({ "fields": {
        "project": { "key": desk.tracker.project },
        "issuetype": { "name": desk.tracker.issue_type },
        "summary": draft.title,
        "description": draft.body,
        "labels": labels,
    }});
    let answered = ask(desk, Verb::Post, &api(desk, &["issue"]), Some(&body)).await?;
    let made: Keyed = good(&answered)?.json().ok_or_else(|| puzzled(&answered))?;
    issue(desk, made.key, &answered)
}

pub(super) async fn comment(
    desk: &Desk<'_>,
    number: &str,
    marker: &str,
    text: &str,
) -> Result<u16, Setback> {
    let comments = api(desk, &["issue", number, "comment"]);
    let mut recent = comments.clone();
    recent
        .query_pairs_mut()
        .append_pair("orderBy", "-created")
        .append_pair("maxResults", COMMENTS);
    let answered = of_issue(ask(desk, Verb::Get, &recent, None).await?)?;
    let said: Comments = answered.json().ok_or_else(|| puzzled(&answered))?;
    if said
        .comments
        .iter()
        .any(|comment| comment.body.contains(marker))
    {
        return Ok(answered.status);
    }
    let body = json!({ "body": text });
    let answered = ask(desk, Verb::Post, &comments, Some(&body)).await?;
    Ok(of_issue(answered)?.status)
}

/// Takes the transition of the configured name, if the issue's state offers it.
pub(super) async fn turn(desk: &Desk<'_>, number: &str, turn: Turn) -> Result<Turned, Setback> {
    let name = match turn {
        Turn::Close => &desk.tracker.done_transition,
        Turn::Reopen => &desk.tracker.reopen_transition,
    };
    if name.is_empty() {
        let not = Some("commented; no transition is configured".to_owned());
        return Ok(Turned { status: 200, not });
    }
    let url = api(desk, &["issue", number, "transitions"]);
    let answered = of_issue(ask(desk, Verb::Get, &url, None).await?)?;
    let offered: Transitions = answered.json().ok_or_else(|| puzzled(&answered))?;
    let wanted = name.to_lowercase();
    let found = offered
        .transitions
        .into_iter()
        .find(|one| one.name.to_lowercase() == wanted);
    let Some(found) = found else {
        // Moved by somebody already, or a workflow of its own: people know better than we do.
        let not = format!("commented; Jira offers no transition {name} from where the issue is");
        return Ok(Turned {
            status: answered.status,
            not: Some(not),
        });
    };
    let body = json!({ "transition": { "id": found.id } });
    let answered = of_issue(ask(desk, Verb::Post, &url, Some(&body)).await?)?;
    Ok(Turned {
        status: answered.status,
        not: None,
    })
}

async fn ask(
    desk: &Desk<'_>,
    verb: Verb,
    url: &Url,
    body: Option<&serde_json::Value>,
) -> Result<Answered, Setback> {
    desk.ask(verb, url, &HEADERS, body).await
}

fn api(desk: &Desk<'_>, below: &[&str]) -> Url {
    desk.url(&[&["rest", "api", "2"], below].concat())
}

/// What an exposure's issue is found by: keys are letters and digits only, so that none can say
/// more to Jira's query language.
fn label(exposure: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    exposure.chars().filter(plain).collect()
}

/// An issue by its key, if it is one: it becomes part of addresses.
fn issue(desk: &Desk<'_>, key: String, answered: &Answered) -> Result<Issue, Setback> {
    let is_key = key.split_once('-').is_some_and(|(project, number)| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !project.is_empty()
            && project.chars().all(word)
            && !number.is_empty()
            && number.len() <= 12
            && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !is_key {
        return Err(puzzled(answered));
    }
    let url = desk.shown(desk.url(&["browse", &key]).as_str());
    Ok(Issue { number: key, url })
}

/// An answer about one issue: what is not there is that issue alone.
fn of_issue(answered: Answered) -> Result<Answered, Setback> {
    if let status @ (404 | 410) = answered.status {
        return Err(Setback::Gone { status });
    }
    good(&answered)?;
    Ok(answered)
}

fn good(answered: &Answered) -> Result<&Answered, Setback> {
    let why = match answered.status {
        200..=299 => return Ok(answered),
        301 | 302 | 303 | 307 | 308 => {
            "the address leads elsewhere: store the one Jira is at".to_owned()
        }
        400 => "Jira refuses the issue: check the kind of issue, and that the project requires no \
                field beyond summary and description"
            .to_owned(),
        401 => "Jira refuses the token: store a new one, with the e-mail address it belongs to \
                (Cloud) or without any (Data Center)"
            .to_owned(),
        403 => "the token may not do this: give its account permission to make and edit issues in \
                the project"
            .to_owned(),
        404 => {
            "Jira shows the token no such project: check its key and the site's address".to_owned()
        }
        410 => "Jira took this part of its API away: the installation needs a newer Watchtower"
            .to_owned(),
        status => format!("it answered {status}"),
    };
    Err(Setback::Refused {
        status: answered.status,
        why,
    })
}

fn puzzled(answered: &Answered) -> Setback {
    Setback::Unknown {
        status: answered.status,
        why: "what answers there is not Jira's API: check the address".to_owned(),
    }
}
