//! The client: Relying Party.
//!
//! Each state is named for what it expects, and its transition consumes it.

use std::mem;
use std::sync::Arc;

use authenticator::{Context, ExtensionType, Role, ServerChain, Session};
use event::Kind;
use event::kind::{Decision, Direction};
use rats::UnixSeconds;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{ClientConnection, RootCertStore};

use super::bind;
use super::channel::{AttestedChannel, Channel};
use super::offer::{self, CMW_ATTESTATION};
use super::verify::{self, AttestedPeer};
use crate::endpoint::{Attesting, Endpoint};
use crate::error::{ApiMisuse, Error, PeerMisbehaved};
use crate::frame::FrameKind;
use crate::handshake::{FullHandshake, client_config};
use crate::observe::{Observe, observe_authenticator_messages};
use crate::relying_party::RelyingParty;

/// What a client needs for any number of connections.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    pub provider: Arc<CryptoProvider>,
    /// Trust anchors of server certificates, in the handshake and in
    /// authenticators.
    pub roots: Arc<RootCertStore>,
    pub relying_party: RelyingParty,
    /// Number of the `cmw_attestation` extension.
    pub cmw_attestation: ExtensionType,
}

impl ClientSettings {
    /// Settings with the default extension number.
    pub fn new(
        provider: Arc<CryptoProvider>,
        roots: Arc<RootCertStore>,
        relying_party: RelyingParty,
    ) -> Self {
        Self {
            provider,
            roots,
            relying_party,
            cmw_attestation: CMW_ATTESTATION,
        }
    }
}

/// One connection's client, until attestation has succeeded.
pub struct Client<O> {
    channel: Channel<O>,
    relying_party: RelyingParty,
    cmw_attestation: ExtensionType,
    provider: Arc<CryptoProvider>,
    verifier: Arc<WebPkiServerVerifier>,
    name: ServerName<'static>,
    now: UnixTime,
    state: State,
}

enum State {
    ExpectHandshake,
    ExpectAuthenticator(ExpectAuthenticator),
    Attested(Box<AttestedPeer>),
    Failed,
}

/// The request is out.
struct ExpectAuthenticator {
    handshake: FullHandshake,
    session: Session,
    context: Context,
}

impl<O: Observe> Client<O> {
    /// Begins a connection to the server `name`, at time `now`.
    ///
    /// # Errors
    /// [`Error::ApiMisuse`] or [`Error::Tls`] if provider, roots and name do
    /// not make a TLS 1.3 client.
    pub fn new(
        settings: &ClientSettings,
        name: ServerName<'static>,
        now: UnixTime,
        observer: O,
    ) -> Result<Self, Error> {
        let provider = observer.provider(&settings.provider);
        let (config, verifier) = client_config(&provider, &settings.roots, now, &observer)?;
        let tls = ClientConnection::new(Arc::new(config), name.clone())?;
        Ok(Self {
            channel: Channel::new(tls, observer),
            relying_party: settings.relying_party.clone(),
            cmw_attestation: settings.cmw_attestation,
            provider,
            verifier,
            name,
            now,
            state: State::ExpectHandshake,
        })
    }

    /// Whether attestation has succeeded.
    pub fn is_attested(&self) -> bool {
        matches!(self.state, State::Attested(_))
    }

    /// The door to application data; before attestation has succeeded, the
    /// client itself comes back.
    ///
    /// # Errors
    /// The outer result: what the peer sent too early behind its authenticator.
    pub fn into_attested(self) -> Result<Result<AttestedChannel<AttestedPeer, O>, Self>, Error> {
        match self.state {
            State::Attested(peer) => AttestedChannel::new(self.channel, *peer, Vec::new()).map(Ok),
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
                    self.state = State::ExpectAuthenticator(self.request()?);
                }
                State::ExpectAuthenticator(expect) => match self.channel.next_frame()? {
                    None => {
                        self.state = State::ExpectAuthenticator(expect);
                        return Ok(());
                    }
                    Some(frame) => match frame.kind {
                        FrameKind::Authenticator => {
                            let peer = self.judge(expect, &frame.body)?;
                            self.state = State::Attested(Box::new(peer));
                        }
                        FrameKind::ApplicationData => {
                            return Err(PeerMisbehaved::ApplicationDataBeforeAttestation.into());
                        }
                        kind => {
                            return Err(PeerMisbehaved::UnexpectedFrame {
                                kind,
                                awaiting: "an authenticator",
                            }
                            .into());
                        }
                    },
                },
                state @ (State::Attested(_) | State::Failed) => {
                    self.state = state;
                    return Ok(());
                }
            }
        }
    }

    /// The handshake is over: ask.
    fn request(&mut self) -> Result<ExpectAuthenticator, Error> {
        let handshake = FullHandshake::of(self.channel.tls())?;
        self.channel.observer().handshake_complete();
        let mut octets = [0; 32];
        self.provider
            .secure_random
            .fill(&mut octets)
            .map_err(|_| ApiMisuse::Random)?;
        let context = Context::new(&octets).map_err(authenticator::Error::from)?;
        let extensions = offer::offer(
            self.cmw_attestation,
            &self.provider.signature_verification_algorithms,
        )?;
        let mut session = Session::new(Role::Client);
        let request = session.request(context.clone(), extensions)?;
        observe_authenticator_messages(self.channel.observer(), Direction::Out, request.encoding());
        self.channel
            .send(FrameKind::AuthenticatorRequest, request.encoding())?;
        Ok(ExpectAuthenticator {
            handshake,
            session,
            context,
        })
    }

    /// Verify, compute the binder, appraise, accept.
    fn judge(
        &mut self,
        expect: ExpectAuthenticator,
        authenticator: &[u8],
    ) -> Result<AttestedPeer, Error> {
        let ExpectAuthenticator {
            handshake,
            mut session,
            context,
        } = expect;
        observe_authenticator_messages(self.channel.observer(), Direction::In, authenticator);
        let chain = ServerChain {
            verifier: &*self.verifier,
            name: self.name.clone(),
            now: self.now,
        };
        let mut exporter = self.channel.exporter()?;
        let verified = session.verify(
            &mut exporter,
            &context,
            authenticator,
            &self.provider.signature_verification_algorithms,
            &chain,
        )?;
        let expected = bind::expected(&mut exporter, verified.context(), verified.spki())?;
        let peer = verify::judge(
            &self.relying_party,
            handshake,
            verified,
            &expected,
            self.cmw_attestation,
            UnixSeconds(self.now.as_secs()),
            self.channel.observer(),
        )?;
        self.channel.observer().observe(Kind::Decision {
            what: Decision::Accept,
            code: "ok".to_owned(),
            at: None,
        });
        // Empty data says that the authenticator was accepted.
        self.channel.send(FrameKind::ApplicationData, &[])?;
        Ok(peer)
    }

    fn awaiting(&self) -> &'static str {
        match self.state {
            State::ExpectHandshake => "handshake",
            State::ExpectAuthenticator(_) | State::Failed => "authenticator",
            State::Attested(_) => "application data",
        }
    }
}

impl<O: Observe> Endpoint for Client<O> {
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

impl<O: Observe> Attesting for Client<O> {
    type Channel = AttestedChannel<AttestedPeer, O>;

    fn is_ready(&self) -> bool {
        self.is_attested()
    }

    fn into_channel(self) -> Result<Result<Self::Channel, Self>, Error> {
        self.into_attested()
    }
}
