//! `ledger …`.
use serde_json::Value;

use super::Work;
use crate::{
    args::Ledger,
    fault::CliFault,
    output::{file_or_stdout, object},
};

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
            Ledger::Head => {
                let head = self.api.get("/ledger/head", &[]).await?;
                object(&self.global, &head)
            }
        }
    }
}
