//! `views …`.
use serde_json::json;

use super::Work;
use crate::{
    args::Views,
    fault::CliFault,
    output::{Column, column, list, object},
};

const COLUMNS: [Column; 5] = [
    column("name", "/name"),
    column("filter", "/filter"),
    column("sort", "/sort"),
    column("shared", "/shared"),
    column("id", "/id"),
];
/// Most views the API answers with.
const ROWS: usize = 1_000;

impl Work {
    pub(super) async fn views(&self, command: Views) -> Result<(), CliFault> {
        match command {
            Views::List => {
                let rows = self.api.list("/views", &[], ROWS).await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Views::Save {
                name,
                filter,
                columns,
                sort,
                shared,
            } => {
                let view = json!({
                    "name": name, "filter": filter, "columns": columns, "sort": sort,
                    "shared": shared,
                });
                let view = self.api.post("/views", &view).await?;
                object(&self.global, &view)
            }
            Views::Remove { view } => self.api.delete(&format!("/views/{view}")).await,
        }
    }
}
