//! What a template may do to its target, concluded from its requests; tags can only add to it.
//!
//! `passive` is what a browser sends: GET of pages without a body, credentials or encoded
//! attacks. `safe` is anything that reads only. Everything else is `intrusive`.
use wt_model::Policy;

use crate::{
    Block, Expression, HttpBlock, HttpForm, Marked, Template, operators::is_numbered, target,
};

/// Tags of templates that change, load or guess.
const INTRUSIVE_TAGS: &[&str] = &[
    "intrusive",
    "dos",
    "fuzz",
    "fuzzing",
    "dast",
    "bruteforce",
    "brute-force",
    "default-login",
    "creds-stuffing",
    "credential-stuffing",
    "token-spray",
    "fileupload",
    "file-upload",
    "rce",
    "sqli",
    "time-based-sqli",
    "deserialization",
    "ssti",
    "cmdi",
    "injection",
    "local",
];
/// Tags of probes that no browser sends although they only read.
const PROBING_TAGS: &[&str] = &[
    "lfi",
    "xss",
    "ssrf",
    "redirect",
    "xxe",
    "traversal",
    "crlf",
    "bypass",
];
/// Marks of attacks in a request, lower case.
const ATTACK_MARKS: &[&str] = &[
    "../",
    "..%2f",
    "%2e%2e",
    "..\\",
    "<script",
    "%3cscript",
    "sleep(",
    "waitfor",
    "union select",
    "union+select",
    "${jndi",
    "%00",
    "|id",
    ";id",
    "$(",
    "`",
    "' or ",
    "%27",
];
/// Words of commands that change state behind a GET.
const CHANGING_MARKS: &[&str] = &[
    "sleep(",
    "waitfor",
    "benchmark(",
    "${jndi",
    "$(",
    "cmd=",
    "exec=",
    "delete",
    "shutdown",
];
/// Most requests of one template to one target under `safe`; more is a search.
const SAFE_ROUNDS_MAX: usize = 200;

/// The least policy that lets a template run.
pub(crate) fn policy_of(template: &Template) -> Policy {
    let tags = &template.info.tags;
    let has = |list: &[&str]| {
        tags.iter()
            .any(|tag| list.contains(&tag.to_lowercase().as_str()))
    };
    // What makes a server call another one is more than reading.
    let mut policy = if has(INTRUSIVE_TAGS) || template.needs_interactions {
        Policy::Intrusive
    } else if has(PROBING_TAGS) {
        Policy::Safe
    } else {
        Policy::Passive
    };
    for block in &template.blocks {
        policy = policy.max(match block {
            Block::Http(block) => http_policy(block),
            Block::Dns(_) | Block::Ssl(_) => Policy::Passive,
            // Reading a greeting is harmless; what is said first may be a command.
            Block::Tcp(block) if block.inputs.is_empty() => Policy::Passive,
            Block::Tcp(block) if block.payloads.is_some() => Policy::Intrusive,
            Block::Tcp(_) => Policy::Safe,
        });
    }
    policy
}

fn http_policy(block: &HttpBlock) -> Policy {
    let rounds = block.payloads.as_ref().map_or(1, crate::Payloads::len);
    let mut policy = if rounds > SAFE_ROUNDS_MAX || block.is_unsafe {
        Policy::Intrusive
    } else if rounds > 1 {
        Policy::Safe
    } else {
        Policy::Passive
    };
    for form in &block.requests {
        policy = policy.max(form_policy(form));
    }
    policy
}

fn form_policy(form: &HttpForm) -> Policy {
    let (method, text, has_body, has_credentials) = match form {
        HttpForm::Parts {
            method,
            url,
            headers,
            body,
        } => {
            let credentials = headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
            let mut text = url.source().to_owned();
            for (_, value) in headers {
                text.push_str(value.source());
            }
            (method.clone(), text, body.is_some(), credentials)
        }
        HttpForm::Raw(raw) => {
            let text = raw.text.source();
            let method = text
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_uppercase();
            let plain = text.replace("\r\n", "\n");
            let body = plain.split_once("\n\n").map_or("", |(_, body)| body);
            let credentials = plain.to_ascii_lowercase().contains("\nauthorization:");
            (method, plain.clone(), !body.trim().is_empty(), credentials)
        }
    };
    let text = text.to_lowercase();
    let is_read = matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS");
    let says = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    if !is_read || has_body || has_credentials || says(CHANGING_MARKS) {
        Policy::Intrusive
    } else if method != "GET" || says(ATTACK_MARKS) {
        Policy::Safe
    } else {
        Policy::Passive
    }
}

impl Template {
    /// Every text with markers that a request is made of.
    fn request_texts(&self) -> Vec<&Marked> {
        let mut texts = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Http(block) if block.sends_unfilled => {}
                Block::Http(block) => {
                    for form in &block.requests {
                        match form {
                            HttpForm::Parts {
                                url, headers, body, ..
                            } => {
                                texts.push(url);
                                texts.extend(headers.iter().map(|(_, value)| value));
                                texts.extend(body);
                            }
                            HttpForm::Raw(raw) => {
                                texts.push(&raw.text);
                                texts.extend(&raw.host);
                                texts.extend(&raw.server_name);
                            }
                        }
                    }
                }
                Block::Dns(block) => texts.push(&block.name),
                Block::Tcp(block) => {
                    texts.extend(&block.hosts);
                    texts.extend(block.inputs.iter().map(|input| &input.data));
                }
                Block::Ssl(block) => texts.push(&block.address),
            }
        }
        texts
    }

    /// Refuses what calls a function that does not exist.
    pub(crate) fn check_functions(&self) -> Result<(), String> {
        let variables = self.variables.iter().map(|(_, text)| text);
        let words = self
            .blocks
            .iter()
            .flat_map(|block| block.operators().marked());
        for text in self
            .request_texts()
            .into_iter()
            .chain(variables)
            .chain(words)
        {
            if let Some(why) = text.broken() {
                return Err(why);
            }
        }
        Ok(())
    }

    /// Names its requests read that nothing of the template gives a value: the operator has to.
    pub(crate) fn unfilled_names(&self) -> Vec<String> {
        let mut given: Vec<&str> = target::NAMES.to_vec();
        given.extend(self.variables.iter().map(|(name, _)| name.as_str()));
        given.extend(self.constants.iter().map(|(name, _)| name.as_str()));
        for block in &self.blocks {
            given.extend(block.operators().extractors.iter().map(|e| e.name.as_str()));
            let payloads = match block {
                Block::Http(block) => block.payloads.as_ref(),
                Block::Dns(block) => block.payloads.as_ref(),
                Block::Tcp(block) => block.payloads.as_ref(),
                Block::Ssl(_) => None,
            };
            given.extend(
                payloads
                    .iter()
                    .flat_map(|p| &p.lists)
                    .map(|(name, _)| name.as_str()),
            );
        }
        let is_given = |name: &str| {
            name.starts_with("interactsh")
                || given.contains(&name)
                || is_numbered(name)
                || given.iter().any(|known| {
                    !known.is_empty()
                        && name
                            .strip_prefix(known)
                            .is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()))
                })
        };
        let mut names: Vec<String> = Vec::new();
        let variables = self.variables.iter().map(|(_, text)| text);
        for text in self.request_texts().into_iter().chain(variables) {
            for name in text.names() {
                let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    && name
                        .chars()
                        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
                if is_name && !is_given(name) && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    /// Every expression of its operators, for analyses.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut all = Vec::new();
        for block in &self.blocks {
            block
                .operators()
                .each_expression(&mut |expression| all.push(expression));
        }
        all
    }
}
