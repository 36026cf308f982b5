//! What is asked about passwords and addresses.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rest::extract::Checked;

/// A new password for the caller.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The one they sign in with now.
    #[schema(format = "password", max_length = 256)]
    pub(crate) current_password: String,
    /// At least 12 characters, and not one that is guessed.
    #[schema(format = "password", min_length = 12, max_length = 256)]
    pub(crate) new_password: String,
}

impl Checked for PasswordChange {}

/// Whose password is forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgottenPassword {
    /// Address of the account.
    #[schema(format = "email", max_length = 254)]
    pub(crate) email: String,
}

impl Checked for ForgottenPassword {}

/// A new password by way of a mailed link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordReset {
    /// From the link.
    #[schema(max_length = 128)]
    pub(crate) token: String,
    /// At least 12 characters, and not one that is guessed.
    #[schema(format = "password", min_length = 12, max_length = 256)]
    pub(crate) new_password: String,
}

impl Checked for PasswordReset {}

/// A mailed link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkToken {
    /// From the link.
    #[schema(max_length = 128)]
    pub(crate) token: String,
}

impl Checked for LinkToken {}

/// An address that is proved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifiedEmail {
    /// Which.
    pub(crate) email: String,
}
