//! DMARC records (RFC 7489): what receivers are asked to do with mail that fails. Pure.

/// What a record asks of receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dmarc {
    /// `none`, `quarantine` or `reject`, for the name of the record.
    pub(crate) policy: String,
    /// The same for names below; that of the name itself unless it says otherwise.
    pub(crate) below: String,
}

impl Dmarc {
    /// Reads a TXT record; none when it is about something else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut tags = text.split(';').map(|tag| {
            let (name, value) = tag.split_once('=').unwrap_or((tag, ""));
            (name.trim().to_ascii_lowercase(), value.trim())
        });
        // The version comes first, spelled exactly so.
        if tags.next()? != ("v".to_owned(), "DMARC1") {
            return None;
        }
        let (mut policy, mut below) = (None, None);
        for (name, value) in tags {
            match name.as_str() {
                "p" => policy = known(value),
                "sp" => below = known(value),
                _ => {}
            }
        }
        // A policy nobody understands is none (RFC 7489 §6.6.3).
        let policy = policy.unwrap_or("none");
        Some(Self {
            policy: policy.to_owned(),
            below: below.unwrap_or(policy).to_owned(),
        })
    }
}

fn known(value: &str) -> Option<&'static str> {
    ["none", "quarantine", "reject"]
        .into_iter()
        .find(|known| value.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::Dmarc;

    #[test]
    fn a_record_says_what_becomes_of_mail_of_a_name_and_of_those_below() {
        for (text, policy, below) in [
            ("v=DMARC1; p=reject", "reject", "reject"),
            ("v=DMARC1;p=QUARANTINE; sp=none;", "quarantine", "none"),
            (
                "v=DMARC1 ; rua=mailto:a@example.com; p=none",
                "none",
                "none",
            ),
            ("v=DMARC1; p=perhaps", "none", "none"),
        ] {
            let read = Dmarc::read(text).unwrap();
            assert_eq!((&*read.policy, &*read.below), (policy, below), "{text}");
        }
        for other in [
            "",
            "v=DMARC2; p=reject",
            "p=reject; v=DMARC1",
            "v=spf1 -all",
        ] {
            assert_eq!(Dmarc::read(other), None, "{other}");
        }
    }
}
