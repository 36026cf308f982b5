//! A mail server of one's own that keeps what it is sent.
use anyhow::Result;
use tokio::{net::TcpListener, task::JoinHandle};

use super::fleet::{Mail, keep_mail, mails};

/// A running sink; it ends with the test.
#[derive(Debug)]
pub struct MailSink {
    folder: tempfile::TempDir,
    address: std::net::SocketAddr,
    task: JoinHandle<()>,
}

impl MailSink {
    /// Starts a sink on a free port.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let kept = folder.path().to_path_buf();
        let task = tokio::spawn(async move {
            if let Err(error) = keep_mail(listener, kept).await {
                eprintln!("mail sink: {error:#}");
            }
        });
        Ok(Self {
            folder,
            address,
            task,
        })
    }

    /// Where clients send, such as `smtp://127.0.0.1:2525`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Every mail so far, oldest first.
    ///
    /// # Errors
    /// The mails cannot be read.
    pub fn mails(&self) -> Result<Vec<Mail>> {
        mails(self.folder.path())
    }
}

impl Drop for MailSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}
