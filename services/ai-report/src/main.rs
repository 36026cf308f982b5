//! Grounded summaries of what a run found.

fn main() {}
