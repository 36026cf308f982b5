//! Regular expressions as templates write them (RE2 of Go), for the engine of this crate.
//!
//! Three habits differ: Go takes a stray brace, an inner `[` and `&&` in a class as themselves,
//! lets any punctuation be escaped, and its `\d \w \s \b` are ASCII.
use std::{fmt::Write, sync::OnceLock};

use regex::bytes::{Regex, RegexBuilder};

/// Most bytes of one compiled expression.
const COMPILED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One expression: checked when loaded, compiled when first used, because a set of thousands is
/// loaded for every run and few of them meet a page that needs them.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    translated: String,
    is_unicode: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Checks an expression.
    ///
    /// # Errors
    /// A sentence when it is not an expression this crate can run.
    pub fn new(source: &str) -> Result<Self, String> {
        let translated = translate(source);
        let parses = |is_unicode: bool| {
            regex_syntax::ParserBuilder::new()
                .utf8(false)
                .unicode(is_unicode)
                .build()
                .parse(&translated)
                .map_err(|why| why.to_string())
        };
        let is_unicode = match parses(false) {
            Ok(_) => false,
            Err(_) => match parses(true) {
                Ok(_) => true,
                Err(text) => {
                    let last = text.lines().last().unwrap_or_default().to_owned();
                    return Err(format!("regular expression {source:?}: {last}"));
                }
            },
        };
        Ok(Self {
            source: source.to_owned(),
            translated,
            is_unicode,
            compiled: OnceLock::new(),
        })
    }

    /// As the template wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The compiled form; none when it would be too large.
    pub fn regex(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| {
                RegexBuilder::new(&self.translated)
                    .unicode(self.is_unicode)
                    .size_limit(COMPILED_BYTES_MAX)
                    .dfa_size_limit(COMPILED_BYTES_MAX)
                    .build()
                    .ok()
            })
            .as_ref()
    }

    /// Whether it occurs in a text.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// Texts of which at least one occurs wherever this expression matches, lower case; none when
    /// there is no such list.
    pub fn required(&self) -> Option<Vec<Vec<u8>>> {
        let hir = regex_syntax::ParserBuilder::new()
            .utf8(false)
            .unicode(self.is_unicode)
            .build()
            .parse(&self.translated)
            .ok()?;
        required_of(&hir)
    }
}

/// Shortest literal worth looking for.
const LITERAL_MIN: usize = 3;

/// The best list of literals inside an expression: of a concatenation, that of its best part.
fn required_of(hir: &regex_syntax::hir::Hir) -> Option<Vec<Vec<u8>>> {
    use regex_syntax::hir::{HirKind, literal::Extractor};
    let own = || {
        let seq = Extractor::new().extract(hir);
        let list: Vec<Vec<u8>> = seq
            .literals()?
            .iter()
            .map(|literal| literal.as_bytes().to_ascii_lowercase())
            .collect();
        is_useful(&list).then_some(list)
    };
    match hir.kind() {
        HirKind::Concat(parts) => parts
            .iter()
            .filter_map(required_of)
            .chain(own())
            .chain(runs_of(parts))
            .max_by_key(|list| list.iter().map(Vec::len).min()),
        HirKind::Capture(capture) => required_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required_of(&repetition.sub),
        _ => own(),
    }
}

/// Runs of letters whose case does not matter, and of literals, in a concatenation.
fn runs_of(parts: &[regex_syntax::hir::Hir]) -> Vec<Vec<Vec<u8>>> {
    let mut runs = vec![Vec::new()];
    for part in parts {
        match folded(part) {
            Some(bytes) => {
                if let Some(run) = runs.last_mut() {
                    run.extend(bytes);
                }
            }
            None => runs.push(Vec::new()),
        }
    }
    runs.into_iter()
        .map(|run| vec![run])
        .filter(|list| is_useful(list))
        .collect()
}

/// A literal, or one ASCII letter in both cases, in lower case.
fn folded(hir: &regex_syntax::hir::Hir) -> Option<Vec<u8>> {
    use regex_syntax::hir::{Class, HirKind};
    let pair = |low: u32, high: u32| {
        let letter = u8::try_from(high).ok()?;
        (letter.is_ascii_lowercase() && u32::from(letter.to_ascii_uppercase()) == low)
            .then(|| vec![letter])
    };
    match hir.kind() {
        HirKind::Literal(literal) => Some(literal.0.to_ascii_lowercase()),
        HirKind::Class(Class::Bytes(class)) => match class.ranges() {
            [a, b] if a.start() == a.end() && b.start() == b.end() => {
                pair(a.start().into(), b.start().into())
            }
            _ => None,
        },
        HirKind::Class(Class::Unicode(class)) => match class.ranges() {
            [a, b] if a.start() == a.end() && b.start() == b.end() => {
                pair(a.start().into(), b.start().into())
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_useful(list: &[Vec<u8>]) -> bool {
    !list.is_empty() && list.len() <= 32 && list.iter().all(|item| item.len() >= LITERAL_MIN)
}

/// Go's dialect in this crate's.
fn translate(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len() + 8);
    let (mut at, mut class_start) = (0, None);
    while let Some(&here) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        match (here, class_start) {
            ('\\', _) => at += escape(&chars, at, &mut out),
            ('[', None) => {
                class_start = Some(at);
                out.push('[');
                at += 1;
                if chars.get(at) == Some(&'^') {
                    out.push('^');
                    at += 1;
                }
                if chars.get(at) == Some(&']') {
                    out.push_str("\\]");
                    at += 1;
                }
            }
            ('[', Some(_)) if next == Some(':') && chars.get(at..).is_some_and(is_posix) => {
                while let Some(&part) = chars.get(at) {
                    out.push(part);
                    at += 1;
                    if part == ']' {
                        break;
                    }
                }
            }
            ('[', Some(_)) => {
                out.push_str("\\[");
                at += 1;
            }
            (']', Some(_)) => {
                class_start = None;
                out.push(']');
                at += 1;
            }
            ('&' | '~', Some(_)) => {
                out.push('\\');
                out.push(here);
                at += 1;
            }
            ('-', Some(_)) if next == Some('-') => {
                out.push_str("\\-");
                at += 1;
            }
            ('{', None) if !is_repeat(chars.get(at..).unwrap_or_default()) => {
                out.push_str("\\{");
                at += 1;
            }
            _ => {
                out.push(here);
                at += 1;
            }
        }
    }
    out
}

/// Writes the escape at `at`; how many characters it took.
fn escape(chars: &[char], at: usize, out: &mut String) -> usize {
    let Some(&what) = chars.get(at + 1) else {
        out.push_str("\\\\");
        return 1;
    };
    match what {
        'Q' => {
            let rest: String = chars.get(at + 2..).unwrap_or_default().iter().collect();
            let quoted = rest.split("\\E").next().unwrap_or_default();
            out.push_str(&regex::escape(quoted));
            let end = if rest.contains("\\E") { 2 } else { 0 };
            2 + quoted.chars().count() + end
        }
        '0'..='7' => {
            let digits: String = chars
                .iter()
                .skip(at + 1)
                .take(3)
                .take_while(|c| c.is_digit(8))
                .collect();
            let value = u32::from_str_radix(&digits, 8).unwrap_or_default();
            let _ = write!(out, "\\x{{{value:x}}}");
            1 + digits.len()
        }
        '<' | '>' => {
            out.push(what);
            2
        }
        'p' | 'P' | 'x' if chars.get(at + 2) == Some(&'{') => {
            let rest = chars.get(at..).unwrap_or_default();
            let length = rest.iter().position(|c| *c == '}').map_or(2, |end| end + 1);
            out.extend(rest.iter().take(length));
            length
        }
        // A letter that means nothing to either engine stays, so that it is refused by name.
        _ if what.is_ascii() => {
            out.push('\\');
            out.push(what);
            2
        }
        _ => {
            out.push(what);
            2
        }
    }
}

fn is_posix(rest: &[char]) -> bool {
    let name: String = rest.iter().skip(2).take_while(|c| **c != ':').collect();
    let name = name.trim_start_matches('^');
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase())
        && rest
            .iter()
            .collect::<String>()
            .contains(&format!("{name}:]"))
}

/// `{n}`, `{n,}` or `{n,m}`.
fn is_repeat(rest: &[char]) -> bool {
    let inner: String = rest.iter().skip(1).take_while(|c| **c != '}').collect();
    let is_closed = rest.get(1 + inner.chars().count()) == Some(&'}');
    let (low, high) = inner.split_once(',').unwrap_or((&inner, ""));
    is_closed
        && !low.is_empty()
        && low.chars().all(|c| c.is_ascii_digit())
        && high.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Pattern, translate};

    #[test]
    fn what_go_takes_literally_stays_literal() {
        let cases: &[(&str, &[u8], bool)] = &[
            (r"a{b", b"a{b", true),
            (r"a{2}", b"aa", true),
            (r"a{,2}", b"a{,2}", true),
            (r"[[a]", b"[", true),
            (r"[a&&b]", b"&", true),
            (r"[+--]", b"-", true),
            (r"\<b\>", b"<b>", true),
            (r"\Qa.b\E+", b"a.bb", true),
            (r"\Qa.b\E", b"axb", false),
            (r"[[:alpha:]]+", b"abc", true),
            (r"\101", b"A", true),
            (r"^\d+$", "\u{0663}".as_bytes(), false),
            (r"\xff", b"\xff", true),
            (r"(?i)straße", "STRAßE".as_bytes(), true),
            (r"\p{Greek}", "λ".as_bytes(), true),
            (r"[]a]", b"]", true),
        ];
        for (source, text, expected) in cases {
            let pattern = Pattern::new(source).unwrap();
            assert_eq!(
                pattern.is_match(text),
                *expected,
                "{source} {}",
                translate(source)
            );
        }
        assert!(Pattern::new("(a").is_err());
        assert!(Pattern::new(r"(?=a)").is_err());
    }

    #[test]
    fn required_literals_are_in_every_match() {
        let of = |source| Pattern::new(source).unwrap().required();
        assert_eq!(of(r"(?i)<title>Foo"), Some(vec![b"<title>foo".to_vec()]));
        assert_eq!(
            of(r"[0-9]+ version ([0-9.]+)"),
            Some(vec![b" version ".to_vec()])
        );
        assert_eq!(
            of("alpha|beta"),
            Some(vec![b"alpha".to_vec(), b"beta".to_vec()])
        );
        assert_eq!(of("[a-z]+"), None);
        assert_eq!(of("(abc)?"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_or_refused_without_panic(source in ".{0,40}", text: Vec<u8>) {
            if let Ok(pattern) = Pattern::new(&source) {
                let matched = pattern.is_match(&text);
                if let (true, Some(list)) = (matched, pattern.required()) {
                    let lower = text.to_ascii_lowercase();
                    let found = list.iter().any(|l| lower.windows(l.len()).any(|w| w == l.as_slice()));
                    proptest::prop_assert!(found);
                }
            }
        }
    }
}
