//! The inventory: exposures, worst first, then newest.

use std::collections::BTreeSet;

use prost::Message as _;
use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{ActionKind, AssetId, ExposureState, Permission, Principal, Severity};
use wt_pg::{Cursor, Page, PgFault};
use wt_proto::{convert::from_timestamp, results, shown::exposure_page};

use super::{Api, get_retention::check_kept};
use crate::{
    domain::as_of::unknown_then,
    error::ResultsFault,
    store::{
        self,
        exposure_page::{ExposureRow, Filter, Position, Sort},
    },
    wire,
};

const LIST: &str = "exposures";
/// The same, in another order: a cursor of one is none of the other.
const LIST_BY_SCORE: &str = "exposures.score";
/// The same at a moment that is past.
const LIST_AS_OF: &str = "exposures.as_of";
/// Longer than any check's id (contracts §5).
const CHECK_ID_BYTES_MAX: usize = 200;
/// Longest text searched for: a host name (RFC 1035 §2.3.4).
const QUERY_CHARS_MAX: usize = 255;

pub(super) async fn list_exposures(
    api: &Api,
    principal: &Principal,
    request: results::ListExposuresRequest,
) -> Result<results::ListExposuresResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let question = request.encode_to_vec();
    api.exposures
        .get(principal, question, || page(api, principal, request))
        .await
}

async fn page(
    api: &Api,
    principal: &Principal,
    request: results::ListExposuresRequest,
) -> Result<results::ListExposuresResponse, ResultsFault> {
    if request.query.chars().count() > QUERY_CHARS_MAX || request.query.contains('\0') {
        let reason = format!("at most {QUERY_CHARS_MAX} printable characters");
        return Err(ResultsFault::field("query", reason));
    }
    if request.check_id.len() > CHECK_ID_BYTES_MAX {
        let reason = format!("at most {CHECK_ID_BYTES_MAX} bytes");
        return Err(ResultsFault::field("check_id", reason));
    }
    let filter = Filter {
        states: wire::words::<ExposureState>("states", &request.states)?,
        min_rank: wire::optional::<Severity>("min_severity", &request.min_severity)?
            .map(Severity::rank),
        asset_id: wire::optional::<AssetId>("asset_id", &request.asset_id)?
            .map(|id| id.to_string()),
        check_id: (!request.check_id.is_empty()).then_some(request.check_id),
        pattern: (!request.query.is_empty()).then(|| wire::like_prefix(&request.query)),
        decision: wire::optional::<ActionKind>("decision", &request.decision)?
            .map(|kind| kind.to_string()),
        text: wire::filter(&request.filter)?,
        now: OffsetDateTime::now_utc(),
    };
    let as_of = from_timestamp(request.as_of.as_ref());
    if as_of.is_some() {
        check_past(&filter, &request.sort)?;
    }
    let (sort, list) = match request.sort.as_str() {
        "" | "severity" if as_of.is_some() => (Sort::Severity, LIST_AS_OF),
        "" | "severity" => (Sort::Severity, LIST),
        "score" => (Sort::Score, LIST_BY_SCORE),
        _ => return Err(ResultsFault::field("sort", "expected severity or score")),
    };
    let page = Page::read(list, request.page.as_ref())?;
    let after = page.after().map(position).transpose()?;
    if let Some(at) = as_of {
        let mut tx = api.pool.begin_read(principal, "is_kept").await?;
        check_kept(&mut tx, at).await?;
        tx.commit().await?;
    }
    let mut read = api.pool.read_once(principal).await?;
    let rows = match as_of {
        Some(at) => store::as_of::page(&mut read, &filter, at, after, page.limit()).await?,
        None => store::exposure_page::page(&mut read, &filter, sort, after, page.limit()).await?,
    };
    read.finish();
    let (rows, next_cursor) = page.cut(rows, |row| cursor(list, sort, row));
    let now = OffsetDateTime::now_utc();
    let exposures: Vec<_> = rows
        .into_iter()
        .map(|row| wire::exposure(row, now))
        .map(|exposure| match as_of {
            // How its clock stood then is not told by its events.
            Some(_) => results::Exposure {
                sla: "none".to_owned(),
                due_at: None,
                ..exposure
            },
            None => exposure,
        })
        .collect();
    if !request.as_json {
        let checks = if request.with_checks {
            texts(api, principal, &exposures).await?
        } else {
            Vec::new()
        };
        return Ok(results::ListExposuresResponse {
            exposures,
            next_cursor,
            checks,
            ..Default::default()
        });
    }
    let page_json = exposure_page(&exposures, &next_cursor)
        .ok_or_else(|| ResultsFault::inconsistent("results.exposures", "a row has no instant"))?;
    Ok(results::ListExposuresResponse {
        page_json: page_json.into(),
        ..Default::default()
    })
}

/// What people are told about the checks of these exposures.
async fn texts(
    api: &Api,
    principal: &Principal,
    exposures: &[results::Exposure],
) -> Result<Vec<results::CheckTexts>, ResultsFault> {
    let ids: BTreeSet<&String> = exposures.iter().map(|seen| &seen.check_id).collect();
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    let mut tx = api.pool.begin_read(principal, "list_checks").await?;
    let rows = store::check::list_by_ids(&mut tx, &ids).await?;
    tx.commit().await?;
    let mut checks: Vec<_> = rows.into_iter().map(wire::check_texts).collect();
    checks.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(checks)
}

/// Refuses to ask of the past what is known of today alone.
fn check_past(filter: &Filter, sort: &str) -> Result<(), ResultsFault> {
    let reason = |field: &str| format!("{field} is known of today alone; leave out as_of");
    if let Some(field) = unknown_then(&filter.text) {
        return Err(ResultsFault::field("filter", reason(field)));
    }
    if filter.decision.is_some() {
        return Err(ResultsFault::field("decision", reason("decision")));
    }
    if sort == "score" {
        return Err(ResultsFault::field("sort", reason("score")));
    }
    Ok(())
}

/// The cursor's id carries rank or score before the key, because the list is ordered by it first.
fn cursor(list: &str, sort: Sort, row: &ExposureRow) -> Cursor {
    let first = match sort {
        Sort::Severity => row.severity_rank,
        Sort::Score => row.score,
    };
    Cursor::new(list, row.first_seen, &format!("{first}:{}", row.key))
}

fn position(cursor: &Cursor) -> Result<Position, PgFault> {
    let (at, id) = cursor.position();
    let (rank, key) = id.split_once(':').ok_or(PgFault::Cursor)?;
    let rank = rank.parse().map_err(|_| PgFault::Cursor)?;
    Ok((rank, at, key.to_owned()))
}
