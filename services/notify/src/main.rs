//! Tells people what changed.

fn main() {}
