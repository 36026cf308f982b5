//! SPF records (RFC 7208): what they let through, and what looking one up costs. Pure.

/// First word of a record.
const VERSION: &str = "v=spf1";

/// One SPF record, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spf {
    /// Terms that cost the receiver a question (RFC 7208 §4.6.4), those of other records not
    /// counted.
    pub(crate) lookups: usize,
    /// Names whose records are looked up with this one: `include:` and `redirect=`. Names made by
    /// a macro are not known before a mail comes.
    pub(crate) leads_to: Vec<String>,
    /// The record that speaks when nothing here matches.
    pub(crate) redirect: Option<String>,
    /// Whether everybody passes: `+all`, or `all` without a sign.
    pub(crate) passes_all: bool,
}

impl Spf {
    /// Reads a TXT record; none when it is about something else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut terms = text.split(' ').filter(|term| !term.is_empty());
        if !terms.next()?.eq_ignore_ascii_case(VERSION) {
            return None;
        }
        let mut spf = Self::default();
        let mut has_all = false;
        for term in terms {
            let term = term.to_ascii_lowercase();
            if let Some(name) = term.strip_prefix("redirect=") {
                spf.redirect = Some(name.to_owned());
                continue;
            }
            // What stands after `all` is never reached.
            if has_all {
                continue;
            }
            let mechanism = term.trim_start_matches(['+', '-', '~', '?']);
            let end = mechanism.find([':', '/']).unwrap_or(mechanism.len());
            let (word, rest) = mechanism.split_at(end);
            match word {
                "all" => {
                    has_all = true;
                    spf.passes_all = !term.starts_with(['-', '~', '?']);
                }
                "include" => {
                    spf.lookups += 1;
                    spf.follow(rest.trim_start_matches(':'));
                }
                "a" | "mx" | "ptr" | "exists" => spf.lookups += 1,
                _ => {}
            }
        }
        // A record with `all` says it all: its redirect is ignored (RFC 7208 §6.1).
        if has_all {
            spf.redirect = None;
        }
        if let Some(name) = spf.redirect.clone() {
            spf.lookups += 1;
            spf.follow(&name);
        }
        Some(spf)
    }

    fn follow(&mut self, name: &str) {
        let name = name.trim_end_matches('.');
        if !name.is_empty() && !name.contains('%') {
            self.leads_to.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Spf;

    fn read(text: &str) -> Spf {
        Spf::read(text).unwrap()
    }

    #[test]
    fn only_terms_that_ask_a_question_are_counted() {
        let spf = read(
            "v=spf1 ip4:192.0.2.0/24 a mx:mail.example a/24 include:one.example ?exists:%{i}.x ~all",
        );
        assert_eq!((spf.lookups, spf.passes_all), (5, false));
        assert_eq!(spf.leads_to, ["one.example"]);
        assert_eq!(read("v=spf1 -all a mx").lookups, 0, "never reached");
        let led = read("V=SPF1 redirect=_spf.example.");
        assert_eq!(
            (led.lookups, &*led.leads_to),
            (1, &["_spf.example".to_owned()][..])
        );
        assert_eq!(read("v=spf1 -all redirect=_spf.example").lookups, 0);
        assert!(read("v=spf1 include:%{d}.example").leads_to.is_empty());
    }

    #[test]
    fn everybody_passes_only_with_a_plus_or_no_sign() {
        for (text, passes) in [
            ("v=spf1 +all", true),
            ("v=spf1 all", true),
            ("v=spf1 -all", false),
            ("v=spf1 ~all", false),
            ("v=spf1 ?all", false),
            ("v=spf1 include:all.example", false),
            ("v=spf1", false),
        ] {
            assert_eq!(read(text).passes_all, passes, "{text}");
        }
        for other in [
            "",
            "v=spf10 +all",
            "google-site-verification=x",
            "spf1 +all",
        ] {
            assert_eq!(Spf::read(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "(v=spf1 )?[ -~]{0,80}") {
            let _ = Spf::read(&text);
        }
    }
}
