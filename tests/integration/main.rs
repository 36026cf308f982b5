//! The fleet as binaries, end to end.
