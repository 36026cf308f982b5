//! The one permission table: checks, API documentation and menus derive from it (contracts §10).
use crate::{Role, vocabulary::vocabulary};

vocabulary!(
    /// A thing somebody may be allowed to do.
    Permission, "permission", {
        /// See the organization, its people and its settings.
        OrganizationRead = "organization:read",
        /// Change the organization and make sub-organizations.
        OrganizationWrite = "organization:write",
        /// Invite, change and remove members.
        MembersManage = "members:manage",
        /// See assets and proofs.
        AssetsRead = "assets:read",
        /// Register, verify and archive assets.
        AssetsWrite = "assets:write",
        /// Record an attestation of ownership.
        AssetsAttest = "assets:attest",
        /// See runs, jobs, progress and logs.
        RunsRead = "runs:read",
        /// Request and cancel runs.
        RunsCreate = "runs:create",
        /// See exposures, changes, evidence and packets.
        ExposuresRead = "exposures:read",
        /// Decide about exposures and request their verification.
        ExposuresAct = "exposures:act",
        /// See reports.
        ReportsRead = "reports:read",
        /// Request reports.
        ReportsCreate = "reports:create",
        /// See and change who is told what.
        NotificationsManage = "notifications:manage",
        /// Make, rotate and revoke API keys.
        KeysManage = "keys:manage",
        /// See plan and invoices, change them.
        BillingManage = "billing:manage",
        /// Read and export the audit log.
        AuditRead = "audit:read",
        /// See and change single sign-on.
        SsoManage = "sso:manage",
        /// Operate the platform.
        PlatformOperate = "platform:operate",
    }
);

/// Whether `role` grants `permission`.
pub const fn role_may(role: Role, permission: Permission) -> bool {
    use Permission as P;
    match role {
        Role::Owner => !matches!(permission, P::PlatformOperate | P::AssetsAttest),
        // Whoever decides who may sign in as whom could sign in as an owner.
        Role::Admin => !matches!(
            permission,
            P::PlatformOperate | P::AssetsAttest | P::BillingManage | P::SsoManage
        ),
        Role::Operator => matches!(
            permission,
            P::OrganizationRead
                | P::AssetsRead
                | P::AssetsWrite
                | P::RunsRead
                | P::RunsCreate
                | P::ExposuresRead
                | P::ExposuresAct
                | P::ReportsRead
                | P::ReportsCreate
        ),
        Role::Viewer => reads(permission),
        Role::Auditor => reads(permission) || matches!(permission, P::AuditRead),
        Role::Member => false,
        Role::PlatformAdmin => matches!(permission, P::PlatformOperate | P::AssetsAttest),
    }
}

impl Permission {
    /// Whether an API key may have this. A list of what suits, so that a permission that is added
    /// later is for people until somebody decides otherwise: a key that leaked must not be able
    /// to make more keys, let people in or spend money.
    pub const fn suits_api_keys(self) -> bool {
        matches!(
            self,
            Self::OrganizationRead
                | Self::AssetsRead
                | Self::AssetsWrite
                | Self::RunsRead
                | Self::RunsCreate
                | Self::ExposuresRead
                | Self::ExposuresAct
                | Self::ReportsRead
                | Self::ReportsCreate
                | Self::NotificationsManage
                | Self::AuditRead
        )
    }

    /// Whether this is about assets or what was found on them, so that a team may be given it on
    /// a part of the assets only.
    pub const fn is_of_assets(self) -> bool {
        matches!(
            self,
            Self::AssetsRead
                | Self::AssetsWrite
                | Self::RunsRead
                | Self::RunsCreate
                | Self::ExposuresRead
                | Self::ExposuresAct
        )
    }

    /// Whether this only reads.
    pub const fn only_reads(self) -> bool {
        reads(self) || matches!(self, Self::AuditRead)
    }

    /// Whether platform staff may ever do this with a person's eyes, however much they were let
    /// in. A list of what suits, as for API keys: people, roles, ownership, keys, money and the
    /// platform itself stay out of reach (issue "impersonation", RFC 8693).
    pub const fn suits_impersonation(self) -> bool {
        self.only_reads()
            || matches!(
                self,
                Self::AssetsWrite
                    | Self::RunsCreate
                    | Self::ExposuresAct
                    | Self::ReportsCreate
                    | Self::NotificationsManage
            )
    }

    /// Whether this belongs to platform staff: no organization can give it to anybody.
    pub const fn is_of_platform(self) -> bool {
        role_may(Role::PlatformAdmin, self)
    }
}

const fn reads(permission: Permission) -> bool {
    use Permission as P;
    matches!(
        permission,
        P::OrganizationRead | P::AssetsRead | P::RunsRead | P::ExposuresRead | P::ReportsRead
    )
}

#[cfg(test)]
mod tests {
    use super::{Permission, role_may};
    use crate::Role;

    #[test]
    fn a_viewer_changes_nothing() {
        for permission in Permission::ALL {
            let reads = permission.as_str().ends_with(":read");
            assert!(
                reads || !role_may(Role::Viewer, *permission),
                "{permission}"
            );
        }
    }

    #[test]
    fn only_reading_is_what_its_word_says() {
        for permission in Permission::ALL {
            let word = permission.as_str().ends_with(":read");
            assert_eq!(permission.only_reads(), word, "{permission}");
        }
    }

    #[test]
    fn what_is_never_done_with_somebody_elses_eyes_is_this_list() {
        let never: Vec<_> = Permission::ALL
            .iter()
            .filter(|permission| !permission.suits_impersonation())
            .map(|permission| permission.as_str())
            .collect();
        let expected = [
            "organization:write",
            "members:manage",
            "assets:attest",
            "keys:manage",
            "billing:manage",
            "sso:manage",
            "platform:operate",
        ];
        assert_eq!(never, expected);
    }

    #[test]
    fn only_platform_staff_attest_or_operate() {
        for role in Role::ALL {
            let staff = *role == Role::PlatformAdmin;
            assert_eq!(role_may(*role, Permission::AssetsAttest), staff);
            assert_eq!(role_may(*role, Permission::PlatformOperate), staff);
        }
    }
}
