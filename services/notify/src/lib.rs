//! Tells people what changed.
