//! What a mail to one person says, by its kind.

use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use wt_model::MailKind;

use super::line::one_line;

/// Longest name taken over into a mail: enough to recognise it, too short to advertise with.
const NAME_CHARS_MAX: usize = 60;
/// Longest reason taken over.
const REASON_CHARS_MAX: usize = 200;
/// Longest path and query of a link.
const LINK_BYTES_MAX: usize = 1_024;
const MINUTE: &[BorrowedFormatItem<'_>] =
    format_description!("[day] [month repr:long] [year], [hour]:[minute] UTC");

/// What a letter is about, as the tenant service said it.
#[derive(Debug, Clone)]
pub(crate) struct Occasion {
    /// Its kind.
    pub(crate) kind: MailKind,
    /// Name of the recipient; may be empty.
    pub(crate) display_name: String,
    /// Name of the organization; may be empty.
    pub(crate) organization: String,
    /// Who caused it; may be empty.
    pub(crate) actor: String,
    /// Why; may be empty.
    pub(crate) reason: String,
    /// Path and query below the public URL; may be empty.
    pub(crate) link: String,
    /// When the link ends.
    pub(crate) expires_at: Option<OffsetDateTime>,
}

/// A letter before it has a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Header line.
    pub(crate) subject: String,
    /// How it addresses the recipient.
    pub(crate) greeting: String,
    /// What it says.
    pub(crate) paragraphs: Vec<String>,
    /// What the link is called; empty without one.
    pub(crate) action: &'static str,
    /// Path and query; empty without one.
    pub(crate) link: String,
    /// When the link ends, in words; empty when it doesn't.
    pub(crate) until: String,
    /// What to do if this comes unexpected.
    pub(crate) otherwise: &'static str,
}

/// A link that does not lead to the web application.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a path that begins with one slash, of at most {LINK_BYTES_MAX} printable bytes")]
pub(crate) struct InvalidLink;

/// A path and query that stays below the public URL whatever is appended in front of it.
pub(crate) fn checked_link(link: &str) -> Result<&str, InvalidLink> {
    let below = link.is_empty() || (link.starts_with('/') && !link.starts_with("//"));
    let plain = link
        .chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\'));
    if below && plain && link.len() <= LINK_BYTES_MAX {
        Ok(link)
    } else {
        Err(InvalidLink)
    }
}

/// The letter for an occasion. Every text in it is one bounded line.
pub(crate) fn write(occasion: &Occasion) -> Letter {
    let words = words(occasion);
    Letter {
        subject: words.subject,
        greeting: greeting(&occasion.display_name),
        paragraphs: words.paragraphs,
        action: if occasion.link.is_empty() {
            ""
        } else {
            words.action
        },
        link: occasion.link.clone(),
        until: occasion
            .expires_at
            .and_then(|at| at.to_offset(time::UtcOffset::UTC).format(MINUTE).ok())
            .unwrap_or_default(),
        otherwise: words.otherwise,
    }
}

/// The letter to an administrator when an integration was switched off by itself.
pub(crate) fn switched_off(
    organization: &str,
    display_name: &str,
    integration: &str,
    why: &str,
) -> Letter {
    let integration = named(integration, "an integration");
    Letter {
        subject: format!("Watchtower switched off {integration}"),
        greeting: greeting(display_name),
        paragraphs: vec![
            format!(
                "{integration} is told of no more changes: {}.",
                one_line(why, REASON_CHARS_MAX)
            ),
            "What it missed is listed there and can be sent again once it works.".to_owned(),
        ],
        action: "Look at your integrations",
        link: format!("/o/{organization}/settings/integrations"),
        until: String::new(),
        otherwise: "You get this because you administer the organization.",
    }
}

/// A report that a schedule asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scheduled<'a> {
    /// Whose it is.
    pub(crate) organization: &'a str,
    /// Name of the recipient; may be empty.
    pub(crate) display_name: &'a str,
    /// Its id.
    pub(crate) report: &'a str,
    /// What it is called; may be empty.
    pub(crate) title: &'a str,
    /// Why there is none.
    pub(crate) failed: Option<&'a String>,
}

/// The letter to who made the schedule.
pub(crate) fn scheduled(report: &Scheduled<'_>) -> Letter {
    let title = named(report.title, "Your scheduled report");
    let (subject, paragraphs) = match report.failed {
        None => (
            format!("{title} is ready on Watchtower"),
            vec!["The report you scheduled is written.".to_owned()],
        ),
        Some(why) => (
            "Your scheduled report could not be written by Watchtower".to_owned(),
            vec![
                format!("It failed: {}", one_line(why, REASON_CHARS_MAX)),
                "The next one is written at its time.".to_owned(),
            ],
        ),
    };
    Letter {
        subject,
        greeting: greeting(report.display_name),
        paragraphs,
        action: "Open the report",
        link: format!("/o/{}/reports/{}", report.organization, report.report),
        until: String::new(),
        otherwise: "You get this because you made its schedule; pause or delete it to get no more.",
    }
}

/// How a letter addresses somebody whose name may not be known.
fn greeting(name: &str) -> String {
    match one_line(name, NAME_CHARS_MAX) {
        name if name.is_empty() => "Hello,".to_owned(),
        name => format!("Hello {name},"),
    }
}

struct Words {
    subject: String,
    paragraphs: Vec<String>,
    action: &'static str,
    otherwise: &'static str,
}

fn words(occasion: &Occasion) -> Words {
    let actor = named(&occasion.actor, "Somebody");
    let organization = named(&occasion.organization, "an organization");
    let because = match one_line(&occasion.reason, REASON_CHARS_MAX) {
        reason if reason.is_empty() => None,
        reason => Some(reason),
    };
    let with = |first: String, label: &str| {
        std::iter::once(first)
            .chain(because.as_ref().map(|reason| format!("{label}: {reason}")))
            .collect()
    };
    match occasion.kind {
        MailKind::Invitation => Words {
            subject: format!("{actor} invites you to {organization} on Watchtower"),
            paragraphs: with(
                format!("{actor} asks you to join {organization} on Watchtower."),
                "As",
            ),
            action: "See the invitation",
            otherwise: "If you do not know them, ignore this mail: nothing happens unless you accept.",
        },
        MailKind::InvitationAsked => Words {
            subject: format!("{actor} asks for a new invitation to {organization} on Watchtower"),
            paragraphs: vec![format!(
                "The invitation of {actor} to {organization} ran out before it was used, and they \
                 ask for a new one."
            )],
            action: "Send it again",
            otherwise: "If they are not to join, withdraw the invitation. Nothing happens by itself.",
        },
        MailKind::VerifyEmail => Words {
            subject: "Confirm your mail address for Watchtower".to_owned(),
            paragraphs: vec!["Please confirm that this address is yours.".to_owned()],
            action: "Confirm the address",
            otherwise: "If you did not sign up, ignore this mail.",
        },
        MailKind::ResetPassword => Words {
            subject: "Choose a new Watchtower password".to_owned(),
            paragraphs: vec!["Somebody asked for a new password for your account.".to_owned()],
            action: "Choose a new password",
            otherwise: "If that was not you, ignore this mail: your password stays as it is.",
        },
        MailKind::AccountExists => Words {
            subject: "You have a Watchtower account already".to_owned(),
            paragraphs: vec![
                "Somebody signed up with your address, which has an account already.".to_owned(),
                "Sign in with it, or choose a new password if you do not know the old one."
                    .to_owned(),
            ],
            action: "Choose a new password",
            otherwise: "If that was not you, ignore this mail: nothing changed.",
        },
        MailKind::Impersonated => Words {
            subject: "Platform staff looked at Watchtower as you".to_owned(),
            paragraphs: with(
                format!("{actor} of the platform's staff opened {organization} with your view."),
                "Their reason",
            ),
            action: "See what was done",
            otherwise: "If you did not expect this, answer your platform contact.",
        },
        MailKind::NewSignIn => Words {
            subject: "A new sign-in to your Watchtower account".to_owned(),
            paragraphs: with(
                "Your account was used from somewhere new.".to_owned(),
                "From",
            ),
            action: "Review your sign-ins",
            otherwise: "If that was not you, end the session and change your password now.",
        },
        MailKind::PasskeyAdded => Words {
            subject: "A passkey was added to your Watchtower account".to_owned(),
            paragraphs: with(
                "Your account can be signed in to with a new passkey.".to_owned(),
                "Its name",
            ),
            action: "Review your passkeys",
            otherwise: "If that was not you, remove it and change your password now.",
        },
        MailKind::EmailChanged => Words {
            subject: "The mail address of your Watchtower account changed".to_owned(),
            paragraphs: with(
                "Your account has another mail address now; this one gets no further mail."
                    .to_owned(),
                "Changed",
            ),
            action: "Review your account",
            otherwise: "If that was not you, write to your organization's owner at once.",
        },
    }
}

fn named(name: &str, otherwise: &str) -> String {
    match one_line(name, NAME_CHARS_MAX) {
        name if name.is_empty() => otherwise.to_owned(),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};
    use wt_model::MailKind;

    use super::{Occasion, checked_link, switched_off, write};

    fn occasion(kind: MailKind) -> Occasion {
        Occasion {
            kind,
            display_name: "Ann".to_owned(),
            organization: "Example Ltd".to_owned(),
            actor: "Bob".to_owned(),
            reason: "operator".to_owned(),
            link: "/invitations?token=abc".to_owned(),
            expires_at: Some(OffsetDateTime::UNIX_EPOCH + Duration::days(7)),
        }
    }

    #[test]
    fn every_kind_has_a_subject_a_text_and_a_way_out() {
        for kind in MailKind::ALL {
            let letter = write(&occasion(*kind));
            assert!(letter.subject.contains("Watchtower"), "{kind}");
            assert!(!letter.paragraphs.is_empty() && !letter.otherwise.is_empty());
            assert!(!letter.action.is_empty(), "{kind}");
            assert_eq!(letter.until, "08 January 1970, 00:00 UTC");
        }
    }

    #[test]
    fn an_integration_that_was_switched_off_says_why() {
        let letter = switched_off(
            "org_1",
            "Ann",
            "tickets\r\nBcc: x@example.com",
            "the receiver is gone",
        );
        assert_eq!(
            letter.subject,
            "Watchtower switched off tickets  Bcc: x@example.com"
        );
        assert!(
            letter
                .paragraphs
                .iter()
                .any(|text| text.contains("is gone"))
        );
        assert!(checked_link(&letter.link).is_ok());
    }

    #[test]
    fn a_scheduled_report_is_named_and_one_that_failed_says_why() {
        let report = super::Scheduled {
            organization: "org_1",
            display_name: "",
            report: "rep_1",
            title: "Exposures of\r\nBcc: x@example.com",
            failed: None,
        };
        let letter = super::scheduled(&report);
        assert_eq!(letter.greeting, "Hello,");
        assert!(letter.subject.starts_with("Exposures of") && !letter.subject.contains('\n'));
        assert_eq!(checked_link(&letter.link), Ok("/o/org_1/reports/rep_1"));
        let why = "results is away".to_owned();
        let failed = Some(&why);
        let letter = super::scheduled(&super::Scheduled { failed, ..report });
        assert!(letter.paragraphs.concat().contains("results is away"));
    }

    #[test]
    fn a_name_can_neither_break_a_line_nor_fill_the_mail() {
        let nasty = Occasion {
            organization: format!("a\r\nBcc: x@example.com\u{202e}{}", "y".repeat(500)),
            ..occasion(MailKind::Invitation)
        };
        let letter = write(&nasty);
        assert!(!letter.subject.contains(['\r', '\n', '\u{202e}']));
        assert!(letter.subject.chars().count() < 120, "{}", letter.subject);
    }

    #[test]
    fn a_link_leads_nowhere_but_to_the_application() {
        for good in ["", "/", "/invitations?token=a-b_c&x=1"] {
            assert!(checked_link(good).is_ok(), "{good}");
        }
        for bad in [
            "https://evil.example",
            "//evil.example",
            "@evil.example",
            ".evil.example",
            "/a b",
            "/a\nb",
            "/\\evil.example",
            "/\"><img>",
        ] {
            assert!(checked_link(bad).is_err(), "{bad}");
        }
        assert!(checked_link(&format!("/{}", "a".repeat(2_000))).is_err());
    }
}
