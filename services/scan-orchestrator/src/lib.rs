//! Runs, jobs, planning, signing and deadlines.
