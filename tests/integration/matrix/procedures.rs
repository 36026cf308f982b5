//! Behind the gateway the same holds: each service asks again, for exactly what the procedure's
//! comment says.
use std::{collections::BTreeSet, path::Path};

use anyhow::{Result, ensure};
use tonic::{Code, transport::Channel};
use wt_auth::{InternalIssuer, SigningKey};
use wt_fault::Fault as _;
use wt_model::{Actor, Permission, Principal, PrincipalKind, Role, role_may};
use wt_rpc::RpcFault;

use super::rpcs::{self, Needs, Procedure};
use crate::harness::fleet::TestFleet;

/// Every procedure of every service, asked as everybody; what was answered wrongly.
pub(super) async fn wrong(fleet: &TestFleet) -> Result<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let all = rpcs::procedures(&root)?;
    ensure!(all.len() > 40, "{} procedures", all.len());
    let key = fleet.folder.join("keys/internal/gateway.key.pem");
    let mut wrong = Vec::new();
    for procedure in all {
        let url = fleet.fleet.member(procedure.served_by)?.url.clone();
        let mut asking = Asking {
            gateway: InternalIssuer::new("gateway", SigningKey::load(&key)?),
            channel: Channel::from_shared(url)?.connect().await?,
            procedure,
            wrong: Vec::new(),
        };
        asking.everybody().await?;
        wrong.append(&mut asking.wrong);
    }
    Ok(wrong)
}

/// One procedure being asked.
struct Asking {
    gateway: InternalIssuer,
    channel: Channel,
    procedure: Procedure,
    wrong: Vec<String>,
}

impl Asking {
    async fn everybody(&mut self) -> Result<()> {
        if self.procedure.needs == Needs::Nothing {
            return Ok(());
        }
        self.refuses("nobody", Code::Unauthenticated, None).await;
        let other = if self.procedure.served_by == "tenant" {
            "results"
        } else {
            "tenant"
        };
        let owner = with_roles([Role::Owner])?;
        let token = self.gateway.mint(other, Some(&owner))?;
        let who = "the holder of another service's token";
        self.refuses(who, Code::Unauthenticated, Some(&token)).await;
        let Needs::AnyOf(needed) = self.procedure.needs.clone() else {
            return Ok(());
        };
        self.roles(&needed).await?;
        self.single_permissions(&needed).await?;
        self.limited().await?;
        if !needed.iter().any(|each| each.suits_impersonation()) {
            let eyes = Principal {
                act: Some(Actor {
                    sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAW".parse()?,
                }),
                ..with_roles(Role::ALL.iter().copied())?
            };
            self.denies("somebody with other eyes", &eyes).await?;
        }
        Ok(())
    }

    /// Roles that give none of what is needed are turned away.
    async fn roles(&mut self, needed: &[Permission]) -> Result<()> {
        for role in Role::ALL {
            if !needed.iter().any(|each| role_may(*role, *each)) {
                self.denies(role.as_str(), &with_roles([*role])?).await?;
            }
        }
        Ok(())
    }

    /// One other permission alone is turned away, what is needed alone is not: another permission
    /// in the comment than in the code is wrong one way or the other.
    async fn single_permissions(&mut self, needed: &[Permission]) -> Result<()> {
        for permission in Permission::ALL {
            if !needed.contains(permission) {
                let who = format!("somebody with {permission} alone");
                self.denies(&who, &with_permissions([*permission])?).await?;
            }
        }
        // Whether somebody is of the staff is looked up beside their token.
        let of_platform = needed.iter().any(|each| each.is_of_platform());
        if of_platform || self.procedure.needs_more {
            return Ok(());
        }
        let token = self.token(&with_permissions(needed.iter().copied())?)?;
        let answer = self.call(Some(&token)).await;
        if let Err(status) = answer
            && RpcFault::from(status).code() == "auth.forbidden"
        {
            let path = &self.procedure.path;
            self.wrong
                .push(format!("{path}: {needed:?} alone is not enough"));
        }
        Ok(())
    }

    /// An owner's key without any scope, and an owner who looks nowhere in particular.
    async fn limited(&mut self) -> Result<()> {
        let key = Principal {
            kind: PrincipalKind::ApiKey,
            limit: Some(BTreeSet::new()),
            sid: None,
            ..with_roles([Role::Owner])?
        };
        self.denies("a key without scopes", &key).await?;
        let nowhere = Principal {
            tenant_key: None,
            ..with_roles([Role::Owner])?
        };
        self.denies("an owner of nothing", &nowhere).await
    }

    fn token(&self, principal: &Principal) -> Result<String> {
        let audience = self.procedure.served_by;
        Ok(self.gateway.mint(audience, Some(principal))?)
    }

    async fn call(&self, token: Option<&str>) -> Result<(), tonic::Status> {
        rpcs::call(self.channel.clone(), &self.procedure.path, token).await
    }

    async fn denies(&mut self, who: &str, principal: &Principal) -> Result<()> {
        let token = self.token(principal)?;
        self.refuses(who, Code::PermissionDenied, Some(&token))
            .await;
        Ok(())
    }

    async fn refuses(&mut self, who: &str, code: Code, token: Option<&str>) {
        match self.call(token).await {
            Err(status) if status.code() == code => {}
            other => self.wrong.push(format!(
                "{} as {who}: {other:?} instead of {code:?}",
                self.procedure.path
            )),
        }
    }
}

fn person() -> Result<Principal> {
    Ok(Principal {
        kind: PrincipalKind::User,
        sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        ..Principal::service("test", "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse()?)
    })
}

fn with_roles(roles: impl IntoIterator<Item = Role>) -> Result<Principal> {
    Ok(Principal {
        roles: roles.into_iter().collect(),
        ..person()?
    })
}

fn with_permissions(permissions: impl IntoIterator<Item = Permission>) -> Result<Principal> {
    Ok(Principal {
        permissions: permissions.into_iter().collect(),
        ..person()?
    })
}
