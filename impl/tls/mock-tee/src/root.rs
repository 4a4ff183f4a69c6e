//! The root of trust: a key that endorses attestation keys.

use std::fmt;

use rats::{
    TrustAnchor, UnixSeconds, claims::MachineId, cose::Content, eat::Endorsement, key::PublicKey,
};
use ring::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};

use crate::machine::Machine;

/// 2100-01-01T00:00:00Z, when Endorsements end unless told otherwise.
const FAR_FUTURE: UnixSeconds = UnixSeconds(4_102_444_800);

/// A laboratory's root of trust.
pub struct Root {
    seed: [u8; 32],
    key: Key,
}

impl Root {
    /// Another seed is another root, which nobody who trusts this one trusts.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let key = Key::derive(&seed, "root of trust");
        Self { seed, key }
    }

    /// What a Verifier is given to trust this root.
    pub fn trust_anchor(&self) -> TrustAnchor {
        TrustAnchor {
            name: "laboratory".into(),
            key: self.key.public().clone(),
        }
    }

    /// The machine of this number, endorsed until the year 2100.
    pub fn machine(&self, number: u32) -> Machine {
        self.machine_valid(number, UnixSeconds(0), FAR_FUTURE)
    }

    /// The machine of this number, endorsed for a time.
    pub fn machine_valid(
        &self,
        number: u32,
        not_before: UnixSeconds,
        not_after: UnixSeconds,
    ) -> Machine {
        self.endorse(number, not_before, not_after, None)
    }

    /// The machine of this number, endorsed until the year 2100 to stand at
    /// `location`.
    pub fn machine_at(&self, number: u32, location: &str) -> Machine {
        self.endorse(
            number,
            UnixSeconds(0),
            FAR_FUTURE,
            Some(location.to_owned()),
        )
    }

    fn endorse(
        &self,
        number: u32,
        not_before: UnixSeconds,
        not_after: UnixSeconds,
        location: Option<String>,
    ) -> Machine {
        let attestation_key = Key::derive(&self.seed, &format!("attestation key {number}"));
        let endorsement = Endorsement {
            attestation_key: attestation_key.public().clone(),
            machine: self.machine_id(number),
            not_before,
            not_after,
            location,
        };
        let content = Content {
            kid: self.key.public().id(),
            payload: endorsement.encode(),
        };
        let signature = self.key.sign(&content.to_be_signed());
        Machine::new(attestation_key, content.signed(signature).encode())
    }

    /// A UEID of type RAND (RFC 9711 section 4.2.1.1): 0x01 and 16 octets.
    pub fn machine_id(&self, number: u32) -> MachineId {
        let octets = derive(&self.seed, &format!("machine {number}"));
        MachineId([&[0x01], &octets[..16]].concat())
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({:?})", self.key.public())
    }
}

/// An Ed25519 key pair that follows from a seed.
pub(crate) struct Key {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl Key {
    pub(crate) fn derive(seed: &[u8; 32], purpose: &str) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&derive(seed, purpose))
            .expect("every 32 octets are an Ed25519 seed (RFC 8032 section 5.1.5)");
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key().as_ref());
        Self {
            pair,
            public: PublicKey::new(public),
        }
    }

    pub(crate) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Deterministic, as Ed25519 is.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

pub(crate) fn derive(seed: &[u8; 32], purpose: &str) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, seed);
    let mut octets = [0; 32];
    octets.copy_from_slice(hmac::sign(&key, purpose.as_bytes()).as_ref());
    octets
}
