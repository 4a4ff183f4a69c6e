//! What carries the frames of an exchange: TLS of our own, or one stream of a
//! connection whose TLS is driven elsewhere.
//!
//! Both give the same four things: a full handshake or none yet, exported
//! keying material of that handshake, octets in order in both directions, and
//! an end the peer has authenticated.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use event::Kind;
use event::kind::{Decision, Direction};

use super::stream::{KeyingMaterial, Witness};
use crate::error::{ApiMisuse, Error};
use crate::exporter::{ConnectionExporter, Source};
use crate::handshake::FullHandshake;
use crate::observe::Observe;
use crate::tls::Tls;

pub(super) enum Link<O> {
    Stream(Stream<O>),
    Tls(Box<Tls<O>>),
}

/// One stream: its octets are the frames.
pub(super) struct Stream<O> {
    handshake: FullHandshake,
    witness: Arc<AtomicBool>,
    keying: Box<dyn KeyingMaterial>,
    hash: authenticator::SuiteHash,
    observer: O,
    outgoing: Vec<u8>,
    has_failed: bool,
    has_closed: bool,
    peer_has_closed: bool,
}

impl<O: Observe> Stream<O> {
    /// Of the connection whose handshake `witness` has seen.
    pub(super) fn new(
        witness: &Witness,
        keying: Box<dyn KeyingMaterial>,
        observer: O,
    ) -> Result<Self, Error> {
        Ok(Self {
            handshake: witness.full_handshake()?,
            witness: Arc::clone(witness.mark()),
            keying,
            hash: witness.hash()?,
            observer,
            outgoing: Vec::new(),
            has_failed: false,
            has_closed: false,
            peer_has_closed: false,
        })
    }
}

impl<O> Link<O> {
    /// Whether it is a stream of the connection `witness` has seen.
    pub(super) fn stands_on(&self, witness: &Witness) -> bool {
        match self {
            Self::Stream(stream) => Arc::ptr_eq(&stream.witness, witness.mark()),
            Self::Tls(_) => false,
        }
    }
}

impl<O: Observe> Link<O> {
    /// The handshake, once it is over.
    pub(super) fn handshake(&self) -> Result<Option<FullHandshake>, Error> {
        match self {
            Self::Stream(stream) => Ok(Some(stream.handshake.clone())),
            Self::Tls(tls) if tls.connection().is_handshaking() => Ok(None),
            Self::Tls(tls) => Ok(Some(FullHandshake::of(tls.connection())?)),
        }
    }

    pub(super) fn is_handshaking(&self) -> bool {
        match self {
            Self::Stream(_) => false,
            Self::Tls(tls) => tls.connection().is_handshaking(),
        }
    }

    pub(super) fn observer(&mut self) -> &mut O {
        match self {
            Self::Stream(stream) => &mut stream.observer,
            Self::Tls(tls) => tls.observer(),
        }
    }

    pub(super) fn exporter(&mut self) -> Result<ConnectionExporter<'_, O>, Error> {
        match self {
            Self::Stream(stream) => Ok(ConnectionExporter::over(
                Source::Elsewhere(&*stream.keying),
                stream.hash,
                &mut stream.observer,
            )),
            Self::Tls(tls) => {
                let (connection, observer) = tls.parts();
                ConnectionExporter::new(connection, observer)
                    .map_err(|error| authenticator::Error::from(error).into())
            }
        }
    }

    /// Takes octets in; returns the plaintext that is whole with them.
    pub(super) fn receive(&mut self, octets: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Stream(stream) if stream.has_failed => Err(ApiMisuse::AfterFailure.into()),
            Self::Stream(stream) => {
                if !octets.is_empty() {
                    stream.observer.crossing(Direction::In, octets);
                }
                Ok(octets.to_vec())
            }
            Self::Tls(tls) => tls.receive(octets),
        }
    }

    /// The transport has ended. TLS says goodbye inside; the end of a stream is
    /// authenticated by the connection it is of.
    pub(super) fn receive_end(&mut self) {
        if let Self::Stream(stream) = self {
            stream.peer_has_closed = true;
        }
    }

    pub(super) fn send(&mut self, plaintext: &[u8]) -> Result<(), Error> {
        match self {
            Self::Stream(stream) if stream.has_closed => Err(ApiMisuse::AfterFailure.into()),
            Self::Stream(stream) => {
                stream.outgoing.extend_from_slice(plaintext);
                Ok(())
            }
            Self::Tls(tls) => tls.send(plaintext),
        }
    }

    pub(super) fn transmit(&mut self) -> Vec<u8> {
        match self {
            Self::Stream(stream) => {
                let octets = std::mem::take(&mut stream.outgoing);
                if !octets.is_empty() {
                    stream.observer.crossing(Direction::Out, &octets);
                }
                octets
            }
            Self::Tls(tls) => tls.transmit(),
        }
    }

    pub(super) fn close(&mut self) {
        match self {
            Self::Stream(stream) => stream.has_closed = true,
            Self::Tls(tls) => tls.close(),
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        match self {
            Self::Stream(stream) => stream.has_failed,
            Self::Tls(tls) => tls.has_failed(),
        }
    }

    pub(super) fn peer_has_closed(&self) -> bool {
        match self {
            Self::Stream(stream) => stream.peer_has_closed,
            Self::Tls(tls) => tls.peer_has_closed(),
        }
    }

    /// As [`Tls::record_failure`].
    pub(super) fn record_failure(&mut self, error: &Error, at: &'static str) -> bool {
        match self {
            Self::Stream(stream) => {
                if stream.has_failed {
                    return false;
                }
                stream.has_failed = true;
                stream.observer.observe(Kind::Decision {
                    what: Decision::Reject,
                    code: error.code().to_owned(),
                    at: Some(at.to_owned()),
                });
                true
            }
            Self::Tls(tls) => tls.record_failure(error, at),
        }
    }
}
