//! The public page of an organization's tree heads: turned on and off by its administrators, read by
//! everybody who knows its name.
//!
//! **Invariant**: what is shown is the signed heads, the proofs between them and the label that was
//! chosen for it. A name that nobody has and one that was turned off are answered alike.

use time::OffsetDateTime;
use wt_auth::may;
use wt_ledger::SignedHead;
use wt_model::{Permission, Principal, PublicName, TenantKey};
use wt_pg::{Cursor, Page, PgFault};
use wt_proto::{convert::to_timestamp, results};

use super::{Api, prove_growth::between};
use crate::{NAME, error::ResultsFault, store};

const LIST: &str = "public_heads";
/// Longest label, characters.
const LABEL_CHARS_MAX: usize = 80;

pub(super) async fn get_transparency(
    api: &Api,
    principal: &Principal,
) -> Result<results::GetTransparencyResponse, ResultsFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "get_transparency").await?;
    let page = store::transparency::find(&mut tx).await?;
    tx.commit().await?;
    Ok(results::GetTransparencyResponse {
        page: page.map(shown),
    })
}

pub(super) async fn put_transparency(
    api: &Api,
    principal: &Principal,
    request: results::PutTransparencyRequest,
) -> Result<results::PutTransparencyResponse, ResultsFault> {
    may(principal, Permission::OrganizationWrite)?;
    let label = request.label.trim();
    if label.chars().count() > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
        return Err(ResultsFault::field(
            "label",
            format!("expected at most {LABEL_CHARS_MAX} characters on one line"),
        ));
    }
    let chosen = (!request.name.is_empty())
        .then(|| request.name.parse::<PublicName>())
        .transpose()
        .map_err(|error| ResultsFault::field("name", error))?;
    let mut tx = api.pool.begin(principal, "put_transparency").await?;
    let before = store::transparency::find(&mut tx).await?;
    let name = match (chosen, &before) {
        (Some(chosen), _) => chosen,
        (None, Some(page)) => store::stored("results.transparency.name", &page.name)?,
        (None, None) => PublicName::unguessable(rand::random()),
    };
    let page = store::transparency::put(&mut tx, &name, label).await?;
    let object = tx.tenant_key().to_string();
    let (was, is) = (before.as_ref().map(told), told(&page));
    wt_audit::record(
        &mut tx,
        "transparency.publish",
        &object,
        was.as_ref(),
        Some(&is),
    )
    .await?;
    tx.commit().await?;
    Ok(results::PutTransparencyResponse {
        page: Some(shown(page)),
    })
}

pub(super) async fn delete_transparency(
    api: &Api,
    principal: &Principal,
) -> Result<results::DeleteTransparencyResponse, ResultsFault> {
    may(principal, Permission::OrganizationWrite)?;
    let mut tx = api.pool.begin(principal, "delete_transparency").await?;
    if let Some(page) = store::transparency::remove(&mut tx).await? {
        let object = tx.tenant_key().to_string();
        let was = told(&page);
        wt_audit::record(&mut tx, "transparency.withdraw", &object, Some(&was), None).await?;
    }
    tx.commit().await?;
    Ok(results::DeleteTransparencyResponse {})
}

pub(super) async fn get_public_ledger(
    api: &Api,
    request: results::GetPublicLedgerRequest,
) -> Result<results::GetPublicLedgerResponse, ResultsFault> {
    let (reader, label) = reader(api, &request.name).await?;
    let mut tx = api.pool.begin_read(&reader, "get_public_ledger").await?;
    let newest = store::ledger::newest_head(&mut tx).await?;
    let tenant_key = tx.tenant_key().to_string();
    tx.commit().await?;
    Ok(results::GetPublicLedgerResponse {
        label,
        tenant_key,
        head: newest.map(head),
    })
}

pub(super) async fn list_public_heads(
    api: &Api,
    request: results::ListPublicHeadsRequest,
) -> Result<results::ListPublicHeadsResponse, ResultsFault> {
    let (reader, _) = reader(api, &request.name).await?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let below = page
        .after()
        .map(|cursor| cursor.position().1.parse::<i64>())
        .transpose()
        .map_err(|_| PgFault::Cursor)?;
    let mut tx = api.pool.begin_read(&reader, "list_public_heads").await?;
    let heads = store::ledger::list_heads(&mut tx, below, page.limit()).await?;
    tx.commit().await?;
    // The size alone orders them; a cursor always carries a time beside its id.
    let cursor = |head: &SignedHead| {
        Cursor::new(
            LIST,
            OffsetDateTime::UNIX_EPOCH,
            &head.tree_size.to_string(),
        )
    };
    let (heads, next_cursor) = page.cut(heads, cursor);
    Ok(results::ListPublicHeadsResponse {
        heads: heads.into_iter().map(head).collect(),
        next_cursor,
    })
}

pub(super) async fn prove_public_growth(
    api: &Api,
    request: results::ProvePublicGrowthRequest,
) -> Result<results::ProveGrowthResponse, ResultsFault> {
    let (reader, _) = reader(api, &request.name).await?;
    between(api, &reader, request.from_size, request.to_size).await
}

/// Who reads in the name of everybody: this service, in the one organization that shows it.
async fn reader(api: &Api, name: &str) -> Result<(Principal, String), ResultsFault> {
    let name: PublicName = name
        .parse()
        .map_err(|_| ResultsFault::PublicLedgerUnknown)?;
    let mut tx = api.pool.begin_platform("public_ledger").await?;
    let owner = store::transparency::owner(tx.conn(), &name).await?;
    tx.commit().await?;
    let (tenant, label): (TenantKey, String) = owner.ok_or(ResultsFault::PublicLedgerUnknown)?;
    Ok((Principal::service(NAME, tenant), label))
}

/// Exactly what was signed, so that it can be checked.
fn head(head: SignedHead) -> results::PublicHead {
    results::PublicHead {
        at: head.at,
        key_id: head.key_id,
        root_hash: head.root_hash.to_string(),
        signature: head.signature,
        tenant_key: head.tenant_key.to_string(),
        tree_size: head.tree_size,
    }
}

fn shown(page: store::transparency::Page) -> results::TransparencyPage {
    results::TransparencyPage {
        name: page.name,
        label: page.label,
        since: Some(to_timestamp(page.since)),
    }
}

/// As the audit record has it.
fn told(page: &store::transparency::Page) -> serde_json::Value {
    serde_json::json!({ "name": page.name, "label": page.label })
}
