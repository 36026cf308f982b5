//! That one key of the ledger follows another: a statement both keys sign, and the chain such
//! statements make (docs/contracts/ledger-keys.md).
//!
//! The old key's signature lets whoever pinned it go on to the new one; the new key's lets whoever
//! pinned the new one go back, and keeps a stolen old key from naming another successor to them.
use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use wt_envelope::{SigningKey, VerifyingKey, pae};

use crate::{LedgerFault, canonical_json};

/// Media type a succession is signed under: its signature is good for nothing else.
pub const SUCCESSION_TYPE: &str = "application/vnd.watchtower.ledger-succession.v1+json";
/// Most successions of one chain, so that every document has room for them: a rotation each quarter
/// is as many in 25 years.
pub const SUCCESSIONS_MAX: usize = 100;

/// The statement that from a moment on another key signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Succession {
    /// First moment of the new key, and the end of the old one: RFC 3339 in UTC, whole seconds.
    pub at: String,
    /// The old key: SPKI DER, base64.
    pub from: String,
    /// The old key's Ed25519 signature, base64.
    pub from_signature: String,
    /// The new key: SPKI DER, base64.
    pub to: String,
    /// The new key's Ed25519 signature, base64.
    pub to_signature: String,
}

/// What both keys sign.
#[derive(Serialize)]
struct Said<'a> {
    at: &'a str,
    from: &'a str,
    to: &'a str,
}

impl Said<'_> {
    fn bytes(&self) -> Vec<u8> {
        // A struct of strings always becomes a value.
        let value = serde_json::to_value(self).unwrap_or_default();
        pae(SUCCESSION_TYPE, &canonical_json(&value))
    }
}

impl Succession {
    /// States that `to` follows `from` at a moment. The same keys and moment make the same bytes.
    ///
    /// # Errors
    /// `at` is not a moment in UTC of whole seconds.
    pub fn sign(at: &str, from: &SigningKey, to: &SigningKey) -> Result<Self, LedgerFault> {
        if second(at).is_none_or(|second| second.len() + 1 != at.len()) {
            return Err(broken("a moment is not in UTC and whole seconds"));
        }
        let spki = |key: &SigningKey| BASE64.encode(&key.public().to_spki_der());
        let (old, new) = (spki(from), spki(to));
        let said = Said {
            at,
            from: &old,
            to: &new,
        }
        .bytes();
        Ok(Self {
            at: at.to_owned(),
            from_signature: BASE64.encode(&from.sign_bytes(&said)),
            to_signature: BASE64.encode(&to.sign_bytes(&said)),
            from: old,
            to: new,
        })
    }

    /// The old and the new key, if both signed exactly this.
    fn keys(&self) -> Result<(VerifyingKey, VerifyingKey), LedgerFault> {
        if second(&self.at).is_none_or(|second| second.len() + 1 != self.at.len()) {
            return Err(broken("a moment is not in UTC and whole seconds"));
        }
        let said = Said {
            at: &self.at,
            from: &self.from,
            to: &self.to,
        }
        .bytes();
        let signed = |spki: &str, signature: &str| {
            let key = VerifyingKey::from_spki_der(&BASE64.decode(spki.as_bytes()).ok()?).ok()?;
            let signature = BASE64.decode(signature.as_bytes()).ok()?;
            key.accepts(&said, &signature).then_some(key)
        };
        let from = signed(&self.from, &self.from_signature);
        let to = signed(&self.to, &self.to_signature);
        from.zip(to)
            .ok_or(broken("a succession is not signed by both of its keys"))
    }
}

/// The key (SPKI DER, base64) that signs at a moment, of statements in their order that were checked
/// before; none where no key was followed by another yet.
pub fn signer<'a>(statements: &'a [Succession], at: &str) -> Option<&'a str> {
    let first = statements.first()?;
    let at = second(at)?;
    let begun = |statement: &&Succession| second(&statement.at).is_some_and(|from| from <= at);
    let newest = statements.iter().rev().find(begun);
    Some(newest.map_or(&first.from, |statement| &statement.to))
}

/// A key of a ledger, and when it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedKey {
    /// The key.
    pub key: VerifyingKey,
    /// Its first moment, RFC 3339; none for the first key of a ledger.
    pub from: Option<String>,
    /// The first moment that is no longer its own; none for the newest key.
    pub until: Option<String>,
}

impl DatedKey {
    /// Whether a head of this moment is this key's to sign.
    fn covers(&self, at: &str) -> bool {
        let Some(at) = second(at) else { return false };
        let begins = self.from.as_deref().and_then(second);
        let ends = self.until.as_deref().and_then(second);
        begins.is_none_or(|begins| begins <= at) && ends.is_none_or(|ends| at < ends)
    }
}

/// Every key a ledger ever had, in order, as their successions prove it. Empty where no key was
/// followed by another yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyChain {
    statements: Vec<Succession>,
    keys: Vec<DatedKey>,
}

impl KeyChain {
    /// Checks that each statement is signed by both of its keys, that each follows the one before,
    /// later than it, and that no key comes twice.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(statements: Vec<Succession>) -> Result<Self, LedgerFault> {
        if statements.len() > SUCCESSIONS_MAX {
            return Err(broken("there are more successions than any ledger has"));
        }
        let mut chain = Self::default();
        for statement in statements {
            chain.follow(statement)?;
        }
        Ok(chain)
    }

    fn follow(&mut self, statement: Succession) -> Result<(), LedgerFault> {
        let (from, to) = statement.keys()?;
        let begins = match self.keys.last_mut() {
            None => None,
            Some(last) if last.key != from => {
                return Err(broken("a succession does not follow the one before it"));
            }
            Some(last) => last.from.clone(),
        };
        if begins.is_some_and(|begins| begins >= statement.at) {
            return Err(broken("a succession is not later than the one before it"));
        }
        if self.keys.iter().any(|dated| dated.key == to) || from == to {
            return Err(broken("a key comes twice"));
        }
        match self.keys.last_mut() {
            Some(last) => last.until = Some(statement.at.clone()),
            None => self.keys.push(DatedKey {
                key: from,
                from: None,
                until: Some(statement.at.clone()),
            }),
        }
        self.keys.push(DatedKey {
            key: to,
            from: Some(statement.at.clone()),
            until: None,
        });
        self.statements.push(statement);
        Ok(())
    }

    /// The statements, first to last.
    pub fn statements(&self) -> &[Succession] {
        &self.statements
    }

    /// The keys, first to last.
    pub fn keys(&self) -> &[DatedKey] {
        &self.keys
    }

    /// Whether this key is one of them.
    pub fn holds(&self, key: &VerifyingKey) -> bool {
        self.keys.iter().any(|dated| dated.key == *key)
    }

    /// The longer of two accounts of one chain; the shorter has to be its beginning.
    fn longer(self, other: Self) -> Result<Self, LedgerFault> {
        let mut both = self.statements.iter().zip(&other.statements);
        if both.any(|(one, other)| one != other) {
            return Err(broken("two accounts of the keys contradict each other"));
        }
        Ok(if self.statements.len() < other.statements.len() {
            other
        } else {
            self
        })
    }
}

/// Which keys are believed: one that was pinned, and those that lead from and to it.
#[derive(Debug, Clone)]
pub struct Trust {
    pinned: VerifyingKey,
    chain: KeyChain,
}

impl From<&VerifyingKey> for Trust {
    fn from(pinned: &VerifyingKey) -> Self {
        Self {
            pinned: *pinned,
            chain: KeyChain::default(),
        }
    }
}

impl From<&Self> for Trust {
    fn from(trust: &Self) -> Self {
        trust.clone()
    }
}

impl Trust {
    /// Believes this key and, where it is one of them, the keys of a chain that is known already.
    ///
    /// # Errors
    /// The key is none of the chain's.
    pub fn with(pinned: VerifyingKey, chain: KeyChain) -> Result<Self, LedgerFault> {
        if chain.statements.is_empty() || chain.holds(&pinned) {
            Ok(Self { pinned, chain })
        } else {
            Err(broken("the pinned key is none of these keys"))
        }
    }

    /// As this, with what a document carries about its keys.
    pub(crate) fn carried(self, statements: Vec<Succession>) -> Result<Self, LedgerFault> {
        let carried = KeyChain::verify(statements)?;
        let chain = self.chain.longer(carried)?;
        if chain.statements.is_empty() || chain.holds(&self.pinned) {
            Ok(Self { chain, ..self })
        } else {
            Err(LedgerFault::HeadNotTrusted)
        }
    }

    /// The key that may have signed a head of this name at this moment.
    pub(crate) fn key(&self, key_id: &str, at: &str) -> Result<VerifyingKey, LedgerFault> {
        if self.chain.statements.is_empty() {
            return Ok(self.pinned);
        }
        let mut keys = self.chain.keys.iter();
        let dated = keys
            .find(|dated| dated.key.key_id().as_str() == key_id)
            .ok_or(LedgerFault::HeadNotTrusted)?;
        if dated.covers(at) {
            Ok(dated.key)
        } else {
            Err(LedgerFault::KeyOutOfTime)
        }
    }
}

/// Reads the successions of a document: it has some or does not speak of them, so that there is one
/// spelling of none.
pub(crate) fn some<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Succession>, D::Error> {
    let statements = Vec::<Succession>::deserialize(source)?;
    if statements.is_empty() {
        return Err(D::Error::custom("successions that are none"));
    }
    Ok(statements)
}

/// A moment to the second, to be compared as text; none unless it is RFC 3339 in UTC. Successions
/// are at whole seconds, so that what is beyond the second decides nothing.
fn second(at: &str) -> Option<&str> {
    let (whole, rest) = at.split_at_checked(19)?;
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let fits = whole.bytes().zip(shape).all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        other => byte == *other,
    });
    let fraction = rest.strip_suffix('Z')?;
    let plain = fraction.is_empty()
        || fraction.strip_prefix('.').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
    (fits && plain).then_some(whole)
}

const fn broken(reason: &'static str) -> LedgerFault {
    LedgerFault::KeysBroken { reason }
}
