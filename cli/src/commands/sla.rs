//! `sla`.
use std::collections::BTreeMap;

use serde_json::json;

use super::Work;
use crate::{args::Sla, fault::CliFault, output::object};

impl Work {
    pub(super) async fn sla(&self, sla: Sla) -> Result<(), CliFault> {
        let terms = if sla.days.is_empty() {
            self.api.get("/sla", &[]).await?
        } else {
            let days: BTreeMap<String, u32> = sla.days.into_iter().collect();
            let mut terms = json!({ "days": days });
            if let (Some(fields), Some(kev)) = (terms.as_object_mut(), sla.kev_days) {
                fields.insert("kev_days".to_owned(), kev.into());
            }
            self.api.put("/sla", &terms).await?
        };
        object(&self.global, &terms)
    }
}
