//! Refusals about people, teams, roles and invitations.

use wt_fault::Kind;

/// A refusal of `PeopleService`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PeopleFault {
    /// The parent is as deep as the tree goes.
    #[error("organizations nest at most 32 deep")]
    TooDeep,
    /// One person founded enough.
    #[error("you founded as many organizations as one person may")]
    TooManyRoots,
    /// No such member here.
    #[error("there is no such person in this organization")]
    MemberUnknown,
    /// The organization would have no owner.
    #[error("an organization keeps at least one active owner")]
    LastOwner,
    /// The change takes or gives more than the caller holds.
    #[error("you cannot give or take what you do not hold yourself")]
    BeyondOwn,
    /// Only an owner hands ownership over.
    #[error("only an owner can hand the organization over")]
    OwnersOnly,
    /// One does not suspend oneself.
    #[error("you cannot deactivate yourself")]
    Oneself,
    /// The version that was read is not the newest.
    #[error("this was changed since you read it")]
    Stale,
    /// The address belongs to a member.
    #[error("this person is in the organization already")]
    AlreadyMember,
    /// An open invitation for the address exists.
    #[error("this person has an open invitation")]
    Pending,
    /// Too many invitations in a day.
    #[error("the organization sent as many invitations as it may today")]
    TooManyInvitations,
    /// No such invitation.
    #[error("there is no such invitation")]
    InvitationUnknown,
    /// Accepted, revoked or run out.
    #[error("the invitation was used or withdrawn")]
    InvitationOver,
    /// Its time is over, and it was neither used nor withdrawn.
    #[error("the invitation has run out")]
    InvitationExpired,
    /// The address has an account.
    #[error("the invited address has an account")]
    SignInFirst,
    /// The invitation is for somebody else.
    #[error("the invitation is for another address than yours")]
    OtherAddress,
    /// No such team.
    #[error("there is no such team")]
    TeamUnknown,
    /// No such role.
    #[error("there is no such role")]
    RoleUnknown,
    /// Two of a kind with one name.
    #[error("the name is taken")]
    NameTaken,
    /// Somebody holds the role.
    #[error("somebody holds this role")]
    RoleInUse,
}

impl PeopleFault {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::TooManyRoots | Self::TooManyInvitations => Kind::Exhausted,
            Self::MemberUnknown
            | Self::InvitationUnknown
            | Self::TeamUnknown
            | Self::RoleUnknown => Kind::NotFound,
            Self::BeyondOwn | Self::OwnersOnly | Self::OtherAddress => Kind::Forbidden,
            Self::TooDeep
            | Self::LastOwner
            | Self::Oneself
            | Self::Stale
            | Self::InvitationOver
            | Self::InvitationExpired
            | Self::SignInFirst
            | Self::RoleInUse => Kind::Precondition,
            Self::AlreadyMember | Self::Pending | Self::NameTaken => Kind::Conflict,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::TooDeep => "organization.too_deep",
            Self::TooManyRoots => "organization.too_many",
            Self::MemberUnknown => "member.not_found",
            Self::LastOwner => "member.last_owner",
            Self::BeyondOwn => "member.beyond_own",
            Self::OwnersOnly => "member.owners_only",
            Self::Oneself => "member.oneself",
            Self::Stale => "request.stale",
            Self::AlreadyMember => "invitation.already_member",
            Self::Pending => "invitation.pending",
            Self::TooManyInvitations => "invitation.too_many",
            Self::InvitationUnknown => "invitation.not_found",
            Self::InvitationOver => "invitation.over",
            Self::InvitationExpired => "invitation.expired",
            Self::SignInFirst => "invitation.sign_in_first",
            Self::OtherAddress => "invitation.other_address",
            Self::TeamUnknown => "team.not_found",
            Self::RoleUnknown => "role.not_found",
            Self::NameTaken => "organization.name_taken",
            Self::RoleInUse => "role.in_use",
        }
    }

    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::LastOwner => "make somebody else an owner first",
            Self::Stale => "read it again and repeat your change",
            Self::Pending => "send the open one again, or withdraw it",
            Self::InvitationOver | Self::InvitationExpired => "ask for a new invitation",
            Self::SignInFirst => "sign in with that address, then accept",
            Self::OtherAddress => "sign in with the invited address",
            Self::RoleInUse => "take it from its holders and teams first",
            Self::TooManyInvitations => "try again tomorrow",
            _ => "",
        }
    }
}
