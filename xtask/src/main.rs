//! Development commands: up, down, demo, test, bench, tidy.

fn main() {}
