//! Any text as an expression and as a text with markers.
#![no_main]
use libfuzzer_sys::fuzz_target;
use wt_template::{Chance, Expression, Marked, Values};

fuzz_target!(|text: &str| {
    let mut values = Values::new();
    values.set("body", text);
    if let Ok(expression) = Expression::new(text) {
        let _ = expression.evaluate(&values, &mut Chance::new(1, 0));
    }
    let _ = Marked::new(text).fill(&values, &mut Chance::new(1, 0));
});
