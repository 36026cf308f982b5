//! Sending dead letters again, and giving them up for good; each is recorded before it is done.

use serde_json::{Value, json};
use wt_bus::{DeadLetter, open_envelope};
use wt_model::{Principal, TenantKey};
use wt_proto::scan;

use super::{
    Operations, at,
    letters::{kept_of, one},
    staff,
};
use crate::{
    domain::letter::{is_of_platform, may_redrive},
    error::ScanFault,
};

/// Most letters one request sends again.
const REDRIVEN_MAX: usize = 100;
/// Shortest and longest reason for giving a letter up: a sentence or two.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 10..=500;

pub(super) async fn redrive_dead_letters(
    operations: &Operations,
    principal: &Principal,
    request: scan::RedriveDeadLettersRequest,
) -> Result<scan::RedriveDeadLettersResponse, ScanFault> {
    let own = staff(principal)?;
    if request.sequence > 0 {
        let letter = one(operations, request.sequence).await?;
        if !is_its_own(&letter) {
            return Err(ScanFault::LetterForeign);
        }
        redrive(operations, principal, own, &letter).await?;
        return Ok(scan::RedriveDeadLettersResponse {
            redriven: 1,
            ..Default::default()
        });
    }
    let Some(kept) = kept_of(&request.consumer) else {
        return Ok(scan::RedriveDeadLettersResponse::default());
    };
    // Read whole before the first is sent: one that dies again is not sent again.
    let letters = operations
        .bus
        .dead_letters(&kept, 0, REDRIVEN_MAX + 1)
        .await?;
    let mut answer = scan::RedriveDeadLettersResponse {
        more: letters.len() > REDRIVEN_MAX,
        ..Default::default()
    };
    for letter in letters.iter().take(REDRIVEN_MAX) {
        if is_its_own(letter) {
            redrive(operations, principal, own, letter).await?;
            answer.redriven += 1;
        } else {
            answer.left_out += 1;
        }
    }
    Ok(answer)
}

pub(super) async fn discard_dead_letter(
    operations: &Operations,
    principal: &Principal,
    request: scan::DiscardDeadLetterRequest,
) -> Result<scan::DiscardDeadLetterResponse, ScanFault> {
    let own = staff(principal)?;
    let reason = request.reason.as_str();
    if !REASON_CHARS.contains(&reason.chars().count()) {
        let (least, most) = (REASON_CHARS.start(), REASON_CHARS.end());
        return Err(ScanFault::field(
            "reason",
            format!("expected {least} to {most} characters"),
        ));
    }
    let letter = one(operations, request.sequence).await?;
    let mut noted = facts(&letter);
    if let Some(fields) = noted.as_object_mut() {
        fields.insert("reason".to_owned(), json!(reason));
    }
    record(
        operations,
        principal,
        own,
        &letter,
        "dead_letter.discard",
        &noted,
    )
    .await?;
    operations.bus.discard(letter.sequence).await?;
    Ok(scan::DiscardDeadLetterResponse {})
}

fn is_its_own(letter: &DeadLetter) -> bool {
    let read_by = letter.read_by();
    read_by.is_some_and(|(stream, consumer)| may_redrive(stream, consumer, &letter.subject))
}

async fn redrive(
    operations: &Operations,
    principal: &Principal,
    own: TenantKey,
    letter: &DeadLetter,
) -> Result<(), ScanFault> {
    let noted = facts(letter);
    record(
        operations,
        principal,
        own,
        letter,
        "dead_letter.redrive",
        &noted,
    )
    .await?;
    Ok(operations.bus.redrive(letter).await?)
}

/// What the audit keeps of a letter.
fn facts(letter: &DeadLetter) -> Value {
    let (stream, consumer) = letter.read_by().unwrap_or_default();
    let envelope = open_envelope(&letter.body).map(|(envelope, _, _)| envelope);
    let (kind, id) = envelope.map_or_else(
        |_| (String::new(), String::new()),
        |envelope| (envelope.r#type, envelope.id),
    );
    json!({
        "stream": stream, "consumer": consumer, "subject": letter.subject, "type": kind,
        "message_id": id, "error": letter.cause,
    })
}

/// Records a deed in the audit of whose letter it is. One that is nobody's, or that comes from a
/// private pool's machine and may claim to be anybody's, is recorded where whoever did it is.
async fn record(
    operations: &Operations,
    principal: &Principal,
    own: TenantKey,
    letter: &DeadLetter,
    action: &str,
    noted: &Value,
) -> Result<(), ScanFault> {
    let is_told = letter
        .read_by()
        .is_some_and(|(_, consumer)| is_of_platform(consumer));
    let tenant = match open_envelope(&letter.body) {
        Ok((_, tenant, _)) if is_told => tenant,
        _ => own,
    };
    let object = format!("dead_letter:{}", letter.sequence);
    let mut tx = operations
        .pool
        .begin(&at(principal, tenant), "record_dead_letter")
        .await?;
    wt_audit::record(&mut tx, action, &object, None, Some(noted)).await?;
    Ok(tx.commit().await?)
}
