//! `application/problem+json` (RFC 9457): the only way this API says no.
use std::borrow::Cow;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use wt_fault::{Fault, FieldFault, Kind, Report};

/// What went wrong, for a program and for a person.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct ProblemDocument {
    /// Page that explains the code.
    #[schema(example = "/docs/errors/asset.not_found")]
    pub(crate) r#type: String,
    /// The kind of problem in words.
    #[schema(example = "not found")]
    pub(crate) title: String,
    /// HTTP status.
    #[schema(example = 404)]
    pub(crate) status: u16,
    /// What happened, for a person.
    pub(crate) detail: String,
    /// Permanent code, `area.reason`.
    #[schema(example = "asset.not_found")]
    pub(crate) code: String,
    /// Names this request in the logs; also in `x-request-id`.
    pub(crate) request_id: String,
    /// What to do next.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) advice: String,
    /// With `auth.mfa_required`: what `POST /auth/mfa` is answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) challenge: Option<String>,
    /// With `auth.mfa_required`: what answers it, of `totp`, `recovery_code` and `passkey`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) factors: Vec<String>,
    /// Which fields of the request are at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<ProblemField>,
}

/// A bad field of the request.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct ProblemField {
    /// Path of the field, such as `assets[3].value`.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// A refusal on its way out; the request's id is added where the response leaves.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    report: Box<Report>,
    status: Option<StatusCode>,
    challenge: Option<String>,
    factors: Vec<String>,
}

impl Problem {
    /// A refusal of this kind, with a permanent code and a sentence.
    pub(crate) fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self::from(Report {
            kind,
            code: code.to_owned(),
            message: message.into(),
            advice: String::new(),
            fields: Vec::new(),
            retry_after_ms: None,
        })
    }

    /// Adds what to do next.
    #[must_use]
    pub(crate) fn advising(mut self, advice: &str) -> Self {
        advice.clone_into(&mut self.report.advice);
        self
    }

    /// Names a field at fault.
    #[must_use]
    pub(crate) fn naming(mut self, field: impl Into<String>, reason: impl Into<String>) -> Self {
        self.report.fields.push(FieldFault {
            field: field.into(),
            reason: reason.into(),
        });
        self
    }

    /// Adds what the next step of a sign-in is answered with, and by what.
    #[must_use]
    pub(crate) fn challenging(mut self, challenge: String, factors: Vec<String>) -> Self {
        self.challenge = Some(challenge);
        self.factors = factors;
        self
    }

    /// Answers with another status than the kind's.
    #[must_use]
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The permanent code.
    pub(crate) fn code(&self) -> &str {
        &self.report.code
    }

    /// The kind.
    pub(crate) fn kind(&self) -> Kind {
        self.report.kind
    }

    /// The status this leaves with.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
            .or_else(|| StatusCode::from_u16(self.report.kind.http_status()).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn document(&self, request_id: &str) -> ProblemDocument {
        let report = &self.report;
        ProblemDocument {
            r#type: format!("/docs/errors/{}", report.code),
            title: report.kind.as_str().replace('_', " "),
            status: self.status().as_u16(),
            detail: report.message.clone(),
            code: report.code.clone(),
            request_id: request_id.to_owned(),
            advice: report.advice.clone(),
            challenge: self.challenge.clone(),
            factors: self.factors.clone(),
            fields: report
                .fields
                .iter()
                .map(|fault| ProblemField {
                    field: fault.field.clone(),
                    reason: fault.reason.clone(),
                })
                .collect(),
        }
    }

    /// The response for a request of this id.
    pub(crate) fn into_response_for(self, request_id: &str) -> Response {
        let mut response = (self.status(), Json(self.document(request_id))).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.report.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1_000)));
        }
        if self.report.kind == Kind::Unauthenticated {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"watchtower\""),
            );
        }
        response
    }
}

impl From<Report> for Problem {
    fn from(report: Report) -> Self {
        Self {
            report: Box::new(report),
            status: None,
            challenge: None,
            factors: Vec::new(),
        }
    }
}

impl Problem {
    /// What a user may see of a fault of this process.
    pub(crate) fn of(fault: &(impl Fault + ?Sized)) -> Self {
        Self::from(Report::of(fault))
    }

    /// A peer's answer lacks what its contract requires.
    pub(crate) fn broken_answer(field: impl Into<Cow<'static, str>>) -> Self {
        let field = field.into();
        tracing::error!(answer.field = %field, "a service's answer lacks a field its contract requires");
        Self::new(
            Kind::Inconsistent,
            "gateway.broken_answer",
            "a service gave an answer that makes no sense",
        )
    }
}

impl IntoResponse for Problem {
    /// Leaves the problem in the response's extensions; `seal` writes the document,
    /// because only there is the request's id known.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.report.message)
    }
}
