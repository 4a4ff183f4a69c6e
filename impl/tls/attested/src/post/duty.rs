//! What one end of a connection owes and is owed: to attest, to appraise, or
//! both.
//!
//! A duty is a type where it decides what is known of the peer, so that the
//! peer of an end that appraises is an [`AttestedPeer`] and no other is.

use std::sync::Arc;

use authenticator::{ChainValidation, ClientChain, Context, Credential, ServerChain};
use rats::Attester;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;

use super::verify::AttestedPeer;
use crate::handshake::{FullHandshake, Identity};
use crate::relying_party::RelyingParty;

/// Attests, and appraises nothing.
#[derive(Debug)]
pub struct Attests;

/// Attests and appraises.
#[derive(Debug)]
pub struct Mutual;

/// Appraises, and attests nothing.
#[derive(Debug)]
pub struct Relies;

/// [`Attests`], [`Mutual`] or [`Relies`].
pub trait Duty: sealed::Duty {
    /// What is known of the peer once the duties are done.
    type Peer: sealed::Peer;
}

impl Duty for Attests {
    type Peer = RelyingPeer;
}

impl Duty for Mutual {
    type Peer = AttestedPeer;
}

impl Duty for Relies {
    type Peer = AttestedPeer;
}

/// How a peer's latest proof is handed over; private, since a peer has no
/// other origin.
pub(super) mod sealed {
    use super::{AttestedPeer, Attests, FullHandshake, Mutual, Relies, RelyingPeer};

    pub trait Duty {
        fn known(
            handshake: FullHandshake,
            attested: Option<AttestedPeer>,
        ) -> Option<<Self as super::Duty>::Peer>
        where
            Self: super::Duty;
    }

    /// What is known of a peer, which a later attestation may renew.
    pub trait Peer {
        fn renew(&mut self, attested: AttestedPeer);
    }

    impl Peer for AttestedPeer {
        fn renew(&mut self, attested: AttestedPeer) {
            *self = attested;
        }
    }

    impl Peer for RelyingPeer {
        /// Such a peer is never asked, so there is nothing to renew.
        fn renew(&mut self, _: AttestedPeer) {}
    }

    impl Duty for Attests {
        fn known(handshake: FullHandshake, _: Option<AttestedPeer>) -> Option<RelyingPeer> {
            Some(RelyingPeer {
                _handshake: handshake,
            })
        }
    }

    impl Duty for Mutual {
        fn known(_: FullHandshake, attested: Option<AttestedPeer>) -> Option<AttestedPeer> {
            attested
        }
    }

    impl Duty for Relies {
        fn known(_: FullHandshake, attested: Option<AttestedPeer>) -> Option<AttestedPeer> {
            attested
        }
    }
}

/// A peer that asked for Evidence, got it and went on. Nothing else is known of
/// it: it has not attested.
#[derive(Debug)]
pub struct RelyingPeer {
    _handshake: FullHandshake,
}

/// What an end needs to attest.
#[derive(Clone)]
pub struct Attestation {
    /// What authenticators authenticate with: the key the attesting environment
    /// holds.
    pub identity: Identity,
    pub attester: Arc<dyn Attester>,
}

/// What a server needs to appraise its client.
#[derive(Clone, Debug)]
pub struct Reliance {
    /// Trust anchors of client certificates in authenticators.
    pub roots: Arc<RootCertStore>,
    /// Its policy names the clients that are meant, see
    /// [`Names`](rats::policy::Names); one that does not refuses them all.
    pub relying_party: RelyingParty,
}

/// The duty to attest, on one connection.
pub(super) struct Attesting {
    pub(super) credential: Credential,
    pub(super) attester: Arc<dyn Attester>,
    /// Setup record of the attestation key, for recordings.
    pub(super) attestation_key: &'static str,
    /// Whether a request was answered.
    pub(super) has_answered: bool,
    /// Whether the peer has said that it accepted.
    pub(super) is_accepted: bool,
}

/// The duty to appraise, on one connection.
pub(super) struct Relying {
    pub(super) relying_party: RelyingParty,
    pub(super) chain: Chain,
    /// Of the request that is out.
    pub(super) awaited: Option<Context>,
    /// Whether the peer was accepted, ever.
    pub(super) has_accepted: bool,
    /// What the last appraisal left, until it is handed over.
    pub(super) attested: Option<AttestedPeer>,
}

/// Who judges the chain in the peer's authenticator.
pub(super) enum Chain {
    OfClient(Arc<dyn ClientCertVerifier>),
    OfServer(Arc<WebPkiServerVerifier>, ServerName<'static>),
}

impl Chain {
    /// Whether the peer is to have one name, which this end was told.
    pub(super) fn is_of_expected_name(&self) -> bool {
        matches!(self, Self::OfServer(..))
    }

    pub(super) fn at(&self, now: UnixTime) -> Box<dyn ChainValidation + '_> {
        match self {
            Self::OfClient(verifier) => Box::new(ClientChain {
                verifier: &**verifier,
                now,
            }),
            Self::OfServer(verifier, name) => Box::new(ServerChain {
                verifier: &**verifier,
                name: name.clone(),
                now,
            }),
        }
    }
}
