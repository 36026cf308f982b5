//! Injected, validated, redacted settings.
