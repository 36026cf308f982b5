//! SIGTERM and SIGINT: the first drains, the second ends.

use tokio::signal::unix::{SignalKind, signal};

use crate::{Life, StartError};

pub(crate) fn listen(life: &Life) -> Result<(), StartError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let life = life.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        life.stop();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::warn!("asked again, stopping at once");
        std::process::exit(1);
    });
    Ok(())
}
