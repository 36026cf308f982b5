//! Runs, jobs, planning, signing and deadlines.

fn main() {}
