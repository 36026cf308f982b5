//! Takes signed jobs and runs the engine.
