//! AMD SEV-SNP chips under a root of our own.
//!
//! ```text
//! ARK --> ASK --> VCEK of a chip and its security versions --> reports
//! ```
//!
//! Certificates and reports have the form of the real ones (SEV Secure Nested
//! Paging Firmware ABI Specification, 56860, table 23; VCEK Certificate and KDS
//! Interface Specification, 57230, section 3.1), and the verifier of real ones
//! verifies them, if it is told to trust this root. Nothing here is AMD's but
//! the form. The two RSA keys are fixed, and their signatures are salted; chips'
//! keys, and with them the reports, follow from the seed.
//!
//! - `certificate`: ARK, ASK and VCEK
//! - `report`: the Attester

mod certificate;
mod report;

use std::fmt;

use rats::AttestError;
use ring::signature::RsaKeyPair;

use self::certificate::{Signer, Subject};
use crate::root::derive;

pub use report::{Chip, Guest};

const ARK: &[u8] = include_bytes!("../../testdata/snp_ark.pk8");
const ASK: &[u8] = include_bytes!("../../testdata/snp_ask.pk8");

/// A laboratory's root of trust for SEV-SNP.
pub struct Root {
    seed: [u8; 32],
    ask_key: RsaKeyPair,
    ark: Vec<u8>,
    ask: Vec<u8>,
}

/// Security versions of a chip's firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcb {
    pub bootloader: u8,
    pub tee: u8,
    pub snp: u8,
    pub microcode: u8,
}

impl Tcb {
    /// What every chip here has at first.
    pub const CURRENT: Self = Self {
        bootloader: 4,
        tee: 0,
        snp: 22,
        microcode: 213,
    };

    /// As in reports: TCB_VERSION of chips before Turin, little-endian.
    fn octets(self) -> [u8; 8] {
        let Self {
            bootloader,
            tee,
            snp,
            microcode,
        } = self;
        [bootloader, tee, 0, 0, 0, 0, snp, microcode]
    }
}

impl Root {
    /// Another seed has other chips; the root is the same.
    ///
    /// # Errors
    /// [`AttestError::Failed`]: what the signature library says.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, AttestError> {
        let key = |der| RsaKeyPair::from_pkcs8(der).map_err(failed);
        let (ark_key, ask_key) = (key(ARK)?, key(ASK)?);
        let by_ark = Signer {
            name: "Laboratory ARK",
            key: &ark_key,
        };
        let ark = by_ark.certify(&Subject::authority("Laboratory ARK", &ark_key))?;
        let ask = by_ark.certify(&Subject::authority("Laboratory ASK", &ask_key))?;
        Ok(Self {
            seed,
            ask_key,
            ark,
            ask,
        })
    }

    /// The root certificate, X.509 DER.
    pub fn ark(&self) -> &[u8] {
        &self.ark
    }

    /// The certificate of the key that signs chips' certificates, X.509 DER.
    pub fn ask(&self) -> &[u8] {
        &self.ask
    }

    /// The chip of this number, with these security versions.
    ///
    /// # Errors
    /// [`AttestError::Failed`]: what the signature library says.
    pub fn chip(&self, number: u32, tcb: Tcb) -> Result<Chip, AttestError> {
        let half = |which| derive(&self.seed, &format!("snp chip {number} {which}"));
        let id = [half("id 1"), half("id 2")].concat();
        let chip = Chip::new(&self.seed, number, id, tcb);
        let by_ask = Signer {
            name: "Laboratory ASK",
            key: &self.ask_key,
        };
        let vcek = by_ask.certify(&Subject::chip(chip.public_key(), chip.id(), tcb))?;
        Ok(chip.certified(vcek))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root").finish_non_exhaustive()
    }
}

fn failed(error: impl ToString) -> AttestError {
    let reason = error.to_string();
    AttestError::Failed { reason }
}
