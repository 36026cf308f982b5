//! A sealed packet as a document: what it says, in the order a reader asks, and how to check it.
//!
//! **Invariant**: everything is read from the sealed bytes, so that the page says what is proven and
//! nothing else. The page itself proves nothing, and says so.

use std::fmt::Write as _;

use data_encoding::BASE64;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wt_ledger::{canonical_json, leaf_hash};
use wt_paper::{Block, Brand, Cell, Column, Line, Paper, Table};

/// Most bytes of a request or response shown; the packet holds all that was kept.
const BYTES_SHOWN: usize = 8 * 1024;
/// What a missing value is shown as.
const NONE: &str = "–";

/// The document of a packet's bytes (docs/contracts/packet.md).
pub(crate) fn paper(sealed: &[u8]) -> Result<Paper, serde_json::Error> {
    let packet: Value = serde_json::from_slice(sealed)?;
    let it = Reader(&packet);
    let mut blocks = summary(&it);
    for (name, heading) in [("before", "Before"), ("after", "After")] {
        observation(&it, name, heading, &mut blocks);
    }
    custody(&it, &mut blocks);
    decisions(&it, &mut blocks);
    proof(&it, &packet, sealed, &mut blocks);
    checking(&it, &mut blocks);
    Ok(Paper {
        brand: Brand {
            footer: format!("Evidence packet of {}", it.text("/body/exposure/key")),
            ..Brand::default()
        },
        title: format!(
            "{}: {}",
            it.text("/body/verdict"),
            it.text("/body/exposure/title")
        ),
        blocks,
    })
}

/// Values of a packet by place (RFC 6901).
struct Reader<'a>(&'a Value);

impl Reader<'_> {
    fn text(&self, place: &str) -> String {
        match self.0.pointer(place) {
            None | Some(Value::Null) => NONE.to_owned(),
            Some(Value::String(text)) if text.is_empty() => NONE.to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(items)) if items.is_empty() => NONE.to_owned(),
            Some(Value::Array(items)) => {
                let words: Vec<String> = items.iter().map(word).collect();
                words.join(", ")
            }
            Some(other) => word(other),
        }
    }

    fn is_there(&self, place: &str) -> bool {
        !matches!(self.0.pointer(place), None | Some(Value::Null))
    }

    fn list(&self, place: &str) -> &[Value] {
        let list = self.0.pointer(place).and_then(Value::as_array);
        list.map(Vec::as_slice).unwrap_or_default()
    }

    fn bytes(&self, place: &str) -> Option<Vec<u8>> {
        let text = self.0.pointer(place)?.as_str()?;
        let bytes = BASE64.decode(text.as_bytes()).ok()?;
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Names and the values at these places below `root`.
    fn facts(&self, root: &str, names: &[(&str, &str)]) -> Block {
        let facts = names.iter().map(|(name, place)| {
            let value = self.text(&format!("{root}{place}"));
            ((*name).to_owned(), value)
        });
        Block::Facts(facts.collect())
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

fn said(text: impl Into<String>) -> Block {
    Block::Paragraph(text.into())
}

fn summary(it: &Reader<'_>) -> Vec<Block> {
    let meaning = match it.text("/body/verdict").as_str() {
        "FIXED" => "It was there, and a later look that could have seen it found it gone, twice.",
        "UNRESPONSIVE" => "Its place did not answer: nothing is proven about a fix.",
        "STILL_OPEN" => "It was looked for again, and it is still there.",
        "RETIRED" => "It may no longer be scanned: nothing is proven about a fix.",
        "STALE_CHECK" => "Its check is no longer used: nothing is proven about a fix.",
        _ => "It was seen.",
    };
    vec![
        said(meaning),
        it.facts(
            "/body",
            &[
                ("Verdict", "/verdict"),
                ("Exposure", "/exposure/key"),
                ("State", "/exposure/state"),
                ("Severity", "/exposure/severity"),
                ("Check", "/exposure/check_id"),
                ("Host", "/exposure/host"),
                ("Port", "/exposure/port"),
                ("Transport", "/exposure/transport"),
                ("Asset", "/exposure/asset_id"),
                ("Organization", "/tenant_key"),
                ("Issued", "/issued_at"),
            ],
        ),
    ]
}

fn observation(it: &Reader<'_>, name: &str, title: &str, blocks: &mut Vec<Block>) {
    let root = format!("/body/{name}");
    if !it.is_there(&root) {
        return;
    }
    blocks.push(heading(title));
    blocks.push(it.facts(
        &root,
        &[
            ("What happened", "/type"),
            ("When", "/at"),
            ("Run", "/run_id"),
            ("Event", "/event_id"),
        ],
    ));
    if it.is_there(&format!("{root}/settled")) {
        blocks.push(it.facts(
            &root,
            &[
                ("Outcome", "/settled/outcome"),
                ("Control", "/settled/control"),
                ("Confirmed", "/settled/confirmed"),
                ("Reason", "/settled/reason"),
                ("Strength", "/strength"),
                ("Check", "/check/id"),
                ("Check's digest", "/check/digest"),
            ],
        ));
    }
    if it.is_there(&format!("{root}/evidence")) {
        evidence(it, &format!("{root}/evidence"), blocks);
    } else {
        blocks.push(said("No bytes were kept of this look: nothing was seen."));
    }
}

fn evidence(it: &Reader<'_>, root: &str, blocks: &mut Vec<Block>) {
    blocks.push(it.facts(
        root,
        &[
            ("Address", "/address"),
            ("Milliseconds", "/elapsed_ms"),
            ("Matched", "/matched"),
            ("SHA-256 of the response", "/response_sha256"),
        ],
    ));
    let attributes = it.0.pointer(&format!("{root}/attributes"));
    if let Some(Value::Object(attributes)) = attributes
        && !attributes.is_empty()
    {
        let facts = attributes.iter();
        blocks.push(Block::Facts(
            facts
                .map(|(name, value)| (name.clone(), word(value)))
                .collect(),
        ));
    }
    for (name, place) in [("Sent", "/request"), ("Received", "/response")] {
        if let Some(bytes) = it.bytes(&format!("{root}{place}")) {
            blocks.push(said(format!("{name}, {} bytes:", bytes.len())));
            blocks.push(Block::Bytes(shown(&bytes)));
        }
    }
    if let Some(der) = it.bytes(&format!("{root}/certificate")) {
        let digest = hex::encode(Sha256::digest(&der));
        blocks.push(said(format!(
            "Certificate of {} bytes, SHA-256 {digest}.",
            der.len()
        )));
    }
}

/// Bytes as text, bounded; what is none is shown as dots.
fn shown(bytes: &[u8]) -> String {
    let part = bytes.get(..BYTES_SHOWN).unwrap_or(bytes);
    let mut text: String = String::from_utf8_lossy(part)
        .chars()
        .map(|c| {
            if c.is_control() && !matches!(c, '\n' | '\r' | '\t') {
                '·'
            } else {
                c
            }
        })
        .collect();
    let left = bytes.len() - part.len();
    if left > 0 {
        let _ = write!(text, "\n… {left} bytes more in the packet");
    }
    text
}

fn custody(it: &Reader<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading("Chain of custody"));
    if !it.is_there("/body/run") {
        blocks.push(said("No run led to this: it was decided without looking."));
        return;
    }
    blocks.push(it.facts(
        "/body/run",
        &[
            ("Run", "/id"),
            ("Kind", "/kind"),
            ("Profile", "/profile"),
            ("Asked by", "/requested_by"),
            ("Asked", "/requested_at"),
            ("Started", "/started_at"),
            ("Finished", "/finished_at"),
        ],
    ));
    let signers: Vec<String> = it
        .list("/body/job/signatures")
        .iter()
        .map(|made| Reader(made).text("/key_id"))
        .collect();
    let payload = it.bytes("/body/job/payload").unwrap_or_default();
    blocks.push(it.facts(
        "/body/job",
        &[
            ("Job", "/id"),
            ("Attempt", "/attempt"),
            ("Worker", "/worker_id"),
            ("From where", "/vantage"),
            ("Allowed by", "/authorization_ids"),
        ],
    ));
    blocks.push(Block::Facts(vec![
        (
            "SHA-256 of the job".to_owned(),
            hex::encode(Sha256::digest(&payload)),
        ),
        ("Job signed by".to_owned(), signers.join(", ")),
    ]));
    blocks.push(it.facts(
        "/body",
        &[
            ("Engine", "/engine/name"),
            ("Engine's version", "/engine/version"),
            ("Digest of its checks", "/engine/check_set_digest"),
            ("SHA-256 of the result", "/result/sha256"),
            ("Bytes of the result", "/result/bytes"),
            ("Kept as", "/result/artifact_key"),
        ],
    ));
}

fn decisions(it: &Reader<'_>, blocks: &mut Vec<Block>) {
    let actions = it.list("/body/actions");
    if actions.is_empty() {
        return;
    }
    let row = |action: &Value| {
        let action = Reader(action);
        let cell = |place| Cell::text(action.text(place));
        vec![cell("/at"), cell("/kind"), cell("/by"), cell("/reason")]
    };
    blocks.push(heading("Who decided what"));
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::new("When", 3),
            Column::new("What", 2),
            Column::new("Who", 3),
            Column::new("Why", 4),
        ],
        rows: actions.iter().map(row).collect(),
    }));
}

fn proof(it: &Reader<'_>, packet: &Value, sealed: &[u8], blocks: &mut Vec<Block>) {
    blocks.push(heading("Inclusion proof"));
    let body = packet.get("body").cloned().unwrap_or_default();
    let leaf = leaf_hash(&canonical_json(&body)).to_string();
    blocks.push(said(
        "The body of the packet is this leaf of the organization's append-only ledger; the hashes \
         lead from it to the root that is signed (RFC 6962).",
    ));
    blocks.push(Block::Facts(vec![
        ("Leaf".to_owned(), it.text("/inclusion/leaf_index")),
        ("Leaf's hash".to_owned(), leaf),
    ]));
    let path: Vec<String> = it.list("/inclusion/path").iter().map(word).collect();
    if !path.is_empty() {
        blocks.push(Block::Bytes(path.join("\n")));
    }
    blocks.push(heading("Signed tree head"));
    blocks.push(it.facts(
        "/head",
        &[
            ("Organization", "/tenant_key"),
            ("Leaves", "/tree_size"),
            ("Root", "/root_hash"),
            ("Signed", "/at"),
            ("Key", "/key_id"),
            ("Signature (Ed25519)", "/signature"),
        ],
    ));
    successions(it, blocks);
    blocks.push(Block::Facts(vec![(
        "SHA-256 of the packet".to_owned(),
        hex::encode(Sha256::digest(sealed)),
    )]));
}

/// How one key followed another, where one did.
fn successions(it: &Reader<'_>, blocks: &mut Vec<Block>) {
    let said = it.list("/successions");
    if said.is_empty() {
        return;
    }
    let name = |place: &str, said: &Reader<'_>| {
        let spki = said.bytes(place).unwrap_or_default();
        Cell::text(hex::encode(Sha256::digest(&spki)))
    };
    let row = |said: &Value| {
        let said = Reader(said);
        vec![
            Cell::text(said.text("/at")),
            name("/from", &said),
            name("/to", &said),
        ]
    };
    blocks.push(heading("Keys of the ledger"));
    blocks.push(said_of_keys());
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::new("From", 2),
            Column::new("Instead of", 4),
            Column::new("Signs", 4),
        ],
        rows: said.iter().map(row).collect(),
    }));
}

fn said_of_keys() -> Block {
    said(
        "Keys were replaced; both the old and the new one signed each of these statements, so that \
         any of them leads to the one that signed this head. None is believed outside its time.",
    )
}

fn checking(it: &Reader<'_>, blocks: &mut Vec<Block>) {
    let key = it.text("/body/exposure/key");
    let organization = it.text("/head/tenant_key");
    blocks.push(heading("How to check it offline"));
    blocks.push(said(
        "This page is a reading of the packet and proves nothing by itself. What is proven is the \
         packet's JSON, byte for byte, and nothing but the ledger's public key is needed to check it:",
    ));
    blocks.push(Block::Bytes(format!(
        "watchtower packet get {key} --file packet.json\n\
         watchtower ledger key > ledger.pem\n\
         watchtower verify-packet packet.json --key ledger.pem --org {organization}"
    )));
    let line = |text: &str| Line {
        text: text.to_owned(),
        cites: Vec::new(),
    };
    blocks.push(Block::Bullets(vec![
        line("The last command needs no network; the web application's page \"Verify\" does the same in a browser."),
        line("Keep the public key from another time or place than the packet: who forged both would be believed."),
        line("The steps are written down in docs/contracts/packet.md, for whoever wants to check with a program of their own."),
    ]));
}

#[cfg(test)]
mod tests;
