//! tonic server and client with deadlines, principal and faults.
