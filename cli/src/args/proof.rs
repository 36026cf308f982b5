//! What `packet`, `verify-packet`, `ledger` and `verify-growth` take.
use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Packet {
    /// Fetch an exposure's evidence packet
    Get {
        /// Exposure
        key: String,
        /// `json`, what is proven; `html` or `pdf` to read
        #[arg(long, default_value = "json", value_parser = ["json", "html", "pdf"])]
        format: String,
        /// File to write; stdout without
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// A document that is checked with nothing but files.
#[derive(Debug, Args)]
pub(crate) struct Offline {
    /// The document
    pub(crate) file: PathBuf,
    /// A public key of the ledger (SPKI PEM), such as `watchtower ledger key` prints: the one that
    /// signed, or one that others lead to or from
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// How the ledger's keys followed each other, such as `watchtower ledger keys` prints: lets any
    /// of them check what another signed, and refuses what one signed after its time
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Print the public key that checks packets
    Key {
        /// File to write; stdout without
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print every key that ever signed, and how each followed another
    Keys {
        /// File to write; stdout without
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Check, without signing in, that a ledger shown to everybody only grew since last time
    Watch {
        /// Name of the page: the end of its address
        name: String,
        /// File that keeps what was seen; made by the first call
        #[arg(long, value_name = "FILE")]
        keep: PathBuf,
        /// Public key of the ledger (SPKI PEM) from elsewhere; without, the first call believes the
        /// server's and the others hold it to that
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Show the newest signed head
    Head,
    /// List the signed heads, newest first
    Heads {
        /// Most rows
        #[arg(long, default_value_t = 1_000, value_name = "N")]
        limit: usize,
    },
    /// Fetch the proof that the ledger only grew between two signed heads
    Growth {
        /// Size of the earlier head
        from: u64,
        /// Size of the later head; the newest without
        to: Option<u64>,
        /// File to write; stdout without
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}
