//! Runs the engine without the fleet.

fn main() {}
