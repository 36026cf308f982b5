//! What looks like a secret in evidence – passwords, tokens, keys, session cookies – is covered
//! before it leaves this service, until somebody asks for it by a call that is recorded.
//!
//! A cover and no wall: who may read an exposure may uncover it. So a miss shows nothing to anybody
//! who could not read it, and a false hit costs one call.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::bytes::{Captures, Regex};

/// Stands in place of a value; always as long, so that it tells no length.
pub(crate) const COVER: &str = "••••••••";

/// Bytes of one text that are looked through; what comes after them is covered whole. Evidence is
/// far smaller: this bounds what a row from elsewhere may cost.
const LOOKED_AT: usize = 1 << 20;

/// A covered value this long is covered wherever else the evidence repeats it; a shorter one is
/// too likely a word.
const REPEATED_MIN: usize = 4;

/// Values that are looked for elsewhere; a host that sends more is not worth the time.
const REPEATED_MAX: usize = 100;

/// Words in the name of a value that make it a secret.
const NAMED: &str = "pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|credentials?|session(?:[_-]?id)?|sid|auth|jwt|bearer|signature|csrf";

/// In each the secret is the group that took part.
static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    shapes()
        .iter()
        .filter_map(|shape| Regex::new(shape).ok())
        .collect()
});

fn shapes() -> [String; 12] {
    let value = r#""([^"\n]{3,})"|'([^'\n]{3,})'|([^\s"'&;,<>{}()\[\]]{3,})"#;
    [
        // A private key, whole, also where its end was cut off.
        "(?-u)-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----([^-]+)".to_owned(),
        // What a request or an answer carries to say who asks.
        r"(?im-u)^[ \t]*(?:proxy-)?authorization:[ \t]*(?:[a-z]{1,20}[ \t]+)?([^\s][^\r\n]*)"
            .to_owned(),
        r"(?im-u)^[ \t]*(?:x-[a-z-]*(?:key|token|secret|auth)|x-csrf[a-z-]*):[ \t]*([^\s][^\r\n]*)"
            .to_owned(),
        r"(?im-u)^[ \t]*set-cookie:[ \t]*[^=;\s]+=([^;\s]+)".to_owned(),
        r"(?im-u)^[ \t]*cookie:[ \t]*([^\s][^\r\n]*)".to_owned(),
        // `scheme://name:password@host`.
        r#"(?i-u)\b[a-z][a-z0-9+.-]{1,20}://[^\s:@/'"]{0,200}:([^\s@/'"]{1,400})@"#.to_owned(),
        // `DB_PASSWORD=…`, `"api_key": "…"`, `token: …`.
        format!(
            r#"(?i-u)(?:^|[^a-z0-9])(?:[a-z0-9]+[_.-])*(?:{NAMED})(?:[_.-][a-z0-9]{{1,40}}){{0,2}}["']?\]?[ \t]*(?:=>|:=|[=:])[ \t]*(?:{value})"#
        ),
        // Shapes that need no name beside them.
        r"(?-u)\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*)".to_owned(),
        r"(?-u)\b((?:AKIA|ASIA)[A-Z0-9]{16})\b".to_owned(),
        r"(?-u)\b(gh[opsur]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|glpat-[A-Za-z0-9_-]{20,255})"
            .to_owned(),
        r"(?-u)\b(xox[abeoprs]-[A-Za-z0-9-]{10,255}|sk_(?:live|test)_[A-Za-z0-9_]{10,255}|rk_live_[A-Za-z0-9_]{10,255})"
            .to_owned(),
        r"(?-u)\b(AIza[A-Za-z0-9_-]{35}|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,128}|npm_[A-Za-z0-9]{36}|wt_[A-Za-z0-9_-]{20,255})"
            .to_owned(),
    ]
}

/// Values that name no secret, whatever they are called.
const NOTHING: [&[u8]; 12] = [
    b"true",
    b"false",
    b"null",
    b"none",
    b"undefined",
    b"required",
    b"basic",
    b"bearer",
    b"digest",
    b"yes",
    b"no",
    b"",
];

/// A range of bytes, its end not part of it.
type Range = (usize, usize);

/// What is shown of an exposure, with what was covered in it.
#[derive(Debug, Default)]
pub(crate) struct Covered {
    /// The values, to be covered wherever they are repeated.
    values: Vec<Vec<u8>>,
}

impl Covered {
    /// Learns what looks like a secret in `text`.
    pub(crate) fn learn(&mut self, text: &[u8]) {
        for (start, end) in ranges(text) {
            let value = text.get(start..end).unwrap_or_default();
            self.remember(value);
        }
    }

    /// Learns the value of an attribute that is one by its name or by its look.
    pub(crate) fn learn_named(&mut self, name: &str, value: &str) {
        if is_secret(name, value) {
            self.remember(value.as_bytes());
        }
    }

    fn remember(&mut self, value: &[u8]) {
        let worth = value.len() >= REPEATED_MIN && self.values.len() < REPEATED_MAX;
        if worth && !self.values.iter().any(|known| known == value) {
            self.values.push(value.to_vec());
        }
    }

    /// `text` with a cover over each secret, and over how many.
    pub(crate) fn cover(&self, text: &[u8]) -> (Vec<u8>, u32) {
        let mut found = ranges(text);
        for value in &self.values {
            let repeated = text.windows(value.len().max(1)).enumerate();
            found.extend(
                repeated
                    .filter(|(_, window)| window == value)
                    .map(|(at, window)| (at, at + window.len())),
            );
        }
        let apart = apart(found);
        let mut shown = Vec::with_capacity(text.len());
        let mut done = 0;
        for (start, end) in &apart {
            shown.extend_from_slice(text.get(done..*start).unwrap_or_default());
            shown.extend_from_slice(COVER.as_bytes());
            done = *end;
        }
        shown.extend_from_slice(text.get(done..).unwrap_or_default());
        (shown, u32::try_from(apart.len()).unwrap_or(u32::MAX))
    }

    /// [`Covered::cover`] of text.
    pub(crate) fn cover_text(&self, text: &str) -> (String, u32) {
        let (shown, covered) = self.cover(text.as_bytes());
        (String::from_utf8_lossy(&shown).into_owned(), covered)
    }

    /// The attributes as they are shown, with the names of those that are covered, in order.
    pub(crate) fn cover_named(
        &self,
        attributes: BTreeMap<String, String>,
    ) -> (BTreeMap<String, String>, Vec<String>) {
        let mut covered = Vec::new();
        let shown = attributes.into_iter().map(|(name, value)| {
            if is_secret(&name, &value) || self.cover_text(&value).1 > 0 {
                covered.push(name.clone());
                (name, COVER.to_owned())
            } else {
                (name, value)
            }
        });
        (shown.collect(), covered)
    }
}

/// Whether a value is a secret by its own name (`api_key`) or looks like one by itself.
fn is_secret(name: &str, value: &str) -> bool {
    let said = format!("{name}: {value}");
    let begins = said.len() - value.len();
    ranges(said.as_bytes()).iter().any(|(_, end)| *end > begins)
}

/// Where secrets seem to be, in order and apart.
fn ranges(text: &[u8]) -> Vec<Range> {
    let looked = text.get(..LOOKED_AT).unwrap_or(text);
    let mut found: Vec<Range> = SHAPES
        .iter()
        .flat_map(|shape| shape.captures_iter(looked))
        .filter_map(|seen| value_of(&seen))
        .collect();
    if text.len() > LOOKED_AT {
        found.push((LOOKED_AT, text.len()));
    }
    apart(found)
}

fn value_of(seen: &Captures<'_>) -> Option<Range> {
    let value = seen.iter().skip(1).flatten().next()?;
    let word = value.as_bytes().trim_ascii().to_ascii_lowercase();
    (!NOTHING.contains(&word.as_slice())).then(|| (value.start(), value.end()))
}

/// Sorts, and makes one of what touches.
fn apart(mut found: Vec<Range>) -> Vec<Range> {
    found.sort_unstable();
    let mut apart: Vec<Range> = Vec::with_capacity(found.len());
    for (start, end) in found {
        match apart.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => apart.push((start, end)),
        }
    }
    apart
}

#[cfg(test)]
mod tests;
