//! How much of a list one answer holds.
use crate::{PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX};

/// A page size outside `1..=PAGE_LIMIT_MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limit must be between 1 and {PAGE_LIMIT_MAX}")]
pub struct LimitOutOfRange;

/// A checked page size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// Checks a requested size; 0 means the default.
    pub fn new(requested: u32) -> Result<Self, LimitOutOfRange> {
        match u16::try_from(requested) {
            Ok(0) => Ok(Self(PAGE_LIMIT_DEFAULT)),
            Ok(size) if size <= PAGE_LIMIT_MAX => Ok(Self(size)),
            _ => Err(LimitOutOfRange),
        }
    }

    /// The size as SQL takes it.
    pub fn as_i64(self) -> i64 {
        i64::from(self.0)
    }

    /// The size as a count.
    pub fn as_usize(self) -> usize {
        usize::from(self.0)
    }
}
