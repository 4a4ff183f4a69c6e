//! Keys, certificates and machines that both ends of a session know of, and a
//! second authority that nobody trusts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use attested::{Identity, RelyingParty};
use mock_tee::Root;
use rats::Policy;
use rats::policy::Names;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::sign::SigningKey;

use crate::Failure;
use crate::key::Key;
use crate::seeded::Seed;

/// The server's name.
pub const NAME: &str = "server.example";
/// The client's name, where it has one.
pub(crate) const CLIENT_NAME: &str = "client.example";
/// A name that is not the server's.
pub(crate) const OTHER_NAME: &str = "other.example";
/// The workload that is expected, and one that is not.
const SOFTWARE: &str = "gated-workload";
const CODE: &[u8] = b"gated workload, version 1";
const OTHER_CODE: &[u8] = b"gated workload, version 1, altered";
/// Sessions take place at this time, so that recordings do not depend on the
/// day: 2026-07-01.
const NOW: u64 = 1_782_864_000;

/// What every session of a run of the gate has in common.
pub struct World {
    authority: Authority,
    /// Trusted by nobody.
    pub(crate) foreign: Authority,
    /// The server's key.
    pub(crate) key: Arc<dyn SigningKey>,
    identity: Identity,
    key_pair: Key,
    client: Client,
    root: Root,
    seed: Option<Seed>,
    /// Ends that drew from the seed.
    drawing: AtomicU64,
}

/// A client with a certificate.
struct Client {
    key_pair: Key,
    identity: Identity,
}

/// A certification authority.
pub(crate) struct Authority {
    params: CertificateParams,
    key: Key,
}

impl World {
    /// Fresh keys for everybody, and sessions as a deployment has them.
    ///
    /// # Errors
    /// When no key or certificate can be made.
    pub fn new() -> Result<Self, Failure> {
        Self::with(None, &|_| Key::fresh())
    }

    /// Keys and sessions that follow from a seed: the same calls make the same
    /// recordings.
    ///
    /// # Errors
    /// When no key or certificate can be made.
    pub fn seeded(seed: [u8; 32]) -> Result<Self, Failure> {
        let seed = Seed(seed);
        Self::with(Some(seed), &|name| Key::seeded(&seed, name))
    }

    fn with(
        seed: Option<Seed>,
        key: &dyn Fn(&str) -> Result<Key, Failure>,
    ) -> Result<Self, Failure> {
        let authority = Authority::new(key("authority")?);
        let (server, client) = (key("server")?, key("client")?);
        Ok(Self {
            client: Client {
                identity: authority.certify_client(&client, CLIENT_NAME)?,
                key_pair: client,
            },
            identity: authority.certify(&server, NAME)?,
            authority,
            foreign: Authority::new(key("foreign authority")?),
            key: server.usable(),
            key_pair: server,
            root: Root::from_seed([0x5e; 32]),
            seed,
            drawing: AtomicU64::new(0),
        })
    }

    /// The seed, if there is one.
    pub(crate) fn seed(&self) -> Option<[u8; 32]> {
        self.seed.map(|seed| seed.0)
    }

    /// The provider of the next end of a session.
    pub(crate) fn provider(&self, base: CryptoProvider) -> Arc<CryptoProvider> {
        match self.seed {
            None => Arc::new(base),
            Some(seed) => {
                let end = self.drawing.fetch_add(1, Ordering::SeqCst);
                Seed(seed.derive(&format!("end {end}"))).provider(base)
            }
        }
    }

    pub(crate) fn now() -> UnixTime {
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW))
    }

    /// The server's certificate.
    pub(crate) fn identity(&self) -> Identity {
        self.identity.clone()
    }

    /// A certificate for the server's key that an authority signed for a name.
    pub(crate) fn certified(&self, by: &Authority, name: &str) -> Result<Identity, Failure> {
        by.certify(&self.key_pair, name)
    }

    /// The client's certificate.
    pub(crate) fn client_identity(&self) -> Identity {
        self.client.identity.clone()
    }

    /// A certificate for the client's key that an authority signed.
    pub(crate) fn client_certified(&self, by: &Authority, name: &str) -> Result<Identity, Failure> {
        by.certify_client(&self.client.key_pair, name)
    }

    /// SubjectPublicKeyInfo of the client's key, DER.
    pub(crate) fn client_spki(&self) -> Vec<u8> {
        self.client.key_pair.spki()
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(crate) fn roots(&self) -> Result<Arc<RootCertStore>, Failure> {
        let mut roots = RootCertStore::empty();
        let certificate = self.authority.params.self_signed(&self.authority.key)?;
        roots.add(CertificateDer::from(certificate))?;
        Ok(Arc::new(roots))
    }

    pub(crate) fn relying_party(&self) -> RelyingParty {
        RelyingParty {
            verifier: mock_tee::verifier(&self.root, SOFTWARE, CODE),
            policy: Policy::for_software([SOFTWARE]),
        }
    }

    /// Who relies on the client.
    pub(crate) fn relying_on_client(&self) -> Result<RelyingParty, Failure> {
        let names = Names::one_of([CLIENT_NAME]);
        let names = names.map_err(|error| Failure::Encoding(error.to_string()))?;
        let RelyingParty { verifier, policy } = self.relying_party();
        let policy = policy.named(names);
        Ok(RelyingParty { verifier, policy })
    }

    /// The workload on machine 1 that holds a key.
    pub(crate) fn workload(&self, spki: &[u8]) -> mock_tee::Workload {
        self.root.machine(1).launch(CODE, spki)
    }

    /// Another program there.
    pub(crate) fn other_workload(&self, spki: &[u8]) -> mock_tee::Workload {
        self.root.machine(1).launch(OTHER_CODE, spki)
    }

    /// SubjectPublicKeyInfo of the server's key, DER.
    pub(crate) fn spki(&self) -> Vec<u8> {
        self.key_pair.spki()
    }

    /// Of the authority's.
    pub(crate) fn authority_spki(&self) -> Vec<u8> {
        self.authority.key.spki()
    }

    /// Of machine 1's attestation key.
    pub(crate) fn attestation_key(&self) -> Vec<u8> {
        let machine = self.root.machine(1);
        machine.attestation_key().subject_public_key_info()
    }

    /// The measurements claim of the expected workload, as Evidence has it.
    pub(crate) fn reference(&self) -> Result<Vec<u8>, Failure> {
        use ciborium::Value;
        let map = mock_tee::measure(CODE)
            .0
            .into_iter()
            .map(|(register, digest)| (Value::Text(register), Value::Bytes(digest)))
            .collect();
        let mut octets = Vec::new();
        ciborium::into_writer(&Value::Map(map), &mut octets)
            .map_err(|error| Failure::Encoding(error.to_string()))?;
        Ok(octets)
    }
}

impl Authority {
    fn new(key: Key) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self { params, key }
    }

    fn certify(&self, subject: &Key, name: &str) -> Result<Identity, Failure> {
        self.certify_for(subject, name, ExtendedKeyUsagePurpose::ServerAuth)
    }

    fn certify_client(&self, subject: &Key, name: &str) -> Result<Identity, Failure> {
        self.certify_for(subject, name, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn certify_for(
        &self,
        subject: &Key,
        name: &str,
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<Identity, Failure> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.extended_key_usages = vec![usage];
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(subject, &issuer)?;
        Ok(Identity {
            chain: vec![certificate.into()],
            key: subject.usable(),
        })
    }
}
