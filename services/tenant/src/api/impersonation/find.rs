//! What staff see without looking through anybody: whom they were asked to help, and who of them
//! looks through whom.

use wt_model::Principal;
use wt_proto::tenant;

use super::{Api, shown, staff};
use crate::{error::TenantFault, store};

/// Most rows of either list: for people to read.
const ROWS_MAX: i32 = 50;
/// Longest mail address, and longer than every name.
const WORDS_CHARS_MAX: usize = 254;

pub(super) async fn find_people(
    api: &Api,
    principal: &Principal,
    request: tenant::FindPeopleRequest,
) -> Result<tenant::FindPeopleResponse, TenantFault> {
    staff(api, principal).await?;
    let words = request.words.trim();
    if words.is_empty() || words.chars().count() > WORDS_CHARS_MAX {
        let reason = format!("expected 1 to {WORDS_CHARS_MAX} characters");
        return Err(TenantFault::field("q", reason));
    }
    let mut tx = api.pool.begin_platform("find_people").await?;
    let rows = store::impersonation::find_people(tx.conn(), words, ROWS_MAX).await?;
    tx.commit().await?;
    tracing::info!(staff = %principal.sub, found = rows.len(), "staff looked for people");
    let people = rows.into_iter().map(|row| tenant::FoundPerson {
        user: Some(tenant::User {
            id: row.user_id,
            email: row.email,
            display_name: row.display_name,
            ..Default::default()
        }),
        tenant_key: row.tenant_key,
        organization: row.organization,
        role: row.role,
    });
    Ok(tenant::FindPeopleResponse {
        people: people.collect(),
    })
}

pub(super) async fn list_impersonations(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::ListImpersonationsResponse, TenantFault> {
    staff(api, principal).await?;
    let mut tx = api.pool.begin_platform("list_impersonations").await?;
    let rows = store::impersonation::seen(tx.conn(), None, ROWS_MAX).await?;
    tx.commit().await?;
    Ok(tenant::ListImpersonationsResponse {
        impersonations: rows.into_iter().map(shown).collect(),
    })
}
