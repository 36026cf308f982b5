//! The live stream: bus news, fanned out to each organization's listeners.
mod feed;
mod hub;
mod news;
mod sse;
mod topic;

pub(crate) use feed::{Feed, say_session_ended};
pub(crate) use hub::{Hub, LastEvent, Listener, Missed};
pub(crate) use news::News;
pub(crate) use sse::{Subscription, respond};
pub(crate) use topic::{Topic, Topics};
