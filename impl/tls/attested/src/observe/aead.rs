//! Records as they are opened: what a peer sent, before anybody has judged it.
//!
//! An endpoint hashes a message only once it could read it, and never what it
//! refuses to read. Here every handshake message is seen as it leaves its
//! protection, and every record that does not open.

use std::sync::Arc;

use event::kind::Direction;
use event::{Bytes, Kind};
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error};

use super::Shared;
use super::wrapped::Slot;

pub(super) fn observed(
    inner: &'static dyn Tls13AeadAlgorithm,
    shared: &'static Slot,
) -> &'static dyn Tls13AeadAlgorithm {
    Box::leak(Box::new(ObservedAead { inner, shared }))
}

struct ObservedAead {
    inner: &'static dyn Tls13AeadAlgorithm,
    shared: &'static Slot,
}

impl Tls13AeadAlgorithm for ObservedAead {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.inner.encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        let inner = self.inner.decrypter(key, iv);
        match self.shared.current() {
            Some(shared) => Box::new(ObservedDecrypter { inner, shared }),
            None => inner,
        }
    }

    fn key_len(&self) -> usize {
        self.inner.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.inner.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.inner.fips()
    }
}

struct ObservedDecrypter {
    inner: Box<dyn MessageDecrypter>,
    shared: Arc<Shared>,
}

impl MessageDecrypter for ObservedDecrypter {
    fn decrypt<'a>(
        &mut self,
        message: InboundOpaqueMessage<'a>,
        sequence: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        if self.shared.is_decided() {
            return self.inner.decrypt(message, sequence);
        }
        // Opening overwrites.
        let sealed = message.payload.to_vec();
        let opened = self.inner.decrypt(message, sequence);
        match &opened {
            Ok(plain) => {
                if plain.typ == ContentType::Handshake && !self.shared.is_application() {
                    let messages = self.shared.transcript().opened(plain.payload);
                    self.shared.record_handshake(messages);
                }
            }
            Err(_) => self.shared.record(Kind::Record {
                direction: Direction::In,
                octets: Bytes::clear(sealed),
                key: None,
                sequence: Some(sequence),
            }),
        }
        opened
    }
}
