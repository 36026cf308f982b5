//! The pure diff engine: (state, result) to (state, events).
