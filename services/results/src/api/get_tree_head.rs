//! The newest signed head of the organization's ledger, and the key that checks it.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::{convert::to_timestamp, results};

use super::Api;
use crate::{error::ResultsFault, store};

pub(super) async fn get_tree_head(
    api: &Api,
    principal: &Principal,
) -> Result<results::GetTreeHeadResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let mut tx = api.pool.begin_read(principal, "get_tree_head").await?;
    let head = store::ledger::newest_head(&mut tx).await?;
    let now = OffsetDateTime::now_utc().format(&Rfc3339);
    let now = now.map_err(|error| ResultsFault::inconsistent("now", error))?;
    let public = api.ledger_keys.public(tx.conn(), &now).await?;
    tx.commit().await?;
    let mut answer = results::GetTreeHeadResponse {
        key_id: public.key_id().to_string(),
        public_key_pem: public.to_spki_pem(),
        public_key_id: public.key_id().to_string(),
        ..Default::default()
    };
    if let Some(head) = head {
        let inconsistent = |column| {
            move |error: Box<dyn std::error::Error + Send + Sync>| {
                ResultsFault::inconsistent(column, error)
            }
        };
        let at = OffsetDateTime::parse(&head.at, &Rfc3339)
            .map_err(|error| inconsistent("results.heads.at")(error.into()))?;
        answer.signature = data_encoding::BASE64
            .decode(head.signature.as_bytes())
            .map_err(|error| inconsistent("results.heads.signature")(error.into()))?;
        answer.tree_size = head.tree_size;
        answer.root_hash = head.root_hash.as_bytes().to_vec();
        answer.at = Some(to_timestamp(at));
        answer.key_id = head.key_id;
    }
    Ok(answer)
}
