//! Organizations, people, sessions and signing keys.

fn main() {}
