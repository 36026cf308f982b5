//! Looking for a proof from several vantage points (promises P8).
//!
//! Never follows a redirect and never connects to a special-purpose address the operator's
//! configuration does not allow: the name belongs to a stranger until it is proven.

mod dns_txt;
mod http_file;
mod vantage;

pub(crate) use vantage::{Vantage, VantageRefused};

use wt_model::VerificationMethod;

use crate::domain::{
    challenge::{Instructions, Token, file_path},
    verification::Finding,
};

/// What to look for.
pub(crate) struct Search<'a> {
    /// The asset's canonical value.
    pub(crate) value: &'a str,
    /// How it is to be proven.
    pub(crate) method: VerificationMethod,
    /// What was asked of the owner.
    pub(crate) instructions: &'a Instructions,
    /// The challenge's token.
    pub(crate) token: &'a Token,
}

/// Asks every vantage point at once; each answers with one finding.
pub(crate) async fn look(vantages: &[Vantage], search: &Search<'_>) -> Vec<Finding> {
    let looks = vantages.iter().map(|vantage| async move {
        match search.method {
            VerificationMethod::DnsTxt => dns_txt::look(vantage, search).await,
            VerificationMethod::HttpFile => {
                http_file::look(vantage, search, &file_path(search.token)).await
            }
            VerificationMethod::Attestation => Finding {
                vantage: vantage.name().to_owned(),
                asked: String::new(),
                found: Vec::new(),
                ok: false,
                detail: "an attestation is recorded, not looked for".to_owned(),
            },
        }
    });
    futures::future::join_all(looks).await
}
