//! GitHub's REST API (2022-11-28), as github.com and Enterprise Server speak it.

use serde::Deserialize;
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;
use wt_outbound::{Answered, Verb};

use super::{Desk, Issue, Setback, Turned};
use crate::domain::{
    issue::{Draft, marker},
    ticket::Turn,
};

const HEADERS: [(&str, &str); 2] = [
    ("accept", "application/vnd.github+json"),
    ("x-github-api-version", "2022-11-28"),
];
/// Issues and comments of one page; GitHub gives at most as many.
const PAGE: usize = 100;
/// Pages looked through for an issue that may have been made: as many as GitHub lets anybody make
/// in twice the time looked at (500 an hour).
const PAGES_MAX: usize = 10;

#[derive(Deserialize)]
struct Repository {
    #[serde(default = "yes")]
    has_issues: bool,
    #[serde(default)]
    archived: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Listed {
    number: u64,
    #[serde(default)]
    html_url: String,
    /// Null where nobody wrote any.
    body: Option<String>,
    #[serde(default)]
    created_at: String,
}

#[derive(Deserialize)]
struct Comment {
    body: Option<String>,
}

/// Asks for the repository, and for its issues, which a token may not see although it sees the
/// repository.
pub(super) async fn check(desk: &Desk<'_>) -> Result<u16, Setback> {
    let answered = ask(desk, Verb::Get, &repository(desk, &[]), None).await?;
    let refused = |why: &str| Setback::Refused {
        status: answered.status,
        why: why.to_owned(),
    };
    let repository_is: Repository = good(&answered)?
        .json()
        .ok_or_else(|| refused("what answers there is not GitHub's API: check the address"))?;
    if repository_is.archived {
        return Err(refused(
            "the repository is archived: choose another or unarchive it",
        ));
    }
    if !repository_is.has_issues {
        return Err(refused(
            "the repository has no issues: switch them on in its settings",
        ));
    }
    let mut issues = repository(desk, &["issues"]);
    issues.query_pairs_mut().append_pair("per_page", "1");
    let answered = ask(desk, Verb::Get, &issues, None).await?;
    Ok(good(&answered)?.status)
}

/// Looks through the issues that were made since, newest first, for the marker in their text. The
/// search of GitHub would be shorter, and is behind by minutes.
pub(super) async fn find(
    desk: &Desk<'_>,
    exposure: &str,
    since: OffsetDateTime,
) -> Result<Option<Issue>, Setback> {
    let marker = format!("<!-- {} -->", marker(exposure));
    for page in 1..=PAGES_MAX {
        let mut url = repository(desk, &["issues"]);
        url.query_pairs_mut()
            .append_pair("state", "all")
            .append_pair("sort", "created")
            .append_pair("direction", "desc")
            .append_pair("since", &moment(since))
            .append_pair("per_page", &PAGE.to_string())
            .append_pair("page", &page.to_string());
        let answered = ask(desk, Verb::Get, &url, None).await?;
        let listed: Vec<Listed> = good(&answered)?.json().ok_or_else(|| puzzled(&answered))?;
        let count = listed.len();
        let older = listed.iter().any(|one| is_before(&one.created_at, since));
        let found = listed.into_iter().find(|one| {
            one.body
                .as_deref()
                .is_some_and(|body| body.contains(&marker))
        });
        if let Some(one) = found {
            return Ok(Some(issue(desk, &one)));
        }
        if count < PAGE || older {
            return Ok(None);
        }
    }
    Err(Setback::Unknown {
        status: 200,
        why: "too many issues were made there to find out whether ours is among them".to_owned(),
    })
}

pub(super) async fn make(desk: &Desk<'_>, draft: &Draft) -> Result<Issue, Setback> {
    let body = json!({
        "title": draft.title, "body": draft.body, "labels": desk.tracker.labels,
    });
    let url = repository(desk, &["issues"]);
    let answered = ask(desk, Verb::Post, &url, Some(&body)).await?;
    // Made, and not to be named: it is looked for at the next attempt.
    let made: Listed = good(&answered)?.json().ok_or_else(|| puzzled(&answered))?;
    Ok(issue(desk, &made))
}

pub(super) async fn comment(
    desk: &Desk<'_>,
    number: &str,
    marker: &str,
    text: &str,
    since: OffsetDateTime,
) -> Result<u16, Setback> {
    let comments = repository(desk, &["issues", number, "comments"]);
    let mut recent = comments.clone();
    recent
        .query_pairs_mut()
        .append_pair("since", &moment(since))
        .append_pair("per_page", &PAGE.to_string());
    let answered = of_issue(ask(desk, Verb::Get, &recent, None).await?)?;
    let said: Vec<Comment> = answered.json().ok_or_else(|| puzzled(&answered))?;
    let has = |comment: &Comment| {
        comment
            .body
            .as_deref()
            .is_some_and(|body| body.contains(marker))
    };
    if said.iter().any(has) {
        return Ok(answered.status);
    }
    let body = json!({ "body": text });
    let answered = ask(desk, Verb::Post, &comments, Some(&body)).await?;
    Ok(of_issue(answered)?.status)
}

pub(super) async fn turn(desk: &Desk<'_>, number: &str, turn: Turn) -> Result<Turned, Setback> {
    let body = match turn {
        Turn::Close => json!({ "state": "closed", "state_reason": "completed" }),
        Turn::Reopen => json!({ "state": "open", "state_reason": "reopened" }),
    };
    let url = repository(desk, &["issues", number]);
    let answered = ask(desk, Verb::Patch, &url, Some(&body)).await?;
    Ok(Turned {
        status: of_issue(answered)?.status,
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

fn repository(desk: &Desk<'_>, below: &[&str]) -> Url {
    let (owner, name) = desk.tracker.project.split_once('/').unwrap_or_default();
    desk.url(&[&["repos", owner, name], below].concat())
}

fn issue(desk: &Desk<'_>, listed: &Listed) -> Issue {
    Issue {
        number: listed.number.to_string(),
        url: desk.shown(&listed.html_url),
    }
}

fn moment(at: OffsetDateTime) -> String {
    let whole = at.replace_nanosecond(0).unwrap_or(at);
    whole.format(&Rfc3339).unwrap_or_default()
}

fn is_before(text: &str, since: OffsetDateTime) -> bool {
    OffsetDateTime::parse(text, &Rfc3339).is_ok_and(|at| at < since)
}

/// An answer about one issue: what is not there, or somewhere else, is that issue alone.
fn of_issue(answered: Answered) -> Result<Answered, Setback> {
    if let status @ (301 | 302 | 307 | 308 | 404 | 410) = answered.status {
        return Err(Setback::Gone { status });
    }
    good(&answered)?;
    Ok(answered)
}

fn good(answered: &Answered) -> Result<&Answered, Setback> {
    let why = match answered.status {
        200..=299 => return Ok(answered),
        301 | 302 | 307 | 308 => {
            "the repository was renamed or moved: store its new name".to_owned()
        }
        401 => "GitHub refuses the token: store a new one".to_owned(),
        403 => "the token may not do this: it needs to read and write the repository's issues \
                (and, of an organization that enforces single sign-on, to be authorized for it)"
            .to_owned(),
        404 => "GitHub shows the token no such repository: check owner/repository and what the \
                token may reach"
            .to_owned(),
        410 => "the repository has no issues: switch them on in its settings".to_owned(),
        422 => "GitHub refuses the issue: check the labels".to_owned(),
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
        why: "what answers there is not GitHub's API: check the address".to_owned(),
    }
}
