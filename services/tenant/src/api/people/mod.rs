//! `watchtower.tenant.v1.PeopleService`: one file a resource, since the operations of one share
//! their rules.

mod accept;
mod explain;
mod invitations;
mod organizations;
mod ownership;
mod roles;
mod scope;
mod team_members;
mod teams;
pub(in crate::api) mod users;

use wt_proto::tenant::{self, people_service_server::PeopleService};
use wt_rpc::{Request, Response, Status, close, open, open_anonymous, open_any};

use super::Api;

#[tonic::async_trait]
impl PeopleService for Api {
    async fn create_tenant(
        &self,
        request: Request<tenant::CreateTenantRequest>,
    ) -> Result<Response<tenant::CreateTenantResponse>, Status> {
        let (principal, message) = open(request)?;
        close(organizations::create_tenant(self, &principal, message).await)
    }

    async fn get_organization(
        &self,
        request: Request<tenant::GetOrganizationRequest>,
    ) -> Result<Response<tenant::GetOrganizationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(organizations::get_organization(self, &principal, message).await)
    }

    async fn update_organization(
        &self,
        request: Request<tenant::UpdateOrganizationRequest>,
    ) -> Result<Response<tenant::UpdateOrganizationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(organizations::update_organization(self, &principal, message).await)
    }

    async fn transfer_ownership(
        &self,
        request: Request<tenant::TransferOwnershipRequest>,
    ) -> Result<Response<tenant::TransferOwnershipResponse>, Status> {
        let (principal, message) = open(request)?;
        close(ownership::transfer_ownership(self, &principal, message).await)
    }

    async fn list_users(
        &self,
        request: Request<tenant::ListUsersRequest>,
    ) -> Result<Response<tenant::ListUsersResponse>, Status> {
        let (principal, _) = open(request)?;
        close(users::list_users(self, &principal).await)
    }

    async fn update_user(
        &self,
        request: Request<tenant::UpdateUserRequest>,
    ) -> Result<Response<tenant::UpdateUserResponse>, Status> {
        let (principal, message) = open(request)?;
        close(users::update_user(self, &principal, message).await)
    }

    async fn remove_user(
        &self,
        request: Request<tenant::RemoveUserRequest>,
    ) -> Result<Response<tenant::RemoveUserResponse>, Status> {
        let (principal, message) = open(request)?;
        close(users::remove_user(self, &principal, message).await)
    }

    async fn invite_user(
        &self,
        request: Request<tenant::InviteUserRequest>,
    ) -> Result<Response<tenant::InviteUserResponse>, Status> {
        let (principal, message) = open(request)?;
        close(invitations::invite_user(self, &principal, message).await)
    }

    async fn list_invitations(
        &self,
        request: Request<tenant::ListInvitationsRequest>,
    ) -> Result<Response<tenant::ListInvitationsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(invitations::list_invitations(self, &principal).await)
    }

    async fn resend_invitation(
        &self,
        request: Request<tenant::ResendInvitationRequest>,
    ) -> Result<Response<tenant::ResendInvitationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(invitations::resend_invitation(self, &principal, message).await)
    }

    async fn revoke_invitation(
        &self,
        request: Request<tenant::RevokeInvitationRequest>,
    ) -> Result<Response<tenant::RevokeInvitationResponse>, Status> {
        let (principal, message) = open(request)?;
        close(invitations::revoke_invitation(self, &principal, message).await)
    }

    async fn list_teams(
        &self,
        request: Request<tenant::ListTeamsRequest>,
    ) -> Result<Response<tenant::ListTeamsResponse>, Status> {
        let (principal, _) = open(request)?;
        close(teams::list_teams(self, &principal).await)
    }

    async fn get_team(
        &self,
        request: Request<tenant::GetTeamRequest>,
    ) -> Result<Response<tenant::GetTeamResponse>, Status> {
        let (principal, message) = open(request)?;
        close(teams::get_team(self, &principal, message).await)
    }

    async fn create_team(
        &self,
        request: Request<tenant::CreateTeamRequest>,
    ) -> Result<Response<tenant::CreateTeamResponse>, Status> {
        let (principal, message) = open(request)?;
        close(teams::create_team(self, &principal, message).await)
    }

    async fn update_team(
        &self,
        request: Request<tenant::UpdateTeamRequest>,
    ) -> Result<Response<tenant::UpdateTeamResponse>, Status> {
        let (principal, message) = open(request)?;
        close(teams::update_team(self, &principal, message).await)
    }

    async fn delete_team(
        &self,
        request: Request<tenant::DeleteTeamRequest>,
    ) -> Result<Response<tenant::DeleteTeamResponse>, Status> {
        let (principal, message) = open(request)?;
        close(teams::delete_team(self, &principal, message).await)
    }

    async fn add_team_member(
        &self,
        request: Request<tenant::AddTeamMemberRequest>,
    ) -> Result<Response<tenant::AddTeamMemberResponse>, Status> {
        let (principal, message) = open(request)?;
        close(team_members::add_team_member(self, &principal, message).await)
    }

    async fn remove_team_member(
        &self,
        request: Request<tenant::RemoveTeamMemberRequest>,
    ) -> Result<Response<tenant::RemoveTeamMemberResponse>, Status> {
        let (principal, message) = open(request)?;
        close(team_members::remove_team_member(self, &principal, message).await)
    }

    async fn list_roles(
        &self,
        request: Request<tenant::ListRolesRequest>,
    ) -> Result<Response<tenant::ListRolesResponse>, Status> {
        let (principal, _) = open(request)?;
        close(roles::list_roles(self, &principal).await)
    }

    async fn create_role(
        &self,
        request: Request<tenant::CreateRoleRequest>,
    ) -> Result<Response<tenant::CreateRoleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(roles::create_role(self, &principal, message).await)
    }

    async fn update_role(
        &self,
        request: Request<tenant::UpdateRoleRequest>,
    ) -> Result<Response<tenant::UpdateRoleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(roles::update_role(self, &principal, message).await)
    }

    async fn delete_role(
        &self,
        request: Request<tenant::DeleteRoleRequest>,
    ) -> Result<Response<tenant::DeleteRoleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(roles::delete_role(self, &principal, message).await)
    }

    async fn explain_access(
        &self,
        request: Request<tenant::ExplainAccessRequest>,
    ) -> Result<Response<tenant::ExplainAccessResponse>, Status> {
        let (principal, message) = open(request)?;
        close(explain::explain_access(self, &principal, message).await)
    }

    async fn preview_invitation(
        &self,
        request: Request<tenant::PreviewInvitationRequest>,
    ) -> Result<Response<tenant::PreviewInvitationResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(accept::preview_invitation(self, message).await)
    }

    async fn ask_for_invitation(
        &self,
        request: Request<tenant::AskForInvitationRequest>,
    ) -> Result<Response<tenant::AskForInvitationResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(accept::ask_for_invitation(self, message).await)
    }

    async fn accept_invitation(
        &self,
        request: Request<tenant::AcceptInvitationRequest>,
    ) -> Result<Response<tenant::AcceptInvitationResponse>, Status> {
        let (principal, message) = open_any(request)?;
        close(accept::accept_invitation(self, principal.as_ref(), message).await)
    }
}
