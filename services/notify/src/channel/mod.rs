//! Ways to reach people.

pub(crate) mod email;
pub(crate) mod post;
pub(crate) mod render;
pub(crate) mod tracker;
