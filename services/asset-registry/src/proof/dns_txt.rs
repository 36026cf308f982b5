//! The TXT record of a challenge.

use hickory_resolver::proto::rr::RData;

use super::{Search, Vantage};
use crate::domain::verification::{Finding, shown};

/// Most values shown to the owner: more is noise.
const FOUND_MAX: usize = 10;

pub(super) async fn look(vantage: &Vantage, search: &Search<'_>) -> Finding {
    let asked = format!("TXT {}", search.instructions.record_name);
    let answer = vantage
        .resolver()
        .txt_lookup(format!("{}.", search.instructions.record_name))
        .await;
    let (found, failure) = match answer {
        Ok(lookup) => {
            let values: Vec<String> = lookup
                .answers()
                .iter()
                .filter_map(|record| match &record.data {
                    RData::TXT(text) => Some(text.txt_data.concat()),
                    _ => None,
                })
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .collect();
            (values, None)
        }
        Err(error) if error.is_no_records_found() => (
            Vec::new(),
            Some("the server knows no TXT record of this name".to_owned()),
        ),
        Err(error) => (
            Vec::new(),
            Some(format!("the server did not answer: {error}")),
        ),
    };
    let ok = found
        .iter()
        .any(|value| value.trim() == search.instructions.expected);
    Finding {
        vantage: vantage.name().to_owned(),
        asked,
        ok,
        detail: match failure {
            _ if ok => String::new(),
            Some(why) => why,
            None => "none of the values is the expected one".to_owned(),
        },
        found: found
            .iter()
            .take(FOUND_MAX)
            .map(|value| shown(value))
            .collect(),
    }
}
