//! Private pools: what they may be called, and what is said of one without workers.

use time::OffsetDateTime;
use wt_model::{Pool, RunState};

use crate::error::ScanFault;

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 60;

/// How the workers of a pool were heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) name: String,
    pub(crate) last_heard_at: Option<OffsetDateTime>,
    /// Heard of within the last minute.
    pub(crate) workers: i64,
}

/// A pool with the name it has when a run is requested.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ChosenPool {
    pub(crate) pool: Pool,
    /// Empty for the shared one.
    pub(crate) name: String,
}

/// Reads a name somebody gives a pool.
pub(crate) fn read_name(text: &str) -> Result<String, ScanFault> {
    let name = text.trim();
    let length = name.chars().count();
    if !(1..=NAME_CHARS_MAX).contains(&length) || name.chars().any(char::is_control) {
        let reason = format!("expected 1 to {NAME_CHARS_MAX} printable characters");
        return Err(ScanFault::field("name", reason));
    }
    Ok(name.to_owned())
}

/// Why a run of a private pool does not go on, if it waits for workers that are not there.
pub(crate) fn notice(state: RunState, heard: Option<&Heard>) -> Option<String> {
    let waits = matches!(
        state,
        RunState::Created | RunState::Queued | RunState::Running
    );
    let heard = heard.filter(|heard| waits && heard.workers == 0)?;
    Some(no_worker(heard))
}

/// That a pool has no workers, and since when.
pub(crate) fn no_worker(heard: &Heard) -> String {
    let name = &heard.name;
    match heard.last_heard_at {
        Some(at) => {
            let at = at.to_offset(time::UtcOffset::UTC);
            let (hour, minute) = (at.hour(), at.minute());
            format!(
                "no worker of pool {name:?} was heard of since {} {hour:02}:{minute:02} UTC",
                at.date()
            )
        }
        None => format!("no worker of pool {name:?} was ever heard of"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use wt_model::RunState;

    use super::{Heard, notice, read_name};

    #[test]
    fn a_name_is_short_and_printable() {
        assert_eq!(read_name(" Office ").unwrap(), "Office");
        for wrong in ["", "  ", "a\nb", &"x".repeat(61)] {
            assert!(read_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn only_a_run_that_waits_for_nobody_says_so() {
        let mut heard = Heard {
            name: "Office".to_owned(),
            last_heard_at: Some(datetime!(2026-11-22 09:05 UTC)),
            workers: 0,
        };
        assert_eq!(
            notice(RunState::Queued, Some(&heard)).unwrap(),
            "no worker of pool \"Office\" was heard of since 2026-11-22 09:05 UTC"
        );
        assert_eq!(notice(RunState::Processing, Some(&heard)), None);
        assert_eq!(notice(RunState::Queued, None), None);
        heard.last_heard_at = None;
        assert_eq!(
            notice(RunState::Running, Some(&heard)).unwrap(),
            "no worker of pool \"Office\" was ever heard of"
        );
        heard.workers = 1;
        assert_eq!(notice(RunState::Queued, Some(&heard)), None);
    }
}
