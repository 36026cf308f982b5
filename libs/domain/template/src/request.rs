//! Web requests, filled in and ready to send.
use bytes::Bytes;

use crate::{HttpBlock, HttpForm, Marked, RawForm, TargetUrl, Values, value::Chance};

/// A request ready to send.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpRequest {
    /// Where it goes and what it asks for.
    pub url: TargetUrl,
    /// Method.
    pub method: String,
    /// In order, names as written.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Body.
    pub body: Bytes,
    /// Exactly these bytes instead, when the template wants that.
    pub exact: Option<Bytes>,
    /// Name for TLS, when not the host's.
    pub server_name: Option<String>,
    /// Patience in seconds, when the template says so.
    pub timeout_s: Option<u64>,
}

/// A request as text, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRequest {
    /// Method.
    pub method: String,
    /// As written in the request line.
    pub target: String,
    /// In order, names as written.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What follows the empty line.
    pub body: Vec<u8>,
}

/// Takes a request's text apart; none when it has no request line.
pub fn read_raw(text: &[u8]) -> Option<RawRequest> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let (first, fields) = lines.split_first()?;
    let first = String::from_utf8_lossy(first);
    let (method, tail) = first.trim().split_once(' ')?;
    let target = match tail.rsplit_once(' ') {
        Some((target, version)) if version.starts_with("HTTP/") => target,
        _ => tail,
    };
    let headers = fields
        .iter()
        .filter_map(|line| {
            let at = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = line.split_at(at);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            Some((
                String::from_utf8_lossy(name).trim().to_owned(),
                value.to_vec(),
            ))
        })
        .collect();
    Some(RawRequest {
        method: method.to_owned(),
        target: target.trim().to_owned(),
        headers,
        body: rest.to_vec(),
    })
}

/// What every request says unless the template does.
const DEFAULT_HEADERS: &[(&str, &str)] = &[("Accept", "*/*"), ("Accept-Language", "en")];

impl HttpBlock {
    /// A request of this block, filled in for a target.
    ///
    /// # Errors
    /// Why it cannot be sent: markers without a value, or no URL.
    pub fn request(
        &self,
        form: &HttpForm,
        target: &TargetUrl,
        names: &Values,
        user_agent: &str,
        chance: &mut Chance,
    ) -> Result<HttpRequest, String> {
        let mut request = match form {
            HttpForm::Parts {
                method,
                url,
                headers,
                body,
            } => self.fill_parts(method, url, headers, body.as_ref(), target, names, chance)?,
            HttpForm::Raw(raw) => self.fill_raw(raw, target, names, chance)?,
        };
        let mut add = |name: &str, value: &str| {
            if !request
                .headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                request
                    .headers
                    .push((name.to_owned(), value.as_bytes().to_vec()));
            }
        };
        add("User-Agent", user_agent);
        if matches!(form, HttpForm::Parts { .. }) {
            for (name, value) in DEFAULT_HEADERS {
                add(name, value);
            }
        }
        Ok(request)
    }

    fn fill(&self, text: &Marked, names: &Values, chance: &mut Chance) -> Result<Bytes, String> {
        let mut left = Vec::new();
        let filled = text.fill_known(names, chance, &mut left);
        if left.is_empty() || self.sends_unfilled {
            Ok(filled)
        } else {
            Err(format!("no value for {}", left.join(", ")))
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one request, taken apart once"
    )]
    fn fill_parts(
        &self,
        method: &str,
        url: &Marked,
        headers: &[(String, Marked)],
        body: Option<&Marked>,
        target: &TargetUrl,
        names: &Values,
        chance: &mut Chance,
    ) -> Result<HttpRequest, String> {
        let url = self.fill(url, names, chance)?;
        let url = String::from_utf8_lossy(&url);
        let url = url_of(&url, target)?;
        let headers = headers
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.fill(value, names, chance)?.to_vec())))
            .collect::<Result<_, String>>()?;
        let body = body
            .map(|body| self.fill(body, names, chance))
            .transpose()?;
        Ok(HttpRequest {
            url,
            method: method.to_owned(),
            headers,
            body: body.unwrap_or_default(),
            exact: None,
            server_name: None,
            timeout_s: None,
        })
    }

    fn fill_raw(
        &self,
        raw: &RawForm,
        target: &TargetUrl,
        names: &Values,
        chance: &mut Chance,
    ) -> Result<HttpRequest, String> {
        let text = self.fill(&raw.text, names, chance)?;
        let read = read_raw(&text).ok_or("the raw request has no request line")?;
        let mut url = if read.target.contains("://") {
            url_of(&read.target, target)?
        } else {
            let mut url = target.clone();
            url.path = if self.keeps_path {
                read.target.clone()
            } else {
                merged(&target.path, &read.target)
            };
            url
        };
        if let Some(host) = &raw.host {
            let host = self.fill(host, names, chance)?;
            let host = String::from_utf8_lossy(&host).into_owned();
            let host = if host.contains("://") {
                host
            } else {
                format!("{}://{host}", url.scheme)
            };
            let other = TargetUrl::new(&host).ok_or("@Host is no host")?;
            (url.scheme, url.host, url.port) = (other.scheme, other.host, other.port);
        }
        let server_name = raw
            .server_name
            .as_ref()
            .map(|name| self.fill(name, names, chance))
            .transpose()?
            .map(|name| String::from_utf8_lossy(&name).into_owned());
        let body = match read.body.strip_suffix(b"\n") {
            Some(body) if !self.is_unsafe => body.strip_suffix(b"\r").unwrap_or(body),
            _ => &read.body,
        };
        let exact = self.is_unsafe.then(|| exact_bytes(&text));
        Ok(HttpRequest {
            url,
            method: read.method,
            body: Bytes::copy_from_slice(body),
            headers: read
                .headers
                .into_iter()
                .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
                .collect(),
            exact,
            server_name,
            timeout_s: raw.timeout_s,
        })
    }
}

fn url_of(text: &str, target: &TargetUrl) -> Result<TargetUrl, String> {
    let absolute = if text.contains("://") {
        text.to_owned()
    } else {
        format!("{}/{}", target.root(), text.trim_start_matches('/'))
    };
    TargetUrl::new(&absolute).ok_or_else(|| format!("{} is no URL", crate::brief(text)))
}

/// The raw request's path below the target's own.
fn merged(base: &str, path: &str) -> String {
    let (base, query) = base.split_once('?').unwrap_or((base, ""));
    let path = format!("{}{path}", base.trim_end_matches('/'));
    match (query.is_empty(), path.contains('?')) {
        (true, _) => path,
        (false, true) => format!("{path}&{query}"),
        (false, false) => format!("{path}?{query}"),
    }
}

/// The text with the head's lines ended as HTTP wants them; the body stays.
fn exact_bytes(text: &[u8]) -> Bytes {
    let (mut out, mut rest) = (Vec::with_capacity(text.len() + 32), text);
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        if line.is_empty() {
            out.extend_from_slice(rest);
            return out.into();
        }
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\r\n\r\n");
    out.into()
}

impl HttpRequest {
    /// As it goes over the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        if let Some(exact) = &self.exact {
            return exact.to_vec();
        }
        let target = match self.url.path.as_str() {
            path if path.starts_with('/') => path.to_owned(),
            path => format!("/{path}"),
        };
        let mut out = Vec::with_capacity(256 + self.body.len());
        // A blank or a line end in the path would end the request line early.
        let target: String = target.chars().map(safe_path_char).collect();
        out.extend_from_slice(format!("{} {target} HTTP/1.1\r\n", self.method).as_bytes());
        let mut line = |name: &str, value: &[u8]| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend(value.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')));
            out.extend_from_slice(b"\r\n");
        };
        let has = |name: &str| {
            self.headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        if !has("host") {
            line("Host", self.url.authority().as_bytes());
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        if !has("accept-encoding") {
            line("Accept-Encoding", b"gzip");
        }
        let sends_body =
            !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH");
        if sends_body && !has("transfer-encoding") {
            line("Content-Length", self.body.len().to_string().as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out
    }
}

fn safe_path_char(c: char) -> char {
    if c.is_whitespace() || c.is_control() {
        '+'
    } else {
        c
    }
}
