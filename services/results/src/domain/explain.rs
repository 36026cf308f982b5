//! Why an exposure is in its state, and what would make it FIXED, in sentences.
use wt_diff::CheckKind;
use wt_model::ExposureState;

/// What an explanation is made from.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) state: ExposureState,
    pub(crate) check_id: String,
    pub(crate) opened_strength: i16,
    pub(crate) unresponsive_reason: Option<String>,
    /// A run saw it gone without a second probe.
    pub(crate) doubted: bool,
    /// Type, run and RFC 3339 time of the newest event.
    pub(crate) newest: Option<(String, String, String)>,
    /// Outcome and run of the newest cell that looked.
    pub(crate) last_look: Option<(String, String)>,
}

/// The sentences: why, and what is needed.
pub(crate) fn explain(facts: &Facts) -> (Vec<String>, Vec<String>) {
    (because(facts), to_be_fixed(facts))
}

fn because(facts: &Facts) -> Vec<String> {
    let mut because = Vec::new();
    if let Some((event, run, at)) = &facts.newest {
        let by = if run.is_empty() {
            String::new()
        } else {
            format!(" in run {run}")
        };
        because.push(format!("The last transition was {event} at {at}{by}."));
    }
    because.push(match facts.state {
        ExposureState::Open => {
            "It was seen there, and no conclusive look since found it gone.".to_owned()
        }
        ExposureState::Unresponsive => format!(
            "The last look could not conclude ({}); that proves neither that it is there nor \
             that it is gone.",
            facts
                .unresponsive_reason
                .as_deref()
                .unwrap_or("no reason given")
        ),
        ExposureState::Fixed => {
            "A run as strong as the one that opened it saw it gone, with a control and a second \
             probe that agreed."
                .to_owned()
        }
        ExposureState::Retired => {
            "Its asset or the proof of ownership was withdrawn; it was not proven fixed.".to_owned()
        }
        ExposureState::StaleCheck => {
            "Its check left the catalogue; it was not proven fixed.".to_owned()
        }
    });
    if facts.doubted {
        because.push("One run already saw it gone, but without a second probe.".to_owned());
    }
    if let Some((outcome, run)) = &facts.last_look {
        because.push(format!(
            "The newest cell that looked, in run {run}, was {outcome}."
        ));
    }
    because
}

fn to_be_fixed(facts: &Facts) -> Vec<String> {
    if !matches!(
        facts.state,
        ExposureState::Open | ExposureState::Unresponsive
    ) {
        return Vec::new();
    }
    let seen = match CheckKind::of(&facts.check_id) {
        CheckKind::Port => {
            "The port answers with a reset while the host answers on another port (or stays \
             silent in two runs that agree)."
        }
        CheckKind::Tls => {
            "The port accepts a connection, a TLS handshake completes, and the check no longer \
             matches. A closed port proves nothing."
        }
        CheckKind::Http => {
            "The web server answers a benign request and the check no longer matches. A closed \
             port proves nothing."
        }
        CheckKind::Name => {
            "The name servers answer and the check no longer matches, or the name's own zone says \
             twice that there is no such name. Silence and failures prove nothing."
        }
        CheckKind::Service => {
            "The port accepts a connection and the check no longer matches. A closed port proves \
             nothing."
        }
    };
    vec![
        seen.to_owned(),
        "A second probe agrees, in the same run or in the next.".to_owned(),
        format!(
            "The run looks at strength {} or more, by the same version of the check.",
            facts.opened_strength
        ),
    ]
}
