//! Small real servers to scan.

fn main() {}
