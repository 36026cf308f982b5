//! Messages that consumers gave up: which, of whom, and why.

use wt_bus::{DeadLetter, open_envelope};
use wt_model::Principal;
use wt_pg::{Cursor, Page, PgFault};
use wt_proto::{convert::to_timestamp, scan};

use super::{Operations, staff};
use crate::{
    domain::letter::{facts, may_redrive},
    error::ScanFault,
};

/// Longest name of a consumer: that of a private pool's workers fits twice.
const CONSUMER_BYTES_MAX: usize = 128;

pub(super) async fn list_dead_letters(
    operations: &Operations,
    principal: &Principal,
    request: scan::ListDeadLettersRequest,
) -> Result<scan::ListDeadLettersResponse, ScanFault> {
    staff(principal)?;
    let kept = if request.consumer.is_empty() {
        "dlq.>".to_owned()
    } else if let Some(kept) = kept_of(&request.consumer) {
        kept
    } else {
        return Ok(scan::ListDeadLettersResponse::default());
    };
    let list = format!("dead-letters:{}", request.consumer);
    let page = Page::read(&list, request.page.as_ref())?;
    let from = match page.after() {
        None => 0,
        Some(cursor) => {
            let (_, id) = cursor.position();
            let after: u64 = id.parse().map_err(|_| PgFault::Cursor)?;
            after.saturating_add(1)
        }
    };
    let wanted = page.limit().as_usize() + 1;
    let letters = operations.bus.dead_letters(&kept, from, wanted).await?;
    let (letters, next_cursor) = page.cut(letters, |letter| {
        Cursor::new(&list, letter.died_at, &letter.sequence.to_string())
    });
    Ok(scan::ListDeadLettersResponse {
        letters: letters.iter().map(shown).collect(),
        next_cursor,
    })
}

pub(super) async fn get_dead_letter(
    operations: &Operations,
    principal: &Principal,
    request: scan::GetDeadLetterRequest,
) -> Result<scan::GetDeadLetterResponse, ScanFault> {
    staff(principal)?;
    let letter = one(operations, request.sequence).await?;
    let said = open_envelope(&letter.body)
        .map(|(envelope, _, _)| facts(&envelope.r#type, &envelope.payload))
        .unwrap_or_default();
    Ok(scan::GetDeadLetterResponse {
        letter: Some(shown(&letter)),
        facts: said
            .into_iter()
            .map(|(name, value)| scan::LetterFact {
                name: name.to_owned(),
                value,
            })
            .collect(),
    })
}

/// One letter.
pub(super) async fn one(operations: &Operations, sequence: u64) -> Result<DeadLetter, ScanFault> {
    let letter = operations.bus.dead_letter(sequence).await?;
    letter.ok_or(ScanFault::LetterUnknown)
}

/// Where the letters of a consumer are kept; what is no consumer's name has none. The name is part
/// of a filter: nothing but what names are made of goes there.
pub(super) fn kept_of(consumer: &str) -> Option<String> {
    let is_name = (1..=CONSUMER_BYTES_MAX).contains(&consumer.len())
        && consumer
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_name.then(|| format!("dlq.*.{consumer}"))
}

fn shown(letter: &DeadLetter) -> scan::DeadLetter {
    let (stream, consumer) = letter.read_by().unwrap_or_default();
    let told = scan::DeadLetter {
        sequence: letter.sequence,
        stream: stream.to_owned(),
        consumer: consumer.to_owned(),
        subject: letter.subject.clone(),
        error: letter.cause.clone(),
        deliveries: letter.deliveries,
        died_at: Some(to_timestamp(letter.died_at)),
        bytes: u64::try_from(letter.body.len()).unwrap_or(u64::MAX),
        may_redrive: may_redrive(stream, consumer, &letter.subject),
        ..Default::default()
    };
    match open_envelope(&letter.body) {
        Ok((envelope, tenant, _)) => scan::DeadLetter {
            r#type: envelope.r#type,
            tenant_key: tenant.to_string(),
            message_id: envelope.id,
            producer: envelope.producer,
            occurred_at: envelope.occurred_at,
            ..told
        },
        Err(_) => told,
    }
}
