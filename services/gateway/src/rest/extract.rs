//! Requests into types: a bad field names itself, in a problem document.
use std::fmt;

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use wt_fault::Kind;
use wt_model::{
    ApiKeyId, AssetId, AuthorizationId, BulkId, DeliveryId, ImpersonationId, IntegrationId,
    InvitationId, PasskeyId, PoolId, ReportId, ReportScheduleId, ReportShareId, RoleId, RunId,
    ScanScheduleId, SessionId, SsoConnectionId, TeamId, TenantKey, UserId, ViewId,
};

use super::problem::Problem;

impl Problem {
    /// A field is there and wrong.
    pub(crate) fn invalid_field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let (field, reason) = (field.into(), reason.into());
        Self::new(
            Kind::Invalid,
            "request.invalid_field",
            if field.is_empty() {
                reason.clone()
            } else {
                format!("{field}: {reason}")
            },
        )
        .naming(field, reason)
    }
}

/// Rules of a request that types alone cannot say.
pub(crate) trait Checked {
    /// Refuses, naming the field.
    fn check(&self) -> Result<(), Problem> {
        Ok(())
    }
}

/// Refuses a change of a name to nothing: to the services, no name means that it stays.
pub(crate) fn named(field: &str, name: Option<&str>) -> Result<(), Problem> {
    match name {
        Some("") => Err(Problem::invalid_field(field, "expected a name")),
        _ => Ok(()),
    }
}

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned + Checked,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(&request)?;
        let bytes = read(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// A JSON body that may be left out.
#[derive(Debug)]
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<T, S> FromRequest<S> for OptionalBody<T>
where
    T: DeserializeOwned + Checked + Default,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let typed = require_json(&request);
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        typed?;
        parse(&bytes).map(Self)
    }
}

fn require_json(request: &Request) -> Result<(), Problem> {
    let json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"));
    if json {
        Ok(())
    } else {
        Err(Problem::new(
            Kind::Invalid,
            "request.not_json",
            "the body must be JSON, sent with content-type application/json",
        )
        .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
    }
}

/// The body's bytes, as they came.
pub(crate) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| match &rejection {
            BytesRejection::FailedToBufferBody(inner)
                if inner.status() == StatusCode::PAYLOAD_TOO_LARGE =>
            {
                Problem::new(
                    Kind::TooLarge,
                    "request.too_large",
                    format!(
                        "the body is larger than {} bytes",
                        wt_model::REQUEST_BODY_BYTES_MAX
                    ),
                )
            }
            _ => Problem::new(
                Kind::Invalid,
                "request.body_unreadable",
                "the body ended before it was complete",
            )
            .with_status(StatusCode::BAD_REQUEST),
        })
}

fn parse<T: DeserializeOwned + Checked>(bytes: &[u8]) -> Result<T, Problem> {
    if holds_nul(bytes) {
        return Err(Problem::invalid_field("", NUL_REFUSED));
    }
    if nesting(bytes) > NESTING_MAX {
        return Err(Problem::new(
            Kind::Invalid,
            "request.too_deep",
            format!("the body nests deeper than {NESTING_MAX} levels"),
        )
        .with_status(StatusCode::BAD_REQUEST));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        if cause.is_data() {
            Problem::invalid_field(field_name(&path), cause.to_string())
        } else {
            malformed(&cause)
        }
    })?;
    deserializer.end().map_err(|cause| malformed(&cause))?;
    // To serde a list is a struct whose fields stand in order; to the contract it is not.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::invalid_field("", "expected an object, not a list"));
    }
    value.check()?;
    Ok(value)
}

/// Deepest that a body may nest: the deepest of ours is four levels, and a parser's stack is
/// nothing a caller should reach.
const NESTING_MAX: usize = 32;

/// How many objects and arrays a JSON document opens inside one another.
fn nesting(document: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in document {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Why a text is refused: Postgres keeps every character but U+0000, and no name needs it.
const NUL_REFUSED: &str = "text must not hold the character U+0000";

/// Whether a JSON document escapes U+0000 in a string: `\\u0000` after an even number of
/// backslashes. Unescaped it is no JSON.
fn holds_nul(document: &[u8]) -> bool {
    const ESCAPE: &[u8] = b"\\u0000";
    document
        .windows(ESCAPE.len())
        .enumerate()
        .any(|(at, window)| {
            window == ESCAPE
                && document
                    .iter()
                    .take(at)
                    .rev()
                    .take_while(|byte| **byte == b'\\')
                    .count()
                    .is_multiple_of(2)
        })
}

fn malformed(cause: &serde_json::Error) -> Problem {
    Problem::new(
        Kind::Invalid,
        "request.malformed_json",
        format!("the body is not valid JSON: {cause}"),
    )
    .with_status(StatusCode::BAD_REQUEST)
}

/// `serde_path_to_error` writes `.` for the whole document.
fn field_name(path: &str) -> &str {
    if path == "." { "" } else { path }
}

/// The query string.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Params<T>
where
    T: DeserializeOwned + Checked,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::invalid_field("", NUL_REFUSED));
        }
        let axum::extract::Query(value) = axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map_err(|rejection| {
                // The rejection reads "…: limit: invalid digit…": its source is the part after
                // the prefix.
                let text = std::error::Error::source(&rejection)
                    .map_or_else(|| rejection.body_text(), ToString::to_string);
                match text.split_once(": ") {
                    Some((field, reason)) if !field.contains(' ') => {
                        Problem::invalid_field(field, reason)
                    }
                    _ => Problem::invalid_field("", text),
                }
            })?;
        value.check()?;
        Ok(Self(value))
    }
}

/// Something with an address of its own.
pub(crate) trait Addressed: std::str::FromStr {
    /// Code of the refusal when there is none with such an address.
    const NOT_FOUND: &'static str;
    /// What it is called.
    const NOUN: &'static str;
}

macro_rules! addressed {
    ($($type:ty = $code:literal, $noun:literal;)+) => {$(
        impl Addressed for $type {
            const NOT_FOUND: &'static str = $code;
            const NOUN: &'static str = $noun;
        }
    )+};
}

addressed! {
    AssetId = "asset.not_found", "asset";
    BulkId = "bulk.not_found", "bulk";
    ViewId = "view.not_found", "view";
    PoolId = "pool.not_found", "pool";
    AuthorizationId = "authorization.not_found", "authorization";
    RunId = "run.not_found", "run";
    ScanScheduleId = "schedule.not_found", "schedule";
    ReportId = "report.not_found", "report";
    ReportScheduleId = "report.schedule_not_found", "schedule";
    ReportShareId = "report.share_not_found", "link";
    TenantKey = "organization.not_found", "organization";
    SessionId = "session.not_found", "session";
    SsoConnectionId = "sso.not_found", "connection";
    PasskeyId = "passkey.not_found", "passkey";
    IntegrationId = "integration.not_found", "integration";
    DeliveryId = "integration.delivery_not_found", "delivery";
    ApiKeyId = "api_key.not_found", "API key";
    UserId = "member.not_found", "person in this organization";
    TeamId = "team.not_found", "team";
    RoleId = "role.not_found", "role";
    InvitationId = "invitation.not_found", "invitation";
    ImpersonationId = "impersonation.not_found", "impersonation";
    ExposureKey = "exposure.not_found", "exposure";
}

/// The one variable segment of a path. What cannot be an address is simply not there.
#[derive(Debug)]
pub(crate) struct Segment<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Segment<T>
where
    T: Addressed,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_unreadable| missing::<T>())?;
        text.parse().map(Self).map_err(|_malformed| missing::<T>())
    }
}

/// The two variable segments of a path.
#[derive(Debug)]
pub(crate) struct Segments<A, B>(pub(crate) A, pub(crate) B);

impl<A, B, S> FromRequestParts<S> for Segments<A, B>
where
    A: Addressed,
    B: Addressed,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_unreadable| missing::<A>())?;
        let first = first.parse().map_err(|_malformed| missing::<A>())?;
        let second = second.parse().map_err(|_malformed| missing::<B>())?;
        Ok(Self(first, second))
    }
}

fn missing<T: Addressed>() -> Problem {
    let message = format!("there is no such {}", T::NOUN);
    Problem::new(Kind::NotFound, T::NOT_FOUND, message)
}

/// An exposure's key (contracts §5): `exp1_` and 26 characters of base32.
#[derive(Debug, Clone)]
pub(crate) struct ExposureKey(String);

impl fmt::Display for ExposureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for ExposureKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let rest = text.strip_prefix("exp1_").ok_or(())?;
        if rest.len() == 26 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{holds_nul, nesting};

    #[test]
    fn nesting_counts_what_is_open_and_no_brackets_in_text() {
        for (document, deep) in [
            (r#"{"a": [1, {"b": []}], "c": {}}"#, 4),
            (r#"["[[[[", "\"[[[[", "\\"]"#, 1),
            ("7", 0),
            ("]]]][", 1),
        ] {
            assert_eq!(nesting(document.as_bytes()), deep, "{document}");
        }
    }

    #[test]
    fn an_escaped_nul_is_found_and_text_about_one_is_not() {
        assert!(holds_nul(br#"{"value": "a\u0000"}"#));
        assert!(holds_nul(br#"{"value": "\\\u0000"}"#));
        assert!(!holds_nul(br#"{"value": "\\u0000"}"#));
        assert!(!holds_nul(b"{}"));
    }
}
