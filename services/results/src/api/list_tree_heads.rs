//! The signed heads of the organization's ledger, newest first.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_auth::may;
use wt_ledger::SignedHead;
use wt_model::{Permission, Principal};
use wt_pg::{Cursor, Page, PgFault};
use wt_proto::{convert::to_timestamp, results};

use super::Api;
use crate::{error::ResultsFault, store};

const LIST: &str = "tree_heads";

pub(super) async fn list_tree_heads(
    api: &Api,
    principal: &Principal,
    request: results::ListTreeHeadsRequest,
) -> Result<results::ListTreeHeadsResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let below = page
        .after()
        .map(|cursor| {
            cursor
                .position()
                .1
                .parse::<i64>()
                .map_err(|_| PgFault::Cursor)
        })
        .transpose()?;
    let mut tx = api.pool.begin_read(principal, "list_tree_heads").await?;
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
    Ok(results::ListTreeHeadsResponse {
        heads: heads.iter().map(head).collect::<Result<_, _>>()?,
        next_cursor,
    })
}

fn head(head: &SignedHead) -> Result<results::TreeHead, ResultsFault> {
    let at = OffsetDateTime::parse(&head.at, &Rfc3339)
        .map_err(|error| ResultsFault::inconsistent("results.heads.at", error))?;
    let signature = data_encoding::BASE64
        .decode(head.signature.as_bytes())
        .map_err(|error| ResultsFault::inconsistent("results.heads.signature", error))?;
    Ok(results::TreeHead {
        tree_size: head.tree_size,
        root_hash: head.root_hash.as_bytes().to_vec(),
        at: Some(to_timestamp(at)),
        key_id: head.key_id.clone(),
        signature,
    })
}
