//! Replays the seeds of the fuzz targets: each is read without panic and in little time.
#![expect(
    clippy::disallowed_methods,
    reason = "the seeds are files; the crate itself reads none"
)]
use std::path::Path;

use wt_template::{Chance, Expression, Marked, Source, Values, read_template};

#[test]
fn every_seed_is_read_without_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus");
    let mut count = 0;
    for folder in std::fs::read_dir(corpus).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let mut values = Values::new();
            values.set("body", text.as_str());
            let source = Source {
                bytes: &bytes,
                files: &|_| None,
            };
            if let Ok(template) = read_template(&source) {
                for block in &template.blocks {
                    let operators = block.operators();
                    let _ = operators.conclude(&values, "body", &mut Chance::new(1, 0));
                }
            }
            if let Ok(expression) = Expression::new(&text) {
                let _ = expression.evaluate(&values, &mut Chance::new(1, 0));
            }
            let _ = Marked::new(&text).fill(&values, &mut Chance::new(1, 0));
            count += 1;
        }
    }
    assert!(count >= 7, "{count}");
}
