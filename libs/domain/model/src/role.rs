//! Roles inside an organization (contracts §10).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// What a member is in an organization.
    Role, "role", {
        /// Everything, including billing and removal.
        Owner = "owner",
        /// Everything but ownership, billing and single sign-on.
        Admin = "admin",
        /// Registers, scans and acts.
        Operator = "operator",
        /// Reads.
        Viewer = "viewer",
        /// Reads, including the audit log.
        Auditor = "auditor",
        /// Nothing by itself: what the organization's own roles and teams give.
        Member = "member",
        /// Platform staff, outside every organization.
        PlatformAdmin = "platform_admin",
    }
);
