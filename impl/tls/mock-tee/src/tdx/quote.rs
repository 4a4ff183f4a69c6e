//! A platform, a trust domain on it, and its quotes.
//!
//! ```text
//! quote = header (48) || report (584) || length (4) || signature data
//! signature data = signature by attestation key over header and report (64)
//!               || attestation key (64)
//!               || 6 || length (4) || Quoting Enclave's report (384)
//!                                  || signature by PCK over it (64)
//!                                  || 32 || authentication data (32)
//!                                  || 5 || length (4) || PCK chain, PEM
//! ```
//!
//! Integers are little-endian; 6, 5 and 32 have two octets.

use std::fmt;
use std::sync::Arc;

use rats::claims::Measurements;
use rats::{AttestError, Attester, Challenge, Evidence, Hash};
use ring::digest;

use super::key::Key;

/// What the collateral says of the Quoting Enclave.
pub(super) const QE_MR_SIGNER: [u8; 32] = [0x51; 32];
pub(super) const QE_ATTRIBUTES: [u8; 16] = [0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
pub(super) const QE_ISV_SVN: u16 = 4;

const AUTHENTICATION_DATA: [u8; 32] = [0x0a; 32];
/// "INTEL", as a vendor of Quoting Enclaves is named in quotes.
const QE_VENDOR: [u8; 16] = [
    0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07,
];
/// SEPT_VE_DISABLE, bit 28 of the TD attributes, which verifiers demand.
const ATTRIBUTES: [u8; 8] = [0, 0, 0, 0x10, 0, 0, 0, 0];
const DEBUG: u8 = 1;

/// A machine with TDX.
#[derive(Clone)]
pub struct Platform {
    attestation_key: Arc<Key>,
    /// What comes after the quote's own signature and key.
    certification: Vec<u8>,
}

/// A trust domain.
#[derive(Clone, Debug)]
pub struct Workload {
    platform: Platform,
    mr_td: Vec<u8>,
    attributes: [u8; 8],
}

impl Platform {
    pub(super) fn new(seed: &[u8; 32], number: u32, pck: Key, chain: String) -> Self {
        let attestation_key = Key::derive(seed, &format!("tdx attestation key {number}"));
        let report = enclave_report(&attestation_key);
        let data = [
            &report[..],
            &pck.sign_raw(&report),
            &32_u16.to_le_bytes(),
            &AUTHENTICATION_DATA,
            &5_u16.to_le_bytes(),
            &prefixed(chain.as_bytes()),
        ]
        .concat();
        Self {
            attestation_key: Arc::new(attestation_key),
            certification: [&6_u16.to_le_bytes()[..], &prefixed(&data)].concat(),
        }
    }

    /// Measures a program and starts it with debugging off.
    pub fn launch(&self, code: &[u8]) -> Workload {
        Workload {
            platform: self.clone(),
            mr_td: measure_td(code),
            attributes: ATTRIBUTES,
        }
    }
}

impl Workload {
    /// The same program, started so that its host can debug it.
    #[must_use]
    pub fn debuggable(mut self) -> Self {
        self.attributes[0] |= DEBUG;
        self
    }

    /// Its measurement, as reference values name it.
    pub fn measurements(&self) -> Measurements {
        Measurements([("mrtd".to_owned(), self.mr_td.clone())].into())
    }

    fn quote(&self, challenge: &Challenge) -> Vec<u8> {
        let signed = [self.header(), self.report(challenge)].concat();
        let key = &self.platform.attestation_key;
        let data = [
            &key.sign_raw(&signed)[..],
            key.coordinates(),
            &self.platform.certification,
        ];
        [signed, prefixed(&data.concat())].concat()
    }

    fn header(&self) -> Vec<u8> {
        [
            &4_u16.to_le_bytes()[..], // version
            &2_u16.to_le_bytes(),     // ECDSA P-256
            &0x81_u32.to_le_bytes(),  // TDX
            &[0; 4],
            &QE_VENDOR,
            &[0; 20],
        ]
        .concat()
    }

    fn report(&self, challenge: &Challenge) -> Vec<u8> {
        [
            &[0; 16][..], // TEE_TCB_SVN
            &[0; 48],     // MRSEAM
            &[0; 48],     // MRSIGNERSEAM
            &[0; 8],      // SEAMATTRIBUTES
            &self.attributes,
            &[0; 8], // XFAM
            &self.mr_td,
            &[0; 3 * 48], // MRCONFIGID, MROWNER, MROWNERCONFIG
            &[0; 4 * 48], // RTMR0 to RTMR3
            &challenge.padded(),
        ]
        .concat()
    }
}

impl Attester for Workload {
    fn attest(&self, challenge: &Challenge, _: Hash) -> Result<Evidence, AttestError> {
        let media_type = "application/vnd.attested-tls.tdx-quote";
        let media_type = media_type.parse().map_err(|error| AttestError::Failed {
            reason: format!("{media_type}: {error}"),
        })?;
        Ok(Evidence::new(media_type, self.quote(challenge)))
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").finish_non_exhaustive()
    }
}

/// SGX's REPORT of the Quoting Enclave, over its attestation key.
fn enclave_report(attestation_key: &Key) -> Vec<u8> {
    let about = [attestation_key.coordinates(), &AUTHENTICATION_DATA].concat();
    let digest = digest::digest(&digest::SHA256, &about);
    [
        &[0; 16][..], // CPUSVN
        &[0; 4],      // MISCSELECT
        &[0; 28],
        &QE_ATTRIBUTES,
        &[0; 32], // MRENCLAVE
        &[0; 32],
        &QE_MR_SIGNER,
        &[0; 96],
        &2_u16.to_le_bytes(), // ISVPRODID
        &QE_ISV_SVN.to_le_bytes(),
        &[0; 60],
        digest.as_ref(),
        &[0; 32],
    ]
    .concat()
}

fn measure_td(code: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA384, code).as_ref().to_vec()
}

/// With its length, which is far below 2^32.
fn prefixed(octets: &[u8]) -> Vec<u8> {
    let length = octets.len() as u32;
    [&length.to_le_bytes()[..], octets].concat()
}
