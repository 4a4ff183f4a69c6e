//! The verifier rustls calls about a server that presents Evidence.
//!
//! Two calls, three questions: whose certificate it is, what its Evidence
//! says, and whether the peer holds the key. The last is never left out, least
//! of all where there is no PKI: a certificate with Evidence is public, and
//! whoever copies it would be taken for its owner.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rats::policy::PeerIdentity;
use rats::{Appraised, ChannelFacts, Expected, Placement, UnixSeconds};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, OtherError, RootCertStore,
    SignatureScheme,
};

use super::extension::{self, Carried};
use super::leaf::Leaf;
use crate::error::{ApiMisuse, Error, PeerIncompatible};
use crate::intra::experimental::Entered;
use crate::observe::Reporter;
use crate::relying_party::RelyingParty;

/// How a client knows whose certificate it is.
#[derive(Clone, Debug)]
pub enum ServerIdentity {
    /// Evidence takes the place of PKI and of the server's name: any machine
    /// that runs acceptable software is accepted under any name. Whoever can
    /// redirect the connection chooses which one; a policy that names machines
    /// limits the choice.
    EvidenceInsteadOfName,
    /// The chain must lead to one of these roots and carry the server's name.
    Pki(Arc<RootCertStore>),
}

/// What a placement asks of Evidence in a certificate.
pub(crate) trait Binding: fmt::Debug + Send + Sync + 'static {
    /// What the Evidence in `carried` must be about if `leaf` is the end
    /// entity; refuses what the placement refuses before appraisal.
    fn expected(&self, leaf: &Leaf, carried: &Carried, now: UnixSeconds)
    -> Result<Expected, Error>;

    /// When Evidence is conveyed.
    fn placement(&self) -> Placement;

    /// How old, in seconds, what the Evidence in `carried` is over may be.
    fn evidence_age(&self, carried: &Carried, now: UnixSeconds) -> u64;

    /// The Evidence that comes with `chain`.
    fn evidence(&self, chain: &[&CertificateDer<'_>]) -> Result<Carried, Error> {
        extension::find(chain)
    }

    /// What must be in place while rustls is called.
    fn enter(&self) -> Option<Entered> {
        None
    }

    /// What the ClientHello says in `certificate_authorities`.
    fn certificate_authorities(&self) -> Option<&[DistinguishedName]> {
        None
    }
}

/// Left behind by a CertificateVerify that verified under the end entity's key.
#[derive(Debug)]
pub(crate) struct Possession(());

/// Left behind by a certificate that was identified and its Evidence appraised.
#[derive(Debug)]
pub(crate) struct Certified {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) leaf: Leaf,
    pub(crate) appraised: Appraised,
}

/// What the verifier of one connection found, for its endpoint to collect.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) certified: Option<Certified>,
    pub(crate) possession: Option<Possession>,
    /// Why the verifier refused; rustls knows only that it did.
    pub(crate) refused: Option<Error>,
}

/// Findings, shared between a verifier and its endpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(Arc<Mutex<Findings>>);

impl Shared {
    /// Every writer puts in one whole finding, so there is nothing half done
    /// to find after a panic elsewhere.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Findings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The verifier of one connection.
pub(crate) struct EvidenceVerifier<B> {
    algorithms: WebPkiSupportedAlgorithms,
    /// `None` where Evidence is all the identity there is.
    pki: Option<Arc<WebPkiServerVerifier>>,
    relying_party: RelyingParty,
    binding: Arc<B>,
    reporter: Reporter,
    findings: Shared,
}

impl<B: Binding> EvidenceVerifier<B> {
    pub(crate) fn new(
        provider: &Arc<CryptoProvider>,
        identity: &ServerIdentity,
        relying_party: RelyingParty,
        binding: Arc<B>,
        reporter: Reporter,
        findings: Shared,
    ) -> Result<Self, Error> {
        let pki = match identity {
            ServerIdentity::EvidenceInsteadOfName => None,
            ServerIdentity::Pki(roots) => Some(
                WebPkiServerVerifier::builder_with_provider(
                    Arc::clone(roots),
                    Arc::clone(provider),
                )
                .build()
                .map_err(|error| ApiMisuse::TrustAnchors {
                    reason: error.to_string(),
                })?,
            ),
        };
        Ok(Self {
            algorithms: provider.signature_verification_algorithms,
            pki,
            relying_party,
            binding,
            reporter,
            findings,
        })
    }

    /// Identity, then binding, then Evidence.
    fn certify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<Certified, Error> {
        if let Some(pki) = &self.pki {
            pki.verify_server_cert(end_entity, intermediates, name, &[], now)?;
        }
        let now = UnixSeconds(now.as_secs());
        let leaf = Leaf::read(end_entity)?;
        leaf.validity().check(now)?;
        let chain: Vec<_> = [end_entity].into_iter().chain(intermediates).collect();
        let carried = self.binding.evidence(&chain)?;
        carried.validity.check(now)?;
        let expected = self.binding.expected(&leaf, &carried, now)?;
        let facts = ChannelFacts {
            placement: self.binding.placement(),
            pki: self.pki.is_some(),
            peer: PeerIdentity {
                is_expected: true,
                names: match &self.pki {
                    Some(_) => leaf.names().clone(),
                    None => BTreeSet::new(), // nobody vouches for them
                },
            },
            evidence_age: self.binding.evidence_age(&carried, now),
        };
        let report = |kind| self.reporter.report(kind);
        let appraised =
            self.relying_party
                .appraise_cmw(&carried.cmw, &expected, &facts, now, report)?;
        Ok(Certified {
            chain: chain
                .into_iter()
                .map(|der| der.clone().into_owned())
                .collect(),
            leaf,
            appraised,
        })
    }

    /// Keeps `error` for the endpoint; rustls gets one that makes its alert.
    fn refuse(&self, error: Error) -> rustls::Error {
        let told = match &error {
            Error::Tls(error) => error.clone(),
            error => CertificateError::Other(OtherError(Arc::new(error.clone()))).into(),
        };
        self.findings.lock().refused = Some(error);
        told
    }
}

impl<B: Binding> ServerCertVerifier for EvidenceVerifier<B> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let certified = self
            .certify(end_entity, intermediates, server_name, now)
            .map_err(|error| self.refuse(error))?;
        self.findings.lock().certified = Some(certified);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // The configuration offers TLS 1.3 alone; nothing else is verified.
        Err(self.refuse(PeerIncompatible::NotTls13.into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let valid = verify_tls13_signature(message, cert, dss, &self.algorithms)
            .map_err(|error| self.refuse(error.into()))?;
        self.findings.lock().possession = Some(Possession(()));
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.binding.certificate_authorities()
    }
}

impl<B: fmt::Debug> fmt::Debug for EvidenceVerifier<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvidenceVerifier")
            .field("pki", &self.pki.is_some())
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}
