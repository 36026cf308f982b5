//! What the kernel counted, as `nft -j` says it.
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

use super::Refused;

/// What the rules inside refused, and those outside.
pub(super) fn read(inside: &str, outside: &str) -> Refused {
    let (inside, outside) = (entries(inside), entries(outside));
    let mut places: Vec<SocketAddr> = inside
        .iter()
        .filter_map(|entry| entry.get("set"))
        .filter(|set| matches!(set["name"].as_str(), Some("seen4" | "seen6")))
        .filter_map(|set| set.get("elem")?.as_array())
        .flatten()
        .filter_map(place)
        .collect();
    places.sort_unstable();
    Refused {
        packets: counted(&inside, "refused") + counted(&outside, "refused"),
        places,
        is_stuck: counted(&outside, "entered") > 0 && counted(&outside, "left") == 0,
    }
}

fn entries(text: &str) -> Vec<Value> {
    let all = serde_json::from_str::<Value>(text).unwrap_or_default();
    let all = all.get("nftables").and_then(Value::as_array);
    all.cloned().unwrap_or_default()
}

/// Packets of every counter of that name.
fn counted(entries: &[Value], name: &str) -> u64 {
    entries
        .iter()
        .filter_map(|entry| entry.get("counter"))
        .filter(|counter| counter["name"] == name)
        .filter_map(|counter| counter["packets"].as_u64())
        .sum()
}

/// An element is the concatenation itself, or has it among what else is known of it.
fn place(element: &Value) -> Option<SocketAddr> {
    let value = element.pointer("/elem/val").unwrap_or(element);
    let parts = value.get("concat")?.as_array()?;
    let address: IpAddr = parts.first()?.as_str()?.parse().ok()?;
    let port = u16::try_from(parts.get(1)?.as_u64()?).ok()?;
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::{Refused, read};

    #[test]
    fn counters_and_places_are_read_and_anything_else_is_nothing() {
        let inside = r#"{"nftables":[{"metainfo":{"version":"1.0.6"}},
            {"counter":{"family":"inet","name":"refused","table":"lease","packets":3,"bytes":9}},
            {"counter":{"family":"netdev","name":"refused","table":"lease","packets":1,"bytes":9}},
            {"set":{"name":"hosts4","elem":["192.0.2.1"]}},
            {"set":{"name":"seen4","elem":[{"concat":["203.0.113.9",53]},{"elem":{"val":{"concat":["192.0.2.1",81]}}},7]}},
            {"set":{"name":"seen6"}}]}"#;
        let outside = r#"{"nftables":[{"counter":{"name":"refused","packets":2}},
            {"counter":{"name":"entered","packets":5}},{"counter":{"name":"left","packets":0}}]}"#;
        let expected = Refused {
            packets: 6,
            places: vec![
                "192.0.2.1:81".parse().unwrap(),
                "203.0.113.9:53".parse().unwrap(),
            ],
            is_stuck: true,
        };
        assert_eq!(read(inside, outside), expected);
        for (inside, outside) in [("", ""), ("[]", "{}"), ("{\"nftables\":7}", "null")] {
            assert_eq!(read(inside, outside), Refused::default());
        }
    }
}
