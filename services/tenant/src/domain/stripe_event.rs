//! A webhook event as far as it is read: who it is about. What it says of them is not taken from
//! it but asked for, so that an old one or one out of order changes nothing (promises P10).
use serde::Deserialize;
use serde_json::Value;

/// Kinds that may mean a subscription changed.
const ABOUT_SUBSCRIPTIONS: [&str; 3] = ["customer.subscription.", "checkout.session.", "invoice."];

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// The provider's id: the same for every try.
    pub(crate) id: String,
    /// Such as `customer.subscription.updated`.
    pub(crate) kind: String,
    /// Whose subscription to ask for; none if the event is about something else.
    pub(crate) customer: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// Reads an event; none if it is none.
pub(crate) fn read(body: &[u8]) -> Option<Event> {
    let Wire { id, r#type, data } = serde_json::from_slice(body).ok()?;
    let asked = ABOUT_SUBSCRIPTIONS
        .iter()
        .any(|kind| r#type.starts_with(kind));
    let customer = asked.then(|| customer_of(&data.object)).flatten();
    (!id.is_empty() && id.len() <= 255).then_some(Event {
        id,
        kind: r#type,
        customer,
    })
}

/// The customer's id, or that of the whole customer where it was asked to be expanded.
fn customer_of(object: &Value) -> Option<String> {
    let customer = object.get("customer")?;
    let id = customer.as_str().or_else(|| customer.get("id")?.as_str())?;
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn an_event_names_whose_subscription_to_ask_for() {
        let event = |kind: &str, object: &str| {
            read(
                format!(r#"{{"id":"evt_1","type":"{kind}","data":{{"object":{object}}}}}"#)
                    .as_bytes(),
            )
        };
        let customer = |kind: &str, object: &str| event(kind, object).unwrap().customer;
        for kind in [
            "customer.subscription.deleted",
            "checkout.session.completed",
            "invoice.paid",
        ] {
            assert_eq!(
                customer(kind, r#"{"customer":"cus_1"}"#).as_deref(),
                Some("cus_1")
            );
            assert_eq!(
                customer(kind, r#"{"customer":{"id":"cus_1"}}"#).as_deref(),
                Some("cus_1")
            );
        }
        // About nobody, or about something else.
        assert_eq!(customer("invoice.paid", r#"{"customer":null}"#), None);
        assert_eq!(customer("charge.refunded", r#"{"customer":"cus_1"}"#), None);
        for broken in [
            "",
            "null",
            "[]",
            r#"{"id":"","type":"a","data":{"object":{}}}"#,
        ] {
            assert_eq!(read(broken.as_bytes()), None, "{broken}");
        }
    }
}
