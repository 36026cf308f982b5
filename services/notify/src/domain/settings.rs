//! What an organization wants to be told, and to whom.

use wt_model::Severity;

use super::address::MailAddress;

/// Most recipients an organization may list: a distribution list belongs into a mail server.
pub(crate) const RECIPIENTS_MAX: usize = 50;

/// Settings of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Whether mail is sent at all.
    pub(crate) email_enabled: bool,
    /// Least severity worth a mail.
    pub(crate) min_severity: Severity,
    /// Whom to tell; empty for every member.
    pub(crate) recipients: Vec<MailAddress>,
}

impl Default for Settings {
    /// What an organization has that never said: every member hears of everything from `low` up.
    fn default() -> Self {
        Self {
            email_enabled: true,
            min_severity: Severity::Low,
            recipients: Vec::new(),
        }
    }
}

impl Settings {
    /// Whom to tell, given the organization's members; sorted, each once.
    pub(crate) fn audience(&self, members: impl Iterator<Item = MailAddress>) -> Vec<MailAddress> {
        if !self.email_enabled {
            return Vec::new();
        }
        let mut audience: Vec<MailAddress> = if self.recipients.is_empty() {
            members.collect()
        } else {
            self.recipients.clone()
        };
        audience.sort();
        audience.dedup();
        audience
    }
}

#[cfg(test)]
mod tests {
    use super::{MailAddress, Settings};

    fn address(text: &str) -> MailAddress {
        text.parse().unwrap()
    }

    #[test]
    fn members_are_told_unless_somebody_else_is_named() {
        let members = [
            address("b@example.com"),
            address("a@example.com"),
            address("b@example.com"),
        ];
        let told = Settings::default().audience(members.clone().into_iter());
        assert_eq!(told, [address("a@example.com"), address("b@example.com")]);
        let named = Settings {
            recipients: vec![address("ops@example.com")],
            ..Settings::default()
        };
        assert_eq!(
            named.audience(members.into_iter()),
            [address("ops@example.com")]
        );
    }

    #[test]
    fn nobody_is_told_when_mail_is_switched_off() {
        let off = Settings {
            email_enabled: false,
            recipients: vec![address("ops@example.com")],
            ..Settings::default()
        };
        assert!(
            off.audience([address("a@example.com")].into_iter())
                .is_empty()
        );
    }
}
