//! jq queries on JSON answers.
use jaq_core::{
    Compiler, Ctx, Vars, data,
    load::{Arena, File, Loader},
    unwrap_valr,
};
use jaq_json::{Val, read};

/// Filters that can run for ever on a small input, or read what is not the answer's.
const REFUSED: &[&str] = &[
    "repeat", "while", "until", "range", "recurse", "limit", "input", "inputs", "env", "$ENV",
    "now", "def", "reduce", "foreach", "halt", "import", "include",
];

type Filter = jaq_core::compile::Filter<jaq_core::Native<data::JustLut<Val>>>;

/// One query. Compiled when it runs: the compiled form cannot be shared between threads, and a
/// query runs only on an answer that is JSON.
#[derive(Debug)]
pub struct Query {
    source: String,
}

impl Query {
    /// Checks a query.
    ///
    /// # Errors
    /// A sentence when it is not one that may run.
    pub fn new(source: &str) -> Result<Self, String> {
        let words =
            source.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.')));
        if let Some(word) = words.into_iter().find(|word| REFUSED.contains(word)) {
            return Err(format!("jq query {source:?}: {word} is not allowed"));
        }
        compile(source).ok_or_else(|| format!("jq query {source:?} cannot be read"))?;
        Ok(Self {
            source: source.to_owned(),
        })
    }

    /// Texts of the results, at most `most`; none when the answer is not JSON.
    pub fn run(&self, answer: &[u8], most: usize) -> Vec<String> {
        let (Ok(input), Some(filter)) = (read::parse_single(answer), compile(&self.source)) else {
            return Vec::new();
        };
        let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
        filter
            .id
            .run((context, input))
            .map(unwrap_valr)
            .map_while(Result::ok)
            .filter_map(|value| text_of(&value))
            .take(most)
            .collect()
    }
}

fn compile(source: &str) -> Option<Filter> {
    let defs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let funs = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(defs)
        .load(
            &arena,
            File {
                code: source,
                path: (),
            },
        )
        .ok()?;
    Compiler::default().with_funs(funs).compile(modules).ok()
}

fn text_of(value: &Val) -> Option<String> {
    match value {
        Val::Null => None,
        Val::TStr(text) | Val::BStr(text) => Some(String::from_utf8_lossy(text).into_owned()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    fn run(query: &str, json: &str) -> Vec<String> {
        Query::new(query).unwrap().run(json.as_bytes(), 10)
    }

    #[test]
    fn queries_give_texts() {
        assert_eq!(run(".version", r#"{"version":"1.2"}"#), ["1.2"]);
        assert_eq!(
            run(".a[].b", r#"{"a":[{"b":1},{"b":null},{"b":true}]}"#),
            ["1", "true"]
        );
        assert_eq!(
            run(r#".[] | select(.k == "x") | .v"#, r#"[{"k":"x","v":"y"}]"#),
            ["y"]
        );
        assert_eq!(run("keys[]", r#"{"b":1,"a":2}"#), ["a", "b"]);
        assert!(run(".a.b", "not json").is_empty());
        assert!(run(".a.b", r#"{"a":1}"#).is_empty());
    }

    #[test]
    fn what_may_run_for_ever_or_is_no_query_is_refused() {
        assert!(Query::new("[repeat(1)]").is_err());
        assert!(Query::new("def f: f; f").is_err());
        assert!(Query::new(".[").is_err());
    }
}
