//! What the API shows as JSON, written by the service that has the rows.
//!
//! A page that the gateway decodes and writes again costs it more than everything else it does
//! for the request (docs/decisions/0020). It passes these bytes on instead; a test of the gateway
//! holds them against the schema it publishes.
use serde::{Serialize, Serializer};
use time::{OffsetDateTime, UtcOffset};

use crate::{convert::from_timestamp, results};

/// Bytes an exposure takes in JSON, seen of ordinary ones: where the buffer starts.
const EXPOSURE_BYTES: usize = 480;

/// An exposure as the API shows it (schema `Exposure`).
#[derive(Debug, Serialize)]
pub struct ShownExposure<'a> {
    key: &'a str,
    state: &'a str,
    severity: &'a str,
    title: &'a str,
    check_id: &'a str,
    asset_id: &'a str,
    host: &'a str,
    transport: &'a str,
    port: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    discriminator: &'a str,
    #[serde(serialize_with = "instant")]
    first_seen: OffsetDateTime,
    #[serde(serialize_with = "instant")]
    last_seen: OffsetDateTime,
    #[serde(skip_serializing_if = "str::is_empty")]
    last_run_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    decision: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    assignee: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    unresponsive_reason: &'a str,
    score: u32,
    #[serde(skip_serializing_if = "is_false")]
    kev: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    sla: &'a str,
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    due_at: Option<OffsetDateTime>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl<'a> ShownExposure<'a> {
    /// How `exposure` is shown; none if it lacks an instant its contract requires.
    pub fn of(exposure: &'a results::Exposure) -> Option<Self> {
        Some(Self {
            key: &exposure.key,
            state: &exposure.state,
            severity: &exposure.severity,
            title: &exposure.title,
            check_id: &exposure.check_id,
            asset_id: &exposure.asset_id,
            host: &exposure.host,
            transport: &exposure.transport,
            port: exposure.port,
            discriminator: &exposure.discriminator,
            first_seen: from_timestamp(exposure.first_seen.as_ref())?,
            last_seen: from_timestamp(exposure.last_seen.as_ref())?,
            last_run_id: &exposure.last_run_id,
            decision: &exposure.decision,
            assignee: &exposure.assignee,
            unresponsive_reason: &exposure.unresponsive_reason,
            score: exposure.score,
            kev: exposure.kev,
            tags: &exposure.tags,
            sla: &exposure.sla,
            due_at: from_timestamp(exposure.due_at.as_ref()).map(|at| at.to_offset(UtcOffset::UTC)),
        })
    }
}

#[derive(Serialize)]
struct Page<'a> {
    items: Vec<ShownExposure<'a>>,
    next_cursor: Option<&'a str>,
}

/// A page of exposures as the API shows it (schema `ExposurePage`); none if an exposure lacks an
/// instant. An empty cursor means that this is the last page.
pub fn exposure_page(exposures: &[results::Exposure], next_cursor: &str) -> Option<Vec<u8>> {
    let page = Page {
        items: exposures
            .iter()
            .map(ShownExposure::of)
            .collect::<Option<_>>()?,
        next_cursor: (!next_cursor.is_empty()).then_some(next_cursor),
    };
    let mut json = Vec::with_capacity(EXPOSURE_BYTES * exposures.len() + next_cursor.len() + 64);
    // Text and numbers only, into memory: there is nothing to fail.
    serde_json::to_writer(&mut json, &page).ok()?;
    Some(json)
}

/// RFC 3339 in UTC, as everywhere in the API.
fn instant<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    time::serde::rfc3339::serialize(&at.to_offset(UtcOffset::UTC), serializer)
}

#[cfg(test)]
mod tests {
    use super::exposure_page;
    use crate::{convert::to_timestamp, results::Exposure};

    fn exposure() -> Exposure {
        let at = time::macros::datetime!(2026-11-21 9:48:37.5 +2);
        Exposure {
            key: "exp1_a".to_owned(),
            title: "says \"</script>\"\n".to_owned(),
            port: 443,
            first_seen: Some(to_timestamp(at)),
            last_seen: Some(to_timestamp(at)),
            ..Exposure::default()
        }
    }

    #[test]
    fn a_page_is_json_with_its_cursor_and_without_what_is_empty() {
        let json = exposure_page(&[exposure(), exposure()], "next").unwrap();
        let page: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let item = &page["items"][1];
        assert_eq!(item["title"], "says \"</script>\"\n");
        assert_eq!(item["first_seen"], "2026-11-21T07:48:37.5Z");
        assert!(item.get("decision").is_none() && item["state"] == "");
        assert_eq!(page["next_cursor"], "next");
        assert_eq!(
            exposure_page(&[], "").unwrap(),
            br#"{"items":[],"next_cursor":null}"#
        );
    }

    #[test]
    fn an_exposure_without_an_instant_is_not_shown_as_if_it_had_one() {
        let broken = Exposure {
            last_seen: None,
            ..exposure()
        };
        assert!(exposure_page(&[broken], "").is_none());
    }
}
