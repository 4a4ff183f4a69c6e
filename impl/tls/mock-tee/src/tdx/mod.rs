//! Intel TDX platforms under a root of our own.
//!
//! ```text
//! seed --> Root --> Platform CA --> PCK certificate --> Quoting Enclave --> quotes
//!           +--> TCB signer --> TCB information, identity    } collateral
//!           +--> revocation lists                            }
//! ```
//!
//! Quotes, certificates and collateral have the form of the real ones (Intel TDX
//! DCAP Quoting Library API, quote version 4; Intel SGX PCK Certificate and CRL
//! Profile), and the verifier of real ones verifies them, if it is told to trust
//! this root. Nothing here is Intel's but the form. Keys and signatures follow
//! from the seed (RFC 6979), so the same run gives the same octets.
//!
//! - `collateral`: what a vendor publishes and signs
//! - `der`: the extension of a PCK certificate
//! - `quote`: the Attester

mod collateral;
mod der;
mod key;
mod quote;

pub use collateral::{Dates, Shape};
pub use quote::{Platform, Workload};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension,
    DistinguishedName, DnType, IsCa, Issuer, KeyUsagePurpose, SerialNumber, date_time_ymd,
};

use self::key::Key;
use crate::root::derive;

/// Family, model, stepping, platform type and custom SKU of every platform here.
pub const FMSPC: [u8; 6] = [0x1a, 0xb0, 0, 0, 0, 0];

/// Security versions every platform here has.
const CPU_SVN: [u8; 16] = [3; 16];
const PCE_SVN: u8 = 11;

/// A laboratory's root of trust for TDX.
pub struct Root {
    seed: [u8; 32],
    issuer: Issuer<'static, Key>,
    certificate: rcgen::Certificate,
    platform_ca: Issuer<'static, Key>,
    platform_ca_certificate: rcgen::Certificate,
}

impl Root {
    /// Another seed is another root.
    ///
    /// # Errors
    /// What the certificate library says.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, rcgen::Error> {
        let params = authority("Laboratory TDX Root CA", 1);
        let key = Key::derive(&seed, "tdx root");
        let certificate = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);
        let params = authority("Laboratory TDX PCK Platform CA", 2);
        let key = Key::derive(&seed, "tdx platform ca");
        let platform_ca_certificate = params.signed_by(&key, &issuer)?;
        Ok(Self {
            seed,
            issuer,
            certificate,
            platform_ca: Issuer::new(params, key),
            platform_ca_certificate,
        })
    }

    /// What a Verifier is given to trust this root: a certificate, X.509 DER.
    pub fn certificate(&self) -> &[u8] {
        self.certificate.der()
    }

    /// The platform of this number.
    ///
    /// # Errors
    /// What the certificate library says.
    pub fn platform(&self, number: u32) -> Result<Platform, rcgen::Error> {
        let key = Key::derive(&self.seed, &format!("tdx pck {number}"));
        let id = derive(&self.seed, &format!("tdx platform {number}"));
        let mut params = named("Laboratory TDX PCK Certificate", 1000 + u64::from(number));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let identity = der::Identity::new(&id);
        params.custom_extensions = vec![CustomExtension::from_oid_content(
            &der::SGX_EXTENSION,
            identity.encode(),
        )];
        let certificate = params.signed_by(&key, &self.platform_ca)?;
        let chain = [
            certificate.pem(),
            self.platform_ca_certificate.pem(),
            self.certificate.pem(),
        ];
        Ok(Platform::new(&self.seed, number, key, chain.concat()))
    }

    fn revocation_list(&self, issuer: &Issuer<'_, Key>) -> Result<Vec<u8>, rcgen::Error> {
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2099, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(issuer)?.der().to_vec())
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root").finish_non_exhaustive()
    }
}

fn authority(name: &str, serial: u64) -> CertificateParams {
    let mut params = named(name, serial);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str, serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params
}
