//! What other tools found, in the words of our own checks (contracts §4, §5).
//!
//! A file of another tool is positive evidence and nothing else: it names things that are there,
//! never things that are gone, and it is no coverage. Each line becomes a [`Finding`] under the
//! same subject, check and discriminator as our own scan would report it, so that both mint one
//! key, or a [`Refused`] that says why not.
//!
//! Code map: one file a format says what is written there (a [`Claim`] a line); `checks` knows
//! which of our checks a foreign one is; `place` finds the asset; `map` puts them together.
//!
//! Pure: no I/O, no clock, no randomness, no unordered maps. Files are foreign text: every length
//! is bounded, and nothing of a file becomes a name, a path or an instruction.

mod checks;
mod claim;
mod defectdojo;
mod fault;
mod map;
mod nmap;
mod nuclei;
mod place;
mod sarif;
mod text;

pub use checks::{Catalogue, CheckEntry, Template, templates};
pub use claim::{Claim, Named, Reason, Refused};
pub use fault::ImportFault;
pub use map::{Finding, Read, read};
pub use nmap::{NmapHost, NmapReport, OpenPort, read_report};
pub use place::{Asset, Assets};

/// Most bytes of a file. A scan of thousands of hosts with nuclei writes a few megabytes.
pub const FILE_BYTES_MAX: usize = 32 << 20;
/// Most findings of a file: what one transaction writes in some seconds.
pub const FINDINGS_MAX: usize = 50_000;
