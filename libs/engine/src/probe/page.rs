//! What a page says of itself: its title, and the software it shows.
use super::http::Exchange;

/// The title of a page, as one harmless line.
pub(crate) fn title_of(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let inner = lower
        .find("<title")
        .and_then(|open| lower.get(open..)?.find('>').map(|end| open + end + 1))
        .and_then(|start| {
            let end = lower.get(start..)?.find("</title")?;
            page.get(start..start + end)
        });
    crate::text::line(inner.unwrap_or_default())
}

/// Marks of common software in headers and pages: `(technology, where, mark)`.
const MARKS: &[(&str, &str, &str)] = &[
    ("nginx", "server", "nginx"),
    ("Apache", "server", "apache"),
    ("IIS", "server", "microsoft-iis"),
    ("Caddy", "server", "caddy"),
    ("LiteSpeed", "server", "litespeed"),
    ("Cloudflare", "server", "cloudflare"),
    ("Envoy", "server", "envoy"),
    ("Jetty", "server", "jetty"),
    ("Werkzeug", "server", "werkzeug"),
    ("gunicorn", "server", "gunicorn"),
    ("PHP", "x-powered-by", "php"),
    ("ASP.NET", "x-powered-by", "asp.net"),
    ("Express", "x-powered-by", "express"),
    ("Next.js", "x-powered-by", "next.js"),
    ("PHP", "set-cookie", "phpsessid"),
    ("Java", "set-cookie", "jsessionid"),
    ("Laravel", "set-cookie", "laravel_session"),
    ("Django", "set-cookie", "csrftoken"),
    ("WordPress", "body", "/wp-content/"),
    ("Drupal", "body", "drupal-settings-json"),
    ("Joomla", "body", "/media/jui/"),
    ("React", "body", "data-reactroot"),
    ("Angular", "body", "ng-version="),
    ("Vue.js", "body", "data-v-app"),
    ("jQuery", "body", "jquery"),
    ("Grafana", "body", "grafana-app"),
    ("Jenkins", "x-jenkins", ""),
];

/// Technologies an exchange shows, each once, in order.
pub(crate) fn technologies_of(exchange: &Exchange) -> Vec<String> {
    let body = exchange.text().to_ascii_lowercase();
    let mut found: Vec<String> = MARKS
        .iter()
        .filter(|(_, place, mark)| match *place {
            "body" => body.contains(mark),
            name => exchange
                .headers
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|value| value.to_ascii_lowercase().contains(mark)),
        })
        .map(|(technology, _, _)| (*technology).to_owned())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::title_of;

    #[test]
    fn a_title_is_found_in_any_case_and_made_harmless() {
        assert_eq!(
            title_of("<HTML><Title lang=x>\n Hello\tthere </TITLE>"),
            "Hello there"
        );
        assert_eq!(title_of("<title>open"), "");
        assert_eq!(title_of("ſ<title>ẞ</title>"), "ẞ");
    }
}
