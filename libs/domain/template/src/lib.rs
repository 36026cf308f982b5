//! The detection-template language: parse, classify, match, extract.
//!
//! The public YAML language of detection templates, without a network: a template is read into
//! [`Template`] or refused with the reason ([`Unsupported`]); answers become [`Values`]; the
//! operators of a block judge them ([`Operators::conclude`]). Who sends the requests is the
//! engine's business. Time, chance and files are arguments, so the same inputs give the same
//! result.
//!
//! **Invariant**: bytes of an answer are data. They are compared, cut and put into later requests,
//! and never read as a template or an expression.

mod expression;
mod extractor;
mod finding;
mod flow;
mod function;
mod jq;
mod load;
mod marked;
mod markup;
mod matcher;
mod model;
mod operators;
mod pattern;
mod payload;
mod policy;
mod prefilter;
mod request;
mod response;
mod target;
mod tree;
mod value;
mod yaml;

pub use expression::{EvaluationFault, Expression};
pub use extractor::{Extractor, ExtractorKind};
pub use flow::Flow;
pub use jq::Query;
pub use load::{Source, Unsupported, read_template};
pub use marked::Marked;
pub use markup::{Page, Path};
pub use matcher::{Matcher, MatcherKind};
pub use model::{
    Block, DnsBlock, HttpBlock, HttpForm, Info, Protocol, RawForm, Redirects, SslBlock, TcpBlock,
    TcpInput, Template,
};
pub use operators::{Combination, Conclusion, Operators, expose};
pub use pattern::Pattern;
pub use payload::{Attack, Payloads, ROUNDS_MAX};
pub use prefilter::{Prefilter, Seen};
pub use request::{HttpRequest, RawRequest, read_raw};
pub use response::HttpAnswer;
pub use target::TargetUrl;
pub use tree::{Entry, MANIFEST_TYPE, Manifest, ManifestFault, summary};
pub use value::{Chance, Value, Values};

/// A text short enough for a message.
pub(crate) fn brief(text: &str) -> String {
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() {
        format!("{cut:?}…")
    } else {
        format!("{cut:?}")
    }
}
