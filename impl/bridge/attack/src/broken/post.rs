//! Attestation after the handshake with one thing missing.
//!
//! Request, authenticator and frames are those of [`attested::post`], the
//! messages of RFC 9261 are `authenticator`'s; what is missing is said by
//! [`Lapse`].

use std::sync::Arc;

use attested::observe::{
    ATTESTATION_KEY, AUTHENTICATOR_KEY, HANDSHAKE_KEY, Instrument, Observe as _,
};
use attested::{Attesting, Endpoint, Error, Identity, PeerIncompatible, RelyingParty};
use authenticator::{
    BindingValue, Context, Credential, Exporter as _, Extension, ExtensionType, Extensions, Label,
    Role, ServerChain, Session,
};
use event::kind::{Direction, Protection};
use event::{Bytes, Kind, Observer as _};
use rats::cmw::MessageType;
use rats::eat::EatFormat;
use rats::media_type::MediaType;
use rats::policy::KeyClaim;
use rats::refusal::FormatFault;
use rats::{
    Attester, Challenge, Claims, EvidenceFormat, Expected, Formats, Hash, KeyHash, TrustAnchors,
    UnixSeconds,
};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConnection, ServerConnection};

use super::tls::{Accepted, Tls, appraise, client_config, frame, frames, server_config};
use crate::laboratory::{Laboratory, NOW, now};
use crate::machine::codec::Reader;
use crate::machine::evidence;
use crate::machine::value::Unfit;
use crate::target::SetupError;

const CMW_ATTESTATION: ExtensionType = ExtensionType(0xff00);
const LABEL: Label = Label::literal("Attestation");

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lapse {
    /// The binder is of the request alone.
    ContextOnly,
    /// A server that declines to attest, with an empty authenticator, is accepted.
    EvidenceOptional,
    /// The binder has no exporter.
    NoExporter,
    /// Nothing: what a mistake is compared with.
    Nothing,
    /// The client compares neither what Evidence is about nor its key.
    Unbound,
    /// The client does not compare what Evidence is about.
    Uncompared,
}

impl Lapse {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ContextOnly => "post, request alone",
            Self::EvidenceOptional => "post, Evidence optional",
            Self::NoExporter => "post, request and key",
            Self::Nothing => "post, exporter and key, made again",
            Self::Unbound => "post, exporter and key, neither compared",
            Self::Uncompared => "post, exporter and key, not compared",
        }
    }

    /// What Evidence for a key, in answer to a request, is about.
    fn expected(self, tls: &mut Tls, context: &Context, spki: &[u8]) -> Result<Expected, Error> {
        let hash = tls.hash();
        let digest = match self {
            Self::ContextOnly => hash.digest(&[context.as_ref()]).as_ref().to_vec(),
            Self::NoExporter => hash.digest(&[spki, context.as_ref()]).as_ref().to_vec(),
            Self::EvidenceOptional | Self::Nothing | Self::Unbound | Self::Uncompared => {
                let value = BindingValue::export(tls, LABEL, context, spki);
                let value = value.map_err(authenticator::Error::from)?;
                value.as_ref().to_vec()
            }
        };
        let length = digest.len();
        let hash = match hash.output_len() {
            48 => Hash::Sha384,
            _ => Hash::Sha256,
        };
        Ok(Expected {
            challenge: Challenge::new(digest).map_err(|e| attested::ApiMisuse::Challenge {
                length,
                reason: e.to_string(),
            })?,
            key_hash: KeyHash::of(hash, spki),
        })
    }
}

/// One end.
pub struct End {
    tls: Tls,
    lapse: Lapse,
    provider: Arc<CryptoProvider>,
    session: Session,
    duty: Duty,
    stream: Vec<u8>,
    inbox: Vec<u8>,
    over: bool,
    ready: bool,
}

enum Duty {
    Relies {
        relying_party: Box<RelyingParty>,
        verifier: Arc<WebPkiServerVerifier>,
        name: ServerName<'static>,
        awaited: Option<Context>,
    },
    Attests {
        credential: Credential,
        attester: Arc<dyn Attester>,
    },
}

/// A client.
///
/// # Errors
/// [`SetupError`]
pub fn client(
    laboratory: &Laboratory,
    lapse: Lapse,
    name: ServerName<'static>,
    observer: Instrument,
) -> Result<End, SetupError> {
    let provider = observer.provider(&laboratory.provider);
    let verifier =
        WebPkiServerVerifier::builder_with_provider(laboratory.roots()?, Arc::clone(&provider))
            .build()
            .map_err(|e| Unfit::new("trust anchors", e.to_string()))?;
    let config = client_config(&provider, Arc::clone(&verifier) as _, Some(&observer))?;
    let tls = ClientConnection::new(Arc::new(config), name.clone()).map_err(Error::from)?;
    Ok(End {
        tls: Tls::new(tls, observer),
        lapse,
        provider,
        session: Session::new(Role::Client),
        duty: Duty::Relies {
            relying_party: Box::new(relying_party(laboratory, lapse)?),
            verifier,
            name,
            awaited: None,
        },
        stream: Vec::new(),
        inbox: Vec::new(),
        over: false,
        ready: false,
    })
}

/// Whom a client believes. One that has Evidence bound to no key does not look
/// for a key in its claims either, or that would be the binding it lacks.
fn relying_party(laboratory: &Laboratory, lapse: Lapse) -> Result<RelyingParty, Unfit> {
    let mut relying_party = laboratory.relying_party();
    if matches!(lapse, Lapse::ContextOnly | Lapse::Unbound) {
        let mut formats = Formats::new();
        formats
            .register(Arc::new(KeyBlind(EatFormat::default())))
            .map_err(|e| Unfit::new("a format", e.to_string()))?;
        relying_party.verifier.formats = formats;
        relying_party.policy.key_claim = KeyClaim::ImpliedByChallenge;
    }
    Ok(relying_party)
}

/// The software Attester's format without its claim about a key.
#[derive(Debug)]
struct KeyBlind(EatFormat);

impl EvidenceFormat for KeyBlind {
    fn media_type(&self) -> &MediaType {
        self.0.media_type()
    }

    fn verify(
        &self,
        octets: &[u8],
        anchors: &TrustAnchors,
        now: UnixSeconds,
    ) -> Result<Claims, FormatFault> {
        let claims = self.0.verify(octets, anchors, now)?;
        Ok(Claims {
            key_hash: None,
            ..claims
        })
    }
}

/// A server.
///
/// # Errors
/// [`SetupError`]
pub fn server(
    laboratory: &Laboratory,
    lapse: Lapse,
    identity: Identity,
    attester: Arc<dyn Attester>,
    observer: Instrument,
) -> Result<End, SetupError> {
    let provider = observer.provider(&laboratory.provider);
    let key = observer.signing_key(HANDSHAKE_KEY, Arc::clone(&identity.key));
    let certified = CertifiedKey::new(identity.chain.clone(), key);
    let config = server_config(&provider, certified, Some(&observer))?;
    let tls = ServerConnection::new(Arc::new(config)).map_err(Error::from)?;
    let key = observer.signing_key(AUTHENTICATOR_KEY, identity.key);
    let credential = Credential::new(identity.chain, key)
        .map_err(|e| Error::from(authenticator::Error::from(e)))?;
    Ok(End {
        tls: Tls::new(tls, observer),
        lapse,
        provider,
        session: Session::new(Role::Server),
        duty: Duty::Attests {
            credential,
            attester,
        },
        stream: Vec::new(),
        inbox: Vec::new(),
        over: false,
        ready: false,
    })
}

impl End {
    fn advance(&mut self, octets: &[u8]) -> Result<(), Error> {
        let plaintext = self.tls.receive(octets)?;
        self.stream.extend(plaintext);
        if !self.over && !self.tls.connection.is_handshaking() {
            self.over = true;
            self.tls.observer.handshake_complete();
            self.request()?;
        }
        for (kind, body) in frames(&mut self.stream) {
            match kind {
                1 => self.answer(&body)?,
                2 => self.judge(&body)?,
                3 => {
                    if matches!(self.duty, Duty::Attests { .. }) && !self.ready {
                        self.ready = true;
                        self.tls.accept();
                    }
                    self.inbox.extend(body);
                }
                4 => {
                    let alert = body.first().copied().unwrap_or_default();
                    return Err(Error::PeerAborted(alert.into()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn request(&mut self) -> Result<(), Error> {
        let Duty::Relies { awaited, .. } = &mut self.duty else {
            return Ok(());
        };
        let mut octets = [0; 32];
        self.provider
            .secure_random
            .fill(&mut octets)
            .map_err(|_| attested::ApiMisuse::Random)?;
        let context = Context::new(&octets).map_err(authenticator::Error::from)?;
        let schemes: Vec<_> = self
            .provider
            .signature_verification_algorithms
            .supported_schemes()
            .into_iter()
            .filter(|&scheme| authenticator::scheme::is_usable(scheme))
            .collect();
        let extensions = Extensions::new(vec![
            Extension::signature_algorithms(&schemes).map_err(authenticator::Error::from)?,
            Extension::empty(CMW_ATTESTATION),
        ])
        .map_err(authenticator::Error::from)?;
        let request = self.session.request(context.clone(), extensions)?;
        *awaited = Some(context);
        observe(&mut self.tls, Direction::Out, request.encoding());
        self.tls.send(&frame(1, request.encoding()))
    }

    fn answer(&mut self, octets: &[u8]) -> Result<(), Error> {
        observe(&mut self.tls, Direction::In, octets);
        let Duty::Attests {
            credential,
            attester,
        } = &self.duty
        else {
            return Ok(());
        };
        let request = self.session.receive_request(octets)?;
        let expected = self
            .lapse
            .expected(&mut self.tls, request.context(), credential.spki())?;
        let hash = match self.tls.hash().output_len() {
            48 => Hash::Sha384,
            _ => Hash::Sha256,
        };
        let evidence = attester.attest(&expected.challenge, hash)?;
        self.tls.observer.observe(Kind::Evidence {
            format: match &evidence.message_type {
                MessageType::ContentFormat(number) => number.to_string(),
                MessageType::MediaType(media_type) => media_type.to_string(),
            },
            challenge: Bytes::clear(expected.challenge.as_slice()),
            claims: Default::default(),
            octets: Bytes::clear(evidence.octets.as_slice()),
            attestation_key: ATTESTATION_KEY.to_owned(),
        });
        let cmw = evidence
            .to_cmw(rats::cmw::Encoding::CborRecord)
            .map_err(|e| attested::ApiMisuse::CmwEncoding {
                reason: e.to_string(),
            })?;
        let extension = Extension {
            typ: CMW_ATTESTATION,
            data: crate::machine::codec::vector(2, &cmw),
        };
        let extensions = Extensions::new(vec![extension]).map_err(authenticator::Error::from)?;
        let authenticator =
            self.session
                .authenticate(&mut self.tls, request, credential, extensions)?;
        observe(&mut self.tls, Direction::Out, &authenticator);
        self.tls.send(&frame(2, &authenticator))
    }

    fn judge(&mut self, authenticator: &[u8]) -> Result<(), Error> {
        observe(&mut self.tls, Direction::In, authenticator);
        let Duty::Relies {
            relying_party,
            verifier,
            name,
            awaited,
        } = &mut self.duty
        else {
            return Ok(());
        };
        let Some(context) = awaited.take() else {
            return Ok(());
        };
        let chain = ServerChain {
            verifier: &**verifier,
            name: name.clone(),
            now: now(),
        };
        let verified = self.session.verify(
            &mut self.tls,
            &context,
            authenticator,
            &self.provider.signature_verification_algorithms,
            &chain,
        );
        let verified = match verified {
            // The mistake: a refusal to attest is as good as Evidence.
            Err(authenticator::Error::PeerIncompatible(
                authenticator::PeerIncompatible::Refused,
            )) if self.lapse == Lapse::EvidenceOptional => return self.accept(),
            other => other?,
        };
        let mut expected =
            self.lapse
                .expected(&mut self.tls, verified.context(), verified.spki())?;
        let cmw = verified
            .extension(CMW_ATTESTATION)
            .and_then(|body| Reader(body).vector(2));
        match cmw {
            Some(cmw) => {
                if matches!(self.lapse, Lapse::Unbound | Lapse::Uncompared) {
                    // The mistake: it asks for what it was shown.
                    let shown =
                        evidence::unwrap(cmw).and_then(|octets| evidence::challenge(&octets));
                    if let Some(challenge) = shown.ok().and_then(|it| Challenge::new(it).ok()) {
                        expected.challenge = challenge;
                    }
                }
                let observer = &mut self.tls.observer;
                appraise(relying_party, cmw, &expected, NOW, |kind| {
                    observer.observe(kind);
                })?;
            }
            None => return Err(PeerIncompatible::NoEvidence.into()),
        }
        self.accept()
    }

    fn accept(&mut self) -> Result<(), Error> {
        self.ready = true;
        self.tls.send(&frame(3, b""))?;
        self.tls.accept();
        Ok(())
    }
}

fn observe(tls: &mut Tls, direction: Direction, octets: &[u8]) {
    let mut reader = Reader(octets);
    while let Some((handshake_type, _, all)) = reader.message() {
        tls.observer.observe(Kind::Handshake {
            direction,
            handshake_type,
            protection: Protection::Authenticator,
            octets: Bytes::clear(all),
        });
    }
}

impl Endpoint for End {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.advance(octets).map_err(|error| {
            let at = match (&self.duty, self.over) {
                (_, false) => "handshake",
                (Duty::Relies { .. }, true) => "authenticator",
                (Duty::Attests { .. }, true) => "acknowledgement",
            };
            self.ready = false;
            self.tls.fail(error, at)
        })
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        Err(Error::Truncated)
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.tls.transmit()
    }
}

impl Attesting for End {
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
            framed: true,
        }))
    }
}
