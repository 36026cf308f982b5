//! When an answer says nothing about what is served: overload, a filter in front, maintenance, a
//! server that no longer serves this host. Then nothing is concluded to be absent. Pure.
use wt_exposure::InconclusiveReason;

use crate::probe::{Exchange, WebFacts};

/// Headers that only filters and their refusals carry: `(header, part of its value)`.
const FILTER_HEADERS: &[(&str, &str)] = &[
    ("server", "cloudflare"),
    ("server", "akamaighost"),
    ("server", "sucuri"),
    ("server", "imperva"),
    ("server", "big-ip"),
    ("cf-mitigated", ""),
    ("x-sucuri-id", ""),
    ("x-iinfo", ""),
    ("x-datadome", ""),
    ("x-amzn-waf-action", ""),
    ("x-waf-event-info", ""),
];
/// Words of pages that filters answer with, in lower case.
const FILTER_WORDS: &[&str] = &[
    "request blocked",
    "has been blocked",
    "you are blocked",
    "the requested url was rejected",
    "attention required",
    "checking your browser",
    "web application firewall",
    "mod_security",
    "modsecurity",
    "incident id",
    "support id",
    "reference #",
    "access denied by",
    "unusual traffic",
    "captcha",
];
/// Words of pages that stand in for a site for a while, in lower case.
const MAINTENANCE_WORDS: &[&str] = &[
    "maintenance",
    "temporarily unavailable",
    "be right back",
    "back soon",
    "coming soon",
];
/// Bytes of a page that are looked at for words: pages that stand in are short.
const WORDS_WITHIN: usize = 16 * 1024;

/// Whether an answer, looked at by itself, hides what is served.
pub(super) fn hides_content(exchange: &Exchange) -> Option<InconclusiveReason> {
    match exchange.status {
        429 => Some(InconclusiveReason::RateLimited),
        // Misdirected: this server does not serve the host.
        421 | 500.. => Some(InconclusiveReason::Blocked),
        _ if !exchange.is_whole => Some(InconclusiveReason::Timeout),
        401 | 403 | 406 | 407 | 451 if is_of_a_filter(exchange) => {
            Some(InconclusiveReason::Blocked)
        }
        200..=299 | 404 | 410 if is_standing_in(exchange) => Some(InconclusiveReason::Blocked),
        _ => None,
    }
}

/// Whether the page at `/`, which is the proof that the host is served, proves it.
pub(super) fn hides_home(web: &WebFacts) -> Option<InconclusiveReason> {
    hides_content(&web.home).or_else(|| {
        let is_sent_away = web.leaves_to.is_some() && is_for_now(&web.home);
        let is_refused = matches!(web.home.status, 400..=499);
        (is_sent_away || is_refused).then_some(InconclusiveReason::Blocked)
    })
}

/// Whether an answer at a path, which is not the thing looked for, may hide it: it is what the
/// server says to everything while it refuses, is away or serves somebody else.
pub(super) fn hides_path(web: &WebFacts, page: &Exchange) -> Option<InconclusiveReason> {
    if let Some(reason) = hides_content(page).or_else(|| hides_content(&web.home)) {
        return Some(reason);
    }
    let Some(missing) = &web.missing else {
        // Without an answer to compare with, only a plain "not found" is one.
        return (!matches!(page.status, 200..=299 | 404 | 410))
            .then_some(InconclusiveReason::Blocked);
    };
    let is_same = missing.status == page.status;
    let is_refusing = matches!(page.status, 401 | 403 | 406 | 407 | 451) && is_same;
    let is_sending_away = is_for_now(page) && is_for_now(missing);
    // Nothing at all is served under this host: the page at `/` is as missing as a made-up one.
    let is_served = !matches!(web.home.status, 400 | 404 | 410)
        || web.home.sha256 != missing.sha256
        || web.home.body.is_empty();
    (is_refusing || is_sending_away || !is_served).then_some(InconclusiveReason::Blocked)
}

/// A redirect that may be gone tomorrow. A permanent one is how sites move to HTTPS.
fn is_for_now(exchange: &Exchange) -> bool {
    matches!(exchange.status, 302 | 303 | 307)
}

fn is_of_a_filter(exchange: &Exchange) -> bool {
    let has_header = FILTER_HEADERS.iter().any(|(name, part)| {
        exchange.headers.contains_key(*name)
            && exchange.header(name).to_ascii_lowercase().contains(part)
    });
    has_header || says_any(exchange, FILTER_WORDS)
}

fn is_standing_in(exchange: &Exchange) -> bool {
    let is_page = exchange.header("content-type").contains("html");
    is_page && exchange.body.len() < WORDS_WITHIN && says_any(exchange, MAINTENANCE_WORDS)
}

fn says_any(exchange: &Exchange, words: &[&str]) -> bool {
    let head = exchange.body.get(..WORDS_WITHIN).unwrap_or(&exchange.body);
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::{HeaderMap, HeaderName, HeaderValue};
    use wt_exposure::InconclusiveReason;

    use super::{hides_content, hides_home, hides_path};
    use crate::probe::{Exchange, WebFacts};

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Exchange {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        Exchange {
            path: "/".to_owned(),
            request: Vec::new(),
            status,
            headers,
            body: body.as_bytes().to_vec(),
            is_whole: true,
            sha256: format!("{status} {body}"),
            elapsed_ms: 1,
        }
    }

    fn site(home: Exchange, missing: Option<Exchange>) -> WebFacts {
        WebFacts {
            is_tls: false,
            home,
            leaves_to: None,
            missing,
            pages: BTreeMap::new(),
            cross_origin: None,
            trace: None,
            title: String::new(),
            technologies: Vec::new(),
        }
    }

    const HTML: (&str, &str) = ("content-type", "text/html");
    const BLOCKED: Option<InconclusiveReason> = Some(InconclusiveReason::Blocked);

    #[test]
    fn filters_maintenance_and_broken_answers_hide_what_is_served() {
        let hidden = |status, headers: &[_], body| hides_content(&answer(status, headers, body));
        assert_eq!(hidden(429, &[], ""), Some(InconclusiveReason::RateLimited));
        for status in [421, 500, 502, 503] {
            assert_eq!(hidden(status, &[], ""), BLOCKED, "{status}");
        }
        assert_eq!(hidden(403, &[("server", "cloudflare")], ""), BLOCKED);
        assert_eq!(hidden(403, &[], "Your Request Blocked"), BLOCKED);
        assert_eq!(hidden(200, &[HTML], "Down for maintenance"), BLOCKED);
        assert_eq!(hidden(403, &[("server", "nginx")], "403 Forbidden"), None);
        assert_eq!(hidden(200, &[HTML], "<title>Shop</title>"), None);
        let mut cut = answer(200, &[HTML], "<title>Sh");
        cut.is_whole = false;
        assert_eq!(hides_content(&cut), Some(InconclusiveReason::Timeout));
    }

    #[test]
    fn a_path_that_is_answered_like_everything_else_is_hidden() {
        let shop = || answer(200, &[HTML], "<title>Shop</title>");
        let none = || Some(answer(404, &[], "none"));
        let hidden = |home, missing, page| hides_path(&site(home, missing), &page);
        assert_eq!(hidden(shop(), none(), answer(404, &[], "none")), None);
        assert_eq!(
            hidden(shop(), none(), answer(403, &[], "no")),
            None,
            "denied on purpose"
        );
        let denied = || answer(403, &[], "no");
        assert_eq!(hidden(shop(), Some(denied()), denied()), BLOCKED);
        let away = || answer(302, &[("location", "/down")], "");
        assert_eq!(hidden(shop(), Some(away()), away()), BLOCKED);
        let moved = || answer(301, &[("location", "https://shop.example/x")], "");
        assert_eq!(hidden(shop(), Some(moved()), moved()), None);
        assert_eq!(hidden(shop(), None, denied()), BLOCKED);
        let parked = || answer(404, &[], "no such site");
        assert_eq!(hidden(parked(), Some(parked()), parked()), BLOCKED);
    }

    #[test]
    fn a_home_page_that_refuses_proves_nothing() {
        assert_eq!(hides_home(&site(answer(200, &[HTML], "x"), None)), None);
        assert_eq!(hides_home(&site(answer(403, &[], "x"), None)), BLOCKED);
        let mut sent = site(answer(302, &[], ""), None);
        sent.leaves_to = url::Url::parse("https://login.example/").ok();
        assert_eq!(hides_home(&sent), BLOCKED);
        sent.home.status = 301;
        assert_eq!(hides_home(&sent), None);
    }
}
