//! Formats of files that other tools write.
use crate::vocabulary::vocabulary;

vocabulary!(
    /// A format whose findings can be imported.
    ImportFormat, "import format", {
        /// nuclei's JSON lines.
        Nuclei = "nuclei",
        /// nmap's XML.
        Nmap = "nmap",
        /// SARIF 2.1.0.
        Sarif = "sarif",
        /// DefectDojo's generic findings.
        DefectDojo = "defectdojo",
    }
);

impl ImportFormat {
    /// The tool or format as people write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nuclei => "nuclei",
            Self::Nmap => "nmap",
            Self::Sarif => "SARIF",
            Self::DefectDojo => "DefectDojo",
        }
    }
}
