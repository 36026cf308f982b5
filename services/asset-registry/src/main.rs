//! Assets, ownership proofs and authorizations.

fn main() {}
