//! A laboratory: a certification authority, a server, a machine and a Relying
//! Party that know each other, made from nothing.
//!
//! The root of trust is the software Attester's, so nothing here protects
//! anything; every check is the one that a deployment gets.

pub(crate) mod folder;
pub(crate) mod follow;
pub(crate) mod guest;
pub(crate) mod network;
pub(crate) mod session;
pub(crate) mod shown;

use attested::Identity;
use attested::post::{Attestation, ClientSettings, Reliance, RelyingParty, ServerSettings};
use mock_tee::forge::{Forger, Forgery};
use mock_tee::{Machine, Root};
use rats::policy::{Names, NotAName};
use rats::{Attester, Policy};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _,
};
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::sync::Arc;

/// The workload that the Relying Party expects. Where both ends attest both run it, as
/// in the models: nothing but names and roles tells them apart.
pub(crate) const SOFTWARE: &str = "demo-workload";
/// Its code, or what stands for it.
pub(crate) const CODE: &[u8] = b"seatproof demo workload, version 1";
/// The client's DNS name, where it attests.
pub(crate) const CLIENT: &str = "client.example";
/// Code that no Relying Party knows.
pub(crate) const OTHER_CODE: &[u8] = b"seatproof demo workload, version 1, altered";

/// What can go wrong while a laboratory is made or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaboratoryError {
    /// A certificate or key cannot be made or read.
    #[error("laboratory certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A private key of an unsupported kind, or a trust anchor that is none.
    #[error("laboratory key: {0}")]
    Key(#[from] rustls::Error),
    /// A client's name that is none.
    #[error("laboratory client: {0}")]
    Name(#[from] NotAName),
    /// A key without a public half.
    #[error("the server's key has no public half")]
    NoPublicKey,
    /// No system randomness.
    #[error("the system gives no randomness")]
    Randomness,
    /// A file that does not hold what it should.
    #[error("{path}: {what}")]
    Shape {
        /// Which.
        path: std::path::PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

/// Everything two endpoints need to know of each other.
#[derive(Debug)]
pub(crate) struct Laboratory {
    /// Certificate of the certification authority, DER.
    pub(crate) authority: CertificateDer<'static>,
    /// SubjectPublicKeyInfo of the certification authority, DER.
    pub(crate) authority_key: Vec<u8>,
    /// The server's leaf certificate, DER.
    pub(crate) leaf: CertificateDer<'static>,
    /// The server's private key, PKCS #8 DER.
    pub(crate) key: Vec<u8>,
    /// The client's leaf certificate, DER, for when it attests.
    pub(crate) client_leaf: CertificateDer<'static>,
    /// The client's private key, PKCS #8 DER.
    pub(crate) client_key: Vec<u8>,
    /// The server's DNS name.
    pub(crate) name: String,
    /// Seed of the software Attester's root of trust.
    pub(crate) seed: [u8; 32],
}

/// How the server's Attester behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Behaviour {
    /// As it should.
    Honest,
    /// It runs another program than the Relying Party expects.
    OtherCode,
    /// Its claims are changed after signing.
    Tampered,
    /// It does not sign.
    Unsigned,
    /// Its Evidence is bound to another channel.
    WronglyBound,
}

impl Laboratory {
    /// A new one, with fresh keys.
    pub(crate) fn generate(name: &str) -> Result<Self, LaboratoryError> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority_key = KeyPair::generate()?;
        let authority = params.self_signed(&authority_key)?;
        let issuer = Issuer::from_params(&params, &authority_key);
        let issue = |name: &str, usage| -> Result<_, rcgen::Error> {
            let key = KeyPair::generate()?;
            let mut leaf = CertificateParams::new(vec![name.to_owned()])?;
            leaf.extended_key_usages = vec![usage];
            Ok((leaf.signed_by(&key, &issuer)?, key))
        };
        let (leaf, key) = issue(name, ExtendedKeyUsagePurpose::ServerAuth)?;
        let (client_leaf, client_key) = issue(CLIENT, ExtendedKeyUsagePurpose::ClientAuth)?;
        let mut seed = [0; 32];
        ring::default_provider()
            .secure_random
            .fill(&mut seed)
            .map_err(|_| LaboratoryError::Randomness)?;
        Ok(Self {
            authority: authority.der().clone(),
            authority_key: authority_key.subject_public_key_info(),
            leaf: leaf.der().clone(),
            key: key.serialize_der(),
            client_leaf: client_leaf.der().clone(),
            client_key: client_key.serialize_der(),
            name: name.to_owned(),
            seed,
        })
    }

    /// The software Attester's root of trust.
    pub(crate) fn root(&self) -> Root {
        Root::from_seed(self.seed)
    }

    /// What the client needs.
    pub(crate) fn client(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<ClientSettings, LaboratoryError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone())?;
        let relying_party = RelyingParty {
            verifier: mock_tee::verifier(&self.root(), SOFTWARE, CODE),
            policy: Policy::for_software([SOFTWARE]),
        };
        Ok(ClientSettings::new(
            provider,
            Arc::new(roots),
            relying_party,
        ))
    }

    /// What the server needs.
    pub(crate) fn server(
        &self,
        provider: Arc<CryptoProvider>,
        behaviour: Behaviour,
    ) -> Result<ServerSettings, LaboratoryError> {
        let code = match behaviour {
            Behaviour::OtherCode => OTHER_CODE,
            _ => CODE,
        };
        let spki = self.spki()?;
        let attester = self.root().machine(1).launch(code, &spki);
        let forged = |forgery| -> Arc<dyn Attester> {
            Arc::new(Forger {
                attester: attester.clone(),
                forgery,
            })
        };
        let attester: Arc<dyn Attester> = match behaviour {
            Behaviour::Honest | Behaviour::OtherCode => Arc::new(attester.clone()),
            Behaviour::Tampered => forged(Forgery::Tampered),
            Behaviour::Unsigned => forged(Forgery::Unsigned),
            Behaviour::WronglyBound => forged(Forgery::WronglyBound),
        };
        Ok(ServerSettings::new(provider, self.identity()?, attester))
    }

    /// The server's SubjectPublicKeyInfo, DER.
    pub(crate) fn spki(&self) -> Result<Vec<u8>, LaboratoryError> {
        let key = self.identity()?.key;
        let spki = key.public_key().ok_or(LaboratoryError::NoPublicKey)?;
        Ok(spki.to_vec())
    }

    /// What the client needs to attest.
    pub(crate) fn attestation(&self) -> Result<Attestation, LaboratoryError> {
        let identity = identity(&self.client_leaf, &self.client_key)?;
        let spki = identity.key.public_key();
        let spki = spki.ok_or(LaboratoryError::NoPublicKey)?.to_vec();
        Ok(Attestation {
            identity,
            attester: Arc::new(self.client_machine().launch(CODE, &spki)),
        })
    }

    /// Where the client runs.
    pub(crate) fn client_machine(&self) -> Machine {
        self.root().machine(2)
    }

    /// What the server needs to appraise the client.
    pub(crate) fn reliance(&self) -> Result<Reliance, LaboratoryError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone())?;
        Ok(Reliance {
            roots: Arc::new(roots),
            relying_party: RelyingParty {
                verifier: mock_tee::verifier(&self.root(), SOFTWARE, CODE),
                policy: Policy::for_software([SOFTWARE]).named(Names::one_of([CLIENT])?),
            },
        })
    }

    fn identity(&self) -> Result<Identity, LaboratoryError> {
        identity(&self.leaf, &self.key)
    }
}

fn identity(leaf: &CertificateDer<'static>, key: &[u8]) -> Result<Identity, LaboratoryError> {
    let pkcs8 = PrivatePkcs8KeyDer::from(key.to_vec());
    Ok(Identity {
        chain: vec![leaf.clone()],
        key: ring::sign::any_supported_type(&pkcs8.into())?,
    })
}
