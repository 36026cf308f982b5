//! What page checks look for in a page, its headers and its cookies.
use std::collections::BTreeMap;

use super::page::{PageFinding, PageVerdict};
use crate::probe::WebFacts;

/// A document whose headers protect a visitor: not an answer that sends elsewhere.
pub(super) fn is_document(web: &WebFacts) -> bool {
    web.leaves_to.is_none() && !matches!(web.home.status, 300..=399)
}

pub(super) fn is_html(web: &WebFacts) -> bool {
    web.home
        .header("content-type")
        .to_ascii_lowercase()
        .contains("html")
}

/// The page's own title stays out of the attributes: many sites count or date in it.
pub(super) fn web_server(web: &WebFacts) -> PageVerdict {
    let attributes = [
        ("status", web.home.status.to_string()),
        ("technologies", web.technologies.join(", ")),
    ];
    PageVerdict::found_with(&attributes, &web.title)
}

pub(super) fn hsts_missing(web: &WebFacts) -> PageVerdict {
    if !web.is_tls {
        return PageVerdict::NotApplicable;
    }
    let value = web
        .home
        .header("strict-transport-security")
        .to_ascii_lowercase();
    let is_off = value
        .split(';')
        .any(|part| matches!(part.trim(), "max-age=0" | "max-age=\"0\""));
    PageVerdict::found_if(value.is_empty() || is_off, "no strict-transport-security")
}

pub(super) fn csp_missing(web: &WebFacts) -> PageVerdict {
    let is_missing = web.home.header("content-security-policy").is_empty();
    let applies = is_document(web) && is_html(web);
    PageVerdict::found_if(applies && is_missing, "no content-security-policy")
}

pub(super) fn frame_options_missing(web: &WebFacts) -> PageVerdict {
    let policy = web
        .home
        .header("content-security-policy")
        .to_ascii_lowercase();
    let is_missing =
        web.home.header("x-frame-options").is_empty() && !policy.contains("frame-ancestors");
    let applies = is_document(web) && is_html(web);
    PageVerdict::found_if(
        applies && is_missing,
        "no x-frame-options, no frame-ancestors",
    )
}

pub(super) fn nosniff_missing(web: &WebFacts) -> PageVerdict {
    let value = web.home.header("x-content-type-options");
    let is_missing = !value.trim().eq_ignore_ascii_case("nosniff");
    PageVerdict::found_if(
        is_document(web) && is_missing,
        "no x-content-type-options: nosniff",
    )
}

pub(super) fn referrer_policy_missing(web: &WebFacts) -> PageVerdict {
    let is_missing = web.home.header("referrer-policy").is_empty();
    let applies = is_document(web) && is_html(web);
    PageVerdict::found_if(applies && is_missing, "no referrer-policy")
}

pub(super) fn no_https_redirect(web: &WebFacts) -> PageVerdict {
    if web.is_tls {
        return PageVerdict::NotApplicable;
    }
    let goes_to_https = web
        .leaves_to
        .as_ref()
        .is_some_and(|url| url.scheme() == "https");
    PageVerdict::found_if(!goes_to_https, "no redirect to https")
}

pub(super) fn shows(web: &WebFacts, marks: &[&str]) -> PageVerdict {
    let body = web.home.text();
    marks
        .iter()
        .find(|mark| body.contains(**mark))
        .map_or(PageVerdict::Fine, |mark| PageVerdict::found_if(true, mark))
}

pub(super) fn discloses(web: &WebFacts, header: &str, only_with_version: bool) -> PageVerdict {
    let value = crate::text::line(web.home.header(header));
    let tells = !value.is_empty()
        && (!only_with_version || value.split('/').nth(1).is_some_and(starts_with_digit));
    if tells {
        PageVerdict::found_with(&[("value", value.clone())], &format!("{header}: {value}"))
    } else {
        PageVerdict::Fine
    }
}

pub(super) fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// Most cookies judged of one page.
const COOKIES_MAX: usize = 50;

pub(super) fn cookies_without(web: &WebFacts, attribute: &str) -> PageVerdict {
    let mut found = BTreeMap::new();
    for value in web
        .home
        .headers
        .get_all("set-cookie")
        .iter()
        .take(COOKIES_MAX)
    {
        let text = String::from_utf8_lossy(value.as_bytes());
        let mut parts = text.split(';');
        let name = parts
            .next()
            .and_then(|pair| pair.split('=').next())
            .unwrap_or_default();
        let has = parts.any(|part| {
            part.split('=')
                .next()
                .is_some_and(|key| key.trim().eq_ignore_ascii_case(attribute))
        });
        if !has {
            let name = crate::text::line(name);
            found.insert(
                name.clone(),
                PageFinding {
                    attributes: BTreeMap::from([("cookie".to_owned(), name.clone())]),
                    matched: format!("set-cookie: {name}"),
                    discriminator: name,
                },
            );
        }
    }
    PageVerdict::Found(found.into_values().collect())
}
