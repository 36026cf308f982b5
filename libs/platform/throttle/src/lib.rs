//! Redis token buckets and single flight.
