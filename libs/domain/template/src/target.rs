//! Targets, and the names templates know them by.
use crate::Values;

/// Names that every request can read.
pub(crate) const NAMES: &[&str] = &[
    "BaseURL",
    "RootURL",
    "Hostname",
    "Host",
    "Port",
    "Path",
    "File",
    "Scheme",
    "Input",
    "FQDN",
    "RDN",
    "DN",
    "TLD",
    "SD",
    "randstr",
    "ip",
    "cname",
    "host",
    "timestamp",
];

/// What a target is made of. Kept as written: a template's odd path must stay odd.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetUrl {
    /// `http` or `https`.
    pub scheme: String,
    /// Name or address; IPv6 without brackets.
    pub host: String,
    /// Port as written; none when left out.
    pub port: Option<u16>,
    /// Path and query, beginning with `/`, `?` or nothing.
    pub path: String,
}

impl TargetUrl {
    /// Splits an absolute URL of the web; none when it is not one.
    pub fn new(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return None;
        }
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        // What stands before `@` names a user, never the host.
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = split_port(authority)?;
        let path = path.split('#').next().unwrap_or_default();
        Some(Self {
            scheme,
            host,
            port,
            path: path.to_owned(),
        })
    }

    /// The port it goes to.
    pub fn port_or_default(&self) -> u16 {
        self.port
            .unwrap_or(if self.scheme == "https" { 443 } else { 80 })
    }

    /// Whether it is reached over TLS.
    pub fn is_tls(&self) -> bool {
        self.scheme == "https"
    }

    /// Host and port as a `Host` header has them.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// Scheme, host and port.
    pub fn root(&self) -> String {
        format!("{}://{}", self.scheme, self.authority())
    }

    /// Where a `Location` leads from here, as a URL; none when it leaves the web.
    pub fn join(&self, location: &str) -> Option<Self> {
        let base = url::Url::parse(&format!("{}{}", self.root(), self.path)).ok()?;
        Self::new(base.join(location.trim()).ok()?.as_str())
    }

    /// What requests to this target can read.
    pub fn names(&self) -> Values {
        let mut values = Values::new();
        let base = format!("{}{}", self.root(), self.path);
        let path = self.path.split('?').next().unwrap_or_default();
        let (directory, file) = match path.rsplit_once('/') {
            Some((directory, file)) if file.contains('.') => (directory, file),
            _ => (path.trim_end_matches('/'), ""),
        };
        values.set("BaseURL", base.trim_end_matches('/'));
        values.set("Input", base.trim_end_matches('/'));
        values.set("RootURL", self.root());
        values.set("Hostname", self.authority());
        values.set("Host", self.host.as_str());
        values.set("Port", self.port_or_default().to_string());
        values.set("Path", directory);
        values.set("File", file);
        values.set("Scheme", self.scheme.as_str());
        values.set("FQDN", self.host.as_str());
        let domain = psl::domain_str(&self.host).unwrap_or(&self.host);
        let suffix = psl::suffix_str(&self.host).unwrap_or_default();
        let label = domain
            .strip_suffix(suffix)
            .unwrap_or(domain)
            .trim_end_matches('.');
        let below = self.host.strip_suffix(domain).unwrap_or_default();
        values.set("RDN", domain);
        values.set("DN", label);
        values.set("TLD", suffix);
        values.set("SD", below.trim_end_matches('.'));
        values
    }
}

fn split_port(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            (host, after.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => Some(port.parse().ok()?),
    };
    let is_host = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%'));
    is_host.then(|| (host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::TargetUrl;

    #[test]
    fn urls_are_split_and_odd_paths_stay_odd() {
        let url = TargetUrl::new("http://User:p@Example.co.uk:81/a/../%2e/b.php?q=1#f").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("example.co.uk", Some(81)));
        assert_eq!(url.path, "/a/../%2e/b.php?q=1");
        let names = url.names();
        let get = |name: &str| names.get(name).unwrap().to_text();
        assert_eq!(get("Hostname"), "example.co.uk:81");
        assert_eq!(
            (get("RDN"), get("DN"), get("TLD")),
            ("example.co.uk".into(), "example".into(), "co.uk".into())
        );
        assert_eq!(get("File"), "b.php");
        assert_eq!(
            TargetUrl::new("https://[::1]:8443").unwrap().authority(),
            "[::1]:8443"
        );
        assert!(TargetUrl::new("ftp://x").is_none());
        assert!(TargetUrl::new("http://a b/").is_none());
    }

    #[test]
    fn the_host_is_what_a_browser_would_go_to() {
        for (text, host) in [
            ("http://good.example\\@evil.example/", "good.example"),
            ("http://good.example@evil.example/", "evil.example"),
            ("http://evil.example#@good.example/", "evil.example"),
        ] {
            assert_eq!(TargetUrl::new(text).unwrap().host, host, "{text}");
        }
        let base = TargetUrl::new("http://a:1/x/y").unwrap();
        assert_eq!(base.join("//b/z").unwrap().host, "b");
        assert_eq!(base.join("z").unwrap().path, "/x/z");
        assert!(base.join("javascript:alert(1)").is_none());
    }
}
