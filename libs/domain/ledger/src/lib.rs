//! RFC 6962 Merkle tree, signed heads and offline proofs.
