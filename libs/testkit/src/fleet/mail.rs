//! A mail server that keeps every mail as a file and sends none on.
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Most bytes of one mail: a summary with its HTML is far below.
const MAIL_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its file.
    pub path: PathBuf,
    /// Whom the envelope named.
    pub recipients: Vec<String>,
    /// Headers and body as sent.
    pub text: String,
}

impl Mail {
    /// The value of a header, unfolded; encoded words stay encoded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.text.split_once("\n\n")?;
        let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
        unfolded.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    }

    /// Whether it tells of a run's changes; the others are letters about somebody's account.
    #[must_use]
    pub fn is_about_changes(&self) -> bool {
        self.header("subject")
            .is_some_and(|subject| subject.starts_with("Watchtower: "))
    }
}

/// Every mail kept in `folder`, oldest first.
///
/// # Errors
/// The folder cannot be read.
pub fn mails(folder: &Path) -> Result<Vec<Mail>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let text = fs::read_to_string(&path)?.replace("\r\n", "\n");
            let (envelope, text) = text.split_once('\n').unwrap_or_default();
            found.push(Mail {
                path,
                recipients: envelope
                    .trim_start_matches("X-Envelope-To:")
                    .split_whitespace()
                    .map(ToOwned::to_owned)
                    .collect(),
                text: text.to_owned(),
            });
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

/// Takes mail on `listener` into `folder` until it is dropped or the listener fails.
///
/// # Errors
/// The folder cannot be made, or the listener fails.
pub async fn keep_mail(listener: TcpListener, folder: PathBuf) -> Result<()> {
    fs::create_dir_all(&folder)?;
    let next = Arc::new(AtomicUsize::new(mails(&folder)?.len() + 1));
    loop {
        let (stream, _) = listener.accept().await?;
        let (folder, next) = (folder.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            if let Err(error) = converse(stream, &folder, &next).await {
                eprintln!("mail: {error:#}");
            }
        });
    }
}

/// One conversation: as much of RFC 5321 as a client needs that sends and leaves.
async fn converse(stream: TcpStream, folder: &Path, next: &AtomicUsize) -> Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut recipients = Vec::new();
    writer.write_all(b"220 sink ready\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "RCPT" => {
                recipients.push(address(&line));
                "250 ok\r\n"
            }
            "RSET" => {
                recipients.clear();
                "250 ok\r\n"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push('\n');
                    anyhow::ensure!(text.len() <= MAIL_BYTES_MAX, "a mail is too large");
                }
                let number = next.fetch_add(1, Ordering::SeqCst);
                keep(folder, number, &recipients, &text)?;
                recipients.clear();
                "250 kept\r\n"
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "HELO" | "MAIL" | "NOOP" => "250 ok\r\n",
            _ => "502 not here\r\n",
        };
        writer.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').map_or(line, |(_, rest)| rest);
    inner
        .split_once('>')
        .map_or(inner, |(address, _)| address)
        .to_owned()
}

/// Written whole or not at all: readers look at the folder at any time.
fn keep(folder: &Path, number: usize, recipients: &[String], text: &str) -> Result<()> {
    let draft = folder.join(format!("{number:05}.part"));
    fs::write(
        &draft,
        format!("X-Envelope-To: {}\n{text}", recipients.join(" ")),
    )?;
    fs::rename(draft, folder.join(format!("{number:05}.eml")))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_is_kept_with_its_recipients_and_without_its_stuffed_dots() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(keep_mail(listener, folder.path().to_path_buf()));
        let stream = TcpStream::connect(address).await.unwrap();
        let (reader, mut writer) = stream.into_split();
        let mut answers = BufReader::new(reader).lines();
        let said = "EHLO me\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n\
            Subject: two\r\n words\r\n\r\n..dot\r\n.\r\nQUIT\r\n";
        writer.write_all(said.as_bytes()).await.unwrap();
        while let Some(answer) = answers.next_line().await.unwrap() {
            if answer.starts_with("221") {
                break;
            }
        }
        server.abort();
        let kept = mails(folder.path()).unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].recipients, ["b@example.org"]);
        assert_eq!(kept[0].header("subject").as_deref(), Some("two words"));
        assert!(kept[0].text.ends_with("\n\n.dot\n"));
    }
}
