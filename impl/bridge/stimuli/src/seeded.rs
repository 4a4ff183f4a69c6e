//! Randomness that follows from a seed, so that a recording can be made again.
//!
//! What a deployment draws from ring, which takes no seed, is drawn here from a
//! counter: TLS randoms, contexts, key shares. Hashing, key derivation, packet
//! protection and verification stay ring's. None of it is reachable from an
//! endpoint but through a laboratory that asked for it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, Mac as _};
use rustls::crypto::{
    ActiveKeyExchange, CryptoProvider, GetRandomFailed, SecureRandom, SharedSecret,
    SupportedKxGroup,
};
use rustls::{Error, NamedGroup, PeerMisbehaved};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};

/// What everything of a laboratory follows from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seed(pub(crate) [u8; 32]);

impl Seed {
    /// 32 octets for a purpose.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut octets = [0; 32];
        // HMAC takes keys of every length.
        if let Ok(mac) = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&self.0) {
            let tag = mac.chain_update(purpose.as_bytes()).finalize();
            octets.copy_from_slice(&tag.into_bytes());
        }
        octets
    }

    /// `base` with randomness and key shares of this seed. rustls wants both for
    /// ever, so that each call leaks a few octets.
    pub(crate) fn provider(&self, base: CryptoProvider) -> Arc<CryptoProvider> {
        let stream = |purpose| Stream {
            seed: Self(self.derive(purpose)),
            taken: Arc::default(),
        };
        let group: &'static dyn SupportedKxGroup =
            Box::leak(Box::new(X25519(stream("key shares"))));
        Arc::new(CryptoProvider {
            kx_groups: vec![group],
            secure_random: Box::leak(Box::new(stream("draws"))),
            ..base
        })
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed({})", hex::encode(self.0))
    }
}

/// An endless row of octets, in blocks by number.
#[derive(Debug)]
struct Stream {
    seed: Seed,
    taken: Arc<AtomicU64>,
}

impl Stream {
    fn block(&self) -> [u8; 32] {
        let number = self.taken.fetch_add(1, Ordering::SeqCst);
        self.seed.derive(&number.to_string())
    }
}

impl SecureRandom for Stream {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        for part in buffer.chunks_mut(32) {
            part.copy_from_slice(&self.block()[..part.len()]);
        }
        Ok(())
    }
}

/// X25519 (RFC 7748) with private keys of the stream.
#[derive(Debug)]
struct X25519(Stream);

impl SupportedKxGroup for X25519 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = StaticSecret::from(self.0.block());
        Ok(Box::new(Exchange {
            public: PublicKey::from(&secret).to_bytes(),
            secret,
        }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

struct Exchange {
    secret: StaticSecret,
    public: [u8; 32],
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let refused = || Error::from(PeerMisbehaved::InvalidKeyShare);
        let peer: [u8; 32] = peer.try_into().map_err(|_| refused())?;
        let shared = self.secret.diffie_hellman(&PublicKey::from(peer));
        // RFC 8446 section 7.4.2: not the all-zero value
        match shared.was_contributory() {
            true => Ok(SharedSecret::from(&shared.as_bytes()[..])),
            false => Err(refused()),
        }
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}
