//! Start, ready, drain, exit code and the admin port.
