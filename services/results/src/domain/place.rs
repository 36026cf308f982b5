//! Where the hosts of a report were seen.
use std::collections::{BTreeMap, BTreeSet};

use wt_exposure::{JobReport, NAME_PORT};
use wt_model::AssetId;

/// A host and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// What it belongs to.
    pub(crate) asset_id: AssetId,
    /// Name or canonical address.
    pub(crate) host: String,
    /// Empty when nothing was seen by connecting to it.
    pub(crate) address: String,
    /// Whether a later run may find it elsewhere: of names alone.
    pub(crate) moves: bool,
}

/// Every host that something was seen on, and the addresses it was seen at. What name servers said
/// of a name shows their address, and not where the name is.
pub(crate) fn places(report: &JobReport) -> Vec<Place> {
    let mut seen: BTreeMap<(AssetId, &str), BTreeSet<String>> = BTreeMap::new();
    for observation in &report.observations {
        let subject = &observation.subject;
        let at = seen
            .entry((subject.asset_id, subject.host.as_str()))
            .or_default();
        if let Some(address) = observation.evidence.address
            && subject.port != NAME_PORT
        {
            at.insert(address.to_canonical().to_string());
        }
    }
    let mut places = Vec::with_capacity(seen.len());
    for ((asset_id, host), addresses) in seen {
        let place = |address: String| Place {
            asset_id,
            host: host.to_owned(),
            moves: !address.is_empty() && address != host,
            address,
        };
        if addresses.is_empty() {
            places.push(place(String::new()));
        }
        places.extend(addresses.into_iter().map(place));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use wt_exposure::{CheckRef, Evidence, Observation, Subject, Transport};
    use wt_model::Severity;

    fn seen(host: &str, port: u16, address: Option<&str>) -> Observation {
        Observation {
            subject: Subject {
                asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
                host: host.to_owned(),
                transport: Transport::Tcp,
                port,
            },
            check: CheckRef {
                id: "port.open".to_owned(),
                digest: String::new(),
            },
            discriminator: String::new(),
            attributes: BTreeMap::new(),
            title: String::new(),
            severity: Severity::Info,
            strength: 1,
            evidence: Evidence {
                address: address.map(|text| text.parse().unwrap()),
                ..Evidence::default()
            },
        }
    }

    #[test]
    fn a_host_is_where_it_was_connected_to_and_not_where_its_name_server_is() {
        let report = JobReport {
            observations: vec![
                seen("a.example.com", 443, Some("192.0.2.1")),
                seen("a.example.com", 80, Some("::ffff:192.0.2.1")),
                seen("a.example.com", 22, Some("192.0.2.2")),
                seen("b.example.com", NAME_PORT, Some("198.51.100.53")),
                seen("192.0.2.9", 80, Some("192.0.2.9")),
            ],
            ..JobReport::default()
        };
        let places = places(&report);
        let told: Vec<_> = places
            .iter()
            .map(|place| (place.host.as_str(), place.address.as_str(), place.moves))
            .collect();
        assert_eq!(
            told,
            [
                ("192.0.2.9", "192.0.2.9", false),
                ("a.example.com", "192.0.2.1", true),
                ("a.example.com", "192.0.2.2", true),
                ("b.example.com", "", false),
            ]
        );
    }
}
