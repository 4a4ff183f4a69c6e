//! What a Relying Party accepts, and the values that give names a meaning.
//!
//! A policy names software; [`ReferenceValues`] say what that software measures
//! as. So an upgrade of an Attester changes reference values in one place and
//! no Relying Party's policy.

use std::collections::{BTreeMap, BTreeSet};

use ciborium::Value;

use crate::{
    cbor::{self, sorted_map},
    challenge::Hash,
    claims::{DebugStatus, MachineId, Measurements},
};

/// What a Relying Party accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Names of acceptable software, as in [`ReferenceValues`]. Empty accepts
    /// none.
    pub software: BTreeSet<String>,
    pub key_claim: KeyClaim,
    /// The weakest debug status accepted.
    pub minimum_debug: DebugStatus,
    /// Machines accepted; `None` accepts any endorsed one.
    pub machines: Option<BTreeSet<MachineId>>,
}

/// How Evidence must be tied to the key that authenticates the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyClaim {
    /// For formats with one signed field: the challenge is a binder that
    /// already covers the key. A key claim that is there is still compared.
    ImpliedByChallenge,
    /// The Evidence must claim the key, as draft-fossati-seat-expat asks.
    Required,
}

impl Policy {
    /// Accepts this software on any endorsed machine that has not been
    /// debuggable since it was started, if it claims its key.
    pub fn for_software<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self {
            software: names.into_iter().map(Into::into).collect(),
            key_claim: KeyClaim::Required,
            minimum_debug: DebugStatus::DisabledSinceBoot,
            machines: None,
        }
    }

    /// Identifies the policy in recordings: SHA-256 of the deterministic CBOR
    /// map `{"debug": uint, "key": bool, ? "machines": [+ bstr], "software":
    /// [* tstr]}`, lists in ascending order.
    pub fn sha256(&self) -> [u8; 32] {
        let text = |text: &str| Value::Text(text.into());
        let mut entries = vec![
            (text("debug"), self.minimum_debug.number().into()),
            (
                text("key"),
                Value::Bool(self.key_claim == KeyClaim::Required),
            ),
            (
                text("software"),
                Value::Array(self.software.iter().map(|name| text(name)).collect()),
            ),
        ];
        if let Some(machines) = &self.machines {
            let ids = machines.iter().map(|id| Value::Bytes(id.0.clone()));
            entries.push((text("machines"), Value::Array(ids.collect())));
        }
        let digest = Hash::Sha256.digest(&cbor::encode(&sorted_map(entries)));
        let mut octets = [0; 32];
        octets.copy_from_slice(&digest);
        octets
    }
}

/// What named software measures as, possibly in several releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceValues {
    by_software: BTreeMap<String, BTreeSet<Measurements>>,
}

/// A reference value that would match any Evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reference value for {software} names no register, or one with no digest")]
pub struct EmptyReference {
    pub software: String,
}

impl ReferenceValues {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(
        &mut self,
        software: impl Into<String>,
        value: Measurements,
    ) -> Result<(), EmptyReference> {
        let software = software.into();
        if value.0.is_empty() || value.0.values().any(Vec::is_empty) {
            return Err(EmptyReference { software });
        }
        self.by_software.entry(software).or_default().insert(value);
        Ok(())
    }

    /// The names of all software with a reference value whose every register
    /// the measurements hold with the same digest, in ascending order.
    /// Registers a reference value does not name are not compared; which ones
    /// matter is for its author to say.
    pub fn identify(&self, measurements: &Measurements) -> Vec<&str> {
        let matches = |value: &Measurements| {
            value
                .0
                .iter()
                .all(|(register, digest)| measurements.0.get(register) == Some(digest))
        };
        self.by_software
            .iter()
            .filter(|(_, values)| values.iter().any(matches))
            .map(|(software, _)| software.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurements(entries: &[(&str, &[u8])]) -> Measurements {
        let entries = entries.iter().map(|&(k, v)| (k.to_owned(), v.to_vec()));
        Measurements(entries.collect())
    }

    #[test]
    fn software_is_known_by_every_register_of_one_of_its_values() {
        let mut values = ReferenceValues::new();
        values
            .add("a", measurements(&[("x", &[1]), ("y", &[2])]))
            .unwrap();
        values.add("a", measurements(&[("x", &[3])])).unwrap();
        values
            .add("b", measurements(&[("x", &[3]), ("y", &[2])]))
            .unwrap();
        let identify = |entries: &[(&str, &[u8])]| -> Vec<String> {
            let measurements = measurements(entries);
            values
                .identify(&measurements)
                .into_iter()
                .map(Into::into)
                .collect()
        };
        assert_eq!(identify(&[("x", &[1]), ("y", &[2])]), ["a"]);
        assert_eq!(identify(&[("x", &[3]), ("y", &[2])]), ["a", "b"]);
        assert!(identify(&[("x", &[1])]).is_empty());
        assert!(identify(&[("x", &[1]), ("y", &[3])]).is_empty());
        assert!(identify(&[]).is_empty());
    }

    #[test]
    fn a_reference_value_that_matches_everything_is_refused() {
        let mut values = ReferenceValues::new();
        assert!(values.add("a", measurements(&[])).is_err());
        assert!(values.add("a", measurements(&[("x", &[])])).is_err());
        assert!(values.identify(&measurements(&[("x", &[])])).is_empty());
    }

    #[test]
    fn every_clause_changes_the_identity_of_a_policy() {
        let base = Policy::for_software(["a"]);
        let variants = [
            base.clone(),
            Policy::for_software(["a", "b"]),
            Policy {
                key_claim: KeyClaim::ImpliedByChallenge,
                ..base.clone()
            },
            Policy {
                minimum_debug: DebugStatus::Enabled,
                ..base.clone()
            },
            Policy {
                machines: Some(BTreeSet::new()),
                ..base.clone()
            },
            Policy {
                machines: Some([MachineId(vec![1])].into()),
                ..base
            },
        ];
        let distinct: BTreeSet<_> = variants.iter().map(Policy::sha256).collect();
        assert_eq!(distinct.len(), variants.len());
    }
}
