//! `google.protobuf.Timestamp` and `time::OffsetDateTime`.
use prost_types::Timestamp;
use time::OffsetDateTime;

/// The wire form of an instant.
pub fn to_timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

/// The instant of a wire form; `None` when it is unset or out of range.
pub fn from_timestamp(at: Option<&Timestamp>) -> Option<OffsetDateTime> {
    let at = at?;
    let nanos = u32::try_from(at.nanos).ok()?;
    OffsetDateTime::from_unix_timestamp(at.seconds)
        .ok()?
        .replace_nanosecond(nanos)
        .ok()
}
