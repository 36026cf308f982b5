//! What "gone" means, per kind of check, and when it is proven enough to say FIXED.
use wt_exposure::{AbsentReason, Control};

use crate::Observed;

/// What a check needs in order to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckKind {
    /// An open port: `port.*`.
    Port,
    /// Something inside a handshake: `tls.*`.
    Tls,
    /// Something in an answer of a web server: `http.*`.
    Http,
    /// Something name servers say of a name: `dns.*`.
    Name,
    /// Something another protocol says.
    Service,
}

impl CheckKind {
    /// The kind of a check, by the first word of its id.
    pub fn of(check_id: &str) -> Self {
        match check_id.split('.').next() {
            Some("port") => Self::Port,
            Some("tls") => Self::Tls,
            Some("http") => Self::Http,
            Some("dns") => Self::Name,
            _ => Self::Service,
        }
    }

    /// The weakest control that shows a check of this kind could have seen its finding.
    pub const fn control(self) -> Control {
        match self {
            Self::Port => Control::HostAnswered,
            Self::Tls => Control::HandshakeCompleted,
            Self::Http => Control::VhostAnswered,
            Self::Name => Control::NameAnswered,
            Self::Service => Control::PortAccepted,
        }
    }
}

/// Whether an absence with this control and reason shows that a finding of this kind is gone:
/// - a port by a reset from a host that answers elsewhere;
/// - a finding inside TLS, HTTP or another protocol only by a completed handshake, an answered
///   request or an accepted connection: a closed port shows nothing about them;
/// - what name servers say of a name, by their answers to the same questions and nothing else;
/// - anything by the zone's own servers saying twice that the name does not exist.
pub fn shows_gone(kind: CheckKind, control: Control, reason: AbsentReason) -> bool {
    match (reason, kind) {
        (AbsentReason::NameGone, _) => control == Control::ZoneAnswered,
        (AbsentReason::Closed, CheckKind::Port) => control == Control::HostAnswered,
        (AbsentReason::NotThere, CheckKind::Tls) => matches!(
            control,
            Control::HandshakeCompleted | Control::VhostAnswered
        ),
        (AbsentReason::NotThere, CheckKind::Http) => control == Control::VhostAnswered,
        (AbsentReason::NotThere, CheckKind::Name) => control == Control::NameAnswered,
        (AbsentReason::NotThere, CheckKind::Service) => matches!(
            control,
            Control::PortAccepted | Control::HandshakeCompleted | Control::VhostAnswered
        ),
        (AbsentReason::NotThere, CheckKind::Port) | (AbsentReason::Closed, _) => false,
    }
}

/// What a sign of absence is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Proven: FIXED.
    Gone,
    /// As strong as it must be, but seen once: a second probe has to agree.
    Unconfirmed,
    /// Weaker than what opened it, or looked for by other rules.
    Weaker,
}

/// Weighs a sign of absence against what opened the exposure. Digests are compatible when they
/// are equal: other rules may no longer know what the old ones saw.
pub(crate) fn weigh(
    prior: &Observed,
    strength: u8,
    digest: &str,
    confirmed: bool,
    seq: i64,
) -> Verdict {
    if strength < prior.opened_strength || digest != prior.check.digest {
        Verdict::Weaker
    } else if confirmed || prior.gone_seq.is_some_and(|earlier| earlier < seq) {
        Verdict::Gone
    } else {
        Verdict::Unconfirmed
    }
}
