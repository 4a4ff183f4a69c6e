//! Draws. What is drawn through a provider is public in TLS (randoms, session
//! ids) or a request context; key shares and signature nonces come from the
//! library's own generator and do not pass here.

use event::{Bytes, Kind};
use rustls::crypto::{CryptoProvider, GetRandomFailed, SecureRandom};

use super::wrapped::Slot;

pub(super) fn source(base: &CryptoProvider, shared: &'static Slot) -> &'static dyn SecureRandom {
    Box::leak(Box::new(ObservedRandom {
        inner: base.secure_random,
        shared,
    }))
}

#[derive(Debug)]
struct ObservedRandom {
    inner: &'static dyn SecureRandom,
    shared: &'static Slot,
}

impl SecureRandom for ObservedRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), GetRandomFailed> {
        self.inner.fill(buf)?;
        self.shared.record(Kind::Draw {
            octets: Bytes::clear(&*buf),
            source: self.shared.draw_source(),
        });
        Ok(())
    }
}
