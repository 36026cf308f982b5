//! The connection, and the refusal of servers that lose messages.

use std::time::Duration;

use async_nats::{
    Client, ConnectError, ConnectErrorKind, ConnectOptions, ServerAddr,
    connection::State,
    jetstream::{self, Context},
};

use percent_encoding::percent_decode_str;

use crate::{BusArgs, BusFault};

/// The oldest server that keeps what it acknowledged (docs/decisions/0001).
const OLDEST_SERVER: (u64, u64) = (2, 14);
/// Longest wait for the broker's answer to a publish.
const ACK_TIMEOUT: Duration = Duration::from_secs(5);

/// The bus; cheap to clone, reconnects by itself for ever.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) jetstream: Context,
    allow_old: bool,
}

impl Bus {
    /// Prepares the connection in the name of `service`. Does not wait for the broker: it may
    /// come later, and go and come back.
    ///
    /// # Errors
    /// [`BusFault::Address`] when the address can't be read.
    pub async fn open(args: &BusArgs, service: &str) -> Result<Self, BusFault> {
        Self::connect(args, ConnectOptions::new().name(service)).await
    }

    /// As [`Bus::open`], with answers under an inbox of one's own (`<inbox>.>`), so that the
    /// broker's permissions can keep others' answers, and the jobs delivered to them, from whoever
    /// connects as this user.
    ///
    /// # Errors
    /// [`BusFault::Address`] when the address can't be read.
    pub async fn open_confined(
        args: &BusArgs,
        service: &str,
        inbox: &str,
    ) -> Result<Self, BusFault> {
        let options = ConnectOptions::new()
            .name(service)
            .custom_inbox_prefix(inbox);
        Self::connect(args, options).await
    }

    async fn connect(args: &BusArgs, options: ConnectOptions) -> Result<Self, BusFault> {
        let address: ServerAddr = args.nats_url.parse().map_err(|error: std::io::Error| {
            BusFault::Address(ConnectError::with_source(
                ConnectErrorKind::ServerParse,
                error,
            ))
        })?;
        let client = signed_in(options, &address)
            .retry_on_initial_connect()
            .request_timeout(Some(ACK_TIMEOUT))
            .ping_interval(Duration::from_secs(5))
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(100 * u64::try_from(attempts.clamp(1, 10)).unwrap_or(10))
            })
            .connect(address)
            .await
            .map_err(BusFault::Address)?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(ACK_TIMEOUT);
        Ok(Self {
            client,
            jetstream,
            allow_old: args.allow_old_nats,
        })
    }

    /// Whether the broker is there now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Refuses a broker that is too old; call once it is connected.
    ///
    /// # Errors
    /// [`BusFault::TooOld`].
    pub(crate) fn check_version(&self) -> Result<(), BusFault> {
        let version = self.client.server_info().version;
        if self.allow_old || is_new_enough(&version) {
            Ok(())
        } else {
            Err(BusFault::TooOld { version })
        }
    }
}

/// The address's own user and password: the client takes them from its options alone.
fn signed_in(options: ConnectOptions, address: &ServerAddr) -> ConnectOptions {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match (address.username(), address.password()) {
        (Some(user), Some(password)) => options.user_and_password(plain(user), plain(password)),
        _ => options,
    }
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version
        .split('.')
        .map(|part| part.parse::<u64>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= OLDEST_SERVER
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn debians_broker_is_too_old() {
        assert!(!is_new_enough("2.9.10"));
        assert!(!is_new_enough(""));
        assert!(is_new_enough("2.14.0"));
        assert!(is_new_enough("2.15.1"));
        assert!(is_new_enough("3.0.0-rc1"));
    }
}
