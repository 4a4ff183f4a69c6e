//! What the parties of a run take as given: an authority, a root of trust,
//! machines and names, all made afresh.
//!
//! The root of trust is the software Attester's, so nothing here protects
//! anything; every check is the one that a deployment gets.

use std::sync::Arc;
use std::time::Duration;

use attested::{Identity, RelyingParty};
use mock_tee::Root;
use rats::Policy;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyUsagePurpose,
    PublicKeyData, SubjectPublicKeyInfo,
};
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, UnixTime};

use crate::machine::suite::Suite;
use crate::machine::value::{Key, Unfit};

/// The program Relying Parties expect, under this name.
pub const SOFTWARE: &str = "workload";
/// Its code, or what stands for it.
pub const CODE: &[u8] = b"the attested workload, version 1";
/// 2026-07-01, the time of every run.
pub const NOW: u64 = 1_782_864_000;

/// One authority, one root of trust, one suite.
pub struct Laboratory {
    pub suite: Suite,
    pub provider: Arc<CryptoProvider>,
    pub authority: Key,
    pub root: Root,
    params: CertificateParams,
    certificate: CertificateDer<'static>,
}

/// Draws from the system.
///
/// # Errors
/// The system gives no randomness.
pub fn draw<const N: usize>() -> Result<[u8; N], Unfit> {
    let mut octets = [0; N];
    ring::default_provider()
        .secure_random
        .fill(&mut octets)
        .map_err(|_| Unfit::new("randomness", "the system gives none"))?;
    Ok(octets)
}

/// [`NOW`] as rustls has it.
pub fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(NOW))
}

fn cannot(error: rcgen::Error) -> Unfit {
    Unfit::new("a certificate", error.to_string())
}

impl Laboratory {
    /// A new one, with fresh keys.
    ///
    /// # Errors
    /// What the crypto library says.
    pub fn new(suite: Suite) -> Result<Self, Unfit> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = Key::generate()?;
        let certificate = params.self_signed(&*authority.pair).map_err(cannot)?;
        let provider = CryptoProvider {
            cipher_suites: vec![suite.rustls()],
            kx_groups: vec![ring::kx_group::X25519],
            ..ring::default_provider()
        };
        Ok(Self {
            suite,
            provider: Arc::new(provider),
            authority,
            root: Root::from_seed(draw()?),
            certificate: certificate.into(),
            params,
        })
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// A certificate of the authority's for a name and a key.
    ///
    /// # Errors
    /// What is wrong with name or key.
    pub fn certify(&self, name: &str, spki: &[u8]) -> Result<Vec<u8>, Unfit> {
        let key = SubjectPublicKeyInfo::from_der(spki).map_err(cannot)?;
        let issuer = Issuer::from_params(&self.params, &*self.authority.pair);
        let certificate = leaf_params(name)?
            .signed_by(&key, &issuer)
            .map_err(cannot)?;
        Ok(certificate.der().to_vec())
    }

    /// A name with a new key, certified.
    ///
    /// # Errors
    /// As [`Self::certify`].
    pub fn identity(&self, name: &str) -> Result<(Identity, Key), Unfit> {
        let key = Key::generate()?;
        let der = self.certify(name, &key.spki())?;
        let identity = Identity {
            chain: vec![der.into()],
            key: Arc::clone(&key.signer),
        };
        Ok((identity, key))
    }

    /// The authority as the only trust anchor.
    ///
    /// # Errors
    /// None for a certificate of one's own making.
    pub fn roots(&self) -> Result<Arc<RootCertStore>, Unfit> {
        let mut roots = RootCertStore::empty();
        roots
            .add(self.certificate())
            .map_err(|e| Unfit::new("a trust anchor", e.to_string()))?;
        Ok(roots.into())
    }

    /// Whom clients believe, and what they accept.
    pub fn relying_party(&self) -> RelyingParty {
        RelyingParty {
            verifier: mock_tee::verifier(&self.root, SOFTWARE, CODE),
            policy: Policy::for_software([SOFTWARE]),
        }
    }

    /// The authority as an issuer of the library's.
    pub fn issuer(&self) -> attested::pre::Authority {
        attested::pre::Authority {
            certificate: self.certificate(),
            key: Arc::clone(&self.authority.signer),
        }
    }
}

/// A certificate for a name, for an hour around [`NOW`].
pub(crate) fn leaf_params(name: &str) -> Result<CertificateParams, Unfit> {
    let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(cannot)?;
    let now = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(NOW);
    params.not_before = now - Duration::from_secs(60);
    params.not_after = now + Duration::from_secs(3600);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    Ok(params)
}

/// A key of which only the public half is at hand. What it "signs" is junk:
/// good enough for a certificate's signature by its own key, which nobody who
/// takes Evidence in its place looks at.
pub(crate) struct Unsigned(pub(crate) SubjectPublicKeyInfo);

impl PublicKeyData for Unsigned {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.0.algorithm()
    }
}

impl rcgen::SigningKey for Unsigned {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(vec![0; 64])
    }
}
