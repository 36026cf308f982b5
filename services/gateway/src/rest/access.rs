//! Who is calling: asking for the extractor is the permission check.
use std::{marker::PhantomData, ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use wt_auth::AuthFault;
use wt_fault::Kind;
use wt_model::{Permission, Principal};

use super::problem::Problem;
use crate::{
    Edge,
    session::{Credential, csrf},
};

/// A signed-in user.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    principal: Arc<Principal>,
    credential: Credential,
    edge: Edge,
}

impl Caller {
    /// Who.
    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What the request proved itself with.
    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The process's state.
    pub(crate) fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Takes one try at something that could be guessed at, such as the caller's own password. Of
    /// the caller, not of the address: nobody else can use it up.
    pub(crate) async fn take_own_try(&self) -> Result<(), Problem> {
        let limits = self.edge.limits();
        limits.take_sign_in(&self.principal.sub).await
    }

    /// Whether this caller may do `permission`.
    pub(crate) fn may(&self, permission: Permission) -> Result<(), Problem> {
        wt_auth::may(self.principal(), permission)
            .map(|_granted| ())
            .map_err(|fault: AuthFault| Problem::of(&fault))
    }
}

impl FromRequestParts<Edge> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let credential = Credential::of(parts, edge.public_authority(), edge.trusted_proxies())?;
        let principal = match edge.identify(&credential).await {
            Ok(principal) => principal,
            Err(problem) if problem.kind() == Kind::Unauthenticated => {
                edge.limits().take_refused(parts, edge).await?;
                return Err(problem);
            }
            Err(problem) => return Err(problem),
        };
        let limits = edge.limits();
        if csrf::changes(&parts.method) {
            limits.take_write(parts, &principal, &credential).await?;
        } else {
            limits.take_read(parts, &principal, &credential).await?;
        }
        Ok(Self {
            principal,
            credential,
            edge: edge.clone(),
        })
    }
}

/// Somebody nobody asked who they are: what bounds them is the address they come from.
#[derive(Debug)]
pub(crate) struct Passerby;

impl FromRequestParts<Edge> for Passerby {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        edge.limits().take_public(parts, edge).await?;
        Ok(Self)
    }
}

/// A permission as a type.
pub(crate) trait Permit {
    /// Which.
    const PERMISSION: Permission;
}

/// A signed-in user who holds `P`.
#[derive(Debug)]
pub(crate) struct May<P>(Caller, PhantomData<P>);

impl<P> Deref for May<P> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<P: Permit> FromRequestParts<Edge> for May<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, edge).await?;
        caller.may(P::PERMISSION)?;
        Ok(Self(caller, PhantomData))
    }
}

macro_rules! permits {
    ($($name:ident),+ $(,)?) => {$(
        #[doc = concat!("`Permission::", stringify!($name), "` as a type.")]
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl Permit for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )+};
}

permits! {
    OrganizationRead, OrganizationWrite, MembersManage, AssetsRead, AssetsWrite, RunsRead, RunsCreate,
    ExposuresRead, ExposuresAct, ReportsRead, ReportsCreate, NotificationsManage, KeysManage,
    AuditRead, BillingManage, PlatformOperate, SsoManage,
}
