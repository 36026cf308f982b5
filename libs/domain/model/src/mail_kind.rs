//! Mails to one person about themselves, such as an invitation.
use crate::vocabulary::vocabulary;

vocabulary!(
    /// What a mail to a person is about. These are sent whatever an organization's settings say.
    MailKind, "mail kind", {
        /// Somebody asks them to join an organization.
        Invitation = "invitation",
        /// Somebody whose invitation ran out asks for another; goes to who invited them.
        InvitationAsked = "invitation_asked",
        /// Prove that the address is theirs.
        VerifyEmail = "verify_email",
        /// Choose a new password.
        ResetPassword = "reset_password",
        /// Somebody signed up with their address, which has an account.
        AccountExists = "account_exists",
        /// Platform staff looked with their eyes.
        Impersonated = "impersonated",
        /// A sign-in from somewhere new.
        NewSignIn = "new_sign_in",
        /// The account's address is another one now; goes to the old one.
        EmailChanged = "email_changed",
        /// A passkey was added to the account.
        PasskeyAdded = "passkey_added",
    }
);
