//! `audit list`, `audit export` and `audit verify`.
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Cursor, Read},
    path::Path,
};

use serde_json::{Value, json};
use wt_envelope::VerifyingKey;
use wt_ledger::{AuditCheck, KeyChain, LedgerFault, Trust, VerifiedAudit};
use wt_model::TenantKey;

use super::{
    Work, given,
    trust::{organization, trust},
};
use crate::{
    args::{Audit, AuditWanted, Format, Global, VerifyAudit},
    fault::CliFault,
    output::{Column, column, file_or_stdout, list, object, print, safe},
};

/// Longest line looked at: a record is bounded far below this.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

const COLUMNS: [Column; 6] = [
    column("at", "/at"),
    column("actor", "/actor"),
    column("as", "/acting_as"),
    column("action", "/action"),
    column("target", "/target"),
    column("from", "/ip"),
];

impl Work {
    pub(super) async fn audit(&self, command: Audit) -> Result<(), CliFault> {
        match command {
            Audit::List { wanted, rows } => {
                let query = query(&wanted);
                let rows = self.api.list("/audit", &query, rows.limit).await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Audit::Export {
                wanted,
                format,
                file,
            } => {
                let mut query = query(&wanted);
                query.push(("format", format));
                let text = self.api.get_text("/audit/export", &query).await?;
                file_or_stdout(&self.global, file.as_deref(), &text)
            }
            Audit::Verify(verify) => self.verify_audit(&verify).await,
        }
    }

    /// A key of the server's, with those that lead from and to it.
    async fn trust(&self, key: VerifyingKey) -> Result<Trust, CliFault> {
        let keys = self.api.get("/ledger/keys", &[]).await?;
        let told = keys.get("successions").cloned().unwrap_or_default();
        serde_json::from_value(told)
            .ok()
            .and_then(|told| KeyChain::verify(told).ok())
            .and_then(|chain| Trust::with(key, chain).ok())
            .ok_or_else(|| {
                CliFault::Unexpected("the server's keys do not follow each other".to_owned())
            })
    }

    /// Checks the server's chain and, when there is one, that the file is its beginning.
    async fn verify_audit(&self, verify: &VerifyAudit) -> Result<(), CliFault> {
        let answer = self.api.get("/ledger/key", &[]).await?;
        let pem = answer.get("public_key_pem").and_then(Value::as_str);
        let key = pem
            .and_then(|pem| VerifyingKey::from_spki_pem(pem).ok())
            .ok_or_else(|| CliFault::Unexpected("the server's answer has no key".to_owned()))?;
        let trust = Trust::from(&key);
        let format = [("format", "jsonl".to_owned())];
        let text = self.api.get_text("/audit/export", &format).await?;
        let organization = organization(&self.global)?;
        let online = check(Cursor::new(text.as_bytes()), &trust, organization)?;
        let Some(file) = &verify.file else {
            return tell(&self.global, &online);
        };
        // The file may be from before a rotation of which it does not know.
        let known = self.trust(key).await?;
        let kept = check(open(file)?, &known, Some(online.tenant_key))?;
        let theirs = text.lines().skip(1);
        let entries = BufReader::new(open(file)?).lines().skip(1);
        let mut same = kept.entries <= online.entries;
        for (mine, theirs) in entries.zip(theirs) {
            same &= mine.is_ok_and(|mine| mine == theirs);
        }
        if !same {
            return Err(CliFault::Unexpected(
                "NOT VALID: the server's chain does not begin with this file".to_owned(),
            ));
        }
        tell(&self.global, &kept)
    }
}

/// Checks a file with nothing but the ledger's public key: no network, no clock.
pub(crate) fn verify_offline(
    file: &Path,
    key_file: &Path,
    keys_file: Option<&Path>,
    global: &Global,
) -> Result<(), CliFault> {
    let trust = trust(key_file, keys_file)?;
    tell(global, &check(open(file)?, &trust, organization(global)?)?)
}

fn open(file: &Path) -> Result<File, CliFault> {
    File::open(file)
        .map_err(|error| CliFault::Usage(format!("cannot read {}: {error}", file.display())))
}

fn check(
    source: impl Read,
    trust: &Trust,
    organization: Option<TenantKey>,
) -> Result<VerifiedAudit, CliFault> {
    let mut source = BufReader::new(source);
    let header = line(&mut source)?.unwrap_or_default();
    let mut check =
        AuditCheck::begin(&header, trust, organization).map_err(|fault| refused(&fault))?;
    while let Some(line) = line(&mut source)? {
        check.entry(&line).map_err(|fault| refused(&fault))?;
    }
    check.finish().map_err(|fault| refused(&fault))
}

/// The next line without its line feed; none at the end.
fn line(source: &mut BufReader<impl Read>) -> Result<Option<Vec<u8>>, CliFault> {
    let mut line = Vec::new();
    source
        .by_ref()
        .take(LINE_BYTES_MAX)
        .read_until(b'\n', &mut line)
        .map_err(|error| CliFault::Usage(format!("cannot read the export: {error}")))?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(Some(line))
}

fn refused(fault: &LedgerFault) -> CliFault {
    CliFault::Unexpected(format!("NOT VALID: {}", safe(&fault.to_string())))
}

fn tell(global: &Global, proof: &VerifiedAudit) -> Result<(), CliFault> {
    if global.format()? == Format::Table {
        print(&format!(
            "VALID: {} entries of {}, signed at {}",
            proof.entries,
            proof.tenant_key,
            safe(&proof.signed_at)
        ));
        return Ok(());
    }
    object(
        global,
        &json!({
            "valid": true, "tenant_key": proof.tenant_key, "entries": proof.entries,
            "root_hash": proof.root_hash, "signed_at": proof.signed_at,
        }),
    )
}

fn query(wanted: &AuditWanted) -> Vec<(&'static str, String)> {
    given(&[
        ("actor", wanted.actor.as_deref()),
        ("action", wanted.action.as_deref()),
        ("target", wanted.target.as_deref()),
        ("since", wanted.since.as_deref()),
        ("until", wanted.until.as_deref()),
        ("q", wanted.text.as_deref()),
    ])
}
