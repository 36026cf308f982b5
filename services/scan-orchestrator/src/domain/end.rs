//! How a run ends when its last job has.

use wt_model::RunState;

/// Jobs of one run by where they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct JobCounts {
    /// Neither reported nor ended.
    pub(crate) waiting: i64,
    /// Reported, not yet applied.
    pub(crate) processing: i64,
    pub(crate) completed: i64,
    pub(crate) failed: i64,
    pub(crate) cancelled: i64,
}

/// The states a run goes through now, in order; none while there is more to wait for.
pub(crate) fn next_states(now: RunState, jobs: JobCounts) -> Vec<RunState> {
    if now.is_terminal() || jobs.waiting > 0 {
        return Vec::new();
    }
    let mut states = Vec::new();
    if now != RunState::Processing {
        states.push(RunState::Processing);
    }
    if jobs.processing == 0 {
        states.push(match (jobs.completed, jobs.failed + jobs.cancelled) {
            (0, _) => RunState::Failed,
            (_, 0) => RunState::Completed,
            _ => RunState::Partial,
        });
    }
    states
}

#[cfg(test)]
mod tests {
    use wt_model::RunState;

    use super::{JobCounts, next_states};

    #[test]
    fn a_run_ends_only_after_its_last_job() {
        let jobs = JobCounts {
            waiting: 1,
            completed: 4,
            ..JobCounts::default()
        };
        assert!(next_states(RunState::Running, jobs).is_empty());
        let jobs = JobCounts {
            processing: 1,
            completed: 4,
            ..JobCounts::default()
        };
        assert_eq!(next_states(RunState::Running, jobs), [RunState::Processing]);
        assert!(next_states(RunState::Processing, jobs).is_empty());
    }

    #[test]
    fn some_failed_jobs_make_it_partial_and_all_of_them_failed() {
        let ended = |completed, failed| {
            let jobs = JobCounts {
                completed,
                failed,
                ..JobCounts::default()
            };
            next_states(RunState::Processing, jobs)
        };
        assert_eq!(ended(3, 0), [RunState::Completed]);
        assert_eq!(ended(3, 1), [RunState::Partial]);
        assert_eq!(ended(0, 2), [RunState::Failed]);
    }

    #[test]
    fn every_step_is_one_the_contract_allows() {
        for now in RunState::ALL
            .iter()
            .copied()
            .filter(|s| *s != RunState::Created)
        {
            for completed in 0..2 {
                for failed in 0..2 {
                    let jobs = JobCounts {
                        completed,
                        failed,
                        ..JobCounts::default()
                    };
                    let mut from = now;
                    for to in next_states(now, jobs) {
                        assert!(from.may_become(to), "{from} to {to}");
                        from = to;
                    }
                }
            }
        }
    }
}
