//! Organizations, people, sessions and signing keys.
