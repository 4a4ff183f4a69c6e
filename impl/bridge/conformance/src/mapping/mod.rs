//! What each symbol of a model is in octets: one declarative file a protocol.
//!
//! ```toml
//! [constant.l_exporter]
//! ascii = "exporter"
//! cite  = "RFC 8446 section 7.5"
//!
//! [function.hash]
//! computes = "suite_hash"
//! cite     = "RFC 8446 section 4.4.1"
//!
//! [function.CH]
//! reads  = "client_hello"
//! fields = ["random", "key_share"]
//! cite   = "RFC 8446 section 4.1.2"
//! ```
//!
//! A symbol has one meaning: it *computes* octets from octets, it *reads* a
//! message into fields, it is a *view* of a message read before, or it
//! *relates* octets nobody can recompute, as signatures and Diffie-Hellman.
//! What the wire has and the model has not is a `gap` with its bounds, the
//! reason why it is harmless and somebody who owns it. There is no control
//! flow in this file; the order of things comes from the model.

mod bound;
mod read;

use std::collections::BTreeMap;

pub(crate) use bound::{Bound, GapScope, Seen};
pub use read::MappingError;

use crate::wire::{Codec, MeasurementClaim};

/// A mapping file, read and checked for sense, not yet against a model.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Name for messages, as given by the caller.
    pub name: String,
    /// The file beside this one that it maps; others over the same libraries are
    /// mapped as well.
    pub model: String,
    /// The protocol profile, as in the head of a recording.
    pub profile: String,
    /// Specifications the meanings come from.
    pub specifications: Vec<String>,
    /// Events of the model that are moves of the attacker: they happened where a
    /// recording has the move, and not otherwise.
    pub(crate) compromises: Vec<String>,
    pub(crate) cmw_attestation: u16,
    pub(crate) measurement_claim: MeasurementClaim,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) constants: BTreeMap<String, Entry<Constant>>,
    pub(crate) functions: BTreeMap<String, Entry<Function>>,
    pub(crate) events: BTreeMap<String, Entry<String>>,
    /// Events before any session, by setup records: a record, or `record.field`
    /// of the message in it.
    pub(crate) given: BTreeMap<String, Entry<Vec<String>>>,
    pub(crate) gaps: BTreeMap<String, Gap>,
}

/// A meaning with its place and source.
#[derive(Clone, Debug)]
pub(crate) struct Entry<T> {
    pub(crate) line: usize,
    pub(crate) cite: String,
    pub(crate) meaning: T,
}

/// How a party of a recording plays a role of the model.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) line: usize,
    pub(crate) side: Side,
    /// Parameter of the role to setup record.
    pub(crate) parameters: BTreeMap<String, String>,
    /// Variable of an input that is no message to setup record: what the
    /// application tells its endpoint, which a model leaves to the attacker.
    pub(crate) inputs: BTreeMap<String, String>,
    /// Key-log label to variable.
    pub(crate) secrets: BTreeMap<String, String>,
    /// The variable that is the exporter secret.
    pub(crate) exporter: Option<String>,
    /// The variable an `appraise` event expects as challenge.
    pub(crate) appraised: Option<String>,
    /// The variables an `evid` event has as challenge and as Evidence.
    pub(crate) produced: Option<(String, String)>,
    /// The endpoint's code for a refusal to the variables of which one is
    /// tested where the model refuses.
    pub(crate) refusals: BTreeMap<String, Vec<String>>,
    /// Codes with which an endpoint ends because its peer gave up.
    pub(crate) abandons: Vec<String>,
    /// Checks that are never the first to fail, by a variable they bind or, for
    /// an equation, are about, with the reason.
    pub(crate) never_first: BTreeMap<String, String>,
}

/// Which end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// What a constant is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    /// The base point: no octets of its own, only under `diffie_hellman`.
    Generator,
    /// A length in octets.
    Length(Length),
    /// Some message of this kind, the same throughout a session, within its
    /// gap.
    Message(Codec),
    /// These octets.
    Octets(Vec<u8>),
    /// The value of a setup record.
    Setup(String),
    /// So many zero octets.
    Zeros(Length),
}

/// A number of octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Fixed(usize),
    /// Of the suite's hash.
    Hash,
}

/// What a function is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Computes(Computation),
    Reads {
        codec: Codec,
        /// One for each argument.
        fields: Vec<String>,
    },
    Relates(Relation),
    /// The `member` of the message that was read with these fields.
    View {
        codec: Codec,
        member: String,
        fields: Vec<String>,
    },
}

/// Octets from octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Computation {
    /// The claims-buffer of Evidence in a certificate, around a key's hash.
    /// The setup record of this name says what else is stated in it.
    ClaimsBuffer {
        statement: String,
    },
    Concatenation,
    HkdfExpandLabel,
    HkdfExtract,
    Hmac,
    /// The argument itself in another type: a public key of a private key,
    /// which is held as its public key; a SubjectPublicKeyInfo of a key.
    Identity,
    /// 64 spaces, this context, a zero octet, the argument.
    SignatureContent {
        context: String,
    },
    Hash,
    /// SHA-256, whatever the suite.
    Sha256,
}

impl Computation {
    /// Whether it takes a hash function to compute.
    pub(crate) fn hashes(&self) -> bool {
        match self {
            Self::HkdfExpandLabel | Self::HkdfExtract | Self::Hmac | Self::Hash | Self::Sha256 => {
                true
            }
            Self::ClaimsBuffer { .. }
            | Self::Concatenation
            | Self::Identity
            | Self::SignatureContent { .. } => false,
        }
    }
}

/// Octets that fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Share or shared secret, by the key exchange that was observed.
    DiffieHellman,
    /// The content of a record that opens.
    RecordOpening,
    /// A record under a traffic secret, by the key log.
    RecordProtection {
        /// Key-log labels by protection and sending side.
        keys: BTreeMap<(event::kind::Protection, bool), String>,
    },
    /// Any signature that verifies.
    Signature,
    /// `true` where the signature verifies, otherwise failure.
    SignatureVerification,
}

/// Octets of the wire no term of the model stands for.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    pub(crate) line: usize,
    pub(crate) scope: GapScope,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// Names the line, what is wrong there, and what would be right.
    pub fn parse(name: &str, text: &str) -> Result<Self, MappingError> {
        read::read(name, text)
    }

    /// The codes that endpoints are expected to refuse with, each with the place
    /// of the role that expects it.
    pub fn refusal_codes(&self) -> impl Iterator<Item = (String, &str)> {
        self.roles.iter().flat_map(|(name, role)| {
            let at = format!("{}:{}: role {name}", self.name, role.line);
            let codes = role.refusals.keys().chain(&role.abandons);
            codes.map(move |code| (at.clone(), code.as_str()))
        })
    }

    /// Names of the roles it maps, in order.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(String::as_str)
    }
}
