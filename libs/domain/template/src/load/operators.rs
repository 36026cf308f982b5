//! Matchers and extractors of a block.
use crate::{
    Combination, Expression, Extractor, ExtractorKind, Marked, Matcher, MatcherKind, Operators,
    Path, Pattern, Query, yaml::Node,
};

use super::fields::Fields;

/// Keys of a block that belong to its operators.
pub(super) const KEYS: &[&str] = &["matchers", "matchers-condition", "extractors"];

pub(super) fn read(block: &Fields<'_>) -> Result<Operators, String> {
    Ok(Operators {
        combination: combination(&block.word("matchers-condition"))?,
        matchers: block
            .list("matchers")
            .iter()
            .map(matcher)
            .collect::<Result<_, _>>()?,
        extractors: block
            .list("extractors")
            .iter()
            .map(extractor)
            .collect::<Result<_, _>>()?,
    })
}

fn combination(word: &str) -> Result<Combination, String> {
    match word {
        "" | "or" => Ok(Combination::Or),
        "and" => Ok(Combination::And),
        other => Err(format!("the condition {other:?} is not known")),
    }
}

fn part(fields: &Fields<'_>) -> String {
    fields.word("part").replace('-', "_")
}

fn matcher(node: &Node) -> Result<Matcher, String> {
    let fields = Fields::new(node, "matcher")?;
    fields.known(&[
        "type",
        "name",
        "part",
        "condition",
        "negative",
        "internal",
        "status",
        "size",
        "words",
        "word",
        "regex",
        "binary",
        "dsl",
        "xpath",
        "case-insensitive",
        "encoding",
        "match-all",
        "description",
    ])?;
    let kind = match fields.word("type").as_str() {
        "status" => MatcherKind::Status(numbers(&fields, "status")?),
        "size" => MatcherKind::Size(numbers(&fields, "size")?),
        "word" | "words" => MatcherKind::Words(words(&fields)?),
        "regex" => MatcherKind::Patterns(each(&fields, "regex", Pattern::new)?),
        "binary" => MatcherKind::Bytes(each(&fields, "binary", |text| {
            hex::decode(text.replace(' ', "")).map_err(|_| format!("{text:?} is not hexadecimal"))
        })?),
        "dsl" => MatcherKind::Expressions(each(&fields, "dsl", expression)?),
        "xpath" => MatcherKind::Paths(each(&fields, "xpath", Path::new)?),
        other => return Err(format!("the matcher type {other:?} is not supported")),
    };
    Ok(Matcher {
        name: fields.text("name").unwrap_or_default().to_owned(),
        part: part(&fields),
        is_negative: fields.flag("negative")?,
        is_internal: fields.flag("internal")?,
        ignores_case: fields.flag("case-insensitive")?,
        combination: combination(&fields.word("condition"))?,
        kind,
    })
}

fn extractor(node: &Node) -> Result<Extractor, String> {
    let fields = Fields::new(node, "extractor")?;
    fields.known(&[
        "type",
        "name",
        "part",
        "group",
        "regex",
        "kval",
        "json",
        "xpath",
        "attribute",
        "dsl",
        "internal",
        "case-insensitive",
        "description",
    ])?;
    let ignores_case = fields.flag("case-insensitive")?;
    let kind = match fields.word("type").as_str() {
        "regex" => ExtractorKind::Patterns {
            group: fields.number("group")?.unwrap_or(0),
            patterns: each(&fields, "regex", |text| {
                let prefix = if ignores_case { "(?i)" } else { "" };
                Pattern::new(&format!("{prefix}{text}"))
            })?,
        },
        "kval" => ExtractorKind::Names(each(&fields, "kval", |text| {
            Ok(text.trim().to_lowercase().replace('-', "_"))
        })?),
        "json" => ExtractorKind::Queries(each(&fields, "json", Query::new)?),
        "xpath" => ExtractorKind::Paths {
            attribute: fields.word("attribute"),
            paths: each(&fields, "xpath", Path::new)?,
        },
        "dsl" => ExtractorKind::Expressions(each(&fields, "dsl", expression)?),
        other => return Err(format!("the extractor type {other:?} is not supported")),
    };
    Ok(Extractor {
        name: fields.text("name").unwrap_or_default().to_owned(),
        part: part(&fields),
        is_internal: fields.flag("internal")?,
        kind,
    })
}

fn expression(text: &str) -> Result<Expression, String> {
    Expression::new(text.trim())
}

fn each<T>(
    fields: &Fields<'_>,
    key: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let items: Vec<T> = fields
        .texts(key)
        .iter()
        .map(|text| read(text))
        .collect::<Result<_, _>>()?;
    if items.is_empty() {
        return Err(format!("{key} is empty"));
    }
    Ok(items)
}

fn numbers<T: std::str::FromStr>(fields: &Fields<'_>, key: &str) -> Result<Vec<T>, String> {
    each(fields, key, |text| {
        text.trim()
            .parse()
            .map_err(|_| format!("{key} {text:?} is not a number"))
    })
}

fn words(fields: &Fields<'_>) -> Result<Vec<Marked>, String> {
    let key = if fields.get("words").is_some() {
        "words"
    } else {
        "word"
    };
    let is_hex = match fields.word("encoding").as_str() {
        "" => false,
        "hex" => true,
        other => return Err(format!("the encoding {other:?} is not supported")),
    };
    each(fields, key, |text| {
        if !is_hex {
            return Ok(Marked::new(text));
        }
        let bytes = hex::decode(text).map_err(|_| format!("{text:?} is not hexadecimal"))?;
        String::from_utf8(bytes)
            .map(|text| Marked::new(&text))
            .map_err(|_| "words in hexadecimal that are not text are not supported".to_owned())
    })
}
