//! Any bytes as a template file; what loads is judged against the same bytes.
#![no_main]
use libfuzzer_sys::fuzz_target;
use wt_template::{Chance, Source, Values, read_template};

fuzz_target!(|bytes: &[u8]| {
    let source = Source { bytes, files: &|_| None };
    if let Ok(template) = read_template(&source) {
        let mut values = Values::new();
        values.set("body", String::from_utf8_lossy(bytes).into_owned());
        values.set("status_code", 200.0);
        for block in &template.blocks {
            let _ = block.operators().conclude(&values, "body", &mut Chance::new(1, 0));
        }
    }
});
