//! Messages to programs and chats: one HTTP request, signed where the receiver checks.

use time::OffsetDateTime;
use url::Url;
use wt_outbound::{Outbound, OutboundFault};

use crate::domain::signature::signatures;

/// Longest error that is kept of an attempt.
const ERROR_CHARS_MAX: usize = 300;

/// What is posted.
pub(crate) struct Post {
    /// Where to.
    pub(crate) url: Url,
    /// The same for every attempt.
    pub(crate) message_id: String,
    /// JSON.
    pub(crate) body: String,
    /// What it is signed with; none for a chat.
    pub(crate) secrets: Vec<wt_seal::Opened>,
}

/// What the receiver made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It took the message.
    Taken(u16),
    /// It answered anything but 2xx. A redirect is such an answer: it is never followed.
    Refused(u16),
    /// It could not be asked or did not answer.
    Silent(String),
}

/// Posts once. The reason never repeats the address, which may be a secret.
pub(crate) async fn post(outbound: &Outbound, post: Post, now: OffsetDateTime) -> Answer {
    let seconds = now.unix_timestamp();
    let secrets: Vec<&[u8]> = post.secrets.iter().map(wt_seal::Opened::expose).collect();
    let stamp = seconds.to_string();
    let signed = signatures(&secrets, &post.message_id, seconds, &post.body);
    let mut headers = vec![("webhook-id", post.message_id.as_str())];
    if !secrets.is_empty() {
        headers.push(("webhook-timestamp", &stamp));
        headers.push(("webhook-signature", &signed));
    }
    match outbound.post_json(&post.url, &headers, post.body).await {
        Ok(status @ 200..=299) => Answer::Taken(status),
        Ok(status) => Answer::Refused(status),
        Err(OutboundFault::Refused { reason, .. }) => Answer::Silent(reason.to_owned()),
        Err(OutboundFault::Failed { reason, .. }) => {
            Answer::Silent(reason.chars().take(ERROR_CHARS_MAX).collect())
        }
    }
}
