//! Any text as a path and the page it goes through, as a regular expression and as a query.
#![no_main]
use libfuzzer_sys::fuzz_target;
use wt_template::{Chance, Extractor, ExtractorKind, Operators, Path, Pattern, Query, Values, read_raw};

fuzz_target!(|input: (&str, &str)| {
    let (what, page) = input;
    let mut values = Values::new();
    values.set("body", page);
    let kinds = [
        Path::new(what).ok().map(|path| ExtractorKind::Paths { attribute: String::new(), paths: vec![path] }),
        Pattern::new(what).ok().map(|pattern| ExtractorKind::Patterns { group: 0, patterns: vec![pattern] }),
        Query::new(what).ok().map(|query| ExtractorKind::Queries(vec![query])),
    ];
    for kind in kinds.into_iter().flatten() {
        let extractor = Extractor { name: String::new(), part: String::new(), is_internal: false, kind };
        let operators = Operators { extractors: vec![extractor], ..Operators::default() };
        let _ = operators.conclude(&values, "body", &mut Chance::new(1, 0));
    }
    let _ = read_raw(page.as_bytes());
});
