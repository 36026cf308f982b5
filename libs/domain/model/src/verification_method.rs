//! How ownership of an asset is proven (contracts §1).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// A method of proof.
    VerificationMethod, "verification method", {
        /// A TXT record under the name.
        DnsTxt = "dns_txt",
        /// A file under `/.well-known/`.
        HttpFile = "http_file",
        /// A platform admin's word.
        Attestation = "attestation",
    }
);
