//! Issue trackers: what is asked of one, whichever it is, and what its refusals mean.
//!
//! Requests go through the guarded client. Nothing a tracker says is shown to anybody but the
//! number and the address of an issue, both held to their form.

mod github;
mod jira;

use std::time::Duration;

use time::OffsetDateTime;
use url::Url;
use wt_outbound::{Answered, Ask, Credential, Outbound, OutboundFault, Verb};

use crate::domain::{
    integration::Kind,
    issue::{Draft, Markup},
    ticket::Turn,
    tracker::Tracker,
};

/// Wait where a tracker says that it is too much and not until when: GitHub asks for a minute.
const LIMITED: Duration = Duration::from_mins(1);
/// Longest wait that is taken from an answer: GitHub's limits are of an hour.
const LIMITED_MAX: Duration = Duration::from_hours(1);
/// How far another's clock may be behind ours where something is looked for by its time.
const SKEW: time::Duration = time::Duration::minutes(10);
/// Longest error of the network that is kept.
const ERROR_CHARS_MAX: usize = 300;
/// Longest address of an issue that is kept.
const URL_BYTES_MAX: usize = 500;

/// An issue as its tracker names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issue {
    /// `12`, `SEC-12`
    pub(crate) number: String,
    /// Where people see it; empty where that cannot be said.
    pub(crate) url: String,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setback {
    /// It is too much; again after `wait`.
    Limited { status: u16, wait: Duration },
    /// It said no, and why as a sentence that says what to do.
    Refused { status: u16, why: String },
    /// There is no such issue.
    Gone { status: u16 },
    /// Nobody knows whether it was done: no answer, or one that leaves it open.
    Unknown { status: u16, why: String },
}

impl Setback {
    /// Whether it is certain that nothing was done.
    pub(crate) fn is_certain(&self) -> bool {
        match self {
            Self::Unknown { .. } => false,
            // Said by a server's front, it leaves open what the server behind it did.
            Self::Limited { status, .. } => *status < 500,
            Self::Refused { .. } | Self::Gone { .. } => true,
        }
    }
}

/// A tracker that is about to be asked.
pub(crate) struct Desk<'a> {
    /// The guarded client.
    pub(crate) outbound: &'a Outbound,
    /// GitHub or Jira.
    pub(crate) kind: Kind,
    /// Where it answers.
    pub(crate) base: Url,
    /// What it is asked with.
    pub(crate) token: wt_seal::Opened,
    /// Where issues are made.
    pub(crate) tracker: Tracker,
}

impl Desk<'_> {
    /// What its texts are written in.
    pub(crate) fn markup(&self) -> Markup {
        match self.kind {
            Kind::Jira => Markup::Wiki,
            _ => Markup::Markdown,
        }
    }

    /// Whether issues could be made, without making one.
    pub(crate) async fn check(&self) -> Result<u16, Setback> {
        match self.kind {
            Kind::Jira => jira::check(self).await,
            _ => github::check(self).await,
        }
    }

    /// The issue of an exposure that was asked for at `since`, should it have been made.
    pub(crate) async fn find(
        &self,
        exposure: &str,
        since: OffsetDateTime,
    ) -> Result<Option<Issue>, Setback> {
        match self.kind {
            Kind::Jira => jira::find(self, exposure).await,
            _ => github::find(self, exposure, since - SKEW).await,
        }
    }

    /// Makes an issue.
    pub(crate) async fn make(&self, exposure: &str, draft: &Draft) -> Result<Issue, Setback> {
        match self.kind {
            Kind::Jira => jira::make(self, exposure, draft).await,
            _ => github::make(self, draft).await,
        }
    }

    /// Adds a comment unless the issue has one with `marker` since.
    pub(crate) async fn comment(
        &self,
        number: &str,
        marker: &str,
        text: &str,
        since: OffsetDateTime,
    ) -> Result<u16, Setback> {
        match self.kind {
            Kind::Jira => jira::comment(self, number, marker, text).await,
            _ => github::comment(self, number, marker, text, since - SKEW).await,
        }
    }

    /// Closes or reopens; says so where the tracker offers no way. Doing it twice changes nothing.
    pub(crate) async fn turn(&self, number: &str, turn: Turn) -> Result<Turned, Setback> {
        match self.kind {
            Kind::Jira => jira::turn(self, number, turn).await,
            _ => github::turn(self, number, turn).await,
        }
    }

    /// An address below the tracker's.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only an address without a host has no path, and those are refused when it is stored.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.set_query(None);
        url.set_fragment(None);
        url
    }

    async fn ask(
        &self,
        verb: Verb,
        url: &Url,
        headers: &[(&'static str, &'static str)],
        body: Option<&serde_json::Value>,
    ) -> Result<Answered, Setback> {
        let text = body.map(ToString::to_string);
        let lost = |why: String| Setback::Unknown { status: 0, why };
        let token = self
            .token
            .expose_str()
            .map_err(|_| lost("its token cannot be read: store it anew".to_owned()))?;
        let credential = if self.tracker.account.is_empty() {
            Credential::Bearer(token)
        } else {
            Credential::Basic {
                user: &self.tracker.account,
                password: token,
            }
        };
        let ask = Ask {
            verb,
            url,
            credential,
            headers,
            body: text.as_deref(),
        };
        let answered = self
            .outbound
            .exchange(ask)
            .await
            .map_err(|fault| match fault {
                OutboundFault::Refused { reason, .. } => Setback::Refused {
                    status: 0,
                    why: format!("its address may not be asked: {reason}"),
                },
                OutboundFault::Failed { reason, .. } => {
                    lost(reason.chars().take(ERROR_CHARS_MAX).collect())
                }
            })?;
        match limit(&answered, OffsetDateTime::now_utc()) {
            Some(wait) => Err(Setback::Limited {
                status: answered.status,
                wait,
            }),
            None if answered.status >= 500 => Err(Setback::Unknown {
                status: answered.status,
                why: format!("it answered {}", answered.status),
            }),
            None => Ok(answered),
        }
    }

    /// An address people may be led to: of the web, and over the same wire as the tracker.
    fn shown(&self, url: &str) -> String {
        let fits = url.len() <= URL_BYTES_MAX
            && url.parse::<Url>().is_ok_and(|url| {
                url.has_host() && (url.scheme() == "https" || url.scheme() == self.base.scheme())
            });
        if fits { url.to_owned() } else { String::new() }
    }
}

/// What became of closing or reopening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turned {
    /// What was answered last.
    pub(crate) status: u16,
    /// Why it stands as before, where nothing could be done about that.
    pub(crate) not: Option<String>,
}

/// How long to wait, where the answer says that it is too much: 429, a `Retry-After` beside 403 or
/// 503, or GitHub's 403 with nothing remaining. GitHub's secondary limits come as one of these.
fn limit(answered: &Answered, now: OffsetDateTime) -> Option<Duration> {
    let after = answered
        .header("retry-after")
        .and_then(|text| text.trim().parse().ok())
        .map(Duration::from_secs);
    let spent = answered.header("x-ratelimit-remaining") == Some("0");
    let says_much = match answered.status {
        429 => true,
        403 => after.is_some() || spent || says_secondary(answered),
        503 => after.is_some(),
        _ => false,
    };
    if !says_much {
        return None;
    }
    let reset = || {
        let at: i64 = answered.header("x-ratelimit-reset")?.trim().parse().ok()?;
        let left = at.checked_sub(now.unix_timestamp())?;
        // Never at once: their clock may be ahead.
        Some(Duration::from_secs(u64::try_from(left).unwrap_or(0).max(1)))
    };
    let reset = if spent { reset() } else { None };
    Some(after.or(reset).unwrap_or(LIMITED).min(LIMITED_MAX))
}

/// A secondary limit without a header says so in its words alone.
fn says_secondary(answered: &Answered) -> bool {
    #[derive(serde::Deserialize)]
    struct Said {
        message: String,
    }
    answered.json::<Said>().is_some_and(|said| {
        let message = said.message.to_ascii_lowercase();
        message.contains("secondary rate limit") || message.contains("abuse detection")
    })
}
