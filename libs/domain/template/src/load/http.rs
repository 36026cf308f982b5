//! `http` blocks.
use crate::{
    Attack, HttpBlock, HttpForm, Marked, Payloads, RawForm, Redirects, payload::ROUNDS_MAX,
    yaml::Node,
};

use super::{
    Files,
    fields::{Fields, texts_of},
    operators,
};

/// Most redirects that are followed, whatever a template says.
const REDIRECTS_MAX: usize = 10;

/// Keys that change nothing here: how fast others would send, or what this engine always does.
const IGNORED: &[&str] = &[
    "id",
    "name",
    "threads",
    "req-condition",
    "cookie-reuse",
    "read-all",
    "disable-http2",
];

pub(super) fn read(node: &Node, files: &mut Files<'_>) -> Result<HttpBlock, String> {
    let fields = Fields::new(node, "http")?;
    let own: &[&str] = &[
        "path",
        "raw",
        "method",
        "body",
        "headers",
        "payloads",
        "attack",
        "redirects",
        "host-redirects",
        "max-redirects",
        "disable-cookie",
        "stop-at-first-match",
        "unsafe",
        "max-size",
        "skip-variables-check",
        "disable-path-automerge",
        "self-contained",
    ];
    fields.known(&[own, operators::KEYS, IGNORED].concat())?;
    if fields.flag("self-contained")? {
        return Err("it is self-contained: its requests would not go to the target".to_owned());
    }
    let operators = operators::read(&fields)?;
    let requests = forms(&fields)?;
    let redirects = match (fields.flag("redirects")?, fields.flag("host-redirects")?) {
        (_, true) => Redirects::SameHost,
        (true, false) => Redirects::All,
        (false, false) => Redirects::None,
    };
    Ok(HttpBlock {
        payloads: payloads(&fields, files)?,
        redirects,
        redirects_max: fields
            .number("max-redirects")?
            .unwrap_or(REDIRECTS_MAX)
            .min(REDIRECTS_MAX),
        keeps_cookies: !fields.flag("disable-cookie")?,
        stops_at_first_match: fields.flag("stop-at-first-match")?,
        is_unsafe: fields.flag("unsafe")?,
        body_bytes_max: fields.number("max-size")?,
        keeps_path: fields.flag("disable-path-automerge")?,
        sends_unfilled: fields.flag("skip-variables-check")?,
        reads_history: operators.reads_history() || fields.flag("req-condition")?,
        requests,
        operators,
    })
}

fn forms(fields: &Fields<'_>) -> Result<Vec<HttpForm>, String> {
    let mut forms = Vec::new();
    let method = fields.text("method").unwrap_or("GET").trim().to_uppercase();
    if !method.bytes().all(|byte| byte.is_ascii_alphabetic()) || method.is_empty() {
        return Err(format!("the method {method:?} is not known"));
    }
    for path in fields.texts("path") {
        let headers = match fields.get("headers") {
            Some(Node::Map(entries)) => entries
                .iter()
                .map(|(name, value)| (name.clone(), Marked::new(value.text().unwrap_or_default())))
                .collect(),
            None => Vec::new(),
            Some(_) => return Err("headers are not a mapping".to_owned()),
        };
        forms.push(HttpForm::Parts {
            method: method.clone(),
            url: Marked::new(path.trim()),
            headers,
            body: fields.text("body").map(Marked::new),
        });
    }
    for text in fields.texts("raw") {
        forms.push(HttpForm::Raw(raw(&text)?));
    }
    if forms.is_empty() {
        return Err("an http block has neither path nor raw".to_owned());
    }
    Ok(forms)
}

/// A request as text; lines with `@` before it are annotations.
fn raw(text: &str) -> Result<RawForm, String> {
    let mut form = RawForm {
        text: Marked::new(""),
        timeout_s: None,
        host: None,
        server_name: None,
        is_once: false,
    };
    let mut rest = text.trim_start();
    while rest.starts_with('@') {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "@timeout" => form.timeout_s = seconds(value),
            "@host" => form.host = Some(Marked::new(value)),
            "@tls-sni" => form.server_name = Some(Marked::new(value)),
            "@once" => form.is_once = true,
            other => return Err(format!("the annotation {other} is not supported")),
        }
        rest = after.trim_start();
    }
    if rest.is_empty() {
        return Err("a raw request is empty".to_owned());
    }
    form.text = Marked::new(rest);
    Ok(form)
}

/// `10s`, `500ms`, `1m` or `10`.
fn seconds(text: &str) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().ok()?;
    Some(match unit.trim() {
        "ms" => number.div_ceil(1_000),
        "m" => number.saturating_mul(60),
        _ => number,
    })
}

pub(super) fn payloads(
    fields: &Fields<'_>,
    files: &mut Files<'_>,
) -> Result<Option<Payloads>, String> {
    let Some(Node::Map(entries)) = fields.get("payloads") else {
        return Ok(None);
    };
    let attack = match fields.word("attack").as_str() {
        "" | "batteringram" => Attack::BatteringRam,
        "pitchfork" => Attack::Pitchfork,
        "clusterbomb" => Attack::ClusterBomb,
        other => return Err(format!("the attack {other:?} is not known")),
    };
    let mut lists = Vec::new();
    for (name, value) in entries {
        let values = match value {
            Node::List(_) => texts_of(value),
            Node::Scalar { text, .. } if text.trim().contains('\n') => {
                text.trim().lines().map(str::to_owned).collect()
            }
            Node::Scalar { text, .. } => files.lines(text.trim())?,
            _ => return Err(format!("the payload {name} is not a list")),
        };
        if values.is_empty() {
            return Err(format!("the payload {name} is empty"));
        }
        lists.push((name.clone(), values));
    }
    let payloads = Payloads { attack, lists };
    if payloads.len() > ROUNDS_MAX {
        return Err(format!(
            "its payloads combine to more than {ROUNDS_MAX} rounds"
        ));
    }
    Ok((!payloads.is_empty()).then_some(payloads))
}
