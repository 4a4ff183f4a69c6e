//! How current a platform's firmware and what is known of it are.
//!
//! A format says what it can; what it leaves out is absent here and never
//! filled in with something favourable. A policy that asks for more than a
//! format says is not met.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use crate::format::UnixSeconds;

/// What Evidence and its Endorsements say of the platform, beside what runs
/// there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What the vendor's collateral says of the platform's firmware.
    pub tcb_status: Option<TcbStatus>,
    /// Security versions by the name of the component; higher is newer.
    pub tcb_components: BTreeMap<String, u64>,
    /// The vendor's advisories that concern the platform.
    pub advisories: BTreeSet<String>,
    /// When the oldest part of the collateral was issued.
    pub collateral_issued: Option<UnixSeconds>,
    /// Where the platform stands, as its Endorsement says.
    pub location: Option<String>,
}

/// The state of a platform's firmware, in the words of Intel's collateral. A
/// revoked platform is refused by its format and has no word here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TcbStatus {
    ConfigurationAndSWHardeningNeeded,
    ConfigurationNeeded,
    OutOfDate,
    OutOfDateConfigurationNeeded,
    SWHardeningNeeded,
    TDRelaunchAdvised,
    TDRelaunchAdvisedConfigurationNeeded,
    UpToDate,
}

/// A word that is no [`TcbStatus`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state of a TCB; there are {known}", known = TcbStatus::words())]
pub struct UnknownTcbStatus(pub String);

impl TcbStatus {
    const ALL: [(Self, &'static str); 8] = [
        (
            Self::ConfigurationAndSWHardeningNeeded,
            "ConfigurationAndSWHardeningNeeded",
        ),
        (Self::ConfigurationNeeded, "ConfigurationNeeded"),
        (Self::OutOfDate, "OutOfDate"),
        (
            Self::OutOfDateConfigurationNeeded,
            "OutOfDateConfigurationNeeded",
        ),
        (Self::SWHardeningNeeded, "SWHardeningNeeded"),
        (Self::TDRelaunchAdvised, "TDRelaunchAdvised"),
        (
            Self::TDRelaunchAdvisedConfigurationNeeded,
            "TDRelaunchAdvisedConfigurationNeeded",
        ),
        (Self::UpToDate, "UpToDate"),
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    fn words() -> String {
        Self::ALL.map(|(_, word)| word).join(", ")
    }
}

impl FromStr for TcbStatus {
    type Err = UnknownTcbStatus;

    fn from_str(word: &str) -> Result<Self, UnknownTcbStatus> {
        Self::ALL
            .into_iter()
            .find(|(_, known)| *known == word)
            .map(|(status, _)| status)
            .ok_or_else(|| UnknownTcbStatus(word.to_owned()))
    }
}

impl fmt::Display for TcbStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_states_agree() {
        for (position, (status, word)) in TcbStatus::ALL.into_iter().enumerate() {
            assert_eq!(status as usize, position);
            assert_eq!(word.parse(), Ok(status));
            assert_eq!(format!("{status:?}"), status.to_string());
        }
        assert!("Revoked".parse::<TcbStatus>().is_err());
    }
}
