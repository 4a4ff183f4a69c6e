//! Why an appraisal says no: the step that refused, whose fault, what was seen.
//!
//! Steps run in the order of [`Step`], and a refusal names the first that
//! failed. To add a reason: add a variant, its step and its code; the test of
//! the appraisal's order wants an example of it.

use crate::{
    challenge::{Challenge, Hex, KeyHash},
    claims::{DebugStatus, MachineId, Measurements},
    evidence::ConveyError,
    format::UnixSeconds,
};

/// The steps of an appraisal, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Unwrap the conceptual message.
    Wrapper,
    /// Find the format by its media type.
    Format,
    /// Decode the Evidence.
    Decode,
    /// The Evidence has a signature at all.
    Signed,
    /// Its key is endorsed by a trust anchor.
    Endorsement,
    /// The Endorsement is valid now.
    Time,
    /// The signature of the Evidence verifies.
    Signature,
    /// What was signed are claims of the format's profile.
    Claims,
    /// It has signed the challenge of this channel.
    Binding,
    /// It speaks for the key that authenticates this channel.
    Key,
    /// The machine is one the policy names.
    Machine,
    /// It cannot be debugged.
    Debug,
    /// What runs there is known and acceptable.
    ReferenceValues,
}

/// What a format of Evidence can find wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatFault {
    #[error("the Endorsement was altered: its signature does not verify under its trust anchor")]
    EndorsementAltered,
    #[error("a trust anchor endorsed something else than an attestation key: {reason}")]
    EndorsementClaims { reason: String },
    #[error("the Evidence is signed by the key {kid}, which its Endorsement is not about")]
    KeyNotEndorsed { kid: String },
    #[error("the Evidence is malformed: {reason}")]
    Malformed { reason: String },
    #[error(
        "the Endorsement is valid from {not_before} to {not_after} (Unix seconds), the time is \
         {}: renew it, or check this machine's clock", now.0
    )]
    OutsideValidity {
        not_before: u64,
        not_after: u64,
        now: UnixSeconds,
    },
    #[error("the Evidence was altered: its signature does not verify under its endorsed key")]
    Tampered,
    #[error("the Attester signed something else than the claims of this format: {reason}")]
    UnexpectedClaims { reason: String },
    #[error("the Evidence is not signed")]
    Unsigned,
    #[error(
        "the Attester's key is endorsed by {anchor}, which is not a trust anchor here: wrong \
         Attester, or an anchor missing from this Verifier"
    )]
    UntrustedAttester { anchor: String },
}

/// The appraisal said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("debugging is {seen:?} at the Attester, the policy wants at least {wanted:?}")]
    Debuggable {
        seen: DebugStatus,
        wanted: DebugStatus,
    },
    #[error(
        "the Attester's Evidence speaks for the key {}, this channel's is {}",
        Hex(seen.as_slice()), Hex(expected.as_slice())
    )]
    ForeignKey { seen: KeyHash, expected: KeyHash },
    #[error("the Attester sent no acceptable Evidence: {0}")]
    Format(#[from] FormatFault),
    #[error("the Evidence does not say which key its environment holds, the policy wants it to")]
    KeyNotClaimed,
    #[error("the Attester runs {software:?}, which the policy does not accept")]
    UnacceptableSoftware { software: Vec<String> },
    #[error("no format of Evidence is registered for {message_type}")]
    UnknownFormat { message_type: String },
    #[error("the machine is {machine:?}, which the policy does not name")]
    UnknownMachine { machine: MachineId },
    #[error("no reference value matches the measurements {measurements:?}")]
    UnknownMeasurements { measurements: Measurements },
    #[error("the peer's conceptual message is refused: {0}")]
    Wrapper(#[from] ConveyError),
    #[error(
        "the Evidence is bound to another channel or request: it has signed {}, this one's \
         challenge is {}", Hex(seen), Hex(expected.as_slice())
    )]
    WronglyBound { seen: Vec<u8>, expected: Challenge },
}

impl Refusal {
    /// The step that refused.
    pub fn step(&self) -> Step {
        match self {
            Self::Debuggable { .. } => Step::Debug,
            Self::ForeignKey { .. } | Self::KeyNotClaimed => Step::Key,
            Self::Format(fault) => match fault {
                FormatFault::EndorsementAltered
                | FormatFault::EndorsementClaims { .. }
                | FormatFault::KeyNotEndorsed { .. }
                | FormatFault::UntrustedAttester { .. } => Step::Endorsement,
                FormatFault::Malformed { .. } => Step::Decode,
                FormatFault::OutsideValidity { .. } => Step::Time,
                FormatFault::Tampered => Step::Signature,
                FormatFault::UnexpectedClaims { .. } => Step::Claims,
                FormatFault::Unsigned => Step::Signed,
            },
            Self::UnacceptableSoftware { .. } | Self::UnknownMeasurements { .. } => {
                Step::ReferenceValues
            }
            Self::UnknownFormat { .. } => Step::Format,
            Self::UnknownMachine { .. } => Step::Machine,
            Self::Wrapper(_) => Step::Wrapper,
            Self::WronglyBound { .. } => Step::Binding,
        }
    }

    /// A stable name, for recordings and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Debuggable { .. } => "debuggable",
            Self::ForeignKey { .. } => "foreign-key",
            Self::Format(fault) => match fault {
                FormatFault::EndorsementAltered => "endorsement-altered",
                FormatFault::EndorsementClaims { .. } => "endorsement-claims",
                FormatFault::KeyNotEndorsed { .. } => "key-not-endorsed",
                FormatFault::Malformed { .. } => "evidence-malformed",
                FormatFault::OutsideValidity { .. } => "endorsement-outside-validity",
                FormatFault::Tampered => "evidence-tampered",
                FormatFault::UnexpectedClaims { .. } => "evidence-claims",
                FormatFault::Unsigned => "evidence-unsigned",
                FormatFault::UntrustedAttester { .. } => "untrusted-attester",
            },
            Self::KeyNotClaimed => "key-not-claimed",
            Self::UnacceptableSoftware { .. } => "unacceptable-software",
            Self::UnknownFormat { .. } => "unknown-format",
            Self::UnknownMachine { .. } => "unknown-machine",
            Self::UnknownMeasurements { .. } => "unknown-measurements",
            Self::Wrapper(_) => "wrapper-refused",
            Self::WronglyBound { .. } => "wrongly-bound",
        }
    }
}
