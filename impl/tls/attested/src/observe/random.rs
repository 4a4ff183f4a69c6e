//! Draws. What is drawn through a provider is public in TLS (randoms, session
//! ids) or a request context; key shares and signature nonces come from the
//! library's own generator and do not pass here.

use std::sync::Arc;

use event::{Bytes, Kind};
use rustls::crypto::{CryptoProvider, GetRandomFailed, SecureRandom};

use super::Shared;

pub(super) fn source(base: &CryptoProvider, shared: &Arc<Shared>) -> &'static dyn SecureRandom {
    Box::leak(Box::new(ObservedRandom {
        inner: base.secure_random,
        shared: Arc::clone(shared),
    }))
}

#[derive(Debug)]
struct ObservedRandom {
    inner: &'static dyn SecureRandom,
    shared: Arc<Shared>,
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
