//! The four records of a recording: head, setup, event, foot.
//!
//! A recording is one head, any number of setup records, any number of events
//! with indices 0, 1, 2, ..., and one foot that counts them. Party and session
//! numbers are small integers the head declares; nothing names an address, a
//! thread, a host or a wall clock, so that the same run gives the same octets.

use serde::{Deserialize, Serialize};

use crate::{bytes::Bytes, kind::Kind};

/// The `fmt` of every head: what tells a recording from any other JSON lines.
pub const FORMAT: &str = "atls-trace";

/// Major and minor version this crate writes. A reader takes its own major
/// version up to its own minor version and refuses every other.
pub const VERSION: [u32; 2] = [1, 0];

/// A whole recording in memory. The hash chain exists only in the written
/// form, where `write` makes it and `read` checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    pub head: Head,
    pub setup: Vec<Setup>,
    pub events: Vec<Event>,
    pub foot: Foot,
}

/// What the recording is of, and what it may be used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Always [`FORMAT`]; checked by the reader.
    #[serde(rename = "fmt")]
    pub format: String,
    /// Always [`VERSION`] when written here.
    #[serde(rename = "ver")]
    pub version: [u32; 2],
    /// 16 octets of lower-case hex that name the run.
    pub id: String,
    pub profile: Profile,
    /// Specifications the run claims to follow, such as `rfc9261`.
    pub spec: Vec<String>,
    /// The model the run is meant to conform to, where the writer knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    #[serde(rename = "impl")]
    pub implementation: Implementation,
    #[serde(rename = "det")]
    pub determinism: Determinism,
    pub secrecy: SecrecyMode,
    #[serde(rename = "obs")]
    pub observability: Observability,
    pub parties: Vec<Party>,
    pub sessions: Vec<Session>,
}

/// Where Evidence is conveyed relative to the TLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    Intra,
    Post,
    Pre,
}

/// Names a model by content; digests are SHA-256 in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelId {
    pub name: String,
    /// Of the source files, in link order.
    pub sha256: String,
    /// Of the role programs derived from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived_sha256: Option<String>,
    /// Of the table that maps symbols to octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping_sha256: Option<String>,
}

/// What produced the events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Implementation {
    pub name: String,
    pub version: String,
    /// The TLS stack and its version, such as `rustls 0.23.46`.
    pub tls: String,
    /// The crypto provider and its version.
    pub provider: String,
}

/// How far the run can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Determinism {
    pub mode: DeterminismMode,
    /// The seed in lower-case hex; only, and always, in a seeded run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeterminismMode {
    /// Fresh randomness from the operating system.
    Live,
    /// All randomness the provider lets us choose comes from `seed`.
    Seeded,
}

/// Which secrets the recording may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecrecyMode {
    /// Secrets in the clear. Long-term ones only where the run is seeded,
    /// whose keys protect nothing.
    Full,
    /// Secrets only as commitments.
    Sealed,
    /// No secrets in any form.
    Wire,
}

/// How much was observed; each level has all of the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Observability {
    /// TLS records and authenticator messages.
    O0,
    /// And the key log.
    O1,
    /// And exporter values, Evidence, appraisal.
    O2,
    /// And randomness, key shares with their results, signature inputs.
    O3,
    /// And private keys.
    O4,
}

/// A party of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    #[serde(rename = "p")]
    pub id: u32,
    pub kind: PartyKind,
    /// The role of the model this party plays, such as `Client`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartyKind {
    #[serde(rename = "attacker")]
    Attacker,
    #[serde(rename = "attesting-env")]
    AttestingEnvironment,
    #[serde(rename = "honest")]
    Honest,
    #[serde(rename = "verifier")]
    Verifier,
}

/// One party's end of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    #[serde(rename = "p")]
    pub party: u32,
    #[serde(rename = "s")]
    pub session: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A value both the model and the run take as given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Events and mapping tables refer to the value by this name.
    pub id: String,
    #[serde(flatten)]
    pub value: SetupValue,
    /// The model's name for it, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum SetupValue {
    /// An X.509 certificate.
    #[serde(rename = "cert")]
    Certificate { der: Bytes },
    /// A key pair, or its public half.
    #[serde(rename = "key")]
    Key {
        /// SubjectPublicKeyInfo, DER.
        #[serde(rename = "pub")]
        public: Bytes,
        /// PKCS #8, DER; a long-term secret.
        #[serde(rename = "priv", skip_serializing_if = "Option::is_none")]
        private: Option<Bytes>,
    },
    /// A name a Relying Party expects, such as the server's DNS name.
    #[serde(rename = "name")]
    Name { text: String },
    /// An appraisal policy, by its SHA-256.
    #[serde(rename = "policy")]
    Policy { sha256: Bytes },
    /// A Reference Value.
    #[serde(rename = "ref")]
    ReferenceValue {
        #[serde(rename = "b")]
        octets: Bytes,
    },
    /// A row of a table of the model.
    #[serde(rename = "table")]
    Row { row: Vec<Bytes> },
}

/// One event in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// 0, 1, 2, ... in the order of observation over all parties.
    #[serde(rename = "i")]
    pub index: u64,
    #[serde(rename = "p")]
    pub party: u32,
    #[serde(rename = "s")]
    pub session: u32,
    /// Indices of earlier events this one could not have happened without,
    /// such as the sending of what is received here. Ascending.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<u64>,
    #[serde(flatten)]
    pub kind: Kind,
}

/// Ends a recording; without it the recording was cut short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foot {
    /// Number of events.
    #[serde(rename = "n")]
    pub count: u64,
    pub status: Status,
    /// Events the writer knows it could not record.
    pub lost: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Complete,
    Truncated,
}
