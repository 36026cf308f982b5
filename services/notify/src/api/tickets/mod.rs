//! Issues of exposures: one file an operation.

pub(super) mod create;
pub(super) mod list;

use wt_proto::{convert::to_timestamp, notify};

use super::Api;
use crate::store::ticket::ShownRow;

impl From<ShownRow> for notify::Ticket {
    fn from(row: ShownRow) -> Self {
        Self {
            exposure_key: row.exposure_key,
            integration_id: row.integration_id,
            kind: row.kind,
            name: row.name,
            state: row.state,
            number: row.number,
            url: row.url,
            error: row.error,
            asked_by: row.asked_by,
            created_at: Some(to_timestamp(row.created_at)),
        }
    }
}
