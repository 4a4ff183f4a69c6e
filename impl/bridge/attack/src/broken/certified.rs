//! A client that looks for Evidence in the server's certificate, with one
//! mistake.
//!
//! It does what [`attested::intra`]'s client does, and [`Slip`] says what it
//! leaves out. With [`Slip::Nothing`] it leaves out nothing.

use std::sync::{Arc, Mutex};

use attested::observe::{Instrument, Observe as _, Reporter};
use attested::{Attesting, Endpoint, Error, PeerIncompatible};
use event::Kind;
use event::kind::Appraisal;
use rats::cmw::{MessageType, Wrapped};
use rats::eat::EatFormat;
use rats::{Challenge, Claims, EvidenceFormat as _, Hash, KeyHash, TrustAnchors, UnixSeconds};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, DistinguishedName,
    HandshakeKind, OtherError, RootCertStore, SignatureScheme,
};

use super::tls::{Accepted, Tls, client_config};
use crate::dialect::{key_alone, nonce_and_key};
use crate::laboratory::{CODE, Laboratory, NOW, now};
use crate::machine::codec::nonce_name;
use crate::machine::value::Unfit;
use crate::machine::x509;
use crate::passport;
use crate::target::SetupError;

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// What Evidence is about is not compared; its key is.
    Challenge,
    /// Collateral is good for ever.
    CollateralForEver,
    /// Application data goes out in the first flight of a resumed session.
    EarlyData,
    /// Evidence whose report data is empty is about anything.
    EmptyReportData,
    /// Neither who signed the certificate nor its name is looked at.
    Identity,
    /// The certificate may be for any name.
    Name,
    /// Nothing.
    Nothing,
    /// Nobody has to hold the certificate's key.
    Possession,
    /// Report data is not looked at.
    ReportData,
    /// A session may be resumed, and then nothing is looked at.
    Resumption,
    /// An Attestation Result is good for whoever shows it.
    ResultUnbound,
    /// Evidence of type "none" will do.
    TypeNone,
}

/// What Evidence has to be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The certificate's key, as in [`attested::pre`].
    Key,
    /// The client's nonce and that key, as in [`attested::intra`].
    NonceAndKey,
}

/// The media type of Evidence that is none.
pub const NONE: &str = "application/none";

#[derive(Debug)]
struct Verifier {
    slip: Slip,
    algorithms: WebPkiSupportedAlgorithms,
    pki: Option<Pki>,
    about: About,
    anchors: TrustAnchors,
    passport: Option<passport::Issuer>,
    nonce: [u8; 32],
    names: Vec<DistinguishedName>,
    reporter: Reporter,
    refused: Arc<Mutex<Option<Error>>>,
}

/// Whose certificates are believed.
#[derive(Debug)]
struct Pki {
    verifier: Arc<WebPkiServerVerifier>,
    roots: Arc<RootCertStore>,
}

impl Verifier {
    /// What a certificate says by who signed it.
    fn identify(
        &self,
        pki: &Pki,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
    ) -> Result<(), rustls::Error> {
        match self.slip {
            Slip::Identity => Ok(()),
            Slip::Name => verify_server_cert_signed_by_trust_anchor(
                &ParsedCertificate::try_from(end_entity)?,
                &pki.roots,
                intermediates,
                now(),
                self.algorithms.all,
            ),
            _ => pki
                .verifier
                .verify_server_cert(end_entity, intermediates, name, &[], now())
                .map(|_| ()),
        }
    }

    fn certify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
    ) -> Result<(), Error> {
        if let Some(pki) = &self.pki {
            self.identify(pki, end_entity, intermediates, name)?;
        }
        let malformed = |e: Unfit| {
            Error::from(attested::PeerMisbehaved::CertificateMalformed {
                entry: 0,
                reason: e.to_string(),
            })
        };
        let said = x509::read(end_entity).map_err(malformed)?;
        let cmw = said.cmw.ok_or(PeerIncompatible::NoEvidence)?;
        let wrapped =
            Wrapped::decode(&cmw).map_err(|e| malformed(Unfit::new("a wrapper", e.to_string())))?;
        if let Some(issuer) = &self.passport {
            let bound = self.slip != Slip::ResultUnbound;
            return issuer
                .accepts(&wrapped.value, &said.spki, bound)
                .map_err(malformed);
        }
        let format = EatFormat::default();
        if wrapped.message_type != MessageType::MediaType(format.media_type().clone()) {
            let is_none = matches!(&wrapped.message_type,
                MessageType::MediaType(it) if it.essence() == NONE);
            return match self.slip {
                Slip::TypeNone if is_none => Ok(()),
                _ => Err(rats::Refusal::UnknownFormat {
                    message_type: format!("{:?}", wrapped.message_type),
                }
                .into()),
            };
        }
        let at = match self.slip {
            Slip::CollateralForEver => 1,
            _ => NOW,
        };
        let claims = format
            .verify(&wrapped.value, &self.anchors, UnixSeconds(at))
            .map_err(rats::Refusal::from)?;
        self.compare(&claims, &said.spki)
    }

    fn compare(&self, claims: &Claims, spki: &[u8]) -> Result<(), Error> {
        let expected = match self.about {
            About::Key => key_alone(spki),
            About::NonceAndKey => nonce_and_key(&self.nonce, spki),
        };
        // Who compares nothing asks for what it was shown.
        let asked = match self.slip {
            Slip::Challenge | Slip::ReportData => &claims.challenge,
            _ => &expected,
        };
        self.reporter.report(Kind::Appraise {
            of: None,
            expected: event::Bytes::clear(asked.as_slice()),
            policy: event::Bytes::clear([0; 32]),
            verdict: Appraisal::Affirming,
            why: None,
        });
        let refused = |reason: &str| {
            Error::from(attested::PeerMisbehaved::MalformedCmwAttestation {
                reason: reason.to_owned(),
            })
        };
        if claims.measurements != mock_tee::measure(CODE) {
            return Err(refused("another program"));
        }
        let empty = claims.challenge.iter().all(|&octet| octet == 0);
        match self.slip {
            Slip::ReportData => return Ok(()),
            Slip::EmptyReportData if empty => return Ok(()),
            _ => {}
        }
        if self.slip != Slip::Challenge && claims.challenge != expected {
            let length = expected.len();
            let expected =
                Challenge::new(expected).map_err(|e| attested::ApiMisuse::Challenge {
                    length,
                    reason: e.to_string(),
                })?;
            let seen = claims.challenge.clone();
            return Err(rats::Refusal::WronglyBound { seen, expected }.into());
        }
        let expected = KeyHash::of(Hash::Sha256, spki);
        match &claims.key_hash {
            Some(seen) if *seen == expected => Ok(()),
            Some(seen) => {
                let seen = seen.clone();
                Err(rats::Refusal::ForeignKey { seen, expected }.into())
            }
            None => Err(rats::Refusal::KeyNotClaimed.into()),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.certify(end_entity, intermediates, name)
            .map_err(|error| {
                let told = CertificateError::Other(OtherError(Arc::new(error.clone())));
                if let Ok(mut refused) = self.refused.lock() {
                    *refused = Some(error);
                }
                told
            })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General(
            "TLS 1.3 is offered alone".to_owned(),
        ))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.slip == Slip::Possession {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        (!self.names.is_empty()).then_some(&self.names)
    }
}

/// A client, or its memory of sessions: what makes one connection after the
/// other.
pub struct Settings {
    pub slip: Slip,
    /// Whether it also asks for a certificate of the authority's.
    pub pki: bool,
    /// What Evidence has to be about; a client that has no nonce in it sends
    /// none.
    pub about: About,
    /// Whose Attestation Results it takes in place of Evidence.
    pub passport: Option<passport::Issuer>,
    sessions: Resumption,
    /// rustls resumes under the configuration it had; who resumes keeps it.
    kept: Mutex<Option<Kept>>,
}

type Kept = (Arc<ClientConfig>, Arc<Mutex<Option<Error>>>);

impl Settings {
    pub fn new(slip: Slip, pki: bool) -> Self {
        let sessions = match slip {
            Slip::Resumption | Slip::EarlyData => Resumption::in_memory_sessions(8),
            _ => Resumption::disabled(),
        };
        Self {
            slip,
            pki,
            about: About::NonceAndKey,
            passport: None,
            sessions,
            kept: Mutex::default(),
        }
    }

    /// One connection; `early` is what the client has to say at once.
    ///
    /// # Errors
    /// [`SetupError`]
    pub fn connect(
        &self,
        laboratory: &Laboratory,
        name: &str,
        observer: Instrument,
        early: Option<&[u8]>,
    ) -> Result<Client, SetupError> {
        let provider = observer.provider(&laboratory.provider);
        let pki = match self.pki {
            false => None,
            true => {
                let roots = laboratory.roots()?;
                let verifier = WebPkiServerVerifier::builder_with_provider(
                    Arc::clone(&roots),
                    Arc::clone(&provider),
                )
                .build()
                .map_err(|e| Unfit::new("trust anchors", e.to_string()))?;
                Some(Pki { verifier, roots })
            }
        };
        let resumes = matches!(self.slip, Slip::Resumption | Slip::EarlyData);
        let kept = self.kept.lock().ok().and_then(|kept| kept.clone());
        let (config, refused) = match kept {
            Some(kept) if resumes => kept,
            _ => {
                // From the provider, whose draws are recorded, as an honest
                // client's is.
                let mut nonce = [0; 32];
                provider
                    .secure_random
                    .fill(&mut nonce)
                    .map_err(|_| Unfit::new("randomness", "the provider gives none"))?;
                let refused = Arc::default();
                let verifier = Verifier {
                    slip: self.slip,
                    algorithms: provider.signature_verification_algorithms,
                    pki,
                    about: self.about,
                    anchors: TrustAnchors::new([laboratory.root.trust_anchor()]),
                    passport: self.passport.clone(),
                    nonce,
                    names: match self.about {
                        About::Key => Vec::new(),
                        About::NonceAndKey => {
                            vec![DistinguishedName::in_sequence(&nonce_name(&nonce)[2..])]
                        }
                    },
                    reporter: observer.reporter(),
                    refused: Arc::clone(&refused),
                };
                let mut config = client_config(&provider, Arc::new(verifier), Some(&observer))?;
                config.resumption = self.sessions.clone();
                config.enable_early_data = self.slip == Slip::EarlyData;
                (Arc::new(config), refused)
            }
        };
        if let Ok(mut kept) = self.kept.lock() {
            *kept = Some((Arc::clone(&config), Arc::clone(&refused)));
        }
        let name = ServerName::try_from(name.to_owned())
            .map_err(|e| Unfit::new("a DNS name", e.to_string()))?;
        let mut tls = ClientConnection::new(config, name).map_err(Error::from)?;
        if let Some(early) = early
            && let Some(mut writer) = tls.early_data()
        {
            use std::io::Write as _;
            writer
                .write_all(early)
                .map_err(|e| Unfit::new("early data", e.to_string()))?;
        }
        Ok(Client {
            tls: Tls::new(tls, observer),
            slip: self.slip,
            refused,
            inbox: Vec::new(),
            ready: false,
        })
    }
}

/// One connection's client.
pub struct Client {
    tls: Tls,
    slip: Slip,
    refused: Arc<Mutex<Option<Error>>>,
    inbox: Vec<u8>,
    ready: bool,
}

impl Client {
    fn advance(&mut self, octets: &[u8]) -> Result<(), Error> {
        let plaintext = self.tls.receive(octets)?;
        self.inbox.extend(plaintext);
        if !self.ready && !self.tls.connection.is_handshaking() {
            let resumed = self.tls.connection.handshake_kind() == Some(HandshakeKind::Resumed);
            if resumed && !matches!(self.slip, Slip::Resumption | Slip::EarlyData) {
                return Err(PeerIncompatible::ResumedHandshake.into());
            }
            self.ready = true;
            self.tls.observer.handshake_complete();
            self.tls.accept();
        }
        Ok(())
    }
}

impl Endpoint for Client {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.advance(octets).map_err(|error| {
            let refused = self.refused.lock().ok().and_then(|mut it| it.take());
            self.tls.fail(refused.unwrap_or(error), "handshake")
        })
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        Err(Error::Truncated)
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.tls.transmit()
    }
}

impl Attesting for Client {
    type Channel = Accepted;

    fn is_ready(&self) -> bool {
        self.ready
    }

    fn into_channel(self) -> Result<Result<Accepted, Self>, Error> {
        if !self.ready {
            return Ok(Err(self));
        }
        Ok(Ok(Accepted {
            tls: self.tls,
            inbox: self.inbox,
            framed: false,
        }))
    }
}
