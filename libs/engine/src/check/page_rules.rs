//! Checks of the page at `/`: missing protections, disclosure, defaults.
use wt_model::Severity;

use super::{
    Check, Rule,
    page::PageVerdict,
    page_marks::{
        cookies_without, csp_missing, discloses, frame_options_missing, hsts_missing,
        no_https_redirect, nosniff_missing, referrer_policy_missing, shows, web_server,
    },
};
use crate::probe::WebFacts;

const OWASP_HEADERS: &str =
    "https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html";

/// A passive check of the page.
const fn page(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    texts: (&'static str, &'static str),
    references: &'static [&'static str],
    cwe: &'static [u32],
    rule: fn(&WebFacts) -> PageVerdict,
) -> Check {
    Check::passive(
        id,
        title,
        severity,
        texts,
        references,
        cwe,
        Rule::Page(rule),
    )
}

pub(super) const CHECKS: &[Check] = &[
    page(
        "http.service",
        "Web server",
        Severity::Info,
        (
            "A web server answers on this port. What it is built with is listed, so that a change \
             of software is noticed.",
            "Nothing to repair if this site is meant to be public; otherwise restrict it or take \
             it down.",
        ),
        &["https://owasp.org/www-project-web-security-testing-guide/"],
        &[],
        web_server,
    ),
    page(
        "http.header.hsts_missing",
        "Strict-Transport-Security missing",
        Severity::Low,
        (
            "The HTTPS site does not tell browsers to insist on HTTPS, so a first visit over HTTP \
             can be intercepted and kept in the clear.",
            "Send Strict-Transport-Security: max-age=31536000; includeSubDomains on every HTTPS \
             answer.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc6797", OWASP_HEADERS],
        &[319],
        hsts_missing,
    ),
    page(
        "http.header.csp_missing",
        "Content-Security-Policy missing",
        Severity::Low,
        (
            "The page is delivered without a content security policy, so injected scripts run \
             with full rights of the site.",
            "Define a Content-Security-Policy that allows only the sources the site uses; start \
             with report-only.",
        ),
        &["https://www.w3.org/TR/CSP3/", OWASP_HEADERS],
        &[693],
        csp_missing,
    ),
    page(
        "http.header.frame_options_missing",
        "Page may be framed by anyone",
        Severity::Low,
        (
            "Neither X-Frame-Options nor frame-ancestors is sent, so another site can frame the \
             page and trick its users into clicking.",
            "Send Content-Security-Policy: frame-ancestors 'self' and X-Frame-Options: SAMEORIGIN.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc7034", OWASP_HEADERS],
        &[1021],
        frame_options_missing,
    ),
    page(
        "http.header.nosniff_missing",
        "X-Content-Type-Options missing",
        Severity::Low,
        (
            "Without nosniff, browsers may guess the type of uploaded or reflected content and \
             run it as script.",
            "Send X-Content-Type-Options: nosniff on every answer.",
        ),
        &[
            "https://fetch.spec.whatwg.org/#x-content-type-options-header",
            OWASP_HEADERS,
        ],
        &[693],
        nosniff_missing,
    ),
    page(
        "http.header.referrer_policy_missing",
        "Referrer-Policy missing",
        Severity::Info,
        (
            "The site leaves it to each browser how much of its addresses other sites see; paths \
             can carry identifiers and tokens.",
            "Send Referrer-Policy: strict-origin-when-cross-origin or stricter.",
        ),
        &["https://www.w3.org/TR/referrer-policy/", OWASP_HEADERS],
        &[200],
        referrer_policy_missing,
    ),
    page(
        "http.cookie.secure_missing",
        "Cookie without Secure",
        Severity::Medium,
        (
            "The HTTPS site sets a cookie that browsers also send over plain HTTP, where anyone \
             on the path can read it.",
            "Add the Secure attribute to every cookie of the site.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc6265#section-4.1.2.5"],
        &[614],
        |web| {
            if web.is_tls {
                cookies_without(web, "secure")
            } else {
                PageVerdict::NotApplicable
            }
        },
    ),
    page(
        "http.cookie.httponly_missing",
        "Cookie readable by scripts",
        Severity::Low,
        (
            "A cookie is set without HttpOnly, so a script injected into the page can read and \
             send it away.",
            "Add the HttpOnly attribute to every cookie that scripts do not need.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc6265#section-4.1.2.6"],
        &[1004],
        |web| cookies_without(web, "httponly"),
    ),
    page(
        "http.cookie.samesite_missing",
        "Cookie without SameSite",
        Severity::Low,
        (
            "A cookie is set without SameSite, so some browsers send it with requests that other \
             sites start.",
            "Add SameSite=Lax or Strict to every cookie; None only with Secure and a reason.",
        ),
        &["https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie"],
        &[1275],
        |web| cookies_without(web, "samesite"),
    ),
    page(
        "http.disclosure.server_version",
        "Server header tells the version",
        Severity::Info,
        (
            "The Server header names product and version, which lets attackers pick matching \
             exploits without probing.",
            "Turn version tokens off (nginx: server_tokens off; Apache: ServerTokens Prod).",
        ),
        &["https://www.rfc-editor.org/rfc/rfc9110#section-17.12"],
        &[200],
        |web| discloses(web, "server", true),
    ),
    page(
        "http.disclosure.powered_by",
        "X-Powered-By tells the platform",
        Severity::Info,
        (
            "The X-Powered-By header names the language or framework behind the site, which helps \
             attackers choose.",
            "Remove the header (PHP: expose_php = Off; Express: app.disable('x-powered-by')).",
        ),
        &[OWASP_HEADERS],
        &[200],
        |web| discloses(web, "x-powered-by", false),
    ),
    page(
        "http.plaintext.no_https_redirect",
        "Site served without HTTPS",
        Severity::Medium,
        (
            "The page is served over plain HTTP without a redirect to HTTPS: visitors can be \
             watched and answers changed on the way.",
            "Redirect every HTTP request to HTTPS with status 301 or 308, and serve content only \
             there.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc9110#section-4.2.2"],
        &[319],
        no_https_redirect,
    ),
    page(
        "http.plaintext.basic_auth",
        "Passwords asked over plain HTTP",
        Severity::High,
        (
            "The server asks for a password by Basic authentication without TLS; it travels in \
             the clear with every request.",
            "Serve the area over HTTPS only, or replace Basic authentication.",
        ),
        &["https://www.rfc-editor.org/rfc/rfc7617#section-4"],
        &[523],
        |web| {
            if web.is_tls {
                return PageVerdict::NotApplicable;
            }
            let challenge = web.home.header("www-authenticate");
            let asks =
                web.home.status == 401 && challenge.to_ascii_lowercase().starts_with("basic");
            PageVerdict::found_if(asks, "www-authenticate: Basic")
        },
    ),
    page(
        "http.default_page.nginx",
        "nginx default page",
        Severity::Low,
        (
            "The server shows nginx's welcome page: it was set up and forgotten, or its virtual \
             hosts are not configured for this name.",
            "Remove the default site or answer unknown names with 444, and take unused servers \
             down.",
        ),
        &["https://nginx.org/en/docs/http/request_processing.html"],
        &[1188],
        |web| shows(web, &["Welcome to nginx!"]),
    ),
    page(
        "http.default_page.apache",
        "Apache default page",
        Severity::Low,
        (
            "The server shows Apache's default page: it was set up and forgotten, or its virtual \
             hosts are not configured for this name.",
            "Disable the default site (a2dissite 000-default) and take unused servers down.",
        ),
        &["https://httpd.apache.org/docs/2.4/vhosts/"],
        &[1188],
        |web| {
            shows(
                web,
                &[
                    "Apache2 Debian Default Page",
                    "Apache2 Ubuntu Default Page",
                    "<h1>It works!</h1>",
                    "Apache HTTP Server Test Page",
                ],
            )
        },
    ),
    page(
        "http.default_page.other",
        "Default page of a server product",
        Severity::Low,
        (
            "The server shows the default page of IIS, Tomcat, Caddy or a hosting panel: it was \
             set up and forgotten.",
            "Remove the default content and take unused servers down.",
        ),
        &["https://owasp.org/Top10/A05_2021-Security_Misconfiguration/"],
        &[1188],
        |web| {
            shows(
                web,
                &[
                    "<title>IIS Windows Server</title>",
                    "<title>Apache Tomcat/",
                    "Your web server is working. Now make it work for you",
                    "Default PLESK Page",
                    "default.htm placeholder",
                ],
            )
        },
    ),
];
