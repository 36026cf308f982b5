//! Real peers for tests: Postgres, NATS, Redis, SMTP, targets.
