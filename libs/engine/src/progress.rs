//! What a caller hears while a job runs.

/// Part of the work a job is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Sweeping ports.
    Ports,
    /// Asking name servers about names.
    Names,
    /// Inspecting what answered.
    Services,
    /// Talking HTTP.
    Http,
    /// Talking TLS.
    Tls,
    /// Settling the rest.
    Reporting,
}

impl Stage {
    /// The contract's word (`ScanProgress.stage`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ports => "ports",
            Self::Names => "dns",
            Self::Services => "services",
            Self::Http => "http",
            Self::Tls => "tls",
            Self::Reporting => "reporting",
        }
    }
}

/// Weight of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// As expected.
    Info,
    /// Something a person may want to look at.
    Warn,
}

impl LogLevel {
    /// The contract's word (`LogLine.level`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
        }
    }
}

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Cells settled so far; never falls within one run.
    Settled {
        /// Of all planned cells.
        settled: u64,
        /// Planned cells.
        planned: u64,
        /// What is being done.
        stage: Stage,
        /// Host being worked on.
        host: String,
    },
    /// A line for the run's log; already free of control characters.
    Line {
        /// Weight.
        level: LogLevel,
        /// Text.
        text: String,
    },
}

/// Hears about a job. Called often and from several tasks: must be quick and must not block.
pub trait ProgressSink: Send + Sync {
    /// One piece of news.
    fn report(&self, news: Progress);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl ProgressSink for Silent {
    fn report(&self, _news: Progress) {}
}

impl<F: Fn(Progress) + Send + Sync> ProgressSink for F {
    fn report(&self, news: Progress) {
        self(news);
    }
}
