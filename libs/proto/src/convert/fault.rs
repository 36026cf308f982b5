//! Faults as they cross the wire.
use wt_fault::{FieldFault, Kind, Report};

use crate::common;

/// The wire form of a report.
pub fn to_wire(report: &Report) -> common::Fault {
    common::Fault {
        kind: report.kind.as_str().to_owned(),
        code: report.code.clone(),
        message: report.message.clone(),
        advice: report.advice.clone(),
        fields: report
            .fields
            .iter()
            .map(|fault| common::FieldFault {
                field: fault.field.clone(),
                reason: fault.reason.clone(),
            })
            .collect(),
        retry_after_ms: report.retry_after_ms.unwrap_or(0),
    }
}

/// The report behind a wire form; an unknown kind (a newer peer's) reads as internal.
pub fn from_wire(fault: common::Fault) -> Report {
    Report {
        kind: Kind::from_word(&fault.kind),
        code: fault.code,
        message: fault.message,
        advice: fault.advice,
        fields: fault
            .fields
            .into_iter()
            .map(|fault| FieldFault {
                field: fault.field,
                reason: fault.reason,
            })
            .collect(),
        retry_after_ms: (fault.retry_after_ms > 0).then_some(fault.retry_after_ms),
    }
}
