//! Certificates that carry Evidence: signed by an authority, by their own key,
//! or standing behind a chain somebody else issued.
//!
//! The signing keys are rustls's, of whatever provider; `rcgen` encodes.

use std::sync::Arc;
use std::time::Duration;

use rats::UnixSeconds;
use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer,
    PublicKeyData, SignatureAlgorithm, date_time_ymd,
};
use rustls::SignatureScheme;
use rustls::pki_types::CertificateDer;
use rustls::sign::SigningKey;
use x509_cert::der::Decode;
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::leaf::Validity;
use crate::error::ApiMisuse;

/// 9999-12-31T23:59:59Z, the last second a certificate can name.
const END_OF_TIME: u64 = 253_402_300_799;

/// A certification authority at hand, such as one of a deployment's own.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its certificate, DER.
    pub certificate: CertificateDer<'static>,
    pub key: Arc<dyn SigningKey>,
}

/// Who vouches for the end entity.
#[derive(Clone, Debug)]
pub enum Vouching {
    /// The authority signs a certificate with the Evidence inside.
    Authority(Authority),
    /// A chain that exists already, for the same key; the Evidence stands
    /// behind it in a certificate of its own.
    Chain(Vec<CertificateDer<'static>>),
    /// Nobody: a certificate signed by its own key. Only clients that do
    /// without PKI, in as many words, accept it.
    Nobody,
}

/// What goes into a certificate.
pub(crate) struct Contents<'a> {
    pub(crate) names: &'a [String],
    pub(crate) validity: Validity,
    pub(crate) key: &'a Arc<dyn SigningKey>,
    pub(crate) extension: CustomExtension,
}

/// The chain to present, end entity first.
pub(crate) fn issue(
    contents: Contents<'_>,
    vouching: &Vouching,
) -> Result<Vec<CertificateDer<'static>>, ApiMisuse> {
    let key = CertificateKey::new(Arc::clone(contents.key))?;
    let mut params = CertificateParams::new(contents.names).map_err(cannot)?;
    params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(contents.validity.not_before)?;
    params.not_after = date_time_ymd(1970, 1, 1) + since_epoch(contents.validity.not_after)?;
    params.distinguished_name = DistinguishedName::new();
    if let Some(name) = contents.names.first() {
        params.distinguished_name.push(DnType::CommonName, name);
    }
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.custom_extensions = vec![contents.extension];
    match vouching {
        Vouching::Authority(authority) => {
            let signer = CertificateKey::new(Arc::clone(&authority.key))?;
            let issuer =
                Issuer::from_ca_cert_der(&authority.certificate, signer).map_err(cannot)?;
            let end_entity = params.signed_by(&key, &issuer).map_err(cannot)?;
            Ok(vec![end_entity.into()])
        }
        Vouching::Chain(chain) => {
            let carrier = params.self_signed(&key).map_err(cannot)?;
            let mut chain = chain.clone();
            chain.push(carrier.into());
            Ok(chain)
        }
        Vouching::Nobody => Ok(vec![params.self_signed(&key).map_err(cannot)?.into()]),
    }
}

fn cannot(error: rcgen::Error) -> ApiMisuse {
    ApiMisuse::CertificateIssue {
        reason: error.to_string(),
    }
}

fn since_epoch(time: UnixSeconds) -> Result<Duration, ApiMisuse> {
    if time.0 > END_OF_TIME {
        return Err(ApiMisuse::CertificateIssue {
            reason: format!("no certificate can name the Unix second {}", time.0),
        });
    }
    Ok(Duration::from_secs(time.0))
}

/// A rustls key as the encoder wants it.
struct CertificateKey {
    key: Arc<dyn SigningKey>,
    algorithm: &'static SignatureAlgorithm,
    scheme: SignatureScheme,
    /// The bits of the SubjectPublicKeyInfo.
    public: Vec<u8>,
}

/// Schemes certificates are signed with, the best first.
static SCHEMES: [(SignatureScheme, &SignatureAlgorithm); 4] = [
    (SignatureScheme::ED25519, &rcgen::PKCS_ED25519),
    (
        SignatureScheme::ECDSA_NISTP256_SHA256,
        &rcgen::PKCS_ECDSA_P256_SHA256,
    ),
    (
        SignatureScheme::ECDSA_NISTP384_SHA384,
        &rcgen::PKCS_ECDSA_P384_SHA384,
    ),
    (SignatureScheme::RSA_PKCS1_SHA256, &rcgen::PKCS_RSA_SHA256),
];

impl CertificateKey {
    fn new(key: Arc<dyn SigningKey>) -> Result<Self, ApiMisuse> {
        let unusable = |reason: &str| ApiMisuse::CertificateIssue {
            reason: reason.to_owned(),
        };
        let spki = key
            .public_key()
            .ok_or_else(|| unusable("the key does not tell its public half"))?;
        let public = SubjectPublicKeyInfoRef::from_der(&spki)
            .ok()
            .and_then(|spki| spki.subject_public_key.as_bytes().map(<[u8]>::to_vec))
            .ok_or_else(|| unusable("the key's public half is not a SubjectPublicKeyInfo"))?;
        let &(scheme, algorithm) = SCHEMES
            .iter()
            .find(|(scheme, _)| key.choose_scheme(&[*scheme]).is_some())
            .ok_or_else(|| unusable("the key signs with no algorithm of certificates"))?;
        Ok(Self {
            key,
            algorithm,
            scheme,
            public,
        })
    }
}

impl PublicKeyData for CertificateKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl rcgen::SigningKey for CertificateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key
            .choose_scheme(&[self.scheme])
            .and_then(|signer| signer.sign(message).ok())
            .ok_or(rcgen::Error::RemoteKeyError)
    }
}
