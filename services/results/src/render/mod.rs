//! Documents people read.

pub(crate) mod packet;
