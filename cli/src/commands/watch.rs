//! `ledger watch`: keeps what a public page showed, and finds out when it shows something else.
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wt_envelope::VerifyingKey;
use wt_ledger::{KeyChain, LedgerFault, SignedHead, Succession, Trust, verify_growth};

use super::{Work, packet::not_valid, trust::public_key};
use crate::{
    args::Format,
    fault::CliFault,
    output::{object, print, safe},
};

/// The `format` of the file.
const FORMAT: &str = "watchtower.watch.v1";
/// Most heads one call looks at: each is a proof to fetch, and an address has 300 at once.
const HEADS_MAX: usize = 200;

/// What was seen, as it is kept between two calls.
#[derive(Serialize, Deserialize)]
struct Kept {
    format: String,
    /// The newest head that held.
    head: Option<SignedHead>,
    /// The key that was believed first, SPKI PEM.
    key_pem: String,
    /// The page.
    name: String,
    /// How keys followed each other, as far as was told.
    #[serde(default)]
    successions: Vec<Succession>,
}

impl Work {
    /// Fetches the heads of a public page and checks that they go on from those that were kept.
    pub(super) async fn watch(
        &self,
        name: &str,
        file: &Path,
        key: Option<PathBuf>,
    ) -> Result<(), CliFault> {
        let mut kept = match read(file)? {
            Some(kept) if kept.name != name => {
                let (other, file) = (kept.name, file.display());
                return Err(CliFault::Usage(format!("{file} keeps heads of {other}")));
            }
            Some(kept) => kept,
            None => self.begin(name, key.as_deref()).await?,
        };
        let pinned = VerifyingKey::from_spki_pem(&kept.key_pem)
            .map_err(|_| CliFault::Usage(format!("{} holds no key", file.display())))?;
        if let Some(key) = key
            && public_key(&key)? != pinned
        {
            return Err(CliFault::Usage(format!(
                "{} was begun with another key",
                file.display()
            )));
        }
        let trust = self.trust_of(pinned, &mut kept).await?;
        let new = self.new_heads(name, kept.head.as_ref()).await?;
        let count = new.len();
        let from = kept.head.as_ref().map(|head| head.tree_size);
        for head in new {
            if let Some(before) = &kept.head {
                self.grown(name, before, &head, &trust).await?;
            } else {
                head.verify_with(&trust)
                    .map_err(|fault| not_valid(&fault))?;
            }
            kept.head = Some(head);
        }
        write(file, &kept)?;
        self.tell_watched(&kept, count, from)
    }

    /// What is kept of a page that was not watched before. Without a key from elsewhere the
    /// server's is believed, this once.
    async fn begin(&self, name: &str, key: Option<&Path>) -> Result<Kept, CliFault> {
        let key_pem = if let Some(file) = key {
            public_key(file)?.to_spki_pem()
        } else {
            let keys = self.api.get("/ledger/keys", &[]).await?;
            let first = keys.pointer("/keys/0/public_key_pem");
            first
                .and_then(Value::as_str)
                .ok_or_else(|| CliFault::Unexpected("the server's answer has no key".to_owned()))?
                .to_owned()
        };
        Ok(Kept {
            format: FORMAT.to_owned(),
            head: None,
            key_pem,
            name: name.to_owned(),
            successions: Vec::new(),
        })
    }

    /// The pinned key with those that follow it: what was told before must still be told.
    async fn trust_of(&self, pinned: VerifyingKey, kept: &mut Kept) -> Result<Trust, CliFault> {
        let keys = self.api.get("/ledger/keys", &[]).await?;
        let told = keys.get("successions").cloned().unwrap_or_default();
        let told: Vec<Succession> = serde_json::from_value(told)
            .map_err(|_| CliFault::Unexpected("the server's keys are none".to_owned()))?;
        if !told.starts_with(&kept.successions) {
            let fault = LedgerFault::KeysBroken {
                reason: "the server tells of them otherwise than before",
            };
            return Err(not_valid(&fault));
        }
        kept.successions.clone_from(&told);
        KeyChain::verify(told)
            .and_then(|chain| Trust::with(pinned, chain))
            .map_err(|fault| not_valid(&fault))
    }

    /// The heads of a page that are newer than the kept one, oldest first; of very many the newest.
    async fn new_heads(
        &self,
        name: &str,
        kept: Option<&SignedHead>,
    ) -> Result<Vec<SignedHead>, CliFault> {
        let path = format!("/transparency/{name}/heads");
        let rows = self.api.list(&path, &[], HEADS_MAX).await?;
        let mut heads = rows
            .into_iter()
            .map(serde_json::from_value)
            .collect::<Result<Vec<SignedHead>, _>>()
            .map_err(|_| CliFault::Unexpected("the server's heads are none".to_owned()))?;
        heads.reverse();
        let Some(kept) = kept else { return Ok(heads) };
        let newest = heads.last().map_or(0, |head| head.tree_size);
        if newest < kept.tree_size {
            return Err(CliFault::Unexpected(format!(
                "NOT VALID: {} leaves were shown before, and now there are {newest}",
                kept.tree_size
            )));
        }
        // A head of the kept size has to be the kept head: it is looked at again.
        heads.retain(|head| head.tree_size >= kept.tree_size);
        if heads
            .iter()
            .any(|head| head.tree_size == kept.tree_size && head.root_hash != kept.root_hash)
        {
            return Err(not_valid(&LedgerFault::NotConsistent));
        }
        heads.retain(|head| head.tree_size > kept.tree_size);
        Ok(heads)
    }

    /// Checks that the page proves one head to go on from the other.
    async fn grown(
        &self,
        name: &str,
        before: &SignedHead,
        head: &SignedHead,
        trust: &Trust,
    ) -> Result<(), CliFault> {
        let path = format!("/transparency/{name}/consistency");
        let sizes = [
            ("from", before.tree_size.to_string()),
            ("to", head.tree_size.to_string()),
        ];
        let proof = self.api.get_text(&path, &sizes).await?;
        let grown = verify_growth(proof.as_bytes(), trust, Some(before.tenant_key))
            .map_err(|fault| not_valid(&fault))?;
        // About these two heads, and not about two others that were made up for the proof.
        let of = |sizes: (u64, _), root, of: &SignedHead| {
            let (size, _): (u64, String) = sizes;
            size == of.tree_size && root == of.root_hash
        };
        let same = of(grown.earlier, grown.earlier_root, before)
            && of(grown.later, grown.later_root, head);
        let signed = head.verify_with(trust).map_err(|fault| not_valid(&fault))?;
        if same && signed.tenant_key == before.tenant_key {
            Ok(())
        } else {
            Err(not_valid(&LedgerFault::NotConsistent))
        }
    }

    fn tell_watched(&self, kept: &Kept, new: usize, from: Option<u64>) -> Result<(), CliFault> {
        let size = kept.head.as_ref().map_or(0, |head| head.tree_size);
        if self.global.format()? == Format::Table {
            let since = from.map_or_else(String::new, |from| format!(", grown from {from}"));
            print(&format!(
                "VALID: {new} new heads of {}, {size} leaves{since}",
                safe(&kept.name)
            ));
            return Ok(());
        }
        object(
            &self.global,
            &json!({
                "valid": true, "name": kept.name, "new_heads": new, "from_size": from,
                "tree_size": size, "head": kept.head,
            }),
        )
    }
}

fn read(file: &Path) -> Result<Option<Kept>, CliFault> {
    let refused = |why: String| CliFault::Usage(format!("{}: {why}", file.display()));
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice::<Kept>(&bytes)
            .ok()
            .filter(|kept| kept.format == FORMAT)
            .map(Some)
            .ok_or_else(|| refused("not what `watchtower ledger watch` keeps".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// Writes beside and renames, so that a call that is broken off leaves what was kept.
fn write(file: &Path, kept: &Kept) -> Result<(), CliFault> {
    let refused = |error: std::io::Error| {
        CliFault::Usage(format!("cannot write {}: {error}", file.display()))
    };
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let text = serde_json::to_vec_pretty(kept).map_err(|error| refused(error.into()))?;
    fs::write(&beside, text).map_err(refused)?;
    fs::rename(&beside, file).map_err(refused)
}
