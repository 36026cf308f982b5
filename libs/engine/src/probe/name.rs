//! What name servers say of one name: facts for the checks of names, never a judgement.
//!
//! Every question goes to the job's own name servers, but two: whether the end of an alias is
//! gone is asked of its zone's servers, and a zone transfer of the servers of the name's own zone
//! that the scope permits.
use std::collections::BTreeSet;

use hickory_resolver::proto::rr::RecordType;
use wt_exposure::InconclusiveReason;

use super::{
    Probed,
    name_talk::{Answered, Standing, Talk, Tell, has},
};
use crate::guard::Guard;

/// Questions a receiver answers an SPF record with before it gives up (RFC 7208 §4.6.4).
pub(crate) const SPF_LOOKUPS_MAX: usize = 10;
/// A group of questions about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NameAsk {
    /// Where its alias leads.
    Alias,
    /// Its SPF records.
    Spf,
    /// Its DMARC policy.
    Dmarc,
    /// Who may issue certificates for it.
    Caa,
    /// Whether its zone is handed out.
    Transfer,
}

/// What was asked and answered, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Transcript {
    pub(crate) asked: String,
    pub(crate) answered: String,
    pub(crate) elapsed_ms: u32,
}

/// Facts, and the words they were read from.
#[derive(Debug, Clone)]
pub(crate) struct Told<T> {
    pub(crate) facts: T,
    pub(crate) transcript: Transcript,
}

/// Where a name's alias leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AliasFacts {
    /// Each name of the chain after the first; empty for a name that is no alias.
    pub(crate) chain: Vec<String>,
    /// Whether the last of them does not exist, by the word of its own zone's servers.
    pub(crate) is_end_gone: bool,
}

/// What a name's SPF records say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SpfFacts {
    /// Whether mail of this name is to be expected at all.
    pub(crate) is_for_mail: bool,
    /// How many records there are: one, or none counts.
    pub(crate) records: usize,
    /// Questions it costs to evaluate, counted until there are too many.
    pub(crate) lookups: usize,
    /// Whether every record it leads to was read.
    pub(crate) is_whole: bool,
    /// Whether everybody passes.
    pub(crate) passes_all: bool,
}

/// The policy that holds for mail of a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DmarcFacts {
    /// Whether mail of this name is to be expected at all.
    pub(crate) is_for_mail: bool,
    /// The policy and the name its record stands at.
    pub(crate) policy: Option<(String, String)>,
}

/// Everything asked about one name.
#[derive(Debug, Clone)]
pub(crate) struct NameFacts {
    pub(crate) alias: Probed<Told<AliasFacts>>,
    pub(crate) spf: Probed<Told<SpfFacts>>,
    pub(crate) dmarc: Probed<Told<DmarcFacts>>,
    /// Whether anybody is named who may issue certificates.
    pub(crate) caa: Probed<Told<bool>>,
    /// Servers that hand the zone out.
    pub(crate) transfer: Probed<Told<Vec<String>>>,
}

/// What became of the questions about a name.
pub(crate) enum NameProbed {
    /// The name does not exist, by the word of its own zone's servers.
    Gone,
    /// What was found out.
    Facts(Box<NameFacts>),
}

/// Asks about names of one job.
pub(crate) struct NameInspector<'a> {
    pub(crate) guard: &'a Guard,
}

impl NameFacts {
    fn failed(reason: InconclusiveReason) -> Self {
        Self {
            alias: Probed::Failed(reason),
            spf: Probed::Failed(reason),
            dmarc: Probed::Failed(reason),
            caa: Probed::Failed(reason),
            transfer: Probed::Failed(reason),
        }
    }
}

impl NameInspector<'_> {
    /// Everything `asks` wants to know of a name.
    pub(crate) async fn inspect(&self, name: &str, asks: &BTreeSet<NameAsk>) -> NameProbed {
        let failed = |reason| NameProbed::Facts(Box::new(NameFacts::failed(reason)));
        if !self.guard.permits_name(name) {
            return failed(InconclusiveReason::OutOfScope);
        }
        let own = match Talk::new(self.guard).ask(name, RecordType::SOA).await {
            Ok(own) => own,
            Err(reason) => return failed(reason),
        };
        let standing = Standing {
            is_apex: has(&own.records, name, RecordType::SOA),
            is_alias: has(&own.records, name, RecordType::CNAME),
        };
        if !own.exists && !standing.is_alias {
            if self.guard.is_name_gone(name).await {
                return NameProbed::Gone;
            }
            return failed(InconclusiveReason::Unreachable);
        }
        let mut facts = NameFacts::failed(InconclusiveReason::Skipped);
        for ask in asks {
            let mut talk = Talk::new(self.guard);
            match ask {
                NameAsk::Alias => facts.alias = talk.alias(name).await.told(talk),
                NameAsk::Spf => facts.spf = talk.spf(name, standing).await.told(talk),
                NameAsk::Dmarc => facts.dmarc = talk.dmarc(name, standing).await.told(talk),
                NameAsk::Caa => facts.caa = talk.caa(name).await.told(talk),
                NameAsk::Transfer => {
                    facts.transfer = talk.transfer(name, standing).await.told(talk);
                }
            }
        }
        NameProbed::Facts(Box::new(facts))
    }

    /// Where a name's alias leads, without asking whether its end exists.
    pub(crate) async fn aliases(&self, name: &str) -> Answered<Vec<String>> {
        Talk::new(self.guard).chain(name).await
    }
}
