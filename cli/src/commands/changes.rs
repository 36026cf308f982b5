//! `changes`.
use super::{Work, given};
use crate::{
    args::Changes,
    fault::CliFault,
    output::{Column, column, list},
};

const COLUMNS: [Column; 7] = [
    column("at", "/at"),
    column("type", "/type"),
    column("severity", "/severity"),
    column("host", "/host"),
    column("port", "/port"),
    column("title", "/title"),
    column("key", "/key"),
];

impl Work {
    pub(super) async fn changes(&self, changes: Changes) -> Result<(), CliFault> {
        let asset = match &changes.asset {
            Some(asset) => Some(self.asset_id(asset).await?),
            None => None,
        };
        let query = given(&[
            ("type", changes.types.as_deref()),
            ("severity", changes.severity.as_deref()),
            ("asset_id", asset.as_deref()),
            ("run_id", changes.run.as_deref()),
            ("since", changes.since.as_deref()),
            ("filter", changes.filter.as_deref()),
        ]);
        let rows = self
            .api
            .list("/changes", &query, changes.rows.limit)
            .await?;
        list(&self.global, &COLUMNS, &rows)
    }
}
