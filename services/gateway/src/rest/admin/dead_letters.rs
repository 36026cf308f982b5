//! Messages that consumers gave up: looked at, sent again, given up for good.
use std::str::FromStr;

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wt_proto::scan as wire;

use crate::rest::{
    access::{May, PlatformOperate},
    extract::{Addressed, Body, Checked, Params, Segment},
    moment::Moment,
    page::{PageQuery, page},
    problem::Problem,
};

/// A letter's place among the dead ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LetterNumber(u64);

impl FromStr for LetterNumber {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.parse() {
            Ok(0) | Err(_) => Err(()),
            Ok(number) => Ok(Self(number)),
        }
    }
}

impl Addressed for LetterNumber {
    const NOT_FOUND: &'static str = "dead_letter.not_found";
    const NOUN: &'static str = "dead letter";
}

/// A message a consumer gave up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// Its place among the dead letters; never another's.
    sequence: u64,
    /// Stream it was read from.
    stream: String,
    /// Durable name of the consumer.
    consumer: String,
    /// Where it was published first, as it claims.
    subject: String,
    /// Why it could not be handled.
    error: String,
    /// How often it was delivered; absent for letters from before that was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<u64>,
    /// Since when it is a dead letter.
    died_at: Moment,
    /// How large it is.
    bytes: u64,
    /// What it is, such as `scan.completed`; absent, as the rest, where it is no envelope of ours.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    kind: String,
    /// Whose it is, as it says.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    tenant_key: String,
    /// Its id: consumers that handled it before know it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    message_id: String,
    /// Service that sent it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    producer: String,
    /// When it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Moment>,
    /// Whether it may be sent again: its consumer reads the subject it claims.
    may_redrive: bool,
}

impl TryFrom<wire::DeadLetter> for DeadLetter {
    type Error = Problem;

    fn try_from(letter: wire::DeadLetter) -> Result<Self, Problem> {
        Ok(Self {
            died_at: Moment::required("dead_letter.died_at", letter.died_at.as_ref())?,
            occurred_at: Moment::maybe(letter.occurred_at.as_ref()),
            sequence: letter.sequence,
            stream: letter.stream,
            consumer: letter.consumer,
            subject: letter.subject,
            error: letter.error,
            deliveries: letter.deliveries,
            bytes: letter.bytes,
            kind: letter.r#type,
            tenant_key: letter.tenant_key,
            message_id: letter.message_id,
            producer: letter.producer,
            may_redrive: letter.may_redrive,
        })
    }
}

page!(
    /// Dead letters, oldest first.
    DeadLetterPage of DeadLetter
);

/// Something a letter says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterFact {
    /// What it is about.
    name: String,
    /// What it says.
    value: String,
}

/// A dead letter and what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenedLetter {
    /// The letter.
    letter: DeadLetter,
    /// Ids, states and numbers of its payload; addresses, names, links and signatures stay closed.
    facts: Vec<LetterFact>,
}

/// Which letters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LetterFilter {
    /// Only of the consumer of this durable name.
    #[serde(default)]
    #[param(max_length = 128)]
    consumer: String,
}

impl Checked for LetterFilter {}

/// Whose letters to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redrive {
    /// Durable name of the consumer.
    #[schema(min_length = 1, max_length = 128, example = "results-scan-accepted")]
    consumer: String,
}

impl Checked for Redrive {
    fn check(&self) -> Result<(), Problem> {
        within("consumer", &self.consumer, 1, 128)
    }
}

/// Why a letter is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discard {
    /// Kept in the audit.
    #[schema(
        min_length = 10,
        max_length = 500,
        example = "the report it asks for was made anew"
    )]
    reason: String,
}

impl Checked for Discard {
    fn check(&self) -> Result<(), Problem> {
        within("reason", &self.reason, 10, 500)
    }
}

fn within(field: &str, text: &str, least: usize, most: usize) -> Result<(), Problem> {
    if (least..=most).contains(&text.chars().count()) {
        return Ok(());
    }
    let reason = format!("must have {least} to {most} characters");
    Err(Problem::invalid_field(field, reason))
}

/// Letters that were sent again.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "the word of the answer says what is counted"
)]
pub(crate) struct Redriven {
    /// How many.
    redriven: u32,
    /// Letters that may not be sent again: they claim a subject their consumer does not read.
    left_out: u32,
    /// Whether there are more than one request sends.
    more: bool,
}

impl From<wire::RedriveDeadLettersResponse> for Redriven {
    fn from(answer: wire::RedriveDeadLettersResponse) -> Self {
        Self {
            redriven: answer.redriven,
            left_out: answer.left_out,
            more: answer.more,
        }
    }
}

/// Messages that consumers gave up, with why; they are kept for 30 days.
#[utoipa::path(get, path = "/admin/dead-letters", tag = "admin", params(LetterFilter, PageQuery),
    responses((status = 200, description = "a page of them", body = DeadLetterPage)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn list_dead_letters(
    caller: May<PlatformOperate>,
    Params(filter): Params<LetterFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<DeadLetterPage>, Problem> {
    let request = wire::ListDeadLettersRequest {
        page: Some(page.into()),
        consumer: filter.consumer,
    };
    let answer = caller.operations()?.list_dead_letters(request).await?;
    let answer = answer.into_inner();
    DeadLetterPage::from_wire(answer.letters, answer.next_cursor).map(Json)
}

/// One dead letter, and what it says as far as that is nobody's secret.
#[utoipa::path(get, path = "/admin/dead-letters/{sequence}", tag = "admin",
    params(("sequence" = String, Path, description = "its place among the dead letters")),
    responses((status = 200, description = "the letter", body = OpenedLetter)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn get_dead_letter(
    caller: May<PlatformOperate>,
    Segment(LetterNumber(sequence)): Segment<LetterNumber>,
) -> Result<Json<OpenedLetter>, Problem> {
    let request = wire::GetDeadLetterRequest { sequence };
    let answer = caller.operations()?.get_dead_letter(request).await?;
    let answer = answer.into_inner();
    let facts = answer.facts.into_iter().map(|fact| LetterFact {
        name: fact.name,
        value: fact.value,
    });
    Ok(Json(OpenedLetter {
        facts: facts.collect(),
        letter: answer
            .letter
            .ok_or_else(|| Problem::broken_answer("get_dead_letter.letter"))?
            .try_into()?,
    }))
}

/// Sends one dead letter again. Consumers that handled it before know its id: it changes nothing
/// there.
#[utoipa::path(post, path = "/admin/dead-letters/{sequence}/redrive", tag = "admin",
    params(("sequence" = String, Path, description = "its place among the dead letters")),
    responses((status = 200, description = "sent", body = Redriven)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn redrive_dead_letter(
    caller: May<PlatformOperate>,
    Segment(LetterNumber(sequence)): Segment<LetterNumber>,
) -> Result<Json<Redriven>, Problem> {
    let request = wire::RedriveDeadLettersRequest {
        sequence,
        consumer: String::new(),
    };
    let answer = caller.operations()?.redrive_dead_letters(request).await?;
    Ok(Json(answer.into_inner().into()))
}

/// Sends the dead letters of a consumer again, oldest first, at most 100.
#[utoipa::path(post, path = "/admin/dead-letters/redrive", tag = "admin", request_body = Redrive,
    responses((status = 200, description = "sent", body = Redriven)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn redrive_dead_letters(
    caller: May<PlatformOperate>,
    Body(Redrive { consumer }): Body<Redrive>,
) -> Result<Json<Redriven>, Problem> {
    let request = wire::RedriveDeadLettersRequest {
        sequence: 0,
        consumer,
    };
    let answer = caller.operations()?.redrive_dead_letters(request).await?;
    Ok(Json(answer.into_inner().into()))
}

/// Gives a dead letter up for good, with a reason that the audit keeps.
#[utoipa::path(post, path = "/admin/dead-letters/{sequence}/discard", tag = "admin",
    params(("sequence" = String, Path, description = "its place among the dead letters")),
    request_body = Discard,
    responses((status = 204, description = "gone")),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn discard_dead_letter(
    caller: May<PlatformOperate>,
    Segment(LetterNumber(sequence)): Segment<LetterNumber>,
    Body(Discard { reason }): Body<Discard>,
) -> Result<StatusCode, Problem> {
    let request = wire::DiscardDeadLetterRequest { sequence, reason };
    caller.operations()?.discard_dead_letter(request).await?;
    Ok(StatusCode::NO_CONTENT)
}
