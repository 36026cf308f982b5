//! Records of name servers as text.
use hickory_resolver::proto::rr::{RData, Record};

/// A record in the form most tools print, tabs included; ends its line.
pub(crate) fn record_line(record: &Record) -> String {
    let data = match &record.data {
        RData::TXT(txt) => txt
            .txt_data
            .iter()
            .map(|part| format!("\"{}\"", String::from_utf8_lossy(part)))
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    };
    format!(
        "{}\t{}\t{}\t{}\t{data}\n",
        record.name,
        record.ttl,
        record.dns_class,
        record.record_type()
    )
}

/// The texts of TXT records, the parts of each joined (RFC 7208 §3.3).
pub(super) fn texts(records: &[Record]) -> Vec<String> {
    records
        .iter()
        .filter_map(|record| match &record.data {
            RData::TXT(txt) => {
                let whole: Vec<u8> = txt.txt_data.iter().flatten().copied().collect();
                Some(String::from_utf8_lossy(&whole).into_owned())
            }
            _ => None,
        })
        .collect()
}
