//! Where a tracker's issues are made, and how: what an administrator says of it, checked.

use serde::{Deserialize, Serialize};

use super::integration::Kind;

/// Where GitHub itself answers; an Enterprise Server is at `https://host/api/v3`.
pub(crate) const GITHUB: &str = "https://api.github.com/";
/// Most labels of one issue that are of any use in a list.
const LABELS_MAX: usize = 10;
/// Longest label: GitHub takes 50 characters.
const LABEL_CHARS_MAX: usize = 50;
/// Longest name of an owner or a repository at GitHub (39 and 100), and of a project's key.
const NAME_CHARS_MAX: usize = 100;
/// Longest name of a kind of issue or a transition: Jira takes 60.
const WORD_CHARS_MAX: usize = 60;
/// Longest e-mail address (RFC 5321).
const ACCOUNT_CHARS_MAX: usize = 254;
/// The kind of issue every Jira has.
const USUAL_TYPE: &str = "Task";

/// Settings of one tracker; as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tracker {
    /// GitHub: `owner/repository`. Jira: the project's key.
    pub(crate) project: String,
    /// Put on every issue.
    pub(crate) labels: Vec<String>,
    /// Jira: the kind of issue.
    pub(crate) issue_type: String,
    /// Jira Cloud: whose the API token is. Empty: the token is a bearer token.
    pub(crate) account: String,
    /// Jira: what is done with an issue that is settled; empty for nothing.
    pub(crate) done_transition: String,
    /// Jira: what is done with an issue whose exposure is back; empty for nothing.
    pub(crate) reopen_transition: String,
}

/// A field that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadField {
    /// Which.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

fn bad(field: &str, reason: impl Into<String>) -> BadField {
    BadField {
        field: format!("tracker.{field}"),
        reason: reason.into(),
    }
}

impl Tracker {
    /// Checked, for one of `kind`.
    pub(crate) fn checked(mut self, kind: Kind) -> Result<Self, BadField> {
        self.labels = labels(kind, &self.labels)?;
        if kind == Kind::GitHub {
            if !is_repository(&self.project) {
                return Err(bad("project", "expected owner/repository"));
            }
            for (field, text) in [
                ("issue_type", &self.issue_type),
                ("account", &self.account),
                ("done_transition", &self.done_transition),
                ("reopen_transition", &self.reopen_transition),
            ] {
                if !text.is_empty() {
                    return Err(bad(field, "is Jira's: GitHub has none"));
                }
            }
        } else {
            if !is_project(&self.project) {
                return Err(bad("project", "expected a project's key, such as SEC"));
            }
            if self.issue_type.trim().is_empty() {
                USUAL_TYPE.clone_into(&mut self.issue_type);
            }
            for (field, text) in [
                ("issue_type", &mut self.issue_type),
                ("done_transition", &mut self.done_transition),
                ("reopen_transition", &mut self.reopen_transition),
            ] {
                *text = word(field, text, WORD_CHARS_MAX)?;
            }
            self.account = word("account", &self.account, ACCOUNT_CHARS_MAX)?;
            // What is before a colon is the whole name to a server (RFC 7617 §2).
            if self.account.contains(':') {
                return Err(bad("account", "a colon cannot be part of it"));
            }
        }
        Ok(self)
    }
}

fn word(field: &str, text: &str, most: usize) -> Result<String, BadField> {
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(bad(field, format!("at most {most} printable characters")));
    }
    Ok(text.trim().to_owned())
}

fn labels(kind: Kind, given: &[String]) -> Result<Vec<String>, BadField> {
    if given.len() > LABELS_MAX {
        return Err(bad("labels", format!("at most {LABELS_MAX}")));
    }
    let mut labels = Vec::with_capacity(given.len());
    for (at, label) in given.iter().enumerate() {
        let field = format!("labels[{at}]");
        let label = word(&field, label, LABEL_CHARS_MAX)?;
        if label.is_empty() {
            return Err(bad(&field, "is empty"));
        }
        if kind == Kind::Jira && label.chars().any(char::is_whitespace) {
            return Err(bad(&field, "Jira's labels hold no blanks"));
        }
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    Ok(labels)
}

/// `owner/repository`, as GitHub allows; nothing that would lead elsewhere in an address.
fn is_repository(text: &str) -> bool {
    let named = |part: &str| {
        !part.is_empty()
            && part.len() <= NAME_CHARS_MAX
            && part != "."
            && part != ".."
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| named(owner) && named(name))
}

fn is_project(text: &str) -> bool {
    text.len() <= NAME_CHARS_MAX
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Kind, Tracker};

    pub(crate) fn tracker(project: &str) -> Tracker {
        Tracker {
            project: project.to_owned(),
            labels: Vec::new(),
            issue_type: String::new(),
            account: String::new(),
            done_transition: String::new(),
            reopen_transition: String::new(),
        }
    }

    #[test]
    fn a_project_leads_nowhere_else() {
        for good in ["acme/web", "a-b/c_d.e"] {
            assert!(tracker(good).checked(Kind::GitHub).is_ok(), "{good}");
        }
        for wrong in [
            "",
            "acme",
            "acme/../x",
            "acme/..",
            "acme/a/b",
            "a b/c",
            "acme/a?x",
        ] {
            assert!(tracker(wrong).checked(Kind::GitHub).is_err(), "{wrong}");
        }
        assert_eq!(
            tracker("SEC").checked(Kind::Jira).unwrap().issue_type,
            "Task"
        );
        for wrong in ["", "sec", "1SEC", "SEC\" OR 1", "SEC-1"] {
            assert!(tracker(wrong).checked(Kind::Jira).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_another_trackers_is_refused_and_labels_are_each_once() {
        let mut given = tracker("acme/web");
        given.account = "a@example.com".to_owned();
        let refused = given.checked(Kind::GitHub).unwrap_err();
        assert_eq!(refused.field, "tracker.account");
        let mut given = tracker("SEC");
        given.labels = vec!["a".to_owned(), "a".to_owned()];
        assert_eq!(given.clone().checked(Kind::Jira).unwrap().labels, ["a"]);
        given.labels = vec!["two words".to_owned()];
        assert!(given.clone().checked(Kind::Jira).is_err());
        given.labels = vec![String::new()];
        assert!(given.checked(Kind::Jira).is_err());
    }
}
