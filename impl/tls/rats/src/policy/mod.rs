//! What a Relying Party accepts, and the values that give names a meaning.
//!
//! A policy names software; [`ReferenceValues`] say what that software measures
//! as. So an upgrade of an Attester changes reference values in one place and
//! no Relying Party's policy.
//!
//! A policy is a value; [`mod@file`] reads one from TOML, and reference values from
//! other files. Clauses about the platform are met only by what Evidence says:
//! a clause that asks for what a format leaves out refuses that format.

pub mod file;
pub mod name;
pub mod reference;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ciborium::Value;

use crate::{
    cbor::{self, sorted_map},
    challenge::Hash,
    claims::{DebugStatus, MachineId},
    key::PublicKey,
    standing::TcbStatus,
};

pub use name::{Names, NotAName, PeerIdentity, PeerName};
pub use reference::{EmptyReference, ReferenceValues};

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
    /// Locations accepted; `None` asks for none.
    pub locations: Option<BTreeSet<String>>,
    pub tcb: TcbTerms,
    pub channel: ChannelTerms,
    /// What a collection of several messages must hold; `None` accepts one
    /// message alone.
    pub collection: Option<CollectionTerms>,
    /// Whose Attestation Results are accepted instead of Evidence; `None`
    /// accepts none.
    pub passport: Option<PassportTerms>,
}

/// What a platform's firmware must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcbTerms {
    /// States accepted, one of which the Evidence must be in. `None` asks for
    /// no state, and accepts of those there are `UpToDate` alone.
    pub status: Option<BTreeSet<TcbStatus>>,
    /// The lowest security version accepted, by component. Evidence must have
    /// every component named here.
    pub minimum: BTreeMap<String, u64>,
    /// Advisories that must not concern the platform.
    pub rejected_advisories: BTreeSet<String>,
    /// How long ago the oldest part of the collateral may have been issued, in
    /// seconds. Collateral that has expired is refused in any case.
    pub maximum_collateral_age: Option<u64>,
}

/// What the channel must be that Evidence is conveyed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelTerms {
    /// Placements accepted; `None` accepts all.
    pub placements: Option<BTreeSet<Placement>>,
    pub server_name: ServerName,
    /// Whom the peer's certificate must name.
    pub names: Names,
    /// How old Evidence may be, in seconds. Evidence over a challenge of the
    /// connection itself has age 0; Evidence in a certificate that was made
    /// before has the age of that certificate.
    pub maximum_evidence_age: Option<u64>,
}

/// Who says that the server is the one that was meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerName {
    /// PKI, or, where an endpoint is told so in as many words, Evidence
    /// alone.
    #[default]
    AsTheEndpointSays,
    /// PKI, whatever the endpoint is told.
    CheckedByPki,
}

/// When Evidence is conveyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// In a certificate made before the handshake.
    Pre,
    /// In a certificate made for the handshake.
    Intra,
    /// After the handshake.
    Post,
}

impl Placement {
    /// Its name in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Intra => "intra",
            Self::Post => "post",
        }
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a channel is, to be held against [`ChannelTerms`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelFacts {
    pub placement: Placement,
    pub peer: PeerIdentity,
    /// Whether PKI has vouched for the peer's certificate.
    pub pki: bool,
    /// In seconds; see [`ChannelTerms::maximum_evidence_age`].
    pub evidence_age: u64,
}

/// What a collection must hold, for an Attester of several parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectionTerms {
    /// Messages that must be there and be accepted, by label; and for each the
    /// names of the software it must attest, so that one part cannot stand in
    /// for another. If there is none, no collection is accepted.
    pub required: BTreeMap<String, BTreeSet<String>>,
}

/// Which Verifiers' Attestation Results are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassportTerms {
    /// Verifiers' keys, and names for people.
    pub verifiers: BTreeMap<PublicKey, String>,
    /// How long ago a result may have been issued, in seconds.
    pub maximum_age: u64,
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
            locations: None,
            tcb: TcbTerms::default(),
            channel: ChannelTerms::default(),
            collection: None,
            passport: None,
        }
    }

    /// The same, for one message of a collection.
    pub(crate) fn of_part(self, software: BTreeSet<String>) -> Self {
        Self {
            software,
            collection: None,
            ..self
        }
    }

    /// The same, for peers with one of these names: what a policy for clients
    /// needs.
    pub fn named(self, names: Names) -> Self {
        let channel = ChannelTerms {
            names,
            ..self.channel
        };
        Self { channel, ..self }
    }

    /// Identifies the policy in recordings: SHA-256 of the deterministic CBOR
    /// map `{"debug": uint, "key": bool, ? "machines": [* bstr], "software":
    /// [* tstr]}`, and an entry for every further clause that is not as
    /// [`Self::for_software`] has it; lists in ascending order.
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
        if let Some(locations) = &self.locations {
            let names = locations.iter().map(|name| text(name)).collect();
            entries.push((text("locations"), Value::Array(names)));
        }
        entries.extend(self.tcb.entries());
        entries.extend(self.channel.entries());
        if let Some(terms) = &self.collection {
            let parts = terms.required.iter().map(|(label, software)| {
                let names = software.iter().map(|name| text(name)).collect();
                (text(label), Value::Array(names))
            });
            entries.push((text("collection"), sorted_map(parts.collect())));
        }
        if let Some(passport) = &self.passport {
            let keys = passport.verifiers.keys();
            let keys = keys.map(|key| Value::Bytes(key.as_slice().to_vec()));
            let terms = vec![Value::Array(keys.collect()), passport.maximum_age.into()];
            entries.push((text("passport"), Value::Array(terms)));
        }
        let digest = Hash::Sha256.digest(&cbor::encode(&sorted_map(entries)));
        let mut octets = [0; 32];
        octets.copy_from_slice(&digest);
        octets
    }
}

impl TcbTerms {
    fn entries(&self) -> Vec<(Value, Value)> {
        let text = |text: &str| Value::Text(text.into());
        let mut entries = Vec::new();
        if let Some(status) = &self.status {
            let words = status.iter().map(|status| text(status.as_str())).collect();
            entries.push((text("tcb-status"), Value::Array(words)));
        }
        if !self.minimum.is_empty() {
            let floor = self.minimum.iter();
            let floor = floor.map(|(name, &version)| (text(name), version.into()));
            entries.push((text("tcb-minimum"), sorted_map(floor.collect())));
        }
        if !self.rejected_advisories.is_empty() {
            let ids = self.rejected_advisories.iter().map(|id| text(id)).collect();
            entries.push((text("advisories"), Value::Array(ids)));
        }
        if let Some(age) = self.maximum_collateral_age {
            entries.push((text("collateral-age"), age.into()));
        }
        entries
    }
}

impl ChannelTerms {
    fn entries(&self) -> Vec<(Value, Value)> {
        let text = |text: &str| Value::Text(text.into());
        let mut entries = Vec::new();
        if let Some(placements) = &self.placements {
            let names = placements.iter().map(|it| text(it.as_str())).collect();
            entries.push((text("placements"), Value::Array(names)));
        }
        if self.server_name == ServerName::CheckedByPki {
            entries.push((text("pki"), Value::Bool(true)));
        }
        match &self.names {
            Names::AsTheEndpointSays => {}
            Names::Any => entries.push((text("names"), Value::Bool(true))),
            Names::OneOf(names) => {
                let names = names.iter().map(|name| text(&name.to_string())).collect();
                entries.push((text("names"), Value::Array(names)));
            }
        }
        if let Some(age) = self.maximum_evidence_age {
            entries.push((text("evidence-age"), age.into()));
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clause_changes_the_identity_of_a_policy() {
        let base = Policy::for_software(["a"]);
        let tcb = |change: fn(&mut TcbTerms)| {
            let mut policy = Policy::for_software(["a"]);
            change(&mut policy.tcb);
            policy
        };
        let channel = |change: fn(&mut ChannelTerms)| {
            let mut policy = Policy::for_software(["a"]);
            change(&mut policy.channel);
            policy
        };
        let collection = |required: &[(&str, &str)]| {
            let required = required.iter();
            let required = required
                .map(|(label, name)| ((*label).to_owned(), BTreeSet::from([(*name).to_owned()])));
            Policy {
                collection: Some(CollectionTerms {
                    required: required.collect(),
                }),
                ..Policy::for_software(["a"])
            }
        };
        let passport = |key, maximum_age| Policy {
            passport: Some(PassportTerms {
                verifiers: [(PublicKey::new([key; 32]), "v".to_owned())].into(),
                maximum_age,
            }),
            ..Policy::for_software(["a"])
        };
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
                ..base.clone()
            },
            Policy {
                locations: Some(BTreeSet::new()),
                ..base
            },
            tcb(|terms| terms.status = Some(BTreeSet::new())),
            tcb(|terms| terms.status = Some([TcbStatus::UpToDate].into())),
            tcb(|terms| terms.minimum = [("snp".to_owned(), 1)].into()),
            tcb(|terms| terms.minimum = [("snp".to_owned(), 2)].into()),
            tcb(|terms| terms.rejected_advisories = ["x".to_owned()].into()),
            tcb(|terms| terms.maximum_collateral_age = Some(1)),
            channel(|terms| terms.placements = Some([Placement::Post].into())),
            channel(|terms| terms.server_name = ServerName::CheckedByPki),
            channel(|terms| terms.maximum_evidence_age = Some(1)),
            channel(|terms| terms.names = Names::Any),
            channel(|terms| terms.names = Names::OneOf(BTreeSet::new())),
            channel(|terms| terms.names = Names::one_of(["a"]).unwrap()),
            channel(|terms| terms.names = Names::one_of(["b"]).unwrap()),
            collection(&[]),
            collection(&[("x", "a")]),
            collection(&[("x", "b")]),
            collection(&[("y", "a")]),
            passport(1, 1),
            passport(2, 1),
            passport(1, 2),
        ];
        let distinct: BTreeSet<_> = variants.iter().map(Policy::sha256).collect();
        assert_eq!(distinct.len(), variants.len());
    }
}
