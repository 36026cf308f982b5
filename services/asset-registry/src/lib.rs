//! Assets, ownership proofs and authorizations.
