//! A client that appraises in the handshake.

use std::mem;
use std::sync::Arc;

use event::Kind;
use event::kind::Decision;
use rats::Appraised;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection};

use super::channel::TlsChannel;
use super::leaf::Leaf;
use super::verifier::{Binding, Certified, Possession, Shared};
use crate::endpoint::{Attesting, Endpoint};
use crate::error::{ApiMisuse, Error};
use crate::handshake::FullHandshake;
use crate::observe::Observe;
use crate::tls::Tls;

/// One connection's client, until attestation has succeeded. `B` is what its
/// placement binds Evidence to.
pub struct Client<B, O> {
    tls: Tls<O>,
    findings: Shared,
    binding: Arc<B>,
    state: State<B>,
}

enum State<B> {
    ExpectHandshake,
    /// With what arrived behind the handshake.
    Attested(Box<AttestedPeer<B>>, Vec<u8>),
    Failed,
}

/// A peer whose Evidence was accepted in the handshake, bound as `B` says.
///
/// Owns one proof for each thing that was checked: that the handshake was full,
/// that the peer holds the certificate's key, and that the certificate's
/// Evidence was appraised. Each has one origin.
#[derive(Debug)]
pub struct AttestedPeer<B> {
    _handshake: FullHandshake,
    _possession: Possession,
    certified: Certified,
    binding: Arc<B>,
}

impl<B> AttestedPeer<B> {
    /// What its Evidence says, and under which policy it was accepted.
    pub fn appraised(&self) -> &Appraised {
        &self.certified.appraised
    }

    /// What ties that Evidence to this connection.
    pub fn binding(&self) -> &B {
        &self.binding
    }

    /// The certificates it presented, end entity first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.certified.chain
    }

    /// Key and validity of the end entity.
    pub fn leaf(&self) -> &Leaf {
        &self.certified.leaf
    }
}

impl<B, O: Observe> Client<B, O> {
    /// `findings` are those of the verifier in `config`.
    pub(crate) fn start(
        config: ClientConfig,
        name: ServerName<'static>,
        binding: Arc<B>,
        findings: Shared,
        observer: O,
    ) -> Result<Self, Error> {
        let tls = ClientConnection::new(Arc::new(config), name)?;
        Ok(Self {
            tls: Tls::new(tls, observer),
            findings,
            binding,
            state: State::ExpectHandshake,
        })
    }

    /// Whether attestation has succeeded.
    pub fn is_attested(&self) -> bool {
        matches!(self.state, State::Attested(..))
    }

    fn advance(&mut self, plaintext: Vec<u8>) -> Result<(), Error> {
        match &mut self.state {
            State::ExpectHandshake if !self.tls.connection().is_handshaking() => {
                let peer = self.collect()?;
                self.tls.observer().observe(Kind::Decision {
                    what: Decision::Accept,
                    code: "ok".to_owned(),
                    at: None,
                });
                self.state = State::Attested(Box::new(peer), plaintext);
            }
            State::Attested(_, inbox) => inbox.extend(plaintext),
            // Before the handshake is over TLS has no plaintext.
            State::ExpectHandshake | State::Failed => {}
        }
        Ok(())
    }

    /// All proofs, or none.
    fn collect(&mut self) -> Result<AttestedPeer<B>, Error> {
        let handshake = FullHandshake::of(self.tls.connection())?;
        self.tls.observer().handshake_complete();
        let findings = mem::take(&mut *self.findings.lock());
        // A full handshake without these would be one rustls did not verify.
        let (Some(certified), Some(possession)) = (findings.certified, findings.possession) else {
            return Err(ApiMisuse::NotVerified.into());
        };
        Ok(AttestedPeer {
            _handshake: handshake,
            _possession: possession,
            certified,
            binding: Arc::clone(&self.binding),
        })
    }
}

impl<B: Binding, O: Observe> Endpoint for Client<B, O> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        let received = {
            let _entered = self.binding.enter();
            self.tls.receive(octets)
        };
        let outcome = received.and_then(|plaintext| self.advance(plaintext));
        outcome.map_err(|error| {
            let error = self.findings.lock().refused.take().unwrap_or(error);
            self.state = State::Failed;
            if self.tls.record_failure(&error, "handshake") {
                self.tls.close();
            }
            error
        })
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        if self.tls.peer_has_closed() {
            Ok(())
        } else {
            Err(Error::Truncated)
        }
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.tls.transmit()
    }
}

impl<B: Binding, O: Observe> Attesting for Client<B, O> {
    type Channel = TlsChannel<AttestedPeer<B>, O>;

    fn is_ready(&self) -> bool {
        self.is_attested()
    }

    fn into_channel(self) -> Result<Result<Self::Channel, Self>, Error> {
        Ok(match self.state {
            State::Attested(peer, inbox) => Ok(TlsChannel::new(self.tls, *peer, inbox)),
            _ => Err(self),
        })
    }
}
