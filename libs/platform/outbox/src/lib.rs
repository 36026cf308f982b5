//! State and news leave together: outbox, relay, inbox.
