//! A machine and what runs on it.
//!
//! The caller of [`Workload::attest`] chooses the challenge and nothing else:
//! the code was measured when it was launched, the attestation key never leaves
//! the machine, and the key the Evidence speaks for was fixed at launch.

use std::{collections::BTreeMap, fmt, sync::Arc};

use rats::{
    AttestError, Attester, Challenge, Evidence, Hash, KeyHash,
    claims::{DebugStatus, Measurements},
    cose::Content,
    eat::{self, Token},
    key::PublicKey,
};

use crate::root::Key;

/// The register [`measure`] puts a program's digest in.
pub const REGISTER: &str = "code";

/// A machine with an endorsed attestation key.
#[derive(Clone)]
pub struct Machine {
    attestation_key: Arc<Key>,
    endorsement: Vec<u8>,
}

/// A measured program on a machine.
#[derive(Clone)]
pub struct Workload {
    machine: Machine,
    measurements: Measurements,
    subject_public_key_info: Vec<u8>,
    debug: DebugStatus,
}

/// What a program measures as: SHA-256 of its code, in [`REGISTER`].
pub fn measure(code: &[u8]) -> Measurements {
    let digest = Hash::Sha256.digest(code);
    Measurements(BTreeMap::from([(REGISTER.to_owned(), digest)]))
}

impl Machine {
    pub(crate) fn new(attestation_key: Key, endorsement: Vec<u8>) -> Self {
        Self {
            attestation_key: Arc::new(attestation_key),
            endorsement,
        }
    }

    /// The public half of the attestation key.
    pub fn attestation_key(&self) -> &PublicKey {
        self.attestation_key.public()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.attestation_key.sign(message)
    }

    /// Measures a program and starts it with debugging off. The program holds
    /// the private key of `subject_public_key_info` (DER).
    pub fn launch(&self, code: &[u8], subject_public_key_info: &[u8]) -> Workload {
        Workload {
            machine: self.clone(),
            measurements: measure(code),
            subject_public_key_info: subject_public_key_info.to_vec(),
            debug: DebugStatus::DisabledPermanently,
        }
    }
}

impl Workload {
    /// The same program, started so that it can be debugged. Its Evidence says
    /// so; it cannot say otherwise.
    #[must_use]
    pub fn debuggable(self) -> Self {
        Self {
            debug: DebugStatus::Enabled,
            ..self
        }
    }

    pub fn machine(&self) -> &Machine {
        &self.machine
    }
}

impl Attester for Workload {
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        let token = Token {
            challenge: challenge.as_slice().to_vec(),
            debug: self.debug,
            key_hash: KeyHash::of(hash, &self.subject_public_key_info),
            measurements: self.measurements.clone(),
        };
        let content = Content {
            kid: self.machine.attestation_key().id(),
            payload: token.encode(),
        };
        let signature = self.machine.sign(&content.to_be_signed());
        let message = content
            .signed(signature)
            .endorsed(self.machine.endorsement.clone());
        Ok(Evidence::new(eat::media_type(), message.encode()))
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Machine({:?})", self.attestation_key())
    }
}

impl fmt::Debug for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workload")
            .field("machine", &self.machine)
            .field("measurements", &self.measurements)
            .field("debug", &self.debug)
            .finish_non_exhaustive()
    }
}
