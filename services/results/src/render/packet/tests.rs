//! The paper of a packet: what it says and what stays text.

use serde_json::{Value, json};
use wt_paper::{Block, Paper, html};

use super::{BYTES_SHOWN, paper};

fn packet(title: &str, response: &[u8]) -> Value {
    json!({
        "format": "watchtower.packet.v1",
        "body": {
            "tenant_key": "org_1", "ledger_index": 7, "issued_at": "2026-11-21T06:09:00Z",
            "verdict": "FIXED",
            "exposure": { "key": "exp1_a", "title": title, "host": "h.example", "port": 443, "severity": "high" },
            "before": { "type": "NEW", "at": "2026-11-20T06:09:00Z", "run_id": "run_1", "event_id": "evt_1",
                "evidence": { "address": "192.0.2.1", "attributes": { "product": title }, "elapsed_ms": 12,
                    "request": data_encoding::BASE64.encode(b"GET / HTTP/1.1\r\n"),
                    "response": data_encoding::BASE64.encode(response), "matched": ["[core]"], "response_sha256": "ab" } },
            "after": { "type": "FIXED", "at": "2026-11-21T06:09:00Z", "settled": { "outcome": "absent", "confirmed": true }, "evidence": null },
            "actions": [{ "kind": "fix_in_progress", "by": "usr_1", "at": "2026-11-20T07:00:00Z", "reason": title }],
            "run": null,
        },
        "inclusion": { "leaf_index": 7, "path": ["aa", "bb"] },
        "head": { "tenant_key": "org_1", "tree_size": 9, "root_hash": "cc", "signature": "sig" },
    })
}

fn page(packet: &Value) -> (Paper, String) {
    let paper = paper(packet.to_string().as_bytes()).unwrap();
    let page = html(&paper);
    (paper, page)
}

#[test]
fn it_says_what_was_seen_and_how_to_check_it() {
    let (paper, page) = page(&packet(
        "Expired certificate",
        b"HTTP/1.1 200 OK\r\n\r\nhello",
    ));
    assert_eq!(paper.title, "FIXED: Expired certificate");
    for said in [
        "found it gone, twice",
        "192.0.2.1",
        "GET / HTTP/1.1",
        "HTTP/1.1 200 OK",
        "[core]",
        "absent",
        "No run led to this",
        "fix_in_progress",
        "aa\nbb",
        "cc",
        "sig",
        "watchtower verify-packet packet.json --key ledger.pem --org org_1",
        "proves nothing by itself",
    ] {
        assert!(page.contains(said), "{said}\n{page}");
    }
}

#[test]
fn a_verdict_that_proves_no_fix_says_so() {
    for verdict in ["UNRESPONSIVE", "RETIRED", "STALE_CHECK"] {
        let mut packet = packet("t", b"");
        packet["body"]["verdict"] = verdict.into();
        let (_, page) = page(&packet);
        assert!(page.contains("nothing is proven about a fix"), "{verdict}");
    }
}

#[test]
fn what_a_target_sent_is_text_and_bounded() {
    let mut response = b"<script>x</script>\x00\x1b[31m".to_vec();
    response.resize(BYTES_SHOWN + 5, b'a');
    let (paper, page) = page(&packet("<img src=x>", &response));
    assert!(!page.contains("<script") && !page.contains("<img"));
    assert!(page.contains("··[31m"), "{page}");
    let longest = paper.blocks.iter().map(|block| match block {
        Block::Bytes(text) => text.len(),
        _ => 0,
    });
    assert!(longest.max().unwrap() < BYTES_SHOWN + 100);
    assert!(page.contains("5 bytes more"));
}

#[test]
fn what_is_no_packet_is_no_document() {
    assert!(paper(b"{").is_err());
    assert!(paper(b"{}").is_ok_and(|paper| paper.title == "–: –"));
}
