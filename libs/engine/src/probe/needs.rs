//! What the checks of a job want to know of a port.
use std::collections::BTreeSet;

/// What the checks of a job ask of a port.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    /// Groups of questions.
    pub(crate) asks: BTreeSet<Ask>,
    /// Paths beside `/`.
    pub(crate) paths: BTreeSet<&'static str>,
    /// Old versions to offer.
    pub(crate) versions: BTreeSet<u16>,
}

/// A group of questions that checks share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ask {
    /// What the port speaks.
    Protocol,
    /// Whether a service that is not a web server lets strangers in.
    Access,
    /// The page at `/`.
    Web,
    /// What is said of a path that cannot exist, also where no other path is asked for.
    Missing,
    /// A request with a foreign origin.
    CrossOrigin,
    /// A `TRACE`.
    Trace,
    /// The certificate.
    Certificate,
    /// Whether weak suites are accepted.
    WeakSuites,
    /// Where the host's name leads, when it is an alias.
    Alias,
}

impl Needs {
    pub(super) fn ask(&self, what: Ask) -> bool {
        self.asks.contains(&what)
    }

    pub(super) fn ask_tls(&self) -> bool {
        self.ask(Ask::Certificate) || self.ask(Ask::WeakSuites) || !self.versions.is_empty()
    }
}
