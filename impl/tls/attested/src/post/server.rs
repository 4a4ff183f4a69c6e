//! The server: Attester.
//!
//! Evidence is asked of the attesting environment for one value only, the
//! binder computed here from this connection, this request and our own key: no
//! octets of the peer's reach it but through the hash. The call blocks for as
//! long as the environment needs.

use std::mem;
use std::sync::Arc;

use authenticator::{Credential, ExtensionType, Role, Session};
use event::Kind;
use event::kind::{Decision, Direction};
use rats::Attester;
use rustls::ServerConnection;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::sign::CertifiedKey;

use super::bind;
use super::channel::{AttestedChannel, Channel};
use super::offer::{self, CMW_ATTESTATION};
use crate::endpoint::{Attesting, Endpoint};
use crate::error::{ApiMisuse, Error, PeerMisbehaved};
use crate::evidence::to_cmw;
use crate::frame::FrameKind;
use crate::handshake::{FullHandshake, Identity, server_config};
use crate::observe::{self, Observe, observe_authenticator_messages};

/// What a server needs for any number of connections.
#[derive(Clone)]
pub struct ServerSettings {
    pub provider: Arc<CryptoProvider>,
    /// What the TLS handshake authenticates with.
    pub handshake: Identity,
    /// What authenticators authenticate with: the key the attesting environment
    /// holds. May be the same as `handshake`.
    pub authenticator: Identity,
    pub attester: Arc<dyn Attester>,
    /// Number of the `cmw_attestation` extension.
    pub cmw_attestation: ExtensionType,
}

impl ServerSettings {
    /// Settings with the default extension number and one identity for both.
    pub fn new(
        provider: Arc<CryptoProvider>,
        identity: Identity,
        attester: Arc<dyn Attester>,
    ) -> Self {
        Self {
            provider,
            handshake: identity.clone(),
            authenticator: identity,
            attester,
            cmw_attestation: CMW_ATTESTATION,
        }
    }
}

/// One connection's server, until its Evidence has been accepted.
pub struct Server<O> {
    channel: Channel<O>,
    credential: Credential,
    attester: Arc<dyn Attester>,
    cmw_attestation: ExtensionType,
    state: State,
}

/// A peer that asked for Evidence, got it and went on. Nothing else is known of
/// it: it has not authenticated.
#[derive(Debug)]
pub struct RelyingPeer {
    _handshake: FullHandshake,
}

enum State {
    ExpectHandshake,
    ExpectRequest(Answering),
    ExpectAcknowledgement(Answering),
    Accepted(RelyingPeer, Vec<u8>),
    Failed,
}

/// What answering requests needs.
struct Answering {
    handshake: FullHandshake,
    session: Session,
}

impl<O: Observe> Server<O> {
    /// Begins one connection's server, at time `now`.
    ///
    /// # Errors
    /// [`ApiMisuse::KeyMismatch`] or [`Error::Authenticator`] if a certificate
    /// and its key do not fit; [`Error::Tls`] if the provider has no TLS 1.3.
    pub fn new(settings: &ServerSettings, now: UnixTime, observer: O) -> Result<Self, Error> {
        let provider = observer.provider(&settings.provider);
        let Identity { chain, key } = settings.handshake.clone();
        let handshake = CertifiedKey::new(chain, observer.signing_key(observe::HANDSHAKE_KEY, key));
        handshake.keys_match().map_err(|_| ApiMisuse::KeyMismatch)?;
        let Identity { chain, key } = settings.authenticator.clone();
        let key = observer.signing_key(observe::AUTHENTICATOR_KEY, key);
        let credential = Credential::new(chain, key).map_err(authenticator::Error::from)?;
        let config = server_config(&provider, handshake, now, &observer)?;
        let tls = ServerConnection::new(Arc::new(config))?;
        Ok(Self {
            channel: Channel::new(tls, observer),
            credential,
            attester: Arc::clone(&settings.attester),
            cmw_attestation: settings.cmw_attestation,
            state: State::ExpectHandshake,
        })
    }

    /// Whether the client has accepted our Evidence.
    pub fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted(..))
    }

    /// The door to application data; before the client has accepted, the server
    /// itself comes back.
    ///
    /// # Errors
    /// The outer result: frames out of place behind the acknowledgement.
    pub fn into_attested(self) -> Result<Result<AttestedChannel<RelyingPeer, O>, Self>, Error> {
        match self.state {
            State::Accepted(peer, inbox) => AttestedChannel::new(self.channel, peer, inbox).map(Ok),
            _ => Ok(Err(self)),
        }
    }

    /// Goes as far as what has arrived allows.
    fn advance(&mut self) -> Result<(), Error> {
        loop {
            match mem::replace(&mut self.state, State::Failed) {
                State::ExpectHandshake => {
                    if self.channel.tls().is_handshaking() {
                        self.state = State::ExpectHandshake;
                        return Ok(());
                    }
                    let handshake = FullHandshake::of(self.channel.tls())?;
                    self.channel.observer().handshake_complete();
                    self.state = State::ExpectRequest(Answering {
                        handshake,
                        session: Session::new(Role::Server),
                    });
                }
                State::ExpectRequest(mut answering) => match self.channel.next_frame()? {
                    None => {
                        self.state = State::ExpectRequest(answering);
                        return Ok(());
                    }
                    Some(frame) => match frame.kind {
                        FrameKind::AuthenticatorRequest => {
                            self.answer(&mut answering.session, &frame.body)?;
                            self.state = State::ExpectAcknowledgement(answering);
                        }
                        FrameKind::ApplicationData => {
                            return Err(PeerMisbehaved::ApplicationDataBeforeAttestation.into());
                        }
                        kind => {
                            return Err(PeerMisbehaved::UnexpectedFrame {
                                kind,
                                awaiting: "an authenticator request",
                            }
                            .into());
                        }
                    },
                },
                State::ExpectAcknowledgement(mut answering) => match self.channel.next_frame()? {
                    None => {
                        self.state = State::ExpectAcknowledgement(answering);
                        return Ok(());
                    }
                    Some(frame) => match frame.kind {
                        FrameKind::ApplicationData => {
                            self.channel.observer().observe(Kind::Decision {
                                what: Decision::Accept,
                                code: "ok".to_owned(),
                                at: None,
                            });
                            let peer = RelyingPeer {
                                _handshake: answering.handshake,
                            };
                            self.state = State::Accepted(peer, frame.body);
                        }
                        // A client may ask again before it decides.
                        FrameKind::AuthenticatorRequest => {
                            self.answer(&mut answering.session, &frame.body)?;
                            self.state = State::ExpectAcknowledgement(answering);
                        }
                        kind => {
                            return Err(PeerMisbehaved::UnexpectedFrame {
                                kind,
                                awaiting: "the client's acknowledgement",
                            }
                            .into());
                        }
                    },
                },
                state @ (State::Accepted(..) | State::Failed) => {
                    self.state = state;
                    return Ok(());
                }
            }
        }
    }

    /// Evidence over the binder, inside an authenticator.
    fn answer(&mut self, session: &mut Session, request: &[u8]) -> Result<(), Error> {
        observe_authenticator_messages(self.channel.observer(), Direction::In, request);
        let request = session.receive_request(request)?;
        offer::check_offer(&request, self.cmw_attestation)?;

        let mut exporter = self.channel.exporter()?;
        let expected = bind::expected(&mut exporter, request.context(), self.credential.spki())?;
        let hash = bind::suite_hash(&exporter)?;
        let evidence = self.attester.attest(&expected.challenge, hash)?;
        self.channel
            .observer()
            .observe(observe::evidence(&evidence, &expected.challenge));
        let cmw = to_cmw(&evidence)?;
        let authenticator = session.authenticate(
            &mut self.channel.exporter()?,
            request,
            &self.credential,
            offer::answer(self.cmw_attestation, &cmw)?,
        )?;
        observe_authenticator_messages(self.channel.observer(), Direction::Out, &authenticator);
        self.channel.send(FrameKind::Authenticator, &authenticator)
    }

    fn awaiting(&self) -> &'static str {
        match self.state {
            State::ExpectHandshake => "handshake",
            State::ExpectRequest(_) | State::Failed => "authenticator request",
            State::ExpectAcknowledgement(_) => "acknowledgement",
            State::Accepted(..) => "application data",
        }
    }
}

impl<O: Observe> Endpoint for Server<O> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        let at = self.awaiting();
        let outcome = self.channel.receive(octets).and_then(|()| self.advance());
        outcome.map_err(|error| {
            self.state = State::Failed;
            self.channel.fail(error, at)
        })
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        self.channel.receive_end()
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.channel.transmit()
    }
}

impl<O: Observe> Attesting for Server<O> {
    type Channel = AttestedChannel<RelyingPeer, O>;

    fn is_ready(&self) -> bool {
        self.is_accepted()
    }

    fn into_channel(self) -> Result<Result<Self::Channel, Self>, Error> {
        self.into_attested()
    }
}
