//! `login` without an address: a person lets this command in with a code, elsewhere (RFC 8628).
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Work;
use crate::{fault::CliFault, output::say};

/// What the program that waits is called, as the person sees it.
const CLIENT_NAME: &str = "watchtower command";
/// How much slower to ask when told so (RFC 8628 §3.5), seconds.
const SLOWER: u64 = 5;

impl Work {
    /// The answer to a sign-in that somebody allowed in a browser.
    pub(super) async fn let_in(&self) -> Result<Value, CliFault> {
        let body = json!({"client_name": CLIENT_NAME});
        let begun = self.api.post("/auth/device", &body).await?;
        let text = |name: &str| begun.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| begun.get(name).and_then(Value::as_u64).unwrap_or_default();
        say(&format!(
            "open {}{} and type {}",
            self.api.url(),
            text("verification_path"),
            text("user_code")
        ));
        let until = Instant::now() + Duration::from_secs(number("expires_in"));
        let mut interval = number("interval").max(1);
        let body = json!({"device_code": text("device_code")});
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_secs(interval)).await;
            match self.api.post("/auth/device/token", &body).await {
                Err(CliFault::Refused(no)) if no.code() == "device.authorization_pending" => {}
                Err(CliFault::Refused(no)) if no.code() == "device.slow_down" => interval += SLOWER,
                answer => return answer,
            }
        }
        Err(CliFault::Usage("nobody let this command in".to_owned()))
    }
}
