//! Generated contract, subjects, stream settings and conversions.
