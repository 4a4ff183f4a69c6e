//! Why an appraisal says no: the step that refused, whose fault, what was seen.
//!
//! Steps run in the order of [`Step`], and a refusal names the first that
//! failed; of an Attestation Result, whose times are inside what is signed, the
//! signature comes before the time. To add a reason: add a variant, its step and its code; the test of
//! the appraisal's order wants an example of it.

use crate::{
    challenge::{Challenge, Hex, KeyHash},
    claims::{DebugStatus, MachineId, Measurements},
    evidence::ConveyError,
    format::UnixSeconds,
    passport::PassportFault,
    policy::{PeerName, Placement},
    standing::TcbStatus,
};

/// The steps of an appraisal, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The channel is one the policy allows.
    Channel,
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
    /// The Endorsement and the collateral are valid now.
    Time,
    /// The signature of the Evidence verifies.
    Signature,
    /// What was signed are claims of the format's profile.
    Claims,
    /// It has signed the challenge of this channel.
    Binding,
    /// It speaks for the key that authenticates this channel.
    Key,
    /// The machine is one the policy names, at a place it names.
    Machine,
    /// It cannot be debugged.
    Debug,
    /// Its firmware is current, and what is known of it recent.
    Tcb,
    /// What runs there is known and acceptable.
    ReferenceValues,
}

/// What a format of Evidence can find wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatFault {
    #[error("the vendor's collateral was altered: {reason}")]
    CollateralAltered { reason: String },
    #[error("there is no collateral for this platform: {reason}")]
    CollateralMissing { reason: String },
    #[error(
        "the vendor's collateral is not valid at {} (Unix seconds): fetch it anew, or check this \
         machine's clock: {reason}", now.0
    )]
    CollateralOutsideValidity { reason: String, now: UnixSeconds },
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
    #[error("the platform is refused: {reason}")]
    PlatformRefused { reason: String },
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
    #[error(
        "the advisory {advisory} concerns the platform, and the policy rejects it: update its \
         firmware"
    )]
    Advisory { advisory: String },
    #[error(
        "the oldest collateral was issued {age} seconds ago, the policy allows {limit}: fetch it \
         anew"
    )]
    CollateralTooOld { age: u64, limit: u64 },
    #[error("the policy limits the age of collateral, and this Evidence comes with none that says")]
    CollateralUndated,
    #[error("debugging is {seen:?} at the Attester, the policy wants at least {wanted:?}")]
    Debuggable {
        seen: DebugStatus,
        wanted: DebugStatus,
    },
    #[error(
        "the Evidence may be {age} seconds old, the policy allows {limit}: the peer must renew it"
    )]
    EvidenceTooOld { age: u64, limit: u64 },
    #[error(
        "the Attester's Evidence speaks for the key {}, this channel's is {}",
        Hex(seen.as_slice()), Hex(expected.as_slice())
    )]
    ForeignKey { seen: KeyHash, expected: KeyHash },
    #[error("the Attester sent no acceptable Evidence: {0}")]
    Format(#[from] FormatFault),
    #[error("of the collection, {label}: {refusal}")]
    Item { label: String, refusal: Box<Self> },
    #[error("of the collection, {label} is a collection itself, or another's namesake")]
    ItemForm { label: String },
    #[error("the collection has no {label}, which the policy demands")]
    ItemMissing { label: String },
    #[error("the Evidence does not say which key its environment holds, the policy wants it to")]
    KeyNotClaimed,
    #[error(
        "Evidence alone says that the peer is the one meant, the policy wants PKI to say so too"
    )]
    NameUnchecked,
    #[error(transparent)]
    Passport(#[from] PassportFault),
    #[error(
        "the policy does not say which clients it means, and this one is {}: name it in \
         channel.names, or say [\"*\"] there",
        named(seen)
    )]
    PeerUnnamed { seen: Vec<PeerName> },
    #[error(
        "Evidence came in placement {seen}, the policy wants {}",
        shown(wanted)
    )]
    Placement {
        seen: Placement,
        wanted: Vec<Placement>,
    },
    #[error(
        "the platform's {component} has security version {}, the policy wants at least {wanted}",
        shown(seen)
    )]
    TcbBelow {
        component: String,
        seen: Option<u64>,
        wanted: u64,
    },
    #[error(
        "the platform's firmware is {}, which the policy does not accept",
        shown(seen)
    )]
    TcbStatus { seen: Option<TcbStatus> },
    #[error("the Attester runs {software:?}, which the policy does not accept")]
    UnacceptableSoftware { software: Vec<String> },
    #[error("no format of Evidence is registered for {message_type}")]
    UnknownFormat { message_type: String },
    #[error(
        "the machine's place is {}, which the policy does not name",
        shown(seen)
    )]
    UnknownLocation { seen: Option<String> },
    #[error("the machine is {machine:?}, which the policy does not name")]
    UnknownMachine { machine: MachineId },
    #[error(
        "the peer's certificate names {}, the policy {}",
        named(seen),
        named(wanted)
    )]
    UnknownName {
        seen: Vec<PeerName>,
        wanted: Vec<PeerName>,
    },
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
            Self::Advisory { .. }
            | Self::CollateralTooOld { .. }
            | Self::CollateralUndated
            | Self::TcbBelow { .. }
            | Self::TcbStatus { .. } => Step::Tcb,
            Self::EvidenceTooOld { .. }
            | Self::NameUnchecked
            | Self::PeerUnnamed { .. }
            | Self::UnknownName { .. }
            | Self::Placement { .. } => Step::Channel,
            Self::Passport(fault) => match fault {
                PassportFault::NotTaken => Step::Format,
                PassportFault::Malformed { .. } => Step::Decode,
                PassportFault::UnknownVerifier { .. } => Step::Endorsement,
                PassportFault::Altered => Step::Signature,
                PassportFault::Claims { .. } | PassportFault::NotAffirming { .. } => Step::Claims,
                PassportFault::Expired { .. }
                | PassportFault::FromTheFuture { .. }
                | PassportFault::TooOld { .. } => Step::Time,
                PassportFault::Unbound => Step::Binding,
            },
            Self::Debuggable { .. } => Step::Debug,
            Self::ForeignKey { .. } | Self::KeyNotClaimed => Step::Key,
            Self::Format(fault) => match fault {
                FormatFault::CollateralAltered { .. }
                | FormatFault::CollateralMissing { .. }
                | FormatFault::EndorsementAltered
                | FormatFault::PlatformRefused { .. }
                | FormatFault::EndorsementClaims { .. }
                | FormatFault::KeyNotEndorsed { .. }
                | FormatFault::UntrustedAttester { .. } => Step::Endorsement,
                FormatFault::Malformed { .. } => Step::Decode,
                FormatFault::CollateralOutsideValidity { .. }
                | FormatFault::OutsideValidity { .. } => Step::Time,
                FormatFault::Tampered => Step::Signature,
                FormatFault::UnexpectedClaims { .. } => Step::Claims,
                FormatFault::Unsigned => Step::Signed,
            },
            Self::UnacceptableSoftware { .. } | Self::UnknownMeasurements { .. } => {
                Step::ReferenceValues
            }
            Self::UnknownFormat { .. } => Step::Format,
            Self::UnknownLocation { .. } | Self::UnknownMachine { .. } => Step::Machine,
            Self::Item { refusal, .. } => refusal.step(),
            Self::ItemForm { .. } | Self::ItemMissing { .. } | Self::Wrapper(_) => Step::Wrapper,
            Self::WronglyBound { .. } => Step::Binding,
        }
    }

    /// A stable name, for recordings and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Advisory { .. } => "advisory",
            Self::CollateralTooOld { .. } => "collateral-too-old",
            Self::CollateralUndated => "collateral-undated",
            Self::EvidenceTooOld { .. } => "evidence-too-old",
            Self::NameUnchecked => "name-unchecked",
            Self::Passport(fault) => match fault {
                PassportFault::Altered => "result-altered",
                PassportFault::Claims { .. } => "result-claims",
                PassportFault::Expired { .. } => "result-expired",
                PassportFault::FromTheFuture { .. } => "result-from-the-future",
                PassportFault::Malformed { .. } => "result-malformed",
                PassportFault::NotAffirming { .. } => "result-not-affirming",
                PassportFault::NotTaken => "result-not-taken",
                PassportFault::TooOld { .. } => "result-too-old",
                PassportFault::Unbound => "result-unbound",
                PassportFault::UnknownVerifier { .. } => "result-unknown-verifier",
            },
            Self::Placement { .. } => "placement",
            Self::TcbBelow { .. } => "tcb-below",
            Self::TcbStatus { .. } => "tcb-status",
            Self::UnknownLocation { .. } => "unknown-location",
            Self::Debuggable { .. } => "debuggable",
            Self::ForeignKey { .. } => "foreign-key",
            Self::Format(fault) => match fault {
                FormatFault::CollateralAltered { .. } => "collateral-altered",
                FormatFault::CollateralMissing { .. } => "collateral-missing",
                FormatFault::CollateralOutsideValidity { .. } => "collateral-outside-validity",
                FormatFault::PlatformRefused { .. } => "platform-refused",
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
            Self::Item { refusal, .. } => refusal.code(),
            Self::ItemForm { .. } => "item-form",
            Self::ItemMissing { .. } => "item-missing",
            Self::KeyNotClaimed => "key-not-claimed",
            Self::PeerUnnamed { .. } => "peer-unnamed",
            Self::UnknownName { .. } => "unknown-name",
            Self::UnacceptableSoftware { .. } => "unacceptable-software",
            Self::UnknownFormat { .. } => "unknown-format",
            Self::UnknownMachine { .. } => "unknown-machine",
            Self::UnknownMeasurements { .. } => "unknown-measurements",
            Self::Wrapper(_) => "wrapper-refused",
            Self::WronglyBound { .. } => "wrongly-bound",
        }
    }
}

fn named(names: &[PeerName]) -> String {
    match names {
        [] => "nobody".to_owned(),
        names => shown(names),
    }
}

fn shown<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    match items.as_slice() {
        [] => "unknown".to_owned(),
        items => items.join(" or "),
    }
}
