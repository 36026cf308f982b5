//! `Idempotency-Key`: the same request twice is one request (contracts §11).
use axum::{extract::FromRequestParts, http::request::Parts};
use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};

use super::problem::Problem;

/// Longest key taken: a UUID or a digest fits several times.
const KEY_BYTES_MAX: usize = 128;
/// The header.
const HEADER: &str = "idempotency-key";

/// The caller's name for this request; the service that owns the data remembers it.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key as services take it; empty for none.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(HEADER) else {
            return Ok(Self(String::new()));
        };
        value
            .to_str()
            .ok()
            .filter(|key| !key.is_empty() && key.len() <= KEY_BYTES_MAX)
            .map(|key| Self(key.to_owned()))
            .ok_or_else(|| {
                Problem::invalid_field(
                    HEADER,
                    format!("must be 1 to {KEY_BYTES_MAX} visible ASCII characters"),
                )
            })
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_default: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            ParameterBuilder::new()
                .name(HEADER)
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(
                    "Names this request: repeating it with the same key gives the same answer and does nothing twice.",
                ))
                .schema(Some(
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .min_length(Some(1))
                        .max_length(Some(KEY_BYTES_MAX))
                        .build(),
                ))
                .build(),
        ]
    }
}
