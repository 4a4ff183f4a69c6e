//! A chip, a guest on it, and its attestation reports.
//!
//! ```text
//! report = fields (672) || r (72, little-endian) || s (72) || zeros (368)
//! ```
//!
//! ECDSA over P-384 with SHA-384, over the fields.

use std::fmt;
use std::sync::Arc;

use p384::ecdsa::signature::Signer;
use p384::ecdsa::{Signature, SigningKey};
use rats::claims::Measurements;
use rats::{AttestError, Attester, Challenge, Evidence, Hash};
use ring::digest;

use super::Tcb;
use crate::root::derive;

/// The length of a report, and of what its signature covers, in octets.
const SIZE: usize = 1184;
const SIGNED: usize = 672;
/// Of each half of a signature.
const HALF: usize = 72;

/// What a guest policy must have set (56860, table 10), and SMT allowed.
const POLICY: u64 = 1 << 17 | 1 << 16;
const DEBUG: u64 = 1 << 19;

/// A chip, and the certificate of its key.
#[derive(Clone)]
pub struct Chip {
    key: Arc<SigningKey>,
    /// SEC 1, uncompressed.
    public: Vec<u8>,
    id: Vec<u8>,
    tcb: Tcb,
    vcek: Vec<u8>,
}

/// A confidential virtual machine.
#[derive(Clone, Debug)]
pub struct Guest {
    chip: Chip,
    measurement: Vec<u8>,
    policy: u64,
}

impl Chip {
    pub(super) fn new(seed: &[u8; 32], number: u32, id: Vec<u8>, tcb: Tcb) -> Self {
        let purpose = format!("snp vcek {number} {:?}", tcb.octets());
        let mut half = derive(seed, &purpose);
        let key = loop {
            let octets = [half, derive(&half, "more")].concat();
            // All but one in 2^190 of 48 octets are a scalar of P-384.
            match octets.get(..48).map(SigningKey::from_slice) {
                Some(Ok(key)) => break key,
                _ => half = derive(&half, &purpose),
            }
        };
        let point = key.verifying_key().to_encoded_point(false);
        Self {
            public: point.as_bytes().to_vec(),
            key: Arc::new(key),
            id,
            tcb,
            vcek: Vec::new(),
        }
    }

    pub(super) fn certified(self, vcek: Vec<u8>) -> Self {
        Self { vcek, ..self }
    }

    pub(super) fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// As reports name it, 64 octets.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// What a Verifier is given to know this chip: a certificate, X.509 DER.
    pub fn vcek(&self) -> &[u8] {
        &self.vcek
    }

    /// Reports other security versions than those it signs for, as no firmware
    /// does.
    #[must_use]
    pub fn claiming(self, tcb: Tcb) -> Self {
        Self { tcb, ..self }
    }

    /// Measures a program and starts it with debugging off.
    pub fn launch(&self, code: &[u8]) -> Guest {
        Guest {
            chip: self.clone(),
            measurement: digest::digest(&digest::SHA384, code).as_ref().to_vec(),
            policy: POLICY,
        }
    }
}

impl fmt::Debug for Chip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chip")
            .field("tcb", &self.tcb)
            .finish_non_exhaustive()
    }
}

impl Guest {
    /// The same program, started so that its host can debug it.
    #[must_use]
    pub fn debuggable(self) -> Self {
        let policy = self.policy | DEBUG;
        Self { policy, ..self }
    }

    /// Its measurement, as reference values name it.
    pub fn measurements(&self) -> Measurements {
        Measurements([("measurement".to_owned(), self.measurement.clone())].into())
    }

    /// Version 2: 56860, table 23, as chips before Turin report.
    fn fields(&self, challenge: &Challenge) -> Vec<u8> {
        let tcb = self.chip.tcb.octets();
        let mut fields = vec![0; SIGNED];
        let mut put = |at: usize, octets: &[u8]| {
            for (place, octet) in fields.iter_mut().skip(at).zip(octets) {
                *place = *octet;
            }
        };
        put(0x00, &2_u32.to_le_bytes()); // version
        put(0x08, &self.policy.to_le_bytes());
        put(0x34, &1_u32.to_le_bytes()); // ECDSA P-384 with SHA-384
        put(0x38, &tcb); // current
        put(0x50, &challenge.padded());
        put(0x90, &self.measurement);
        put(0x180, &tcb); // reported
        put(0x1a0, &self.chip.id);
        put(0x1e0, &tcb); // committed
        put(0x1f0, &tcb); // at launch
        fields
    }

    fn report(&self, challenge: &Challenge) -> Vec<u8> {
        let mut report = self.fields(challenge);
        let signature: Signature = self.chip.key.sign(&report);
        let (r, s) = signature.split_bytes();
        for half in [r, s] {
            let mut octets: Vec<_> = half.into_iter().rev().collect();
            octets.resize(HALF, 0);
            report.extend(octets);
        }
        report.resize(SIZE, 0);
        report
    }
}

impl Attester for Guest {
    fn attest(&self, challenge: &Challenge, _: Hash) -> Result<Evidence, AttestError> {
        let media_type = "application/vnd.attested-tls.snp-report"
            .parse()
            .map_err(super::failed)?;
        Ok(Evidence::new(media_type, self.report(challenge)))
    }
}
