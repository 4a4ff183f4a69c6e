//! What Evidence says, whatever its format.

use std::{collections::BTreeMap, fmt};

use crate::{
    challenge::{Hex, KeyHash},
    standing::Standing,
};

/// The claims of Evidence whose signature has been verified to a trust anchor.
///
/// They are not yet known to be about this channel, nor to be acceptable;
/// [`crate::verifier::Verifier::appraise`] decides that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The whole field that holds the challenge, padding included.
    pub challenge: Vec<u8>,
    pub debug: DebugStatus,
    /// The key the attesting environment says it holds, if the format can say
    /// so.
    pub key_hash: Option<KeyHash>,
    pub machine: MachineId,
    pub measurements: Measurements,
    pub standing: Standing,
}

/// Identifies a machine or platform instance; for an EAT its `ueid`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub Vec<u8>);

impl fmt::Debug for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Hex(&self.0))
    }
}

/// Digests of what runs, by the name of the register that holds them.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measurements(pub BTreeMap<String, Vec<u8>>);

impl fmt::Debug for Measurements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, digest)| (name, Hex(digest)));
        f.write_str("{")?;
        for (position, (name, digest)) in shown.enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            write!(f, "{comma}{name}: {digest}")?;
        }
        f.write_str("}")
    }
}

/// Whether the attesting environment can be debugged, from weakest to
/// strongest; `dbgstat` of RFC 9711 section 4.2.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DebugStatus {
    Enabled,
    Disabled,
    DisabledSinceBoot,
    DisabledPermanently,
    DisabledFullyAndPermanently,
}

impl DebugStatus {
    const ALL: [Self; 5] = [
        Self::Enabled,
        Self::Disabled,
        Self::DisabledSinceBoot,
        Self::DisabledPermanently,
        Self::DisabledFullyAndPermanently,
    ];

    /// The value of `dbgstat`, 0 to 4.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The meaning of a `dbgstat`.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}
