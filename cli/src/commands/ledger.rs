//! `ledger …`.
use serde_json::Value;

use super::Work;
use crate::{
    args::Ledger,
    fault::CliFault,
    output::{Column, column, file_or_stdout, list, object},
};

const COLUMNS: [Column; 4] = [
    column("size", "/tree_size"),
    column("signed", "/at"),
    column("root", "/root_hash"),
    column("key", "/key_id"),
];

impl Work {
    pub(super) async fn ledger(&self, command: Ledger) -> Result<(), CliFault> {
        match command {
            Ledger::Key { file } => {
                let key = self.api.get("/ledger/key", &[]).await?;
                let pem = key
                    .get("public_key_pem")
                    .and_then(Value::as_str)
                    .ok_or_else(|| {
                        CliFault::Unexpected("the server's answer has no key".to_owned())
                    })?;
                file_or_stdout(&self.global, file.as_deref(), pem)
            }
            Ledger::Keys { file } => {
                let keys = self.api.get_text("/ledger/keys", &[]).await?;
                file_or_stdout(&self.global, file.as_deref(), &keys)
            }
            Ledger::Watch { name, keep, key } => self.watch(&name, &keep, key).await,
            Ledger::Head => {
                let head = self.api.get("/ledger/head", &[]).await?;
                object(&self.global, &head)
            }
            Ledger::Heads { limit } => {
                let rows = self.api.list("/ledger/heads", &[], limit).await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Ledger::Growth { from, to, file } => {
                let mut query = vec![("from", from.to_string())];
                query.extend(to.map(|to| ("to", to.to_string())));
                let proof = self.api.get_text("/ledger/consistency", &query).await?;
                file_or_stdout(&self.global, file.as_deref(), &proof)
            }
        }
    }
}
