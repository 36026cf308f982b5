//! The scan engine: plan cells, probe through the scope guard, settle.
