//! What one run may touch, and the special address ranges it may not.
