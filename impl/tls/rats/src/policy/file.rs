//! Policies and reference values as TOML.
//!
//! A policy names software and never a digest; what a name measures as is in
//! other files, which its author may sign and replace:
//!
//! ```
//! use rats::policy::file::{PolicyFile, parse_reference_values};
//!
//! let file = PolicyFile::parse(r#"
//!     version = 1
//!     software = ["payroll"]
//!     reference_values = ["payroll.toml"]    # beside this file
//!     reference_signers = []                 # Ed25519 keys in hex; any: unsigned files are refused
//!
//!     [evidence]
//!     debug = "disabled-permanently"         # weakest accepted
//!     key_claim = "required"                 # or "implied-by-challenge"
//!     machines = ["0102030405060708"]        # left out: any endorsed one
//!     locations = ["gr-ath"]
//!
//!     [tcb]
//!     status = ["UpToDate", "SWHardeningNeeded"]
//!     minimum = { microcode = 72 }
//!     rejected_advisories = ["INTEL-SA-00960"]
//!     maximum_collateral_age = 2592000       # seconds
//!
//!     [channel]
//!     placements = ["post"]
//!     server_name = "checked-by-pki"         # or "attestation-may-replace-pki"
//!     names = ["device.example"]             # of clients; ["*"]: any the roots vouch for
//!     maximum_evidence_age = 300             # seconds
//!
//!     [collection]                           # left out: one message only
//!     required = { cpu = ["payroll"], gpu = ["gpu-firmware"] }
//!
//!     [passport]                             # left out: Evidence only
//!     maximum_age = 3600
//!     verifiers = [{ name = "v", key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c" }]
//! "#)?;
//! assert!(file.policy.software.contains("payroll"));
//!
//! let values = parse_reference_values(r#"
//!     version = 1
//!     [[value]]
//!     software = "payroll"
//!     measurements = { mrtd = "00ff", rtmr1 = "11ee" }
//! "#)?;
//! # let _ = values;
//! # Ok::<(), rats::policy::file::FileError>(())
//! ```
//!
//! `software` alone is needed; what else is left out is as strict as it can be
//! without naming machines, places or times: the server's name is checked by
//! PKI, clients are refused, and Attestation Results are not taken. A key nobody reads, a word
//! nobody knows and a value that would accept nothing by mistake are errors
//! with their line.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{
    ChannelTerms, CollectionTerms, KeyClaim, Names, NotAName, PassportTerms, Placement, Policy,
    ReferenceValues, ServerName, TcbTerms,
};
use crate::{
    claims::{DebugStatus, MachineId, Measurements},
    key::PublicKey,
};

/// The only version of both formats.
pub const VERSION: u64 = 1;

/// A policy and where its reference values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    pub policy: Policy,
    /// Files of reference values, as the policy writes them.
    pub reference_values: Vec<String>,
    /// Who may sign reference values. If there is any, a file must be signed
    /// by one of them.
    pub reference_signers: BTreeSet<PublicKey>,
}

/// Why text is no policy or no reference values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct FileError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub reason: String,
}

/// A signature over a file that no accepted key made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no signer that the policy names has signed these reference values: their author must sign them, or somebody changed them"
)]
pub struct NotSigned;

impl PolicyFile {
    /// Reads a policy.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let source = Source(text);
        let file: File = source.read()?;
        source.version(&file.version)?;
        if file.software.get_ref().is_empty() {
            return Err(source.fault(&file.software, "no software is named, so none is accepted"));
        }
        let evidence = file.evidence.unwrap_or_default();
        let default = Policy::for_software(file.software.into_inner());
        let policy = Policy {
            key_claim: match &evidence.key_claim {
                None => default.key_claim,
                Some(word) => source.word(word, &KEY_CLAIMS)?,
            },
            minimum_debug: match &evidence.debug {
                None => default.minimum_debug,
                Some(word) => source.word(word, &DEBUG)?,
            },
            machines: evidence
                .machines
                .map(|ids| {
                    source
                        .some(&ids)?
                        .iter()
                        .map(|id| Ok(MachineId(source.hex(id)?)))
                        .collect()
                })
                .transpose()?,
            locations: evidence
                .locations
                .map(|names| Ok(source.some(&names)?.iter().cloned().collect()))
                .transpose()?,
            tcb: source.tcb(file.tcb.unwrap_or_default())?,
            channel: source.channel(file.channel.unwrap_or_default())?,
            collection: file
                .collection
                .map(|terms| source.collection(&terms))
                .transpose()?,
            passport: file
                .passport
                .map(|terms| source.passport(&terms))
                .transpose()?,
            ..default
        };
        Ok(Self {
            policy,
            reference_values: file.reference_values,
            reference_signers: file
                .reference_signers
                .iter()
                .map(|key| source.key(key))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether a file of reference values may be used: unsigned if nobody is
    /// named to sign, otherwise only with a signer's Ed25519 signature over
    /// all its octets.
    pub fn admit(&self, file: &[u8], signature: Option<&[u8]>) -> Result<(), NotSigned> {
        let is_signed = |signature: &[u8]| {
            let mut signers = self.reference_signers.iter();
            signers.any(|key| key.verify(file, signature).is_ok())
        };
        if self.reference_signers.is_empty() || signature.is_some_and(is_signed) {
            Ok(())
        } else {
            Err(NotSigned)
        }
    }
}

/// Reads reference values.
pub fn parse_reference_values(text: &str) -> Result<ReferenceValues, FileError> {
    let source = Source(text);
    let file: ValuesFile = source.read()?;
    source.version(&file.version)?;
    let mut values = ReferenceValues::new();
    for value in file.value {
        let measurements = value
            .measurements
            .get_ref()
            .iter()
            .map(|(register, digest)| Ok((register.clone(), source.hex(digest)?)))
            .collect::<Result<_, FileError>>()?;
        values
            .add(value.software, Measurements(measurements))
            .map_err(|error| source.fault(&value.measurements, error.to_string()))?;
    }
    Ok(values)
}

/// Alone in `names`: any name will do.
const ANY_NAME: &str = "*";
const DEBUG: [(&str, DebugStatus); 5] = [
    ("enabled", DebugStatus::Enabled),
    ("disabled", DebugStatus::Disabled),
    ("disabled-since-boot", DebugStatus::DisabledSinceBoot),
    ("disabled-permanently", DebugStatus::DisabledPermanently),
    (
        "disabled-fully-and-permanently",
        DebugStatus::DisabledFullyAndPermanently,
    ),
];
const KEY_CLAIMS: [(&str, KeyClaim); 2] = [
    ("required", KeyClaim::Required),
    ("implied-by-challenge", KeyClaim::ImpliedByChallenge),
];
const PLACEMENTS: [(&str, Placement); 3] = [
    ("pre", Placement::Pre),
    ("intra", Placement::Intra),
    ("post", Placement::Post),
];
const SERVER_NAMES: [(&str, ServerName); 2] = [
    ("checked-by-pki", ServerName::CheckedByPki),
    ("attestation-may-replace-pki", ServerName::AsTheEndpointSays),
];

type Word = Spanned<String>;
type Words = Spanned<Vec<Word>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<u64>,
    software: Spanned<BTreeSet<String>>,
    #[serde(default)]
    reference_values: Vec<String>,
    #[serde(default)]
    reference_signers: Vec<Word>,
    evidence: Option<EvidenceTable>,
    tcb: Option<TcbTable>,
    collection: Option<CollectionTable>,
    channel: Option<ChannelTable>,
    passport: Option<PassportTable>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidenceTable {
    debug: Option<Word>,
    key_claim: Option<Word>,
    machines: Option<Words>,
    locations: Option<Spanned<Vec<String>>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TcbTable {
    status: Option<Words>,
    #[serde(default)]
    minimum: BTreeMap<String, u64>,
    #[serde(default)]
    rejected_advisories: BTreeSet<String>,
    maximum_collateral_age: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelTable {
    placements: Option<Words>,
    server_name: Option<Word>,
    names: Option<Words>,
    maximum_evidence_age: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectionTable {
    required: Spanned<BTreeMap<String, Spanned<Vec<String>>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PassportTable {
    maximum_age: u64,
    verifiers: Spanned<Vec<VerifierTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifierTable {
    name: String,
    key: Word,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValuesFile {
    version: Spanned<u64>,
    value: Vec<ValueTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueTable {
    software: String,
    measurements: Spanned<BTreeMap<String, Word>>,
}

/// The text, to say where in it something is wrong.
struct Source<'t>(&'t str);

impl Source<'_> {
    fn read<T: for<'de> Deserialize<'de>>(&self) -> Result<T, FileError> {
        toml::from_str(self.0)
            .map_err(|error| self.error(error.span().unwrap_or_default(), error.message()))
    }

    fn version(&self, version: &Spanned<u64>) -> Result<(), FileError> {
        match version.get_ref() {
            &VERSION => Ok(()),
            other => Err(self.fault(version, format!("version {other} is not {VERSION}"))),
        }
    }

    fn tcb(&self, table: TcbTable) -> Result<TcbTerms, FileError> {
        let status = table.status.map(|words| {
            let parse = |word: &Word| {
                let parsed = word.get_ref().parse();
                parsed.map_err(|error: crate::standing::UnknownTcbStatus| {
                    self.fault(word, error.to_string())
                })
            };
            self.some(&words)?.iter().map(parse).collect()
        });
        Ok(TcbTerms {
            status: status.transpose()?,
            minimum: table.minimum,
            rejected_advisories: table.rejected_advisories,
            maximum_collateral_age: table.maximum_collateral_age,
        })
    }

    fn channel(&self, table: ChannelTable) -> Result<ChannelTerms, FileError> {
        let placements = table.placements.map(|words| {
            let words = self.some(&words)?;
            words
                .iter()
                .map(|word| self.word(word, &PLACEMENTS))
                .collect()
        });
        Ok(ChannelTerms {
            placements: placements.transpose()?,
            server_name: match &table.server_name {
                None => ServerName::CheckedByPki,
                Some(word) => self.word(word, &SERVER_NAMES)?,
            },
            names: match &table.names {
                None => Names::AsTheEndpointSays,
                Some(names) => self.names(names)?,
            },
            maximum_evidence_age: table.maximum_evidence_age,
        })
    }

    fn names(&self, words: &Words) -> Result<Names, FileError> {
        let words = self.some(words)?;
        if let [word] = words
            && word.get_ref() == ANY_NAME
        {
            return Ok(Names::Any);
        }
        let parse = |word: &Word| {
            let parsed = word.get_ref().parse();
            parsed.map_err(|error: NotAName| self.fault(word, error.to_string()))
        };
        Ok(Names::OneOf(
            words.iter().map(parse).collect::<Result<_, _>>()?,
        ))
    }

    fn collection(&self, table: &CollectionTable) -> Result<CollectionTerms, FileError> {
        if table.required.get_ref().is_empty() {
            let reason = "no part is demanded, so no collection is accepted; leave the table out";
            return Err(self.fault(&table.required, reason));
        }
        let parts = table.required.get_ref().iter();
        let parts = parts.map(|(label, names)| {
            let names = self.some(names)?.iter().cloned().collect();
            Ok((label.clone(), names))
        });
        Ok(CollectionTerms {
            required: parts.collect::<Result<_, FileError>>()?,
        })
    }

    fn passport(&self, table: &PassportTable) -> Result<PassportTerms, FileError> {
        let verifiers = self
            .some(&table.verifiers)?
            .iter()
            .map(|verifier| Ok((self.key(&verifier.key)?, verifier.name.clone())))
            .collect::<Result<_, FileError>>()?;
        Ok(PassportTerms {
            verifiers,
            maximum_age: table.maximum_age,
        })
    }

    /// A list that names something: an empty one would accept nothing at all.
    fn some<'l, T>(&self, list: &'l Spanned<Vec<T>>) -> Result<&'l [T], FileError> {
        match list.get_ref().as_slice() {
            [] => Err(self.fault(
                list,
                "an empty list accepts nothing; name something, or leave the key out",
            )),
            list => Ok(list),
        }
    }

    fn word<T: Copy>(&self, word: &Word, known: &[(&str, T)]) -> Result<T, FileError> {
        known
            .iter()
            .find(|(name, _)| name == word.get_ref())
            .map(|&(_, value)| value)
            .ok_or_else(|| {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                let reason = format!("{:?} is none of {}", word.get_ref(), names.join(", "));
                self.fault(word, reason)
            })
    }

    fn hex(&self, word: &Word) -> Result<Vec<u8>, FileError> {
        match hex::decode(word.get_ref()) {
            Ok(octets) if !octets.is_empty() => Ok(octets),
            Ok(_) => Err(self.fault(word, "no octets")),
            Err(error) => Err(self.fault(word, format!("not octets in hex: {error}"))),
        }
    }

    fn key(&self, word: &Word) -> Result<PublicKey, FileError> {
        let octets = <[u8; 32]>::try_from(self.hex(word)?);
        octets
            .map(PublicKey::new)
            .map_err(|_| self.fault(word, "an Ed25519 public key has 32 octets"))
    }

    fn fault<T>(&self, at: &Spanned<T>, reason: impl AsRef<str>) -> FileError {
        self.error(at.span(), reason.as_ref())
    }

    fn error(&self, span: Range<usize>, reason: &str) -> FileError {
        let before = self.0.get(..span.start).unwrap_or(self.0);
        let last = before.rsplit('\n').next().unwrap_or_default();
        FileError {
            line: 1 + before.matches('\n').count(),
            column: 1 + last.chars().count(),
            reason: reason.to_owned(),
        }
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
