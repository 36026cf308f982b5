//! Faults as gRPC statuses and back: they cross the wire whole (docs/decisions/0003).

use prost::Message;
use tonic::{Code, Status};
use wt_fault::{Fault, FieldFault, Kind, Report, chain};
use wt_proto::{common, convert};

/// The status of a fault. This is where its chain is logged, once, for the operator.
pub fn to_status(fault: &(impl Fault + 'static)) -> Status {
    let report = Report::of(fault);
    if report.kind.is_operators() {
        tracing::error!(code = %report.code, error = %chain(fault), "request failed");
    } else {
        tracing::info!(code = %report.code, error = %chain(fault), "request refused");
    }
    status_of(&report)
}

/// The status of a report that was logged already.
pub(crate) fn status_of(report: &Report) -> Status {
    let details = convert::fault_to_wire(report).encode_to_vec();
    Status::with_details(
        Code::from_i32(report.kind.grpc_code()),
        report.message.clone(),
        details.into(),
    )
}

/// What another service answered instead of a result.
#[derive(Debug, thiserror::Error)]
#[error("{report}")]
pub struct RpcFault {
    report: Box<Report>,
    /// The status as it came, for the operator.
    #[source]
    source: StatusText,
}

/// A status reduced to what an operator reads.
#[derive(Debug, thiserror::Error)]
#[error("grpc {code:?}: {message}")]
struct StatusText {
    code: Code,
    message: String,
}

impl RpcFault {
    /// What a user may see of it.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl From<Status> for RpcFault {
    fn from(status: Status) -> Self {
        let report = match common::Fault::decode(status.details()) {
            Ok(fault) if !fault.code.is_empty() => convert::fault_from_wire(fault),
            // A status made by the transport, not by a handler.
            _ => transport_report(&status),
        };
        let source = StatusText {
            code: status.code(),
            message: status.message().to_owned(),
        };
        Self {
            report: Box::new(report),
            source,
        }
    }
}

fn transport_report(status: &Status) -> Report {
    let (kind, code, message) = match status.code() {
        Code::Unavailable | Code::Unknown => (
            Kind::Unavailable,
            "service.unavailable",
            "a part of the service is away",
        ),
        Code::DeadlineExceeded | Code::Cancelled => (
            Kind::Deadline,
            "service.deadline",
            "a part of the service took too long",
        ),
        Code::Unauthenticated => (
            Kind::Internal,
            "service.untrusted",
            "the service can't talk to one of its parts",
        ),
        Code::OutOfRange | Code::ResourceExhausted => (
            Kind::TooLarge,
            "service.too_large",
            "the answer or request is too large",
        ),
        _ => (
            Kind::Internal,
            "service.failed",
            "a part of the service failed",
        ),
    };
    Report {
        kind,
        code: code.to_owned(),
        message: message.to_owned(),
        advice: if kind.may_retry() {
            "try again in a moment"
        } else {
            ""
        }
        .to_owned(),
        fields: Vec::new(),
        retry_after_ms: None,
    }
}

impl Fault for RpcFault {
    fn kind(&self) -> Kind {
        self.report.kind
    }

    fn code(&self) -> &str {
        &self.report.code
    }

    fn advice(&self) -> &str {
        &self.report.advice
    }

    fn fields(&self) -> Vec<FieldFault> {
        self.report.fields.clone()
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        self.report.retry_after()
    }
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use wt_fault::{Fault, FieldFault, Kind, Report};

    use super::{RpcFault, status_of};

    #[test]
    fn a_fault_crosses_the_wire_whole() {
        for kind in Kind::ALL {
            let report = Report {
                kind: *kind,
                code: "asset.already_registered".to_owned(),
                message: "the asset is registered".to_owned(),
                advice: "use it".to_owned(),
                fields: vec![FieldFault {
                    field: "value".to_owned(),
                    reason: "taken".to_owned(),
                }],
                retry_after_ms: Some(250),
            };
            let back = RpcFault::from(status_of(&report));
            assert_eq!(back.report(), &report);
        }
    }

    #[test]
    fn a_status_of_the_transport_shows_nothing_of_itself() {
        let fault = RpcFault::from(Status::unavailable("tcp connect error: 10.1.2.3:50051"));
        assert_eq!(fault.kind(), Kind::Unavailable);
        assert!(!fault.to_string().contains("10.1.2.3"));
    }
}
