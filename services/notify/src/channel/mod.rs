//! Ways to reach people.

pub(crate) mod email;
pub(crate) mod render;
