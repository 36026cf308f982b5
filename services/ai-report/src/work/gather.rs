//! Asks results for everything a report on exposures speaks of, page by page, in bounded memory.

use wt_fault::{Fault, Kind};
use wt_model::{PAGE_LIMIT_MAX, Principal};
use wt_proto::{common::PageRequest, convert::to_timestamp, results};

use crate::{
    domain::{
        standing::{Changes, OPEN_MAX, Standing},
        subject::Period,
    },
    error::ReportFault,
    peers::Peers,
    wire,
};

/// Most changes looked at: a year of an organization with 500 a day.
const CHANGES_MAX: u64 = 200_000;

/// How things stand, and what happened.
pub(super) async fn standing(
    peers: &Peers,
    principal: &Principal,
    filter: &str,
    period: Period,
) -> Result<Standing, ReportFault> {
    let (open, more) = open(peers, principal, filter).await?;
    let changes = match changes(peers, principal, filter, period).await {
        Ok(changes) => Some(changes),
        // Some fields are of exposures only (docs/guides/filters.md).
        Err(ReportFault::Peer(fault)) if fault.kind() == Kind::Invalid => None,
        Err(fault) => return Err(fault),
    };
    Ok(Standing {
        open,
        more,
        changes,
    })
}

async fn open(
    peers: &Peers,
    principal: &Principal,
    filter: &str,
) -> Result<(Vec<crate::domain::standing::Open>, bool), ReportFault> {
    let mut open = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = peers
            .exposures(
                principal,
                results::ListExposuresRequest {
                    page: Some(page(cursor)),
                    states: vec!["open".to_owned(), "unresponsive".to_owned()],
                    filter: filter.to_owned(),
                    ..Default::default()
                },
            )
            .await?;
        for exposure in answer.exposures {
            open.push(wire::standing_open(exposure)?);
        }
        if open.len() > OPEN_MAX {
            open.truncate(OPEN_MAX);
            return Ok((open, true));
        }
        if answer.next_cursor.is_empty() {
            return Ok((open, false));
        }
        cursor = answer.next_cursor;
    }
}

async fn changes(
    peers: &Peers,
    principal: &Principal,
    filter: &str,
    period: Period,
) -> Result<Changes, ReportFault> {
    let mut changes = Changes::default();
    let mut cursor = String::new();
    loop {
        let answer = peers
            .changes(
                principal,
                results::ListChangesRequest {
                    page: Some(page(cursor)),
                    since: Some(to_timestamp(period.since)),
                    filter: filter.to_owned(),
                    ..Default::default()
                },
            )
            .await?;
        for event in answer.events {
            let change = wire::change(event)?;
            if period.has(change.at) {
                changes.take(change);
            }
        }
        if answer.next_cursor.is_empty() || changes.total > CHANGES_MAX {
            return Ok(changes);
        }
        cursor = answer.next_cursor;
    }
}

fn page(cursor: String) -> PageRequest {
    PageRequest {
        cursor,
        limit: PAGE_LIMIT_MAX.into(),
    }
}
