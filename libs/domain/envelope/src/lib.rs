//! DSSE-style signed envelopes for jobs.
